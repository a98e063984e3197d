/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks at the moments that are asked for. */
#include "analyzers/callstack_print.h"
#include "analyzers/callstack_private.h"

static void print_stack(CallStack *c, const char *why, uint64_t icount, uint64_t pc)
{
    Stack s = {.why = why,
               .icount = icount,
               .pc = pc,
               .asid = ail_stacks_asid(c->stacks),
               .stacks = c->stacks,
               .frames = c->frames,
               .symbols = c->env.symbols};
    s.n = ail_stacks_frames(c->stacks, c->frames, c->max_depth, &s.depth);
    c->printed++;
    callstack_print(&s, c->env.out);
}

static void print_limited(CallStack *c, const char *why, uint64_t icount, uint64_t pc)
{
    if (c->told == c->limit) {
        c->missed++;
        return;
    }
    c->told++;
    print_stack(c, why, icount, pc);
}

static uint32_t executed(const AilChunk *c, uint32_t i, const AilBlock *block)
{
    uint32_t low = 0, high = c->n_cuts;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->cuts[middle].at < i)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->n_cuts && c->cuts[low].at == i ? c->cuts[low].executed : block->n_insns;
}

/* The address of instruction `want`, which is in the stretch; later ones only from then on. */
static uint64_t address_at(Stretch *s, uint64_t want)
{
    for (; s->at < s->chunk->n_flow; s->at++) {
        const AilBlock *block = ail_dict_get(s->chunk->dict, s->chunk->flow[s->at]);
        uint32_t n = executed(s->chunk, s->at, block);
        if (want - s->icount < n)
            return block->pc + block->start[want - s->icount];
        s->icount += n;
    }
    return 0;
}

void callstack_moments(CallStack *c, Stretch stretch, uint64_t end)
{
    Stretch matches = stretch;
    while (c->next_at < c->at->len) {
        uint64_t want = g_array_index(c->at, uint64_t, c->next_at);
        if (want >= end)
            break;
        c->next_at++;
        if (want >= stretch.icount)
            print_stack(c, "at", want, address_at(&stretch, want));
    }
    while (c->next_match < c->matches->len) {
        uint64_t want = g_array_index(c->matches, uint64_t, c->next_match);
        if (want >= end)
            break;
        c->next_match++;
        if (want >= matches.icount)
            print_limited(c, "string match", want, address_at(&matches, want));
    }
}

void callstack_marked(CallStack *c, const Stretch *s)
{
    const AilBlock *block = ail_dict_get(s->chunk->dict, s->chunk->flow[s->at]);
    uint32_t n = executed(s->chunk, s->at, block);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t pc = block->pc + block->start[i];
        for (guint k = 0; k < c->pcs->len; k++)
            if (g_array_index(c->pcs, uint64_t, k) == pc) {
                callstack_moments(c, *s, s->icount + i + 1);
                print_limited(c, "when-pc", s->icount + i, pc);
            }
    }
}

uint64_t callstack_next_moment(const CallStack *c)
{
    uint64_t next = UINT64_MAX;
    if (c->next_at < c->at->len)
        next = g_array_index(c->at, uint64_t, c->next_at);
    if (c->next_match < c->matches->len)
        next = MIN(next, g_array_index(c->matches, uint64_t, c->next_match));
    return next;
}
