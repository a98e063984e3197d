/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What listeners ask of the engine. */
#include "analyzers/taint/engine_private.h"

void ail_taint_engine_wait(AilTaintEngine *e, uint64_t icount)
{
    e->due = icount;
}

void ail_taint_engine_watch_loads(AilTaintEngine *e, bool on)
{
    e->watch_loads = on;
}

AilTaint *ail_taint_engine_taint(AilTaintEngine *e)
{
    return e->taint;
}

uint64_t ail_taint_engine_asid(const AilTaintEngine *e)
{
    return e->asid;
}

uint64_t ail_taint_engine_icount(const AilTaintEngine *e)
{
    return e->icount;
}

const AilTaintSpaces *ail_taint_engine_spaces(AilTaintEngine *e)
{
    if (e->chunk && e->learned < e->now) {
        ail_taint_spaces_learn(e->spaces, e->chunk, e->learned, e->now, e->asid);
        e->learned = e->now;
    }
    return e->spaces;
}

bool ail_taint_engine_phys(AilTaintEngine *e, uint64_t addr, uint64_t *phys)
{
    const AilTaintSpaces *spaces = ail_taint_engine_spaces(e);
    /* Linux with page-table isolation has two tables for a process, side by side. */
    return ail_taint_spaces_find(spaces, e->asid, addr, phys) ||
           ail_taint_spaces_find(spaces, e->asid ^ 0x1000, addr, phys);
}

bool ail_taint_engine_device_write(const AilTaintEngine *e, uint64_t *addr, uint8_t *byte)
{
    const AilChunk *c = e->chunk;
    if (!c || !e->at || !c->value)
        return false;
    uint32_t from = e->at > 1 ? c->access_end[e->at - 2] : 0, last = c->access_end[e->at - 1];
    if (last == from || !(c->access_info[last - 1] & AIL_ACCESS_STORE) ||
        ail_taint_phys(c, last - 1) != AIL_PHYS_NONE)
        return false;
    *addr = c->addr[last - 1];
    *byte = (uint8_t)c->value[last - 1];
    return true;
}

AilTaintEngineCounts ail_taint_engine_counts(const AilTaintEngine *e)
{
    AilTaintEngineCounts counts = e->counts;
    counts.blocks = e->blocks->counts;
    return counts;
}
