/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stringsearch: where do successive memory values spell a string? What is matched is written down
 * in docs/analyses.md, "What stringsearch finds".
 *
 * Nearly all accesses hold no byte that a pattern starts with and continue nothing: one pass over
 * the values and three look-ups in small filters tell, and they are done with. The rest goes
 * through the automaton, once for the instruction's tap and once for the runs of addresses.
 */
#include "analyzers/builtin.h"
#include "analyzers/matcher.h"
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

/* One access's bytes. */
typedef struct Piece {
    uint64_t addr;
    uint8_t bytes[16];
    uint32_t size;
    bool write;
} Piece;

typedef struct Search {
    AilAnalysisEnv env;
    GPtrArray *patterns; /* of Pattern; owned */
    AilMatcher *matcher;
    AilStacks *stacks;
    AilTaps *taps;
    AilRuns *runs;
    AilTopic *topic;
    GHashTable *places;      /* Place -> itself; owned */
    const AilBlock **blocks; /* by id; the array is owned */
    uint32_t n_blocks, blocks_cap;
    uint64_t *hits; /* bit by access: it holds a byte that starts a pattern; owned */
    size_t hits_cap;
    bool each;
    uint64_t unlisted; /* matches in places beyond STRINGSEARCH_MAX_PLACES */
    const AilChunk *chunk;
    Found found[MAX_FOUND];
    unsigned n_found;
} Search;

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

static void destroy(void *self)
{
    Search *s = self;
    ail_matcher_free(s->matcher);
    ail_stacks_free(s->stacks);
    ail_taps_free(s->taps);
    ail_runs_free(s->runs);
    g_hash_table_destroy(s->places);
    g_ptr_array_free(s->patterns, TRUE);
    g_free(s->blocks);
    g_free(s->hits);
    g_free(s);
}

static AilMatcher *build_matcher(const GPtrArray *patterns, AilError *err)
{
    const uint8_t **bytes = g_new(const uint8_t *, patterns->len);
    size_t *lengths = g_new(size_t, patterns->len);
    for (guint i = 0; i < patterns->len; i++) {
        const Pattern *p = patterns->pdata[i];
        bytes[i] = p->bytes;
        lengths[i] = p->len;
    }
    AilMatcher *matcher = ail_matcher_new(bytes, lengths, patterns->len, err);
    g_free(bytes);
    g_free(lengths);
    return matcher;
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
    AilMatcher *matcher = build_matcher(patterns, err);
    if (!matcher) {
        g_ptr_array_free(patterns, TRUE);
        return NULL;
    }
    Search *s = g_new0(Search, 1);
    s->env = *env;
    s->patterns = patterns;
    s->matcher = matcher;
    s->stacks = ail_stacks_new(env->blocks, env->columns);
    s->taps = ail_taps_new();
    s->runs = ail_runs_new(ail_options_number(o, "window", 0, 65536));
    s->topic = ail_bus_topic(env->bus, AIL_TOPIC_STRING_MATCH);
    s->places = g_hash_table_new_full(place_hash, place_equal, g_free, NULL);
    s->each = ail_options_flag(o, "each");
    return s;
}

/* The upper half of access a's value; 0 for accesses of up to 8 bytes. */
static uint64_t high_half(const AilChunk *c, uint32_t a)
{
    uint32_t low = 0, high = c->n_wide;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->wide[middle].at < a)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->n_wide && c->wide[low].at == a ? c->wide[low].high : 0;
}

static Piece piece_of(const AilChunk *c, uint32_t a)
{
    Piece p = {.addr = c->addr[a], .size = 1u << (c->access_info[a] & AIL_ACCESS_SIZE_SHIFT)};
    p.size = MIN(p.size, 16);
    p.write = c->access_info[a] & AIL_ACCESS_STORE;
    uint64_t high = p.size == 16 ? high_half(c, a) : 0;
    for (unsigned i = 0; i < 8; i++) {
        p.bytes[i] = (uint8_t)(c->value[a] >> (8 * i));
        p.bytes[8 + i] = (uint8_t)(high >> (8 * i));
    }
    return p;
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

/* The bytes of a piece, from the given one on. */
static uint32_t feed(Search *s, uint32_t state, const Piece *p, uint32_t from, unsigned via)
{
    const AilMatcher *m = s->matcher;
    for (uint32_t i = from; i < p->size; i++) {
        state = ail_matcher_step(m, state, p->bytes[i]);
        for (uint32_t end = ail_matcher_ends(m, state) ? state : 0; end; end = m->states[end].next)
            if (m->states[end].match)
                remember(s, m->states[end].match - 1, p->addr + i, via);
    }
    return state;
}

/* Whether the first n bytes of p are what a stream in `state` has had last. */
static bool agrees(const Search *s, uint32_t state, const Piece *p, uint32_t n)
{
    const AilMatcherState *have = &s->matcher->states[state];
    for (uint32_t i = 1; i <= n && i <= have->depth; i++)
        if (p->bytes[n - i] != ail_matcher_byte(s->matcher, have->pattern, have->depth - i))
            return false;
    return true;
}

static uint32_t deeper(const Search *s, uint32_t a, uint32_t b)
{
    return s->matcher->states[b].depth > s->matcher->states[a].depth ? b : a;
}

/* Go on with the runs that end within p or where it starts: only the bytes after their end are
 * new, those before must be the same. Returns the best state after p. */
static uint32_t continue_runs(Search *s, const Piece *p, const AilTapKey *key, uint64_t icount,
                              uint32_t state)
{
    uint64_t first = p->addr >> 4, last = (p->addr + p->size) >> 4;
    for (uint64_t granule = first;; granule = last) {
        AilRun *bucket = ail_runs_bucket(s->runs, granule);
        for (unsigned i = 0; i < AIL_RUNS_WAYS; i++) {
            AilRun *run = &bucket[i];
            uint64_t overlap = run->next - p->addr;
            if (!ail_runs_live(s->runs, run, granule, icount) || overlap > p->size ||
                run->asid != key->asid || run->write != p->write)
                continue;
            if (agrees(s, run->state, p, (uint32_t)overlap)) {
                uint32_t after = feed(s, run->state, p, (uint32_t)overlap, VIA_ADDRESSES);
                state = deeper(s, state, after);
            }
            ail_runs_drop(s->runs, run);
        }
        if (granule == last)
            return state;
    }
}

/* A short copy may load its tail first: go on with what this execution of the block has already
 * accessed behind the piece. */
static void continue_backward(Search *s, AilRun run, uint32_t a, uint32_t first)
{
    uint64_t next = run.next;
    for (uint32_t k = a; k-- > first && a - k <= 16 && run.state;) {
        Piece q = piece_of(s->chunk, k);
        uint64_t overlap = run.next - q.addr;
        if (q.write != run.write || overlap >= q.size ||
            !agrees(s, run.state, &q, (uint32_t)overlap))
            continue;
        run.state = feed(s, run.state, &q, (uint32_t)overlap, VIA_ADDRESSES);
        run.next = q.addr + q.size;
    }
    if (run.state && run.next != next)
        ail_runs_put(s->runs, &run);
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

/* An access that may start or continue something. first: the first access of its execution. */
static void search_access(Search *s, uint32_t a, uint32_t first, uint64_t pc, uint64_t icount)
{
    Piece p = piece_of(s->chunk, a);
    AilTapKey key = {pc, ail_stacks_asid(s->stacks), ail_stacks_caller(s->stacks), p.write};
    s->n_found = 0;
    uint32_t state = feed(s, ail_taps_get(s->taps, &key), &p, 0, VIA_INSTRUCTION);
    ail_taps_set(s->taps, &key, state, icount);
    state = feed(s, 0, &p, 0, VIA_ADDRESSES);
    state = continue_runs(s, &p, &key, icount, state);
    if (state) {
        AilRun run = {p.addr + p.size, key.asid, icount, state, p.write};
        ail_runs_put(s->runs, &run);
        if (p.size > 1)
            continue_backward(s, run, a, first);
    }
    for (unsigned i = 0; i < s->n_found; i++) {
        const Found *f = &s->found[i];
        Place match = {.pattern = f->pattern,
                       .write = p.write,
                       .pc = pc,
                       .caller = key.caller,
                       .asid = key.asid,
                       .first = icount,
                       .last = icount,
                       .addr = f->addr,
                       .via = f->via};
        count_match(s, &match);
    }
}

static void search_block(Search *s, const AilBlock *block, uint32_t first, uint32_t end,
                         uint64_t icount)
{
    const AilChunk *c = s->chunk;
    const uint32_t *tapped = ail_taps_filter(s->taps);
    const uint16_t *running = ail_runs_filter(s->runs);
    for (uint32_t a = first; a < end; a++) {
        uint64_t pc = block->pc + block->start[c->access_insn[a]], addr = c->addr[a];
        uint64_t after = addr + (1u << (c->access_info[a] & AIL_ACCESS_SIZE_SHIFT));
        uint64_t hit = s->hits[a / 64] >> (a % 64) & 1;
        if (hit | tapped[ail_taps_place(pc)] | running[ail_runs_place(addr >> 4)] |
            running[ail_runs_place(after >> 4)])
            search_access(s, a, first, pc, icount + c->access_insn[a]);
    }
}

static void prepare(Search *s, const AilChunk *c)
{
    uint32_t n = ail_blocks_count(s->env.blocks);
    if (n > s->blocks_cap) {
        s->blocks_cap = MAX(n, 2 * s->blocks_cap);
        s->blocks = g_renew(const AilBlock *, s->blocks, s->blocks_cap);
    }
    for (; s->n_blocks < n; s->n_blocks++)
        s->blocks[s->n_blocks] = ail_blocks_get(s->env.blocks, s->n_blocks);
    size_t words = ((size_t)c->n_access + 63) / 64;
    if (words > s->hits_cap) {
        s->hits_cap = words;
        s->hits = g_renew(uint64_t, s->hits, words);
    }
    ail_matcher_filter(s->matcher, c->value, c->n_access, s->hits);
    for (uint32_t w = 0; w < c->n_wide; w++) {
        uint64_t hit;
        ail_matcher_filter(s->matcher, &c->wide[w].high, 1, &hit);
        s->hits[c->wide[w].at / 64] |= hit << (c->wide[w].at % 64);
    }
    ail_runs_expire(s->runs, c->icount);
    ail_stacks_begin_chunk(s->stacks, c);
    s->chunk = c;
}

static AilStatus chunk(void *self, const AilChunk *c, AilError *err)
{
    Search *s = self;
    (void)err;
    prepare(s, c);
    uint64_t icount = c->icount;
    uint32_t first = 0;
    AilStacksStop stop = ail_stacks_first_stop(s->stacks);
    for (uint32_t i = 0; i < c->n_flow; i++) {
        uint32_t id = c->flow[i], end = c->access_end[i];
        const AilBlock *block = s->blocks[id];
        uint32_t executed = block->n_insns;
        if (i >= stop.at)
            executed = ail_stacks_stop(s->stacks, &stop, i, executed);
        ail_stacks_enter(s->stacks, id);
        search_block(s, block, first, end, icount);
        ail_stacks_leave(s->stacks, i, id, executed);
        icount += executed;
        first = end;
    }
    ail_stacks_stop(s->stacks, &stop, UINT32_MAX, 0);
    return AIL_OK;
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Search *s = self;
    (void)err;
    stringsearch_print(s->patterns, s->places, out);
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
    .chunk = chunk,
    .finish = finish,
    .destroy = destroy,
};
