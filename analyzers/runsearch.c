/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/runsearch.h"

#include <glib.h>
#include <string.h>

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
    for (uint32_t k = w->access;
         k-- > w->first && w->access - k <= AIL_RUNSEARCH_BACKWARD && run.state;) {
        if (run.next - w->chunk->addr[k] >= AIL_RUNSEARCH_OVERLAP)
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
