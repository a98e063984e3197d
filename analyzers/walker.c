/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/walker.h"

typedef struct Walk {
    const AilWalker *walker;
    const AilChunk *chunk;
    uint64_t asid;
    uint32_t event; /* next in chunk->events */
    uint32_t cut;   /* next in chunk->cuts */
    uint32_t wide;  /* next in chunk->wide */
} Walk;

static void tell_event(Walk *w, const AilEvent *event)
{
    const AilWalker *to = w->walker;
    void (*fn)(void *, const AilEvent *) = NULL;
    switch (event->type) {
    case AIL_EVENT_ASID:
        if (to->asid_changed)
            to->asid_changed(to->self, event->icount, w->asid, event->value);
        w->asid = event->value;
        return;
    case AIL_EVENT_EXCEPTION:
        fn = to->exception;
        break;
    case AIL_EVENT_INTERRUPT:
        fn = to->interrupt;
        break;
    case AIL_EVENT_CONSOLE:
        fn = to->console;
        break;
    default:
        fn = to->other;
        break;
    }
    if (fn)
        fn(to->self, event);
}

static void tell_events(Walk *w, uint32_t index)
{
    const AilChunk *c = w->chunk;
    while (w->event < c->n_events && c->events[w->event].flow_index <= index)
        tell_event(w, &c->events[w->event++]);
}

static void tell_accesses(Walk *w, const AilExec *exec)
{
    const AilChunk *c = w->chunk;
    const AilBlock *block = exec->block;
    for (uint32_t a = exec->access_first; a < exec->access_end; a++) {
        uint16_t insn = c->access_insn[a];
        AilAccess access = {
            .pc = block->pc + block->start[insn],
            .icount = exec->icount + insn,
            .asid = exec->asid,
            .addr = c->addr[a],
            .value = c->value ? c->value[a] : 0,
            .high = c->value ? ail_wide_high(c, a, &w->wide) : 0,
            .size = 1u << (c->access_info[a] & AIL_ACCESS_SIZE_SHIFT),
            .write = c->access_info[a] & AIL_ACCESS_STORE,
        };
        w->walker->access(w->walker->self, exec, &access);
    }
}

static uint32_t executed(Walk *w, uint32_t index, const AilBlock *block)
{
    const AilChunk *c = w->chunk;
    if (w->cut < c->n_cuts && c->cuts[w->cut].at == index)
        return c->cuts[w->cut++].executed;
    return block->n_insns;
}

void ail_walk(const AilWalker *walker, const AilChunk *chunk)
{
    Walk w = {.walker = walker, .chunk = chunk, .asid = chunk->asid};
    uint64_t icount = chunk->icount;
    for (uint32_t i = 0; i < chunk->n_flow; i++) {
        tell_events(&w, i);
        const AilBlock *block = ail_dict_get(chunk->dict, chunk->flow[i]);
        AilExec exec = {.block = block, .icount = icount, .asid = w.asid, .index = i};
        exec.executed = executed(&w, i, block);
        if (chunk->access_end) {
            exec.access_first = i ? chunk->access_end[i - 1] : 0;
            exec.access_end = chunk->access_end[i];
        }
        if (walker->block)
            walker->block(walker->self, &exec);
        if (walker->access)
            tell_accesses(&w, &exec);
        icount += exec.executed;
    }
    tell_events(&w, UINT32_MAX);
}
