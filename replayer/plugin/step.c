/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settling what the hot path leaves open. QEMU calls us when a block is entered, not when it is
 * left, and a block can be left early:
 *
 *  - an exception or interrupt: the replay log has the icount of each, so the number of executed
 *    instructions follows from it;
 *  - an access to a device in the middle of a block: QEMU leaves the block there, runs that one
 *    instruction by itself, without telling us, and goes on with a block that starts behind it;
 *  - x86 code that stores into its own block: QEMU leaves before the store and runs the storing
 *    instruction again in a block of its own.
 *
 * In the latter two the next block starts inside the one that was left, and everything before
 * that point has been executed exactly once. That a block was left early shows in `reached`,
 * which is set just before its last instruction; so a jump into its own middle is not mistaken.
 */
#include "replayer/plugin/plugin.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A block makes no more accesses than this for each instruction (xsave of all there is). */
enum { ACCESSES_PER_INSN = 160 };

void ail_plugin_fail(const char *format, ...)
{
    Plugin *p = &ail_plugin;
    if (p->failed)
        return;
    p->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(p->wire->failure, sizeof p->wire->failure, format, args);
    va_end(args);
    atomic_store(&p->wire->plugin_state, AIL_PLUGIN_FAILED);
}

static void put_cut(Plugin *p, uint32_t executed)
{
    AilSegment *s = p->segment;
    AilCut *cuts = ail_segment_array(p->wire->cuts_at);
    if (executed == p->prev->n || p->flow == p->flow_base)
        return;
    cuts[s->n_cuts++] = (AilCut){(uint32_t)(p->flow - p->flow_base) - 1, executed};
}

static void check_asid(Plugin *p)
{
    uint64_t asid = ail_guest_asid();
    if (asid == p->asid)
        return;
    p->asid = asid;
    ail_plugin_put_event((AilRawEvent){.icount = p->icount, .type = AIL_EVENT_ASID, .value = asid},
                         NULL, 0);
}

typedef struct Outcome {
    uint32_t executed; /* instructions of prev */
    bool redirected;   /* by the next redirecting mark */
    uint64_t vector;
} Outcome;

/* x86: the last instruction of prev is about to run for the second time, because it stores into
 * its own block. */
static bool stored_into_itself(const Plugin *p, const Block *next)
{
    return p->arch == AIL_ARCH_X86 && next->n == 1 && p->prev->n > 1 &&
           p->prev->last_pc == next->pc && !ail_guest_may_repeat(p->prev);
}

/* x86: whether the block ends in a software interrupt (`int n`, `int3`), and which. */
static bool ends_in_int(const Plugin *p, const Block *b, uint64_t *vector)
{
    if (p->arch != AIL_ARCH_X86 || !b->n)
        return false;
    size_t len = b->lengths[b->n - 1];
    const uint8_t *insn = b->lengths + b->n + b->size - len;
    if (len == 2 && insn[0] == 0xcd)
        *vector = insn[1];
    else if (len == 1 && insn[0] == 0xcc)
        *vector = 3;
    else
        return false;
    return true;
}

/* How far did prev get, and was there an interrupt or exception between it and next? */
static bool settle(Plugin *p, const Block *next, Outcome *o)
{
    const AilMark *m = &p->marks[p->redirect];
    uint64_t before = p->icount - p->prev->n;
    bool reached = *p->reached == (uintptr_t)p->translated || p->prev == &p->none;
    bool pending = m->kind != AIL_MARK_END && m->icount <= p->icount;
    *o = (Outcome){p->prev->n, false, AIL_VECTOR_UNKNOWN};
    if (pending && m->icount < before) {
        ail_plugin_fail("an interrupt or exception at instruction %" G_GUINT64_FORMAT
                        " was not seen",
                        m->icount);
        return false;
    }
    if (pending && ail_guest_is_handler(next->pc, &o->vector)) {
        o->executed = (uint32_t)(m->icount - before);
        o->redirected = true;
        return true;
    }
    /* The table may have been changed behind our back: leaving SMM, as BIOS calls do, restores its
     * address. The exception of an `int n` still comes right behind it. */
    if (pending && reached && m->kind == AIL_MARK_EXCEPTION && m->icount == p->icount &&
        ends_in_int(p, p->prev, &o->vector)) {
        o->redirected = true;
        return true;
    }
    int inside = reached ? -1 : ail_plugin_insn_at(p->prev, next->pc);
    if (inside >= 0) {
        o->executed = (uint32_t)inside;
    } else if (reached && stored_into_itself(p, next)) {
        o->executed = p->prev->n - 1;
    } else if (pending && (!reached || m->icount < p->icount || m->kind == AIL_MARK_INTERRUPT)) {
        /* To a handler that the interrupt table does not name: a task gate, SMM. */
        o->executed = (uint32_t)(m->icount - before);
        o->redirected = true;
    } else if (!reached) {
        ail_plugin_fail("instruction %" G_GUINT64_FORMAT ": the block at 0x%" PRIx64
                        " was left for 0x%" PRIx64 " for no known reason",
                        before, p->prev->pc, next->pc);
        return false;
    }
    return true;
}

static void put_redirect(Plugin *p, const Block *next, const Outcome *o)
{
    const AilMark *m = &p->marks[p->redirect];
    AilRawEvent e = {.icount = m->icount, .value = o->vector};
    bool is_exception = m->kind == AIL_MARK_EXCEPTION;
    e.type = is_exception ? AIL_EVENT_EXCEPTION : AIL_EVENT_INTERRUPT;
    if (o->executed < p->prev->n) {
        e.pc = p->prev->pc;
        for (uint32_t i = 0; i < o->executed; i++)
            e.pc += p->prev->lengths[i];
    } else {
        e.pc =
            ail_guest_resume_pc(next->mode, is_exception ? o->vector : AIL_VECTOR_UNKNOWN, p->prev);
    }
    p->redirect++;
    ail_marks_seek_redirect();
    ail_plugin_put_event(e, NULL, 0);
}

/* Nothing needs looking at before this icount. */
static void set_limit(Plugin *p)
{
    AilWire *w = p->wire;
    uint64_t flow_left = w->flow_cap - (uint64_t)(p->flow - p->flow_base);
    uint64_t access_left = w->access_cap - p->n_access;
    uint64_t room = MIN(flow_left, access_left / ACCESSES_PER_INSN);
    uint64_t limit = MIN(p->icount + room, p->segment->icount + w->chunk_insns);
    limit = MIN(limit, p->marks[p->mark].icount);
    p->limit = ail_segment_is_full() ? 0 : MIN(limit, p->marks[p->redirect].icount);
}

/* The instruction before the first one was run by itself, so translated: had it another address
 * space, its change is the trace's first event. */
bool ail_plugin_start(void)
{
    Plugin *p = &ail_plugin;
    uint64_t begin = atomic_load(&p->wire->begin);
    p->started = begin != AIL_WIRE_LATER;
    if (!p->started || !p->slept)
        p->asid = ail_guest_asid();
    p->slept = true;
    if (!p->started)
        return false;
    p->none.check_asid = begin > 0;
    p->icount = begin;
    ail_guest_start();
    ail_segment_begin(NULL);
    ail_marks_seek_redirect();
    return true;
}

/* A second interrupt or exception at the same instruction, before the handler of the first had
 * executed anything, shows only now that the block after both has run. */
static void settle_late(Plugin *p)
{
    const AilMark *m = &p->marks[p->redirect];
    bool ran = *p->reached == (uintptr_t)p->translated && p->prev->n > 1;
    while (ran && ail_marks_redirects(m) && m->icount == p->icount - p->prev->n) {
        AilRawEvent e = {.icount = m->icount, .value = AIL_VECTOR_UNKNOWN, .pc = p->prev->pc};
        e.type = m->kind == AIL_MARK_INTERRUPT ? AIL_EVENT_INTERRUPT : AIL_EVENT_EXCEPTION;
        p->flow--; /* it came before that block */
        ail_plugin_put_event(e, NULL, 0);
        p->flow++;
        p->redirect++;
        ail_marks_seek_redirect();
        m = &p->marks[p->redirect];
    }
}

/* Whether prev has ended with a system call, after which next comes. */
static bool has_called(const Plugin *p, const Block *next, const Outcome *o)
{
    bool calls = p->prev->crossing && p->prev->crossing != LEAVES_KERNEL;
    bool traps = p->prev->crossing == CALLS_INT80 || p->prev->mode >= AIL_MODE_A64;
    return calls && !next->user && o->executed + 1 >= p->prev->n &&
           *p->reached == (uintptr_t)p->translated && o->redirected == traps;
}

bool ail_plugin_step(Block *next)
{
    Plugin *p = &ail_plugin;
    Outcome o;
    if (p->failed)
        return false;
    ail_xlate_forget();
    settle_late(p);
    if (!settle(p, next, &o))
        return false;
    bool called = p->osi && has_called(p, next, &o);
    uint64_t last = p->icount - 1;
    put_cut(p, o.executed);
    p->icount -= p->prev->n - o.executed;
    if (p->icount)
        ail_marks_deliver(p->icount - 1);
    if (called)
        ail_plugin_osi_call(p->prev, last);
    if (ail_segment_is_full()) {
        ail_segment_end();
        ail_segment_begin(next);
    }
    if (!p->segment->sync_len)
        ail_segment_put_sync(next);
    ail_marks_deliver(p->icount);
    ail_spoken_settle(o.executed == p->prev->n);
    if (o.redirected)
        put_redirect(p, next, &o);
    ail_marks_deliver(p->icount);
    if (o.redirected || p->prev->check_asid)
        check_asid(p);
    if (p->osi_look)
        ail_plugin_osi_look(next->pc);
    if (p->osi && next->user && !p->prev->user)
        ail_plugin_osi_user(next);
    set_limit(p);
    atomic_store_explicit(&p->wire->icount, p->icount, memory_order_relaxed);
    return !p->failed;
}

void ail_plugin_finish(void)
{
    Plugin *p = &ail_plugin;
    if (!p->started || p->failed)
        return;
    uint64_t total = p->marks[p->wire->n_marks - 1].icount;
    uint64_t before = p->icount - p->prev->n;
    if (total >= before && total < p->icount) {
        put_cut(p, (uint32_t)(total - before));
        p->icount = total;
    }
    p->redirect = p->wire->n_marks - 1;
    ail_marks_deliver(p->icount);
    ail_segment_end();
    atomic_store(&p->wire->icount, p->icount);
    atomic_store(&p->wire->plugin_state, AIL_PLUGIN_DONE);
}
