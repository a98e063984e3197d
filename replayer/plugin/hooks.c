/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hot path: one call for each block and each memory access that the guest executes. */
#include "replayer/plugin/plugin.h"

Plugin ail_plugin;

static inline void enter(Plugin *p, Block *translated, Block *b)
{
    *p->flow++ = b->id | (uint64_t)p->n_access << 32;
    p->icount += b->n;
    p->prev = b;
    p->translated = translated;
    p->next[0] = b->pc + b->next[0];
    p->next[1] = b->pc + b->next[1];
    *p->reached = 0;
}

static inline bool is_due(const Plugin *p)
{
    return *p->reached != p->translated->expect || p->icount >= p->limit;
}

static inline bool is_elsewhere(const Plugin *p, const Block *b)
{
    return b->pc != p->next[0] && b->pc != p->next[1];
}

/* The same instruction again after the end of a longer block: see step.c. */
static inline bool is_again(const Plugin *p, const Block *b)
{
    return b->n == 1 && p->prev->n > 1 && p->prev->last_pc == b->pc;
}

void ail_plugin_on_block(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    Block *translated = user, *b = translated->now;
    bool due = is_due(p);
    if (G_UNLIKELY(due || is_elsewhere(p, b))) {
        b = ail_where_locate(translated);
        if (due || is_again(p, b)) {
            if (!ail_plugin_step(b))
                return;
            if (translated->now != b) /* a new dictionary */
                b = ail_where_locate(translated);
        }
    }
    enter(p, translated, b);
}

static inline uint16_t what_of(MemOp *op, qemu_plugin_meminfo_t info)
{
    if (G_UNLIKELY(info != op->info)) {
        unsigned size = qemu_plugin_mem_size_shift(info);
        op->what = (uint16_t)((op->what & ~15u) | op->store | size);
        op->swap = ail_plugin.swaps && qemu_plugin_mem_is_big_endian(info);
        op->info = info;
    }
    return op->what;
}

static inline uint32_t add_addr(qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    Plugin *p = &ail_plugin;
    uint32_t n = p->n_access++;
    p->addr[n] = vaddr;
    p->what[n] = what_of(op, info);
    return n;
}

/* As the bytes are in memory. */
static qemu_plugin_mem_value in_memory_order(qemu_plugin_mem_value v)
{
    uint64_t low = v.data.u128.low;
    switch (v.type) {
    case 1:
        v.data.u64 = GUINT16_SWAP_LE_BE(v.data.u16);
        break;
    case 2:
        v.data.u64 = GUINT32_SWAP_LE_BE(v.data.u32);
        break;
    case 3:
        v.data.u64 = GUINT64_SWAP_LE_BE(v.data.u64);
        break;
    case 4:
        v.data.u128.low = GUINT64_SWAP_LE_BE(v.data.u128.high);
        v.data.u128.high = GUINT64_SWAP_LE_BE(low);
        break;
    default:
        break;
    }
    return v;
}

static inline uint32_t add_data(qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    Plugin *p = &ail_plugin;
    uint32_t n = add_addr(info, vaddr, op);
    qemu_plugin_mem_value v = qemu_plugin_mem_get_value(info);
    if (G_UNLIKELY(((const MemOp *)op)->swap))
        v = in_memory_order(v);
    p->value[n] = v.data.u64; /* low bytes; the encoder masks it to the size */
    if (G_UNLIKELY(v.type == 4))
        p->wide[p->n_wide++] = v.data.u128.high;
    return n;
}

static inline void add_io(uint32_t access)
{
    ail_plugin.io[ail_plugin.n_io++] = access;
}

void ail_plugin_on_addr(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    (void)vcpu;
    add_addr(info, vaddr, op);
}

void ail_plugin_on_data(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    (void)vcpu;
    add_data(info, vaddr, op);
}

void ail_plugin_on_io_addr(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    (void)vcpu;
    add_io(add_addr(info, vaddr, op));
}

void ail_plugin_on_io_data(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    (void)vcpu;
    add_io(add_data(info, vaddr, op));
}
