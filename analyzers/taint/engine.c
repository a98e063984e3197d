/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/engine.h"

#include <glib.h>

#include "analyzers/taint/accesses.h"

struct AilTaintEngine {
    AilTaint *taint;
    AilTaintBlocks *blocks;
    AilTaintSpaces *spaces;
    AilTaintJit *jit; /* NULL: all is interpreted */
    AilTaintListener listener;
    GArray *access; /* of AilTaintAccess: those of the execution at hand; owned */
    AilTaintEngineCounts counts;
    uint64_t due; /* icount; UINT64_MAX: nothing is */
    bool watch_loads;

    /* the chunk at hand */
    const AilChunk *chunk;
    uint32_t next_cut;
    uint32_t learned; /* accesses from here on are not in `spaces` yet */
    uint32_t now;     /* accesses before here have been made */
    uint32_t at;      /* while an event is told: executions before this one have run */
    uint64_t icount, asid;
    AilTaintMoment moment; /* of the execution at hand: its first instruction */
};

static AilTaintMoment moment_of(const AilTaintEngine *e, unsigned insn)
{
    AilTaintMoment at = e->moment;
    at.insn = insn;
    at.icount += insn;
    at.pc += at.block->start[insn];
    return at;
}

static void on_insn(void *self, unsigned insn, AilCell cell)
{
    AilTaintEngine *e = self;
    AilTaintMoment at = moment_of(e, insn);
    e->listener.insn(e->listener.self, &at, cell);
}

static void on_branch(void *self, unsigned insn, bool target, AilCell cell)
{
    AilTaintEngine *e = self;
    AilTaintMoment at = moment_of(e, insn);
    e->listener.branch(e->listener.self, &at, target, cell);
}

static void on_device(void *self, unsigned insn, uint64_t addr, AilCell cell)
{
    AilTaintEngine *e = self;
    AilTaintMoment at = moment_of(e, insn);
    e->listener.device(e->listener.self, &at, addr, cell);
}

AilTaintEngine *ail_taint_engine_new(AilArch arch, unsigned flags, size_t max_set_bytes,
                                     const AilTaintListener *listener, AilError *err)
{
    AilTaintBlocks *blocks = ail_taint_blocks_new(arch, flags, err);
    if (!blocks)
        return NULL;
    AilTaintEngine *e = g_new0(AilTaintEngine, 1);
    e->blocks = blocks;
    e->taint = ail_taint_new(max_set_bytes);
    e->spaces = ail_taint_spaces_new();
    e->access = g_array_new(FALSE, FALSE, sizeof(AilTaintAccess));
    e->listener = *listener;
    e->due = UINT64_MAX;
    e->taint->watch = (AilTaintWatch){.self = e,
                                      .insn = listener->insn ? on_insn : NULL,
                                      .branch = listener->branch ? on_branch : NULL,
                                      .device = listener->device ? on_device : NULL};
    return e;
}

void ail_taint_engine_free(AilTaintEngine *e)
{
    if (!e)
        return;
    ail_taint_jit_free(e->jit);
    ail_taint_free(e->taint);
    ail_taint_blocks_free(e->blocks);
    ail_taint_spaces_free(e->spaces);
    g_array_free(e->access, TRUE);
    g_free(e);
}

/* --- executions --- */

static bool regs_touched(const AilTaintEngine *e, const AilTaintProgram *p)
{
    uint64_t any = 0;
    for (unsigned w = 0; w < AIL_TAINT_MASK_WORDS; w++)
        any |= e->taint->tainted.word[w] & p->touches.word[w];
    return any != 0;
}

static bool is_live(const AilTaintEngine *e)
{
    return e->taint->shadow->tainted || ail_taint_any_reg(e->taint);
}

static void count_run(AilTaintEngine *e, const AilTaintProgram *p, unsigned executed)
{
    e->counts.run++;
    e->counts.insns += executed;
    for (unsigned i = 0; i < executed; i++)
        e->counts.rough += p->insns[i].quality >= AIL_LIFT_CONSERVATIVE;
}

/* Whether a device gave something tainted. */
static bool tell_loads(AilTaintEngine *e, unsigned first, unsigned end)
{
    bool given = false;
    for (guint k = 0; k < e->access->len; k++) {
        AilTaintAccess *access = &g_array_index(e->access, AilTaintAccess, k);
        if (access->write || access->insn < first || access->insn >= end)
            continue;
        AilTaintMoment at = moment_of(e, access->insn);
        e->listener.load(e->listener.self, &at, access);
        given |= access->given != 0;
    }
    return given;
}

/* Instructions first .. end - 1 of execution i; its accesses are from .. to - 1. */
static void run_part(AilTaintEngine *e, uint32_t i, unsigned first, unsigned end, uint32_t from,
                     uint32_t to)
{
    uint32_t id = e->chunk->flow[i];
    bool collected = e->watch_loads && e->listener.load, given = false;
    if (collected) {
        ail_taint_collect(e->chunk, from, to, e->access);
        given = tell_loads(e, first, end);
    }
    if (!is_live(e) && !given)
        return;
    e->counts.executions++;
    const AilTaintProgram *p =
        ail_taint_any_reg(e->taint) ? ail_taint_blocks_get(e->blocks, id) : NULL;
    if (!given && !(p && regs_touched(e, p)) &&
        !ail_taint_touched(e->taint->shadow, e->chunk, from, to))
        return;
    if (!p)
        p = ail_taint_blocks_get(e->blocks, id);
    if (!collected)
        ail_taint_collect(e->chunk, from, to, e->access);
    count_run(e, p, end - first);
    const AilTaintAccess *access = (const AilTaintAccess *)(void *)e->access->data;
    if (e->jit && !first && end == p->n_insns)
        ail_taint_jit_run(e->jit, e->taint, p, access, e->access->len);
    else
        ail_taint_run(e->taint, p, first, end, access, e->access->len);
}

static void call_due(AilTaintEngine *e, uint64_t icount)
{
    uint64_t before = e->icount;
    e->due = UINT64_MAX;
    e->icount = icount;
    e->listener.due(e->listener.self, icount);
    e->icount = before;
}

static void run_one(AilTaintEngine *e, uint32_t i)
{
    const AilChunk *c = e->chunk;
    const AilBlock *block = ail_dict_get(c->dict, c->flow[i]);
    uint32_t from = i ? c->access_end[i - 1] : 0, to = c->access_end[i];
    unsigned end = block->n_insns, first = 0;
    while (e->next_cut < c->n_cuts && c->cuts[e->next_cut].at < i)
        e->next_cut++;
    if (e->next_cut < c->n_cuts && c->cuts[e->next_cut].at == i)
        end = c->cuts[e->next_cut].executed;
    e->moment = (AilTaintMoment){.icount = e->icount, .asid = e->asid, .pc = block->pc};
    e->moment.block = block;
    e->now = from;
    while (e->due < e->icount + end) { /* what is due at its end comes before the next */
        unsigned part = e->due > e->icount ? (unsigned)(e->due - e->icount) : first;
        if (part > first)
            run_part(e, i, first, part, from, to);
        first = MAX(first, part);
        while (e->now < to && e->chunk->access_insn[e->now] < first)
            e->now++;
        call_due(e, e->icount + first);
    }
    if (first < end)
        run_part(e, i, first, end, from, to);
    e->now = to;
    e->icount += end;
}

/* Whether executions up to icount `end` can be passed over. */
static bool idle(const AilTaintEngine *e, uint64_t end)
{
    return e->due >= end && !(e->watch_loads && e->listener.load) && !is_live(e);
}

static void run_span(AilTaintEngine *e, uint32_t from, uint32_t to, uint64_t end)
{
    if (e->due <= e->icount && e->icount < end)
        call_due(e, e->icount);
    if (idle(e, end)) {
        e->now = to ? e->chunk->access_end[to - 1] : 0;
        e->icount = end;
        return;
    }
    for (uint32_t i = from; i < to; i++)
        run_one(e, i);
    e->icount = end;
}

void ail_taint_engine_chunk(AilTaintEngine *e, const AilChunk *chunk)
{
    e->chunk = chunk;
    e->next_cut = e->learned = e->now = 0;
    e->icount = chunk->icount;
    e->asid = chunk->asid;
    ail_taint_blocks_use(e->blocks, chunk->dict);
    uint32_t at = 0;
    for (uint32_t i = 0; i < chunk->n_events; i++) {
        const AilEvent *event = &chunk->events[i];
        run_span(e, at, event->flow_index, event->icount);
        e->at = at = event->flow_index;
        if (event->type == AIL_EVENT_ASID) {
            ail_taint_engine_spaces(e);
            e->asid = event->value;
        }
        if (e->listener.event)
            e->listener.event(e->listener.self, event);
    }
    run_span(e, at, chunk->n_flow, chunk->icount + chunk->insns);
    ail_taint_engine_spaces(e);
    e->chunk = NULL;
}

void ail_taint_engine_end(AilTaintEngine *e)
{
    if (e->due <= e->icount)
        call_due(e, e->icount);
}

/* --- for listeners --- */

void ail_taint_engine_wait(AilTaintEngine *e, uint64_t icount)
{
    e->due = icount;
}

void ail_taint_engine_compile(AilTaintEngine *e, AilTaintJit *jit)
{
    ail_taint_jit_free(e->jit);
    e->jit = jit;
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
