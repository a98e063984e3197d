/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nearly all accesses in which a pattern may start just end with some pattern's first byte. Such a
 * run can only go on in an access that begins where it ends with a second byte; what the run does
 * in an access that overlaps it, that access does by itself, as it has both bytes. So the accesses
 * of the next window that begin with a second byte are put into a set first, and a run of one byte
 * that none of them continues is not begun.
 */
#include "analyzers/chunksearch_private.h"

#include <glib.h>
#include <string.h>

/* So many executions, or accesses, are looked at to find out that what comes next in a stream does
 * not go on with a pattern. */
enum { LOOK_AHEAD = 16, LOOK_AHEAD_ACCESSES = 48 };

/* --- what becomes of a stream --- */

bool ail_finder_comes_to_nothing(AilFinder *f, uint32_t state, uint32_t next)
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
    return (uint32_t)((addr << 1 | write) * 0x9e3779b97f4a7c15u >> (64 - AIL_ONWARD_BITS));
}

static void fill_onward(const AilFinder *f, uint32_t from, uint32_t to, AilOnward *set)
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
static void next_part(AilFinder *f)
{
    const AilSteps *steps = f->steps;
    uint64_t insns = 0;
    f->here ^= 1;
    AilPart *next = &f->part[f->here ^ 1];
    while (f->next_step < steps->n && insns <= f->window) {
        insns += steps->steps[f->next_step].insns;
        f->next_flow += steps->steps[f->next_step++].blocks;
    }
    uint32_t from = f->part[f->here].end;
    next->end = f->next_flow ? f->chunk->access_end[f->next_flow - 1] : 0;
    fill_onward(f, from, next->end, &next->onward);
}

/* Whether an access of the same execution before access a may be its continuation (tail first). */
static bool has_tail_before(const AilFinder *f, uint32_t a, uint64_t end)
{
    const AilChunk *c = f->chunk;
    uint32_t first = ail_finder_first(f);
    for (uint32_t k = a; k-- > first && a - k <= AIL_RUNSEARCH_BACKWARD;) {
        unsigned shift = MIN(c->access_info[k] & AIL_ACCESS_SIZE_SHIFT, 4);
        if (end - c->addr[k] < 1u << shift)
            return true;
    }
    return false;
}

/* Get to know where the address space of access a may change next. */
static void find_space(AilFinder *f, uint32_t a)
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
static uint32_t next_of_run(AilFinder *f, uint32_t a, uint64_t end)
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

bool ail_finder_goes_on(AilFinder *f, const AilPiece *p, uint32_t a, uint32_t state)
{
    uint64_t end = p->addr + p->size;
    if (f->flow >= f->tail || has_tail_before(f, a, end))
        return true;
    uint32_t next = next_of_run(f, a, end);
    if (next)
        return f->chunk->addr[next] == end && !ail_finder_comes_to_nothing(f, state, next);
    while (a >= f->part[f->here].end)
        next_part(f);
    uint32_t place = onward_place(end, p->write);
    uint32_t onward = f->part[0].onward.seconds[place] | f->part[1].onward.seconds[place];
    return onward & ail_starts_seconds(f->starts, p->bytes[p->size - 1]);
}

/* Of accesses from..to-1, which are of the block of access a, the first one that goes to the same
 * tap, if both have the same caller and address space; or `to`. */
static uint32_t same_tap(const AilChunk *c, uint32_t a, uint32_t from, uint32_t to)
{
    while (from < to && (c->access_insn[from] != c->access_insn[a] ||
                         ((c->access_info[from] ^ c->access_info[a]) & AIL_ACCESS_STORE)))
        from++;
    return from;
}

uint32_t ail_finder_next_of_tap(AilFinder *f, uint32_t a)
{
    const AilChunk *c = f->chunk;
    uint32_t id = c->flow[f->flow];
    const AilBlock *block = ail_dict_get(c->dict, id);
    uint64_t pc = block->pc + block->start[c->access_insn[a]];
    ail_finder_step(f);
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

void ail_finder_begin(AilFinder *f)
{
    next_part(f);
}
