/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/accesses.h"
#include "analyzers/taint/engine_private.h"

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

void ail_taint_engine_compile(AilTaintEngine *e, AilTaintJit *jit)
{
    ail_taint_jit_free(e->jit);
    e->jit = jit;
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

/* What is due before instruction `insn` of execution i may be to label what it reads: then its own
 * accesses tell where that is. */
static void reach(AilTaintEngine *e, uint32_t i, unsigned insn)
{
    while (e->now < e->chunk->access_end[i] && e->chunk->access_insn[e->now] <= insn)
        e->now++;
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
        reach(e, i, first);
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
    if (e->due <= e->icount && e->icount < end) {
        reach(e, from, 0);
        call_due(e, e->icount);
    }
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
