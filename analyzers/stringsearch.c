/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stringsearch: where do successive memory values spell a string? What is matched is written down
 * in docs/analyses.md, "What stringsearch finds".
 *
 * Nearly all accesses matter to no match. In parallel, for each chunk, are found: the accesses in
 * which a pattern may start, and the matches at ascending addresses (runsearch.c). What remains is
 * done in order: to continue the runs of earlier chunks; and to feed the accesses in question, and
 * those by instructions that are in the middle of a match, to the instructions' taps.
 */
#include "analyzers/builtin.h"
#include "analyzers/runsearch.h"
#include "analyzers/stacks.h"
#include "analyzers/stringsearch_private.h"
#include "analyzers/taps.h"

#include <string.h>

enum { MAX_FOUND = 64 };

/* A match that ends in the access at hand. */
typedef struct Found {
    uint64_t addr; /* of its last byte */
    uint32_t pattern;
    unsigned via;
} Found;

typedef struct Search {
    AilAnalysisEnv env;
    GPtrArray *patterns; /* of Pattern; owned */
    AilMatcher *matcher;
    AilStarts *starts;
    AilClasses *classes;
    AilStacks *stacks;
    AilTaps *taps;
    const uint8_t *lines; /* ail_taps_lines */
    AilRuns *runs;        /* those that began in earlier chunks */
    AilTopic *topic;
    GHashTable *places; /* Place -> itself; owned */
    GAsyncQueue *spare; /* of Prepared: to be filled again; owned */
    uint64_t window;
    bool each;
    int64_t top;       /* places to list of each pattern; -1: as is usual */
    uint64_t unlisted; /* matches in places beyond STRINGSEARCH_MAX_PLACES */

    /* the chunk at hand */
    const AilChunk *chunk;
    const AilClassPages *pages; /* for it */
    const AilChunkSearch *found_in;
    size_t next_hit, next_match; /* in found_in */
    uint32_t next_cut, wide;
    bool carried;          /* there are runs of earlier chunks */
    AilRunMatches matches; /* scratch */
    Found found[MAX_FOUND];
    unsigned n_found;
} Search;

/* What can be said of a chunk without knowing those before it. */
typedef struct Prepared {
    AilSteps steps;
    AilChunkSearch search;
    const AilClassPages *pages; /* to be released */
    GAsyncQueue *spare;         /* where it goes afterwards; borrowed */
} Prepared;

static const AilOption options[] = {
    {"string", "TEXT", "search for the bytes of this text", AIL_OPTION_TEXT, true, true},
    {"hex", "BYTES", "search for these bytes: \"de ad be ef\"", AIL_OPTION_TEXT, true, false},
    {"utf16", NULL, "search for each text in UTF-16LE, too", AIL_OPTION_FLAG, false, false},
    {"each", NULL, "tell each match when it is found, not only the places at the end",
     AIL_OPTION_FLAG, false, false},
    {"window", "N",
     "instructions within which accesses at ascending addresses belong together "
     "(default 65536)",
     AIL_OPTION_NUMBER, false, false},
    {"top", "N",
     "list at most N places of each string, those with most matches (default 20 in text, all in "
     "JSON; 0: all)",
     AIL_OPTION_NUMBER, false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static guint place_hash(gconstpointer p)
{
    const Place *a = p;
    uint64_t h = (a->pc ^ a->caller << 7) * 0x9e3779b97f4a7c15u;
    return (guint)(h >> 32 ^ a->asid >> 12) ^ a->pattern << 1 ^ a->write;
}

static gboolean place_equal(gconstpointer x, gconstpointer y)
{
    const Place *a = x, *b = y;
    return a->pattern == b->pattern && a->write == b->write && a->pc == b->pc &&
           a->caller == b->caller && a->asid == b->asid;
}

static void prepared_free(gpointer p)
{
    Prepared *prepared = p;
    ail_steps_clear(&prepared->steps);
    ail_chunk_search_clear(&prepared->search);
    g_free(prepared);
}

static void destroy(void *self)
{
    Search *s = self;
    g_async_queue_unref(s->spare);
    ail_matcher_free(s->matcher);
    ail_starts_free(s->starts);
    ail_classes_free(s->classes);
    ail_stacks_free(s->stacks);
    ail_taps_free(s->taps);
    ail_runs_free(s->runs);
    g_free(s->matches.all);
    g_hash_table_destroy(s->places);
    g_ptr_array_free(s->patterns, TRUE);
    g_free(s);
}

static AilStatus build_matcher(Search *s, AilError *err)
{
    const GPtrArray *patterns = s->patterns;
    const uint8_t **bytes = g_new(const uint8_t *, patterns->len);
    size_t *lengths = g_new(size_t, patterns->len);
    for (guint i = 0; i < patterns->len; i++) {
        const Pattern *p = patterns->pdata[i];
        bytes[i] = p->bytes;
        lengths[i] = p->len;
    }
    s->matcher = ail_matcher_new(bytes, lengths, patterns->len, err);
    s->starts = ail_starts_new(bytes, lengths, patterns->len);
    g_free(bytes);
    g_free(lengths);
    return s->matcher ? AIL_OK : AIL_ERR;
}

static AilStatus check(const AilOptions *o, AilError *err)
{
    GPtrArray *patterns = stringsearch_patterns(o, err);
    if (!patterns)
        return AIL_ERR;
    g_ptr_array_free(patterns, TRUE);
    return AIL_OK;
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    GPtrArray *patterns = stringsearch_patterns(o, err);
    if (!patterns)
        return NULL;
    Search *s = g_new0(Search, 1);
    s->env = *env;
    s->patterns = patterns;
    s->window = ail_options_number(o, "window", 0, 65536);
    s->classes = ail_classes_new(true);
    s->stacks = ail_stacks_new(env->columns);
    s->taps = ail_taps_new();
    s->lines = ail_taps_lines(s->taps);
    s->runs = ail_runs_new(s->window);
    s->topic = ail_bus_topic(env->bus, AIL_TOPIC_STRING_MATCH);
    s->places = g_hash_table_new_full(place_hash, place_equal, g_free, NULL);
    s->spare = g_async_queue_new_full(prepared_free);
    s->each = ail_options_flag(o, "each");
    s->top = ail_options_count(o, "top")
                 ? (int64_t)MIN(ail_options_number(o, "top", 0, 0), INT64_MAX)
                 : -1;
    if (build_matcher(s, err) != AIL_OK) {
        destroy(s);
        return NULL;
    }
    return s;
}

/* Remember a match of this access; the two kinds of streams may both find it. */
static void remember(Search *s, uint32_t pattern, uint64_t addr, unsigned via)
{
    for (unsigned i = 0; i < s->n_found; i++) {
        if (s->found[i].pattern == pattern && s->found[i].addr == addr) {
            s->found[i].via |= via;
            return;
        }
    }
    if (s->n_found < MAX_FOUND)
        s->found[s->n_found++] = (Found){addr, pattern, via};
}

/* Feed the access to its instruction's tap. */
static void feed_tap(Search *s, const AilTapKey *key, const AilPiece *p, uint64_t icount)
{
    const AilMatcher *m = s->matcher;
    bool any = ail_taps_filter(s->taps)[ail_taps_place(key->pc)];
    uint32_t before = any ? ail_taps_get(s->taps, key) : 0, state = before;
    for (uint32_t i = 0; i < p->size; i++) {
        state = ail_matcher_step(m, state, p->bytes[i]);
        for (uint32_t end = ail_matcher_ends(m, state) ? state : 0; end; end = m->states[end].next)
            if (m->states[end].match)
                remember(s, m->states[end].match - 1, p->addr + i, VIA_INSTRUCTION);
    }
    if (before | state)
        ail_taps_set(s->taps, key, state, icount);
}

static void count_match(Search *s, const Place *match)
{
    const Pattern *p = s->patterns->pdata[match->pattern];
    Place *place = g_hash_table_lookup(s->places, match);
    if (!place && g_hash_table_size(s->places) < STRINGSEARCH_MAX_PLACES) {
        place = g_memdup2(match, sizeof *match);
        g_hash_table_insert(s->places, place, place);
    }
    if (place) {
        place->matches++;
        place->last = match->last;
        place->via |= match->via;
    } else {
        s->unlisted++;
    }
    if (s->each)
        stringsearch_print_match(p, match, s->env.out);
    AilStringMatch event = {.base = {sizeof event, match->first},
                            .string = p->label,
                            .pc = match->pc,
                            .caller = match->caller,
                            .asid = match->asid,
                            .addr = match->addr,
                            .length = (uint32_t)p->len,
                            .write = (uint8_t)match->write};
    ail_bus_publish(s->topic, &event.base);
}

/* The matches at ascending addresses that end in this access. */
static void take_run_matches(Search *s, const AilWhere *where)
{
    const AilRunMatches *in_chunk = &s->found_in->matches;
    for (; s->next_match < in_chunk->n; s->next_match++) {
        const AilRunMatch *m = &in_chunk->all[s->next_match];
        if (m->access != where->access)
            break;
        remember(s, m->pattern, m->addr, VIA_ADDRESSES);
    }
    s->matches.n = 0;
    if (ail_runs_filter(s->runs)[ail_runs_place(where->piece->addr)])
        ail_runsearch_access(s->matcher, s->runs, where, false, &s->matches);
    for (size_t i = 0; i < s->matches.n; i++)
        remember(s, s->matches.all[i].pattern, s->matches.all[i].addr, VIA_ADDRESSES);
}

static void search_access(Search *s, const AilWhere *where, uint64_t pc, bool tap)
{
    const AilPiece *p = where->piece;
    AilTapKey key = {pc, where->asid, ail_stacks_caller(s->stacks), p->write};
    s->n_found = 0;
    if (tap)
        feed_tap(s, &key, p, where->icount);
    take_run_matches(s, where);
    for (unsigned i = 0; i < s->n_found; i++) {
        const Found *f = &s->found[i];
        Place match = {.pattern = f->pattern,
                       .write = p->write,
                       .pc = pc,
                       .caller = key.caller,
                       .asid = key.asid,
                       .first = where->icount,
                       .last = where->icount,
                       .addr = f->addr,
                       .via = f->via};
        count_match(s, &match);
    }
}

/* Whether the next match at ascending addresses was found in access a. */
static bool is_match(const Search *s, uint32_t a)
{
    const AilRunMatches *m = &s->found_in->matches;
    return s->next_match < m->n && m->all[s->next_match].access == a;
}

/* Execution i, which has instructions that may be in the middle of a match, or comes while runs of
 * earlier chunks live: all its accesses are looked at. */
static void search_block(Search *s, uint32_t i, uint64_t icount, uint32_t from)
{
    const AilChunk *c = s->chunk;
    const AilBlock *block = ail_dict_get(c->dict, c->flow[i]);
    const uint32_t *tapped = ail_taps_filter(s->taps);
    const uint16_t *running = ail_runs_filter(s->runs);
    AilWhere where = {.chunk = c, .wide = &s->wide, .asid = ail_stacks_asid(s->stacks)};
    AilPiece piece;
    where.first = i ? c->access_end[i - 1] : 0;
    where.piece = &piece;
    for (uint32_t a = MAX(from, where.first); a < c->access_end[i]; a++) {
        uint64_t pc = block->pc + block->start[c->access_insn[a]];
        bool tap = ail_starts_at(s->found_in, a) || tapped[ail_taps_place(pc)];
        if (!tap && !running[ail_runs_place(c->addr[a])] && !is_match(s, a))
            continue;
        where.access = a;
        ail_piece_of(&piece, c, a, &s->wide);
        where.icount = icount + c->access_insn[a];
        search_access(s, &where, pc, tap);
    }
}

static bool has_tap(const Search *s, AilClass class)
{
    return s->lines[class.line[0]] | s->lines[class.line[1]];
}

/* Execution i, of which only what was found in parallel matters; until that brings an instruction
 * into the middle of a match, which may have more accesses. */
static void search_hits(Search *s, uint32_t i, uint64_t icount, AilClass class)
{
    const AilChunkSearch *in = s->found_in;
    AilWhere where = {.chunk = s->chunk, .wide = &s->wide, .asid = ail_stacks_asid(s->stacks)};
    for (; s->next_hit < in->n_hits && in->hits[s->next_hit].flow == i; s->next_hit++) {
        const AilHit *hit = &in->hits[s->next_hit];
        where.access = hit->access;
        where.icount = hit->icount;
        where.piece = &hit->piece;
        search_access(s, &where, hit->pc, hit->starts);
        if (has_tap(s, class)) {
            search_block(s, i, icount, hit->access + 1);
            return;
        }
    }
}

/* Searches execution i if there is something to search; returns how many instructions it has.
 * next: the next execution with something found in it. */
static inline uint32_t visit(Search *s, const AilClassPages *pages, uint32_t i, uint64_t icount,
                             uint32_t next)
{
    AilClass class = ail_classes_get(pages, s->chunk->flow[i]);
    if (has_tap(s, class) | s->carried)
        search_block(s, i, icount, 0);
    else if (i == next)
        search_hits(s, i, icount, class);
    return class.n_insns;
}

/* The next execution, from i on, in which something was found. */
static uint32_t next_found(Search *s, uint32_t i)
{
    const AilChunkSearch *in = s->found_in;
    while (s->next_hit < in->n_hits && in->hits[s->next_hit].flow < i)
        s->next_hit++;
    return s->next_hit < in->n_hits ? in->hits[s->next_hit].flow : UINT32_MAX;
}

/* How many instructions of execution i, of n, completed; asked in order. */
static uint32_t executed(Search *s, uint32_t i, uint32_t n)
{
    const AilChunk *c = s->chunk;
    while (s->next_cut < c->n_cuts && c->cuts[s->next_cut].at < i)
        s->next_cut++;
    bool cut = s->next_cut < c->n_cuts && c->cuts[s->next_cut].at == i;
    return cut ? c->cuts[s->next_cut].executed : n;
}

/* Executions from..to-1, between two steps; only the first of them may be cut short. */
static void search_stretch(Search *s, uint32_t from, uint32_t to, uint64_t icount)
{
    const AilClassPages *pages = s->pages;
    uint32_t next = next_found(s, from);
    bool quiet = !ail_taps_count(s->taps) && !s->carried;
    if (from == to || (quiet && next >= to))
        return;
    icount += executed(s, from, visit(s, pages, from, icount, next));
    for (uint32_t i = from + 1; i < to; i++) {
        if (next < i)
            next = next_found(s, i);
        icount += visit(s, pages, i, icount, next);
    }
}

static void *prepare(const void *self, const AilChunk *chunk)
{
    const Search *s = self;
    Prepared *p = g_async_queue_try_pop(s->spare);
    if (!p) {
        p = g_new0(Prepared, 1);
        p->spare = s->spare;
        p->search.runs = ail_runs_new(s->window);
    }
    p->pages = ail_classes_acquire(s->classes, chunk);
    ail_steps_find(&p->steps, p->pages, chunk, true);
    ail_chunk_search(&p->search, s->starts, s->matcher, p->pages, chunk, &p->steps);
    return p;
}

static void discard(void *prepared)
{
    Prepared *p = prepared;
    ail_classes_release(p->pages);
    g_async_queue_push(p->spare, p);
}

static void begin_chunk(Search *s, const AilChunk *c, const Prepared *p)
{
    ail_stacks_begin_chunk(s->stacks, c);
    ail_runs_expire(s->runs, c->icount);
    s->chunk = c;
    s->pages = p->pages;
    s->found_in = &p->search;
    s->carried = ail_runs_any(s->runs);
    s->next_hit = 0;
    s->next_match = 0;
    s->next_cut = 0;
    s->wide = 0;
}

static AilStatus take(void *self, const AilChunk *c, void *prepared, AilError *err)
{
    Search *s = self;
    Prepared *p = prepared;
    uint64_t icount = c->icount;
    uint32_t at = 0;
    (void)err;
    begin_chunk(s, c, p);
    for (size_t k = 0; k < p->steps.n; k++) {
        const AilStep *step = &p->steps.steps[k];
        search_stretch(s, at, at + step->blocks, icount);
        at += step->blocks;
        icount += step->insns;
        ail_stacks_step(s->stacks, step);
        if (s->carried) {
            ail_runs_drop_overdue(s->runs, icount);
            s->carried = ail_runs_any(s->runs);
        }
    }
    ail_runs_move(p->search.runs, icount, s->runs);
    discard(prepared);
    return AIL_OK;
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Search *s = self;
    (void)err;
    stringsearch_print(s->patterns, s->places, s->top, out);
    stringsearch_print_note(out, "matches were in further places, which are not listed",
                            s->unlisted);
    stringsearch_print_note(out,
                            "partial matches were forgotten for lack of room: some matches "
                            "may be missing",
                            ail_taps_forgotten(s->taps) + ail_runs_forgotten(s->runs));
    return AIL_OK;
}

const AilAnalysisOps ail_stringsearch_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "stringsearch",
    .summary = "Every place whose successive memory values spell a string",
    .needs = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_DATA | AIL_COL_EVENT,
    .order = AIL_SEQUENTIAL,
    .options = options,
    .check = check,
    .create = create,
    .finish = finish,
    .destroy = destroy,
    .prepare = prepare,
    .take = take,
    .discard = discard,
};
