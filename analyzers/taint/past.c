/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/past.h"

enum { MAX_TASKS = 1 << 22, MAX_READS = 1 << 20 };

struct AilPast {
    GArray *tasks;  /* of AilPastTask; owned */
    GArray *reads;  /* of AilPastRead; owned */
    GArray *pieces; /* of AilTransferPiece; owned */
    GStringChunk *names;
    AilTransfers *transfers; /* NULL: none yet */
    const AilGuest *guest;
    uint64_t icount, asid; /* of the event at hand */
    uint32_t flow_index;
};

AilPast *ail_past_new(void)
{
    AilPast *p = g_new0(AilPast, 1);
    p->tasks = g_array_new(FALSE, FALSE, sizeof(AilPastTask));
    p->reads = g_array_new(FALSE, FALSE, sizeof(AilPastRead));
    p->pieces = g_array_new(FALSE, FALSE, sizeof(AilTransferPiece));
    p->names = g_string_chunk_new(4096);
    return p;
}

void ail_past_free(AilPast *p)
{
    if (!p)
        return;
    g_array_free(p->tasks, TRUE);
    g_array_free(p->reads, TRUE);
    g_array_free(p->pieces, TRUE);
    g_string_chunk_free(p->names);
    ail_transfers_free(p->transfers);
    g_free(p);
}

static const char *keep(AilPast *p, const char *text)
{
    return g_string_chunk_insert_const(p->names, text ? text : "");
}

static void on_return(void *self, const AilTransfer *t)
{
    AilPast *p = self;
    const AilTask *task = ail_guest_running(p->guest);
    if (!t->data || t->result <= 0 || !t->out->len || p->reads->len >= MAX_READS)
        return;
    AilPastRead read = {.icount = p->icount,
                        .flow_index = p->flow_index,
                        .asid = p->asid,
                        .call = t->call->name,
                        .path = keep(p, t->path),
                        .pid = task ? task->tgid : 0,
                        .comm = keep(p, task ? task->comm : NULL),
                        .first = p->pieces->len,
                        .n = t->out->len};
    g_array_append_vals(p->pieces, t->out->data, t->out->len);
    g_array_append_val(p->reads, read);
}

static void note_task(AilPast *p)
{
    const AilTask *task = ail_guest_running(p->guest);
    AilPastTask now = {p->icount, task ? task->tgid : 0, keep(p, task ? task->comm : NULL)};
    if (p->tasks->len) {
        const AilPastTask *last = &g_array_index(p->tasks, AilPastTask, p->tasks->len - 1);
        if (last->pid == now.pid && last->comm == now.comm)
            return;
    }
    if (p->tasks->len < MAX_TASKS)
        g_array_append_val(p->tasks, now);
}

void ail_past_take(AilPast *p, const AilGuest *guest, const AilEvent *event, uint64_t asid)
{
    if (!p->transfers) {
        p->guest = guest;
        p->transfers = ail_transfers_new(guest, NULL, on_return, p);
    }
    p->icount = event->icount;
    p->flow_index = event->flow_index;
    p->asid = asid;
    ail_transfers_event(p->transfers, event);
    if (event->type >= AIL_EVENT_KERNEL)
        note_task(p);
}

const AilPastTask *ail_past_task(const AilPast *p, uint64_t icount)
{
    guint from = 0, to = p->tasks->len;
    while (from < to) {
        guint mid = from + (to - from) / 2;
        if (g_array_index(p->tasks, AilPastTask, mid).icount <= icount)
            from = mid + 1;
        else
            to = mid;
    }
    return from ? &g_array_index(p->tasks, AilPastTask, from - 1) : NULL;
}

size_t ail_past_n_reads(const AilPast *p)
{
    return p->reads->len;
}

const AilPastRead *ail_past_read(const AilPast *p, size_t i)
{
    return &g_array_index(p->reads, AilPastRead, i);
}

const AilTransferPiece *ail_past_piece(const AilPast *p, const AilPastRead *read, uint32_t i)
{
    return &g_array_index(p->pieces, AilTransferPiece, read->first + i);
}
