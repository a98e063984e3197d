/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/chunksearch_private.h"

#include <glib.h>

static uint32_t executed(AilFinder *f, uint32_t i)
{
    const AilChunk *c = f->chunk;
    while (f->cut < c->n_cuts && c->cuts[f->cut].at < i)
        f->cut++;
    if (f->cut < c->n_cuts && c->cuts[f->cut].at == i)
        return c->cuts[f->cut].executed;
    return ail_classes_get(f->pages, c->flow[i]).n_insns;
}

/* Get to know icount and address space of the execution at hand. */
static void know(AilFinder *f)
{
    const AilChunk *c = f->chunk;
    uint32_t i = f->flow;
    ail_finder_step(f);
    if (f->known < f->at) {
        f->known = f->at;
        f->icount = f->begins;
    }
    while (f->known < i)
        f->icount += executed(f, f->known++);
    for (; f->event < c->n_events && c->events[f->event].flow_index <= i; f->event++)
        if (c->events[f->event].type == AIL_EVENT_ASID)
            f->asid = c->events[f->event].value;
}

static void add_hit(AilFinder *f, const AilPiece *piece, uint32_t a, bool starts)
{
    AilChunkSearch *out = f->out;
    if (out->n_hits == out->hits_cap) {
        out->hits_cap = MAX(1024, out->hits_cap * 2);
        out->hits = g_renew(AilHit, out->hits, out->hits_cap);
    }
    const AilBlock *block = ail_dict_get(f->chunk->dict, f->chunk->flow[f->flow]);
    out->hits[out->n_hits++] = (AilHit){.pc = block->pc + block->start[f->chunk->access_insn[a]],
                                        .flow = f->flow,
                                        .access = a,
                                        .piece = *piece,
                                        .starts = starts};
}

static void search_runs(AilFinder *f, const AilPiece *piece, uint32_t a, bool starts)
{
    know(f);
    AilWhere where = {.chunk = f->chunk,
                      .access = a,
                      .first = ail_finder_first(f),
                      .icount = f->icount + f->chunk->access_insn[a],
                      .asid = f->asid,
                      .piece = piece,
                      .wide = &f->wide};
    ail_runsearch_access(f->matcher, f->out->runs, &where, starts, &f->out->matches);
}

/* The state after access a by itself; *matches: a pattern ends in it. */
static uint32_t first_state(const AilFinder *f, const AilPiece *p, uint32_t a, bool *matches)
{
    bool pair = f->out->bits[a / 64].pairs >> a % 64 & 1;
    uint32_t state = 0;
    for (uint32_t i = pair ? 0 : p->size - 1u; i < p->size; i++) {
        state = ail_matcher_step(f->matcher, state, p->bytes[i]);
        *matches |= ail_matcher_ends(f->matcher, state);
    }
    return state;
}

/* starts: a pattern may start in the access; touched: a run may go on in it. */
static void search_access(AilFinder *f, uint32_t a, bool starts, bool touched)
{
    const AilMatcher *m = f->matcher;
    AilPiece piece;
    bool matches = false;
    while (f->chunk->access_end[f->flow] <= a)
        f->flow++;
    ail_piece_of(&piece, f->chunk, a, &f->wide);
    uint32_t state = starts ? first_state(f, &piece, a, &matches) : 0;
    starts = state || matches;
    size_t before = f->out->matches.n;
    if (touched || matches ||
        (state && (m->states[state].depth > 1 || ail_finder_goes_on(f, &piece, a, state))))
        search_runs(f, &piece, a, starts);
    uint32_t next = state && !matches ? ail_finder_next_of_tap(f, a) : 0;
    if (next && ail_finder_comes_to_nothing(f, state, next)) {
        starts = false;
        f->out->bits[a / 64].starts &= ~(UINT64_C(1) << a % 64);
    }
    if (starts || f->out->matches.n > before)
        add_hit(f, &piece, a, starts);
}

/* Whether access a, where a run may continue by the filter, does touch one. */
static bool touches(const AilFinder *f, uint32_t a)
{
    const AilChunk *c = f->chunk;
    unsigned shift = MIN(c->access_info[a] & AIL_ACCESS_SIZE_SHIFT, 4);
    return ail_runs_touch(f->out->runs, c->addr[a], 1u << shift);
}

/* Accesses from..to-1, while there are runs. */
static void search_running(AilFinder *f, uint32_t from, uint32_t to, uint64_t starts)
{
    const uint16_t *running = ail_runs_filter(f->out->runs);
    const uint64_t *addr = f->chunk->addr;
    for (uint32_t a = from; a < to; a++, starts >>= 1) {
        bool touched = running[ail_runs_place(addr[a])] && touches(f, a);
        if ((starts & 1) | touched)
            search_access(f, a, starts & 1, touched);
    }
}

static void search_all(AilFinder *f)
{
    const AilChunk *c = f->chunk;
    const AilRuns *runs = f->out->runs;
    for (uint32_t from = 0; from < c->n_access; from += 64) {
        uint64_t starts = f->out->bits[from / 64].starts;
        uint32_t to = MIN(c->n_access - from, 64) + from, a = from;
        for (; starts && !ail_runs_any(runs); starts &= starts - 1) {
            a = from + (uint32_t)__builtin_ctzll(starts);
            search_access(f, a++, true, false);
        }
        if (ail_runs_any(runs))
            search_running(f, a, to,
                           a < from + 64 ? f->out->bits[from / 64].starts >> (a - from) : 0);
    }
}

static void make_room(AilChunkSearch *s, const AilChunk *c)
{
    size_t n = ((size_t)c->n_access + 63) / 64;
    if (n > s->bits_cap) {
        s->bits_cap = n;
        g_free(s->bits);
        s->bits = g_new(AilStartBits, n);
    }
    s->n_hits = 0;
    s->matches.n = 0;
}

static void find_starts(AilChunkSearch *s, const AilStarts *starts, const AilChunk *c)
{
    ail_starts_find(starts, c->value, c->access_info, c->n_access, s->bits);
    for (uint32_t w = 0; w < c->n_wide; w++) {
        AilStartBits *bits = &s->bits[c->wide[w].at / 64];
        uint64_t wide = UINT64_C(1) << c->wide[w].at % 64;
        bits->starts |= ail_starts_in(starts, c->wide[w].high) ? wide : 0;
        bits->pairs |= bits->starts & wide;
    }
}

/* The first execution with less than a window of instructions between it and the chunk's end. */
static uint32_t find_tail(const AilChunk *c, const AilSteps *steps, uint64_t window)
{
    uint64_t insns = 0;
    uint32_t at = c->n_flow;
    for (size_t k = steps->n; k-- > 0 && insns <= window;) {
        insns += steps->steps[k].insns;
        at -= steps->steps[k].blocks;
    }
    return at;
}

void ail_chunk_search(AilChunkSearch *search, const AilStarts *starts, const AilMatcher *matcher,
                      const AilClassPages *pages, const AilChunk *chunk, const AilSteps *steps)
{
    AilFinder f = {.starts = starts,
                   .matcher = matcher,
                   .pages = pages,
                   .chunk = chunk,
                   .steps = steps,
                   .out = search,
                   .begins = chunk->icount,
                   .icount = chunk->icount,
                   .asid = chunk->asid,
                   .window = ail_runs_window(search->runs)};
    f.tail = find_tail(chunk, steps, f.window);
    make_room(search, chunk);
    find_starts(search, starts, chunk);
    ail_finder_begin(&f);
    search_all(&f);
    ail_runs_expire(search->runs, chunk->icount + chunk->insns);
}

void ail_chunk_search_clear(AilChunkSearch *s)
{
    g_free(s->bits);
    g_free(s->hits);
    g_free(s->matches.all);
    ail_runs_free(s->runs);
    *s = (AilChunkSearch){0};
}
