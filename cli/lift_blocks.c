/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/lift_blocks.h"

#include "trace/parallel.h"

#include <string.h>

struct AilLiftBlocks {
    AilLiftWhich which;
    GHashTable *table; /* owned: AilLiftBlock to itself; owns them */
    GPtrArray *all;    /* owned; of the same */
    AilDict *dict;     /* owned: a reference; what by_id is of */
    GPtrArray *by_id;  /* owned: the block of each id, NULL until it ran */
    AilGuest *guest;   /* owned */
    void (*progress)(void *user, uint64_t done);
    void *user;
};

/* --- distinct blocks --- */

static guint hash(gconstpointer key)
{
    const AilBlock *b = &((const AilLiftBlock *)key)->block;
    guint h = (guint)(b->pc ^ b->pc >> 32) * 31 + b->mode * 2u + b->user;
    for (uint32_t i = 0; i < b->size; i++)
        h = h * 33 + b->bytes[i];
    return h;
}

static gboolean equal(gconstpointer x, gconstpointer y)
{
    const AilBlock *a = &((const AilLiftBlock *)x)->block, *b = &((const AilLiftBlock *)y)->block;
    return a->pc == b->pc && a->mode == b->mode && a->user == b->user && a->n_insns == b->n_insns &&
           a->size == b->size && !memcmp(a->bytes, b->bytes, a->size) &&
           !memcmp(a->start, b->start, (a->n_insns + 1u) * sizeof *a->start);
}

static void free_block(gpointer data)
{
    AilLiftBlock *b = data;
    g_free((void *)b->block.bytes);
    g_free((void *)b->block.start);
    g_free(b->stops);
    g_free(b);
}

static AilLiftBlock *block_of(AilLiftBlocks *b, const AilBlock *block)
{
    AilLiftBlock key = {.block = *block};
    AilLiftBlock *found = g_hash_table_lookup(b->table, &key);
    if (found)
        return found;
    found = g_memdup2(&key, sizeof key);
    found->block.bytes = g_memdup2(block->bytes, block->size);
    found->block.start = g_memdup2(block->start, (block->n_insns + 1u) * sizeof *block->start);
    g_hash_table_add(b->table, found);
    g_ptr_array_add(b->all, found);
    return found;
}

AilLiftBlocks *ail_lift_blocks_new(const AilLiftWhich *which)
{
    AilLiftBlocks *b = g_new0(AilLiftBlocks, 1);
    b->which = *which;
    b->table = g_hash_table_new_full(hash, equal, free_block, NULL);
    b->all = g_ptr_array_new();
    b->by_id = g_ptr_array_new();
    b->guest = ail_guest_new();
    return b;
}

void ail_lift_blocks_free(AilLiftBlocks *b)
{
    if (!b)
        return;
    g_hash_table_unref(b->table);
    g_ptr_array_unref(b->all);
    g_ptr_array_unref(b->by_id);
    ail_dict_unref(b->dict);
    ail_guest_free(b->guest);
    g_free(b);
}

/* --- executions --- */

/* How far the events and the address spaces of a chunk are. */
typedef struct Place {
    uint32_t cut, event, span;
    uint64_t icount;
} Place;

static bool is_wanted(AilLiftBlocks *b, const AilChunk *c, Place *p)
{
    const AilLiftWhich *w = &b->which;
    if (p->icount < w->from || p->icount >= w->to)
        return false;
    if (w->by_asid) {
        while (p->span + 1 < c->n_spans && c->spans[p->span + 1].first <= p->icount)
            p->span++;
        if (p->span >= c->n_spans || c->spans[p->span].asid != w->asid)
            return false;
    }
    const AilTask *t = w->pid < 0 ? NULL : ail_guest_running(b->guest);
    return w->pid < 0 || (t && (t->pid == w->pid || t->tgid == w->pid));
}

static void count(AilLiftBlocks *b, const AilChunk *c, uint32_t id, uint32_t executed)
{
    AilLiftBlock *block = b->by_id->pdata[id];
    if (!block)
        block = b->by_id->pdata[id] = block_of(b, ail_dict_get(c->dict, id));
    block->runs++;
    if (executed >= block->block.n_insns)
        return;
    if (!block->stops)
        block->stops = g_new0(uint64_t, block->block.n_insns);
    block->stops[executed]++;
}

static void follow(AilLiftBlocks *b, const AilChunk *c)
{
    Place p = {.icount = c->icount};
    for (uint32_t i = 0; i < c->n_flow; i++) {
        for (; p.event < c->n_events && c->events[p.event].flow_index <= i; p.event++)
            ail_guest_take(b->guest, &c->events[p.event]);
        uint32_t executed = ail_dict_get(c->dict, c->flow[i])->n_insns;
        if (p.cut < c->n_cuts && c->cuts[p.cut].at == i)
            executed = c->cuts[p.cut++].executed;
        if (is_wanted(b, c, &p))
            count(b, c, c->flow[i], executed);
        p.icount += executed;
    }
    for (; p.event < c->n_events; p.event++)
        ail_guest_take(b->guest, &c->events[p.event]);
}

static AilStatus commit(void *self, unsigned worker, const AilChunk *c, AilError *err)
{
    (void)worker, (void)err;
    AilLiftBlocks *b = self;
    if (!b->dict || !ail_dict_is(c->dict, b->dict)) {
        ail_dict_unref(b->dict);
        b->dict = ail_dict_ref(c->dict);
        g_ptr_array_set_size(b->by_id, 0);
    }
    if (b->by_id->len < ail_dict_count(c->dict))
        g_ptr_array_set_size(b->by_id, (gint)ail_dict_count(c->dict));
    follow(b, c);
    if (b->progress)
        b->progress(b->user, c->icount + c->insns);
    return c->icount + c->insns >= b->which.to ? AIL_END : AIL_OK;
}

static gint by_address(gconstpointer x, gconstpointer y)
{
    const AilBlock *a = &(*(AilLiftBlock *const *)x)->block;
    const AilBlock *b = &(*(AilLiftBlock *const *)y)->block;
    return a->pc != b->pc ? (a->pc < b->pc ? -1 : 1) : 0;
}

AilStatus ail_lift_blocks_read(AilLiftBlocks *b, AilTraceReader *reader, unsigned threads,
                               void (*progress)(void *user, uint64_t done), void *user,
                               AilError *err)
{
    const AilChunkJob job = {.self = b, .commit = commit, .ordered = true};
    b->progress = progress;
    b->user = user;
    AilStatus status = ail_parallel_run(reader, threads, &job, err);
    g_ptr_array_sort(b->all, by_address); /* merge sort: those of one address stay in order */
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

const GPtrArray *ail_lift_blocks_all(const AilLiftBlocks *b)
{
    return b->all;
}

const AilGuest *ail_lift_blocks_guest(const AilLiftBlocks *b)
{
    return b->guest;
}

uint64_t ail_lift_block_count(const AilLiftBlock *b, unsigned i)
{
    uint64_t n = b->runs;
    for (unsigned k = 0; b->stops && k <= i; k++)
        n -= b->stops[k];
    return n;
}
