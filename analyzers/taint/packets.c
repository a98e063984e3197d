/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets as sources. The trace has a packet's bytes and when it came, but the network card writes
 * it into memory by itself. So the first code that reads it tells where it is: a load with the
 * value of the packet's first bytes, of memory that is no copy of an earlier packet. It is labelled
 * there at once; if its next bytes turn out to be others, it was not the packet, the labels are
 * taken back and it is looked for anew.
 */
#include <string.h>

#include "analyzers/taint/taint_private.h"

enum {
    MAX_WAITING = 64,   /* packets that nobody has read yet */
    FIRST = 4,          /* bytes that the first load must have, at least */
    ENOUGH = 26,        /* bytes that make it certain: Ethernet's header, IP's up to its checksum */
    MAX_AGE = 20000000, /* instructions after which nobody will read it any more */
};

typedef struct Waiting {
    uint8_t *bytes; /* owned */
    uint32_t len;
    uint64_t number;
    uint64_t icount; /* when it came */
    uint64_t phys;   /* where it seems to be, */
    uint32_t seen;   /* bytes that were read there with its values; 0: nowhere yet */
} Waiting;

struct TaintPackets {
    Taint *taint;
    GQueue waiting; /* of Waiting, oldest first; owned */
    uint64_t count, missed;
};

TaintPackets *taint_packets_new(Taint *t)
{
    TaintPackets *p = g_new0(TaintPackets, 1);
    p->taint = t;
    g_queue_init(&p->waiting);
    return p;
}

static void waiting_free(gpointer data)
{
    Waiting *w = data;
    g_free(w->bytes);
    g_free(w);
}

void taint_packets_free(TaintPackets *p)
{
    if (!p)
        return;
    g_queue_clear_full(&p->waiting, waiting_free);
    g_free(p);
}

/* Packets that nobody reads make all loads slow. */
static void forget_old(TaintPackets *p, uint64_t icount)
{
    const Waiting *oldest;
    while ((oldest = g_queue_peek_head(&p->waiting)) && icount - oldest->icount > MAX_AGE) {
        waiting_free(g_queue_pop_head(&p->waiting));
        p->missed++;
    }
}

void taint_packets_event(TaintPackets *p, const AilEvent *event)
{
    forget_old(p, event->icount);
    if (event->type != AIL_EVENT_PACKET || event->len < ENOUGH)
        return;
    Waiting *w = g_new0(Waiting, 1);
    w->bytes = g_memdup2(event->data, event->len);
    w->len = event->len;
    w->number = ++p->count;
    w->icount = event->icount;
    g_queue_push_tail(&p->waiting, w);
    if (p->waiting.length > MAX_WAITING) {
        waiting_free(g_queue_pop_head(&p->waiting));
        p->missed++;
    }
}

static void label(TaintPackets *p, Waiting *w)
{
    char name[32];
    g_snprintf(name, sizeof name, "%" G_GUINT64_FORMAT, w->number);
    AilTaintSource *source = taint_source(p->taint, "packet", name, w->len);
    for (uint32_t i = 0; source && i < w->len; i++)
        taint_label(p->taint, source, i, w->phys + i, w->bytes[i]);
}

/* It is not there: take back what still has its value as it was labelled. */
static void withdraw(TaintPackets *p, Waiting *w)
{
    AilTaint *taint = ail_taint_engine_taint(p->taint->engine);
    for (uint32_t i = 0; i < w->len; i++)
        ail_taint_set_memory(taint, w->phys + i, 0);
    w->seen = 0;
}

/* Whether the bytes of the access are those of the packet from `from` on. */
static bool same(const Waiting *w, uint32_t from, const AilTaintAccess *a)
{
    uint8_t bytes[16];
    memcpy(bytes, a->value, sizeof bytes);
    uint32_t n = MIN(a->size, w->len - from);
    return n && !memcmp(bytes, w->bytes + from, n);
}

static void try_first(TaintPackets *p, Waiting *w, const AilTaintAccess *a)
{
    AilTaint *taint = ail_taint_engine_taint(p->taint->engine);
    if (a->size < FIRST || !same(w, 0, a) || ail_shadow_get(taint->shadow, a->phys))
        return;
    w->phys = a->phys;
    w->seen = a->size;
    label(p, w);
}

/* A load of where the packet seems to be. True: it is certain now. */
static bool try_next(TaintPackets *p, Waiting *w, const AilTaintAccess *a)
{
    if (a->phys < w->phys || a->phys >= w->phys + w->len)
        return false;
    uint32_t from = (uint32_t)(a->phys - w->phys);
    if (!same(w, from, a))
        withdraw(p, w);
    else if (from <= w->seen)
        w->seen = MAX(w->seen, from + a->size);
    return w->seen >= MIN((uint32_t)ENOUGH, w->len);
}

void taint_packets_load(TaintPackets *p, const AilTaintMoment *at, const AilTaintAccess *access)
{
    (void)at;
    if (access->phys == AIL_TAINT_NOWHERE || !access->has_value)
        return;
    for (GList *l = p->waiting.head, *next; l; l = next) {
        Waiting *w = l->data;
        next = l->next;
        if (!w->seen) {
            try_first(p, w, access);
            if (w->seen)
                break;
        } else if (try_next(p, w, access)) {
            waiting_free(w);
            g_queue_delete_link(&p->waiting, l);
        }
    }
}

uint64_t taint_packets_missed(const TaintPackets *p)
{
    return p->missed + p->waiting.length;
}

bool taint_packets_waiting(const TaintPackets *p)
{
    return p->waiting.length > 0;
}
