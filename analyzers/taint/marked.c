/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that the guest itself wants to be labelled, or asks about: by a hypercall
 * (formats/hypercall.h). The event comes before the block that the instruction is in; it is done
 * when it is the instruction's turn. */
#include "analyzers/taint/taint_private.h"
#include "formats/hypercall.h"
#include "trace/guest.h"

typedef struct Mark {
    uint64_t icount, addr, len;
    bool asks;
} Mark;

struct TaintMarked {
    Taint *taint;
    GQueue waiting; /* of Mark, by icount; owned */
    uint64_t count, missed;
    bool labels;
};

TaintMarked *taint_marked_new(Taint *t, bool labels)
{
    TaintMarked *m = g_new0(TaintMarked, 1);
    m->taint = t;
    m->labels = labels;
    g_queue_init(&m->waiting);
    return m;
}

void taint_marked_free(TaintMarked *m)
{
    if (!m)
        return;
    g_queue_clear_full(&m->waiting, g_free);
    g_free(m);
}

void taint_marked_event(TaintMarked *m, const AilEvent *event)
{
    AilGuestHypercall call;
    bool asks = event->value == AIL_HYPERCALL_ASK;
    if (!ail_guest_hypercall(event, &call) || call.insn >= AIL_BLOCK_MAX_INSNS ||
        (!asks && !(event->value == AIL_HYPERCALL_LABEL && m->labels)))
        return;
    Mark mark = {event->icount + call.insn, call.addr, call.len, asks};
    g_queue_push_tail(&m->waiting, g_memdup2(&mark, sizeof mark));
    ail_taint_engine_wait(m->taint->engine, event->icount); /* which asks when it is due */
}

static void label(TaintMarked *m, const Mark *mark)
{
    char name[32];
    uint32_t len = (uint32_t)MIN(mark->len, (uint64_t)TAINT_RANGE_MAX);
    g_snprintf(name, sizeof name, "%" G_GUINT64_FORMAT, ++m->count);
    AilTaintSource *source = len ? taint_source(m->taint, "hypercall", name, len) : NULL;
    uint32_t labelled = source ? taint_label_virtual(m->taint, source, mark->addr, len) : 0;
    m->missed += mark->len - labelled;
}

uint64_t taint_marked_due(TaintMarked *m, uint64_t icount)
{
    for (Mark *mark; (mark = g_queue_peek_head(&m->waiting)); g_free(mark)) {
        if (mark->icount > icount)
            return mark->icount;
        g_queue_pop_head(&m->waiting);
        if (mark->asks)
            taint_asked_add(m->taint->asked, mark->addr, mark->len);
        else
            label(m, mark);
    }
    return UINT64_MAX;
}

uint64_t taint_marked_missed(const TaintMarked *m)
{
    return m->missed;
}
