/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One of two traces that are compared: what is in it, one thing after the other. */
#include "trace/diff_private.h"

#include <glib.h>
#include <string.h>

static void load_execution(AilDiffSide *s)
{
    const AilChunk *c = s->chunk;
    s->insn = s->executed = 0;
    s->block = NULL;
    if (!(s->columns & AIL_COL_FLOW) || s->exec == c->n_flow)
        return;
    s->block = ail_dict_get(c->dict, c->flow[s->exec]);
    s->executed = s->block->n_insns;
    if (s->cut < c->n_cuts && c->cuts[s->cut].at == s->exec)
        s->executed = c->cuts[s->cut++].executed;
}

static AilStatus load_chunk(AilDiffSide *s)
{
    AilStatus status = ail_trace_reader_next(s->reader, &s->chunk);
    s->ended = status == AIL_END;
    if (status != AIL_OK) {
        s->chunk = NULL;
        return status == AIL_END ? AIL_OK : status;
    }
    s->fresh = true;
    if (!s->begun)
        s->begin = s->chunk->icount;
    s->begun = true;
    s->icount = s->chunk->icount + s->shift;
    s->exec = s->event = s->cut = s->access = s->wide = s->crossing = 0;
    load_execution(s);
    return AIL_OK;
}

static bool event_next(const AilDiffSide *s)
{
    const AilChunk *c = s->chunk;
    return s->columns & AIL_COL_EVENT && s->event < c->n_events &&
           (!(s->columns & AIL_COL_FLOW) || c->events[s->event].flow_index <= s->exec);
}

/* What comes next in the chunk; AIL_NEXT_END: nothing. */
static AilDiffNext next_in_chunk(AilDiffSide *s)
{
    if (s->fresh)
        return AIL_NEXT_SYNC;
    for (;;) {
        if (s->insn == 0 && event_next(s))
            return AIL_NEXT_EVENT;
        if (!s->block)
            return AIL_NEXT_END;
        if (s->insn < s->executed)
            return AIL_NEXT_RUN;
        if (s->access < ail_diff_access_end(s))
            return AIL_NEXT_ATTEMPT;
        s->exec++;
        load_execution(s);
    }
}

AilStatus ail_diff_look(AilDiffSide *s, AilDiffNext *next, uint64_t *at)
{
    *next = AIL_NEXT_END;
    *at = UINT64_MAX;
    while (!s->ended) {
        if (s->chunk)
            *next = next_in_chunk(s);
        if (*next != AIL_NEXT_END) {
            bool flow = s->columns & AIL_COL_FLOW || *next != AIL_NEXT_EVENT;
            *at = flow ? s->icount : s->chunk->events[s->event].icount + s->shift;
            return AIL_OK;
        }
        if (load_chunk(s) != AIL_OK)
            return AIL_ERR;
    }
    return AIL_OK;
}

void ail_diff_take(AilDiffSide *s, AilDiffNext next, uint32_t n)
{
    if (next == AIL_NEXT_SYNC)
        s->fresh = false;
    if (next == AIL_NEXT_EVENT)
        s->event++;
    if (next == AIL_NEXT_ATTEMPT)
        s->access = ail_diff_access_end(s);
    if (next != AIL_NEXT_RUN)
        return;
    s->insn += n;
    s->icount += n;
    uint32_t end = ail_diff_access_end(s);
    if (s->insn == s->block->n_insns)
        s->access = end;
    while (s->access < end && s->chunk->access_insn[s->access] < s->insn)
        s->access++;
}

uint32_t ail_diff_insn_end(const AilDiffSide *s)
{
    uint32_t end = ail_diff_access_end(s), i = s->access;
    while (i < end && s->chunk->access_insn[i] <= s->insn)
        i++;
    return i;
}

bool ail_diff_high(AilDiffSide *s, uint32_t i, uint64_t *high)
{
    const AilChunk *c = s->chunk;
    while (s->wide < c->n_wide && c->wide[s->wide].at < i)
        s->wide++;
    while (s->wide && c->wide[s->wide - 1].at >= i)
        s->wide--;
    if (s->wide == c->n_wide || c->wide[s->wide].at != i)
        return false;
    *high = c->wide[s->wide].high;
    return true;
}

AilPlace ail_diff_place(AilDiffSide *s, AilPlaceKind kind)
{
    AilPlace p = {.kind = kind, .icount = s->icount - s->shift, .ended = s->ended};
    const AilBlock *b = s->chunk ? s->block : NULL;
    if (b && s->insn < b->n_insns) {
        p.has_insn = true;
        p.block = b->pc;
        p.pc = b->pc + b->start[s->insn];
        p.mode = b->mode;
        p.user = b->user;
        p.size = (uint8_t)(b->start[s->insn + 1] - b->start[s->insn]);
        memcpy(p.bytes, b->bytes + b->start[s->insn], MIN(p.size, sizeof p.bytes));
    }
    if (kind == AIL_PLACE_EVENT) {
        p.event = s->chunk->events[s->event];
        p.event.data = g_memdup2(p.event.data, p.event.len);
        p.icount = p.event.icount;
    }
    return p;
}

AilPlace ail_diff_access_place(AilDiffSide *s, uint32_t access)
{
    const AilChunk *c = s->chunk;
    AilPlace p = ail_diff_place(s, AIL_PLACE_ACCESS);
    uint32_t i = access;
    while (i && c->access_insn[i - 1] == c->access_insn[access] &&
           (!s->exec || i > c->access_end[s->exec - 1]))
        i--;
    p.access = access - i;
    p.incomplete = s->insn == s->executed;
    p.info = c->access_info[access];
    p.addr = c->addr[access];
    p.has_value = s->columns & AIL_COL_DATA;
    if (p.has_value) {
        p.value = c->value[access];
        ail_diff_high(s, access, &p.high);
    }
    p.has_phys = s->columns & AIL_COL_XLATE;
    if (p.has_phys) {
        p.phys = c->phys[access];
        p.crosses = ail_diff_crossing(s, access, &p.next);
    }
    return p;
}
