/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/runsearch.h"

#include <glib.h>
#include <string.h>

/* Of the accesses of an execution before a piece, how many may be its continuation. */
enum { BACKWARD = 16 };

typedef struct Search {
    const AilMatcher *matcher;
    AilRuns *runs;
    const AilWhere *where;
    AilRunMatches *found;
} Search;

/* The upper half of access a's value; 0 for accesses of up to 8 bytes. */
static uint64_t high_half(const AilChunk *c, uint32_t a, uint32_t *wide)
{
    while (*wide < c->n_wide && c->wide[*wide].at < a)
        ++*wide;
    while (*wide > 0 && c->wide[*wide - 1].at >= a)
        --*wide;
    return *wide < c->n_wide && c->wide[*wide].at == a ? c->wide[*wide].high : 0;
}

void ail_piece_of(AilPiece *p, const AilChunk *c, uint32_t a, uint32_t *wide)
{
    uint8_t info = c->access_info[a], shift = info & AIL_ACCESS_SIZE_SHIFT;
    p->addr = c->addr[a];
    p->size = (uint8_t)(1u << MIN(shift, 4));
    p->write = info & AIL_ACCESS_STORE;
    p->halves[0] = GUINT64_TO_LE(c->value[a]);
    p->halves[1] = p->size == 16 ? GUINT64_TO_LE(high_half(c, a, wide)) : 0;
}

/* Several streams may find the same match. */
static void add_match(Search *s, uint32_t pattern, uint64_t addr)
{
    AilRunMatches *f = s->found;
    size_t same = 0; /* of this access */
    for (; same < f->n && f->all[f->n - 1 - same].access == s->where->access; same++)
        if (f->all[f->n - 1 - same].pattern == pattern && f->all[f->n - 1 - same].addr == addr)
            return;
    if (same == AIL_RUNSEARCH_MAX_MATCHES)
        return;
    if (f->n == f->cap) {
        f->cap = MAX(64, f->cap * 2);
        f->all = g_renew(AilRunMatch, f->all, f->cap);
    }
    f->all[f->n++] = (AilRunMatch){s->where->access, pattern, addr};
}

/* The bytes of a piece, from the given one on. */
static uint32_t feed(Search *s, uint32_t state, const AilPiece *p, uint32_t from)
{
    const AilMatcher *m = s->matcher;
    for (uint32_t i = from; i < p->size; i++) {
        state = ail_matcher_step(m, state, p->bytes[i]);
        for (uint32_t end = ail_matcher_ends(m, state) ? state : 0; end; end = m->states[end].next)
            if (m->states[end].match)
                add_match(s, m->states[end].match - 1, p->addr + i);
    }
    return state;
}

/* Whether the first n bytes of p are what a stream in `state` has had last. */
static bool agrees(const Search *s, uint32_t state, const AilPiece *p, uint32_t n)
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
static uint32_t continue_runs(Search *s, const AilPiece *p, uint32_t state)
{
    const AilWhere *w = s->where;
    uint64_t first = p->addr >> 4, last = (p->addr + p->size) >> 4;
    for (uint64_t granule = first;; granule = last) {
        AilRun *bucket = ail_runs_bucket(s->runs, granule);
        unsigned touched = ail_runs_touched(s->runs, granule, p->addr, p->size);
        for (; touched; touched &= touched - 1) {
            AilRun *run = &bucket[__builtin_ctz(touched)];
            uint64_t overlap = run->next - p->addr;
            if (!run->state || run->asid != w->asid || run->write != p->write ||
                !ail_runs_live(s->runs, run, granule, w->icount))
                continue;
            if (agrees(s, run->state, p, (uint32_t)overlap))
                state = deeper(s, state, feed(s, run->state, p, (uint32_t)overlap));
            ail_runs_drop(s->runs, run);
        }
        if (granule == last)
            return state;
    }
}

/* A short copy may load its tail first: go on with what this execution of the block has already
 * accessed behind the piece. */
static void continue_backward(Search *s, AilRun run)
{
    const AilWhere *w = s->where;
    uint64_t next = run.next;
    for (uint32_t k = w->access; k-- > w->first && w->access - k <= BACKWARD && run.state;) {
        if (run.next - w->chunk->addr[k] >= 16)
            continue;
        AilPiece q;
        ail_piece_of(&q, w->chunk, k, w->wide);
        uint64_t overlap = run.next - q.addr;
        if (q.write != run.write || overlap >= q.size ||
            !agrees(s, run.state, &q, (uint32_t)overlap))
            continue;
        run.state = feed(s, run.state, &q, (uint32_t)overlap);
        run.next = q.addr + q.size;
    }
    if (run.state && run.next != next)
        ail_runs_put(s->runs, &run);
}

bool ail_runsearch_access(const AilMatcher *matcher, AilRuns *runs, const AilWhere *w, bool fresh,
                          AilRunMatches *found)
{
    Search s = {matcher, runs, w, found};
    const AilPiece *p = w->piece;
    uint32_t state = fresh ? feed(&s, 0, p, 0) : 0;
    if (ail_runs_filter(runs)[ail_runs_place(p->addr)])
        state = continue_runs(&s, p, state);
    if (!state)
        return false;
    AilRun run = {p->addr + p->size, w->asid, w->icount, state, p->write};
    ail_runs_put(runs, &run);
    if (p->size > 1 && w->access > w->first)
        continue_backward(&s, run);
    return true;
}

/* --- a whole chunk --- */

typedef struct Finder {
    const AilMatcher *matcher;
    const AilClassPages *pages;
    const AilChunk *chunk;
    const AilSteps *steps;
    AilChunkSearch *out;
    size_t step;     /* the next step, */
    uint32_t at;     /* the execution after the one before it, */
    uint64_t begins; /* and that execution's icount */
    uint32_t flow;   /* the execution at hand */
    uint64_t icount; /* of it */
    uint64_t asid;
    uint32_t event, cut, wide; /* the next of each */
} Finder;

static uint32_t executed(Finder *f, uint32_t i)
{
    const AilChunk *c = f->chunk;
    while (f->cut < c->n_cuts && c->cuts[f->cut].at < i)
        f->cut++;
    if (f->cut < c->n_cuts && c->cuts[f->cut].at == i)
        return c->cuts[f->cut].executed;
    return ail_classes_get(f->pages, c->flow[i]).n_insns;
}

/* Go on to execution i. */
static void go_to(Finder *f, uint32_t i)
{
    const AilChunk *c = f->chunk;
    while (f->step < f->steps->n && f->at + f->steps->steps[f->step].blocks <= i) {
        f->at += f->steps->steps[f->step].blocks;
        f->begins += f->steps->steps[f->step++].insns;
    }
    if (f->flow < f->at) {
        f->flow = f->at;
        f->icount = f->begins;
    }
    while (f->flow < i)
        f->icount += executed(f, f->flow++);
    for (; f->event < c->n_events && c->events[f->event].flow_index <= i; f->event++)
        if (c->events[f->event].type == AIL_EVENT_ASID)
            f->asid = c->events[f->event].value;
}

static void add_hit(Finder *f, const AilWhere *w, bool starts)
{
    AilChunkSearch *out = f->out;
    if (out->n_hits == out->hits_cap) {
        out->hits_cap = MAX(1024, out->hits_cap * 2);
        out->hits = g_renew(AilHit, out->hits, out->hits_cap);
    }
    const AilBlock *block = ail_dict_get(f->chunk->dict, f->chunk->flow[f->flow]);
    out->hits[out->n_hits++] =
        (AilHit){.pc = block->pc + block->start[w->chunk->access_insn[w->access]],
                 .icount = w->icount,
                 .flow = f->flow,
                 .access = w->access,
                 .piece = *w->piece,
                 .starts = starts};
}

static void search_access(Finder *f, uint32_t a, bool starts)
{
    const AilChunk *c = f->chunk;
    AilChunkSearch *out = f->out;
    uint32_t i = f->flow;
    while (c->access_end[i] <= a)
        i++;
    go_to(f, i);
    AilPiece piece;
    ail_piece_of(&piece, c, a, &f->wide);
    AilWhere where = {.chunk = c,
                      .access = a,
                      .first = i ? c->access_end[i - 1] : 0,
                      .icount = f->icount + c->access_insn[a],
                      .asid = f->asid,
                      .piece = &piece,
                      .wide = &f->wide};
    size_t matches = out->matches.n;
    ail_runsearch_access(f->matcher, out->runs, &where, starts, &out->matches);
    if (starts || out->matches.n > matches)
        add_hit(f, &where, starts);
}

/* Whether access a, where a run may continue by the filter, does touch one. */
static bool touches(const Finder *f, uint32_t a)
{
    const AilChunk *c = f->chunk;
    unsigned shift = MIN(c->access_info[a] & AIL_ACCESS_SIZE_SHIFT, 4);
    return ail_runs_touch(f->out->runs, c->addr[a], 1u << shift);
}

static void search_all(Finder *f)
{
    const AilChunk *c = f->chunk;
    const uint16_t *running = ail_runs_filter(f->out->runs);
    for (uint32_t from = 0; from < c->n_access; from += 64) {
        uint64_t starts = f->out->starts[from / 64];
        if (!starts && !ail_runs_any(f->out->runs))
            continue;
        uint32_t to = MIN(c->n_access - from, 64) + from;
        for (uint32_t a = from; a < to; a++, starts >>= 1)
            if ((starts & 1) || (running[ail_runs_place(c->addr[a])] && touches(f, a)))
                search_access(f, a, starts & 1);
    }
}

static void make_room(AilChunkSearch *s, const AilChunk *c)
{
    size_t words = ((size_t)c->n_access + 63) / 64;
    if (words > s->words_cap) {
        s->words_cap = words;
        g_free(s->starts);
        s->starts = g_new(uint64_t, words);
    }
    s->n_hits = 0;
    s->matches.n = 0;
}

static void find_starts(AilChunkSearch *s, const AilStarts *starts, const AilChunk *c)
{
    ail_starts_find(starts, c->value, c->access_info, c->n_access, s->starts);
    for (uint32_t w = 0; w < c->n_wide; w++) {
        uint64_t hit = ail_starts_in(starts, c->wide[w].high);
        s->starts[c->wide[w].at / 64] |= hit << (c->wide[w].at % 64);
    }
}

void ail_chunk_search(AilChunkSearch *search, const AilStarts *starts, const AilMatcher *matcher,
                      const AilClassPages *pages, const AilChunk *chunk, const AilSteps *steps)
{
    Finder f = {.matcher = matcher,
                .pages = pages,
                .chunk = chunk,
                .steps = steps,
                .out = search,
                .begins = chunk->icount,
                .icount = chunk->icount,
                .asid = chunk->asid};
    make_room(search, chunk);
    find_starts(search, starts, chunk);
    search_all(&f);
    ail_runs_expire(search->runs, chunk->icount + chunk->insns);
}

void ail_chunk_search_clear(AilChunkSearch *s)
{
    g_free(s->starts);
    g_free(s->hits);
    g_free(s->matches.all);
    ail_runs_free(s->runs);
    *s = (AilChunkSearch){0};
}
