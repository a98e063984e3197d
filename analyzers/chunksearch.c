/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nearly all accesses in which a pattern may start just end with some pattern's first byte. Such a
 * run can only go on in an access that begins where it ends with a second byte; what the run does
 * in an access that overlaps it, that access does by itself, as it has both bytes. So the accesses
 * of the next window that begin with a second byte are put into a set first, and a run of one byte
 * that none of them continues is not begun.
 */
#include "analyzers/chunksearch.h"

#include <glib.h>
#include <string.h>

enum { ONWARD_BITS = 13 };

/* So many executions, or accesses, are looked at to find out that what comes next in a stream does
 * not go on with a pattern. */
enum { LOOK_AHEAD = 16, LOOK_AHEAD_ACCESSES = 48 };

/* Accesses that begin with a second byte: by address and direction, hashed, a set of these bytes
 * (ail_starts_seconds). */
typedef struct Onward {
    uint32_t seconds[1 << ONWARD_BITS];
} Onward;

/* A part of the chunk: whole steps with more instructions than the window, or the last ones. */
typedef struct Part {
    Onward onward;
    uint32_t end; /* the access after it */
} Part;

typedef struct Finder {
    const AilStarts *starts;
    const AilMatcher *matcher;
    const AilClassPages *pages;
    const AilChunk *chunk;
    const AilSteps *steps;
    AilChunkSearch *out;
    size_t step;     /* the next step, */
    uint32_t at;     /* the execution after the one before it, */
    uint64_t begins; /* and that execution's icount */
    uint32_t flow;   /* the execution of the access at hand */
    uint32_t known;  /* an execution before that, */
    uint64_t icount; /* and its icount */
    uint64_t asid;
    uint32_t tail; /* runs that begin in this execution or later may go on after the chunk */
    uint32_t event, cut, wide; /* the next of each */
    uint32_t space;            /* the next event that may change the address space, */
    uint32_t space_ends;       /* and an access up to which none does */
    Part part[2];              /* that of the access at hand, and the next; */
    unsigned here;             /* the former's index; */
    size_t next_step;          /* the step after both */
    uint32_t next_flow;        /* and the execution */
    uint64_t window;
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

/* Go to the step behind the execution at hand. */
static void find_step(Finder *f)
{
    while (f->step < f->steps->n && f->at + f->steps->steps[f->step].blocks <= f->flow) {
        f->at += f->steps->steps[f->step].blocks;
        f->begins += f->steps->steps[f->step++].insns;
    }
}

/* Get to know icount and address space of the execution at hand. */
static void know(Finder *f)
{
    const AilChunk *c = f->chunk;
    uint32_t i = f->flow;
    find_step(f);
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

static uint32_t first_access(const Finder *f)
{
    return f->flow ? f->chunk->access_end[f->flow - 1] : 0;
}

static void add_hit(Finder *f, const AilPiece *piece, uint32_t a, bool starts)
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

/* --- what becomes of a stream --- */

/* Whether a stream that is in `state` is after access `next` where it would be if it had matched
 * nothing before, without a match that it would not have had. */
static bool comes_to_nothing(Finder *f, uint32_t state, uint32_t next)
{
    const AilMatcher *m = f->matcher;
    AilPiece p;
    ail_piece_of(&p, f->chunk, next, &f->wide);
    for (uint32_t i = 0, other = 0; i < p.size; i++) {
        state = ail_matcher_step(m, state, p.bytes[i]);
        other = ail_matcher_step(m, other, p.bytes[i]);
        if (state == other)
            return true;
        if (ail_matcher_ends(m, state))
            return false;
    }
    return false;
}

/* --- where runs of one byte go on --- */

static uint32_t onward_place(uint64_t addr, bool write)
{
    return (uint32_t)((addr << 1 | write) * 0x9e3779b97f4a7c15u >> (64 - ONWARD_BITS));
}

static void fill_onward(const Finder *f, uint32_t from, uint32_t to, Onward *set)
{
    const AilChunk *c = f->chunk;
    memset(set, 0, sizeof *set);
    for (uint32_t i = from & ~63u; i < to; i += 64) {
        uint64_t left = f->out->bits[i / 64].follows;
        left &= i < from ? UINT64_MAX << (from - i) : UINT64_MAX;
        left &= to - i < 64 ? ~(UINT64_MAX << (to - i)) : UINT64_MAX;
        for (; left; left &= left - 1) {
            uint32_t a = i + (uint32_t)__builtin_ctzll(left);
            bool write = c->access_info[a] & AIL_ACCESS_STORE;
            set->seconds[onward_place(c->addr[a], write)] |= ail_starts_second(c->value[a]);
        }
    }
}

/* Go on to the next part, and find what is behind that. */
static void next_part(Finder *f)
{
    const AilSteps *steps = f->steps;
    uint64_t insns = 0;
    f->here ^= 1;
    Part *next = &f->part[f->here ^ 1];
    while (f->next_step < steps->n && insns <= f->window) {
        insns += steps->steps[f->next_step].insns;
        f->next_flow += steps->steps[f->next_step++].blocks;
    }
    uint32_t from = f->part[f->here].end;
    next->end = f->next_flow ? f->chunk->access_end[f->next_flow - 1] : 0;
    fill_onward(f, from, next->end, &next->onward);
}

/* Whether an access of the same execution before access a may be its continuation (tail first). */
static bool has_tail_before(const Finder *f, uint32_t a, uint64_t end)
{
    const AilChunk *c = f->chunk;
    uint32_t first = first_access(f);
    for (uint32_t k = a; k-- > first && a - k <= AIL_RUNSEARCH_BACKWARD;) {
        unsigned shift = MIN(c->access_info[k] & AIL_ACCESS_SIZE_SHIFT, 4);
        if (end - c->addr[k] < 1u << shift)
            return true;
    }
    return false;
}

/* Get to know where the address space of access a may change next. */
static void find_space(Finder *f, uint32_t a)
{
    const AilChunk *c = f->chunk;
    while (f->space_ends <= a) {
        if (f->space == c->n_events) {
            f->space_ends = c->n_access;
            return;
        }
        const AilEvent *e = &c->events[f->space++];
        if (e->type == AIL_EVENT_ASID && e->flow_index)
            f->space_ends = c->access_end[e->flow_index - 1];
    }
}

/* Of the few accesses after a, the first one that a run touches that ends at `end` with access a;
 * or 0. */
static uint32_t next_of_run(Finder *f, uint32_t a, uint64_t end)
{
    const AilChunk *c = f->chunk;
    find_space(f, a);
    uint32_t to = MIN(f->space_ends, a + 1 + LOOK_AHEAD_ACCESSES);
    for (uint32_t k = a + 1; k < to; k++) {
        uint64_t overlap = end - c->addr[k];
        if (overlap <= 16 && overlap <= 1u << MIN(c->access_info[k] & AIL_ACCESS_SIZE_SHIFT, 4) &&
            !((c->access_info[k] ^ c->access_info[a]) & AIL_ACCESS_STORE))
            return k;
    }
    return 0;
}

/* Whether a run of the last byte of p, which is access a, may go on. state: after that byte. */
static bool goes_on(Finder *f, const AilPiece *p, uint32_t a, uint32_t state)
{
    uint64_t end = p->addr + p->size;
    if (f->flow >= f->tail || has_tail_before(f, a, end))
        return true;
    uint32_t next = next_of_run(f, a, end);
    if (next)
        return f->chunk->addr[next] == end && !comes_to_nothing(f, state, next);
    while (a >= f->part[f->here].end)
        next_part(f);
    uint32_t place = onward_place(end, p->write);
    uint32_t onward = f->part[0].onward.seconds[place] | f->part[1].onward.seconds[place];
    return onward & ail_starts_seconds(f->starts, p->bytes[p->size - 1]);
}

/* --- the walk --- */

/* Of accesses from..to-1, which are of the block of access a, the first one that goes to the same
 * tap, if both have the same caller and address space; or `to`. */
static uint32_t same_tap(const AilChunk *c, uint32_t a, uint32_t from, uint32_t to)
{
    while (from < to && (c->access_insn[from] != c->access_insn[a] ||
                         ((c->access_info[from] ^ c->access_info[a]) & AIL_ACCESS_STORE)))
        from++;
    return from;
}

/* The next access, before the next step, that goes to the tap of access a; 0: not known. Up to the
 * next step there is one caller and one address space. */
static uint32_t next_of_tap(Finder *f, uint32_t a)
{
    const AilChunk *c = f->chunk;
    uint32_t id = c->flow[f->flow];
    const AilBlock *block = ail_dict_get(c->dict, id);
    uint64_t pc = block->pc + block->start[c->access_insn[a]];
    find_step(f);
    uint32_t end = f->step < f->steps->n ? f->at + f->steps->steps[f->step].blocks : f->flow + 1;
    end = MIN(end, f->flow + LOOK_AHEAD);
    uint32_t next = same_tap(c, a, a + 1, c->access_end[f->flow]);
    if (next < c->access_end[f->flow])
        return next;
    for (uint32_t i = f->flow + 1; i < end; i++) {
        if (c->flow[i] == id) {
            next = same_tap(c, a, c->access_end[i - 1], c->access_end[i]);
            if (next < c->access_end[i])
                return next;
        } else {
            const AilBlock *other = ail_dict_get(c->dict, c->flow[i]);
            if (pc - other->pc < other->size)
                return 0;
        }
    }
    return 0;
}

static void search_runs(Finder *f, const AilPiece *piece, uint32_t a, bool starts)
{
    know(f);
    AilWhere where = {.chunk = f->chunk,
                      .access = a,
                      .first = first_access(f),
                      .icount = f->icount + f->chunk->access_insn[a],
                      .asid = f->asid,
                      .piece = piece,
                      .wide = &f->wide};
    ail_runsearch_access(f->matcher, f->out->runs, &where, starts, &f->out->matches);
}

/* The state after access a by itself; *matches: a pattern ends in it. */
static uint32_t first_state(const Finder *f, const AilPiece *p, uint32_t a, bool *matches)
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
static void search_access(Finder *f, uint32_t a, bool starts, bool touched)
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
        (state && (m->states[state].depth > 1 || goes_on(f, &piece, a, state))))
        search_runs(f, &piece, a, starts);
    uint32_t next = state && !matches ? next_of_tap(f, a) : 0;
    if (next && comes_to_nothing(f, state, next)) {
        starts = false;
        f->out->bits[a / 64].starts &= ~(UINT64_C(1) << a % 64);
    }
    if (starts || f->out->matches.n > before)
        add_hit(f, &piece, a, starts);
}

/* Whether access a, where a run may continue by the filter, does touch one. */
static bool touches(const Finder *f, uint32_t a)
{
    const AilChunk *c = f->chunk;
    unsigned shift = MIN(c->access_info[a] & AIL_ACCESS_SIZE_SHIFT, 4);
    return ail_runs_touch(f->out->runs, c->addr[a], 1u << shift);
}

/* Accesses from..to-1, while there are runs. */
static void search_running(Finder *f, uint32_t from, uint32_t to, uint64_t starts)
{
    const uint16_t *running = ail_runs_filter(f->out->runs);
    const uint64_t *addr = f->chunk->addr;
    for (uint32_t a = from; a < to; a++, starts >>= 1) {
        bool touched = running[ail_runs_place(addr[a])] && touches(f, a);
        if ((starts & 1) | touched)
            search_access(f, a, starts & 1, touched);
    }
}

static void search_all(Finder *f)
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
    Finder f = {.starts = starts,
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
    next_part(&f);
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
