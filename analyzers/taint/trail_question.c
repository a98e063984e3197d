/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked for, and where that is. */
#include <inttypes.h>
#include <string.h>

#include "analyzers/taint/trail_private.h"

bool trail_parse(const char *what, TaintRange *range, char **reg)
{
    const char *at = strchr(what, '@');
    *reg = NULL;
    if (taint_range_parse(what, range))
        return true;
    if (!at || at == what)
        return false;
    char *end;
    *range = (TaintRange){.icount = g_ascii_strtoull(at + 1, &end, 0), .text = what};
    if (end == at + 1 || *end)
        return false;
    *reg = g_strndup(what, (gsize)(at - what));
    return true;
}

AilStatus ail_trail_check(const AilTrailQuestion *question, AilError *err)
{
    TaintRange range;
    char *reg;
    bool ok = trail_parse(question->what, &range, &reg);
    g_free(reg);
    if (ok)
        return AIL_OK;
    return ail_error_set(err,
                         "--back=%s: neither REGISTER@ICOUNT nor ADDR+LEN@ICOUNT (with :pid=N or "
                         ":asid=A behind it, or phys: before it)",
                         question->what);
}

bool trail_find(const Trail *t, const AilChunk *chunk, uint32_t flow_index, uint64_t asid,
                uint64_t addr, uint64_t *phys)
{
    /* All of the chunk is learned: what is not known at all need not be looked for there. */
    bool known = ail_taint_spaces_find(t->spaces, asid, addr, phys) ||
                 ail_taint_spaces_find(t->spaces, asid ^ 0x1000, addr, phys);
    if (known)
        ail_taint_spaces_near(chunk, flow_index, asid, addr, phys);
    return known;
}

static AilStatus want_reg(Trail *t, AilError *err)
{
    AilArch arch = ail_trace_reader_info(t->r)->arch;
    AilVar v = ail_lift_find(arch, t->reg);
    if (!v.kind)
        return ail_error_set(err, "--back=%s: there is no register \"%s\"", t->question->what,
                             t->reg);
    ail_back_want_reg(t->back, v.at, v.size);
    return AIL_OK;
}

static uint64_t asid_at(const AilChunk *chunk, uint64_t icount)
{
    uint64_t asid = chunk->asid;
    for (uint32_t i = 0; i < chunk->n_events && chunk->events[i].icount <= icount; i++)
        if (chunk->events[i].type == AIL_EVENT_ASID)
            asid = chunk->events[i].value;
    return asid;
}

static uint64_t space_of(const Trail *t, const AilChunk *chunk)
{
    const AilTask *task = t->range.pid ? ail_guest_find_pid(t->guest, t->range.pid) : NULL;
    if (t->range.has_asid)
        return t->range.asid;
    return task && task->asid ? task->asid : asid_at(chunk, t->range.icount);
}

/* The execution that has the instruction. */
static uint32_t flow_at(const AilChunk *chunk, uint64_t icount)
{
    uint64_t at = chunk->icount;
    uint32_t cut = 0, i = 0;
    for (; i < chunk->n_flow; i++) {
        unsigned n = ail_dict_get(chunk->dict, chunk->flow[i])->n_insns;
        if (cut < chunk->n_cuts && chunk->cuts[cut].at == i)
            n = chunk->cuts[cut++].executed;
        if (at + n > icount)
            break;
        at += n;
    }
    return i;
}

static AilStatus want_memory(Trail *t, const AilChunk *chunk, AilError *err)
{
    uint64_t asid = space_of(t, chunk), phys = 0;
    uint32_t now = flow_at(chunk, t->range.icount);
    for (uint64_t i = 0; i < t->range.len; i++, phys++) {
        uint64_t addr = t->range.addr + i;
        if (t->range.physical)
            phys = addr;
        else if ((!i || !(addr & 4095)) && !trail_find(t, chunk, now, asid, addr, &phys))
            return ail_error_set(err,
                                 "--back=%s: nothing accessed %#" PRIx64
                                 " in address space %#" PRIx64
                                 " near that moment, so where it is in memory is not known; try "
                                 "the icount of an access to it",
                                 t->question->what, t->range.addr + i, asid);
        ail_back_want_memory(t->back, phys, 1);
    }
    return AIL_OK;
}

AilStatus trail_want(Trail *t, const AilChunk *chunk, AilError *err)
{
    return t->reg ? want_reg(t, err) : want_memory(t, chunk, err);
}
