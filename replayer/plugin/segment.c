/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The segments of shared memory that the plugin fills, one after the other. */
#include "replayer/plugin/plugin.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void futex_wait(_Atomic uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void *ail_segment_array(uint64_t at)
{
    const Plugin *p = &ail_plugin;
    return (char *)p->segment + at;
}

void ail_segment_begin(const Block *next)
{
    Plugin *p = &ail_plugin;
    AilWire *w = p->wire;
    p->segment = ail_wire_segment(w, p->n_segments_done % w->n_segments);
    for (uint32_t state; (state = atomic_load(&p->segment->state)) != AIL_SEGMENT_FREE;)
        futex_wait(&p->segment->state, state);
    AilSegment *s = p->segment;
    s->icount = p->icount;
    s->asid = p->asid;
    s->n_cuts = s->n_events = s->defs_len = s->sync_len = s->edata_len = 0;
    s->fresh = g_hash_table_size(p->blocks) >= w->dict_blocks;
    if (s->fresh)
        ail_plugin_forget_blocks(next);
    p->flow = p->flow_base = ail_segment_array(w->flow_at);
    p->n_access = p->n_wide = p->n_io = p->n_xlate = 0;
    ail_xlate_forget(); /* a chunk is decoded without the one before */
    p->addr = ail_segment_array(w->addr_at);
    p->value = ail_segment_array(w->value_at);
    p->wide = ail_segment_array(w->wide_at);
    p->what = ail_segment_array(w->what_at);
    p->io = ail_segment_array(w->io_at);
    p->xlate = ail_segment_array(w->xlate_at);
}

void ail_segment_end(void)
{
    Plugin *p = &ail_plugin;
    AilSegment *s = p->segment;
    s->insns = p->icount - s->icount;
    s->n_flow = (uint32_t)(p->flow - p->flow_base);
    s->n_access = p->n_access;
    s->n_wide = p->n_wide;
    s->n_io = p->n_io;
    s->n_xlate = p->n_xlate;
    p->n_segments_done++;
    atomic_store(&s->state, AIL_SEGMENT_FULL);
    futex_wake(&s->state);
}

void ail_segment_put_sync(const Block *b)
{
    Plugin *p = &ail_plugin;
    if (!(p->wire->columns & AIL_COL_SYNC))
        return;
    uint8_t *to = ail_segment_array(p->wire->sync_at);
    for (guint i = 0, r = 0; i < p->registers->len && r < p->wire->n_regs; i++) {
        const qemu_plugin_reg_descriptor *d =
            &g_array_index(p->registers, qemu_plugin_reg_descriptor, i);
        const AilWireReg *reg = &p->wire->regs[r++];
        g_byte_array_set_size(p->scratch, 0);
        qemu_plugin_read_register(d->handle, p->scratch);
        memset(to, 0, reg->size);
        memcpy(to, p->scratch->data, MIN(reg->size, p->scratch->len));
        /* QEMU does not keep the program counter while blocks are chained. */
        if (!strcmp(reg->name, "rip") || !strcmp(reg->name, "eip") || !strcmp(reg->name, "pc"))
            ail_guest_put(to, b->pc, MIN(reg->size, 8));
        to += reg->size;
        p->segment->sync_len += reg->size;
    }
}

bool ail_segment_is_full(void)
{
    const Plugin *p = &ail_plugin;
    const AilWire *w = p->wire;
    const AilSegment *s = p->segment;
    uint64_t n_flow = (uint64_t)(p->flow - p->flow_base);
    return p->icount - s->icount >= w->chunk_insns || n_flow + 4096 > w->flow_cap ||
           p->n_access + 2 * AIL_WIRE_ACCESS_SLACK > w->access_cap || s->n_cuts + 2 > w->cuts_cap ||
           s->n_events + 4096 > w->events_cap || s->defs_len + 65536 > w->defs_cap ||
           s->edata_len > w->edata_cap / 2;
}
