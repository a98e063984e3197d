/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hot path: one call for each block and each memory access that the guest executes. */
#include "replayer/plugin/plugin.h"

Plugin ail_plugin;

static inline void enter(Plugin *p, Block *b)
{
    *p->flow++ = b->id | (uint64_t)(p->access - p->access_base) << 32;
    p->icount += b->n;
    p->prev = b;
    *p->reached = 0;
}

void ail_plugin_on_block(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    if (G_UNLIKELY(*p->reached != p->prev->expect || p->icount >= p->limit) &&
        !ail_plugin_step(user))
        return;
    enter(p, user);
}

void ail_plugin_on_single(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    const Block *b = user;
    /* The same instruction again after the end of a longer block: see step.c. */
    bool again = p->prev->last_pc == b->pc && p->prev->n > 1;
    if (G_UNLIKELY(again || *p->reached != p->prev->expect || p->icount >= p->limit) &&
        !ail_plugin_step(user))
        return;
    enter(p, user);
}

static inline void add_addr(qemu_plugin_meminfo_t info, uint64_t vaddr, void *user, uint8_t store)
{
    AilRawAccess *a = ail_plugin.access++;
    a->addr = vaddr;
    a->insn = (uint16_t)(uintptr_t)user;
    a->info = (uint8_t)(qemu_plugin_mem_size_shift(info) | store);
}

static inline void add_data(qemu_plugin_meminfo_t info, uint64_t vaddr, void *user, uint8_t store)
{
    AilRawAccess *a = ail_plugin.access++;
    qemu_plugin_mem_value v = qemu_plugin_mem_get_value(info);
    a->addr = vaddr;
    a->insn = (uint16_t)(uintptr_t)user;
    a->info = (uint8_t)((unsigned)v.type | store);
    a->value = v.data.u64; /* low bytes; the encoder masks it to the size */
    if (G_UNLIKELY(v.type == 4)) {
        a[1].addr = v.data.u128.high;
        a[1].insn = AIL_RAW_WIDE;
        a[1].info = 0;
        ail_plugin.access++;
    }
}

void ail_plugin_on_addr_read(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu;
    add_addr(info, vaddr, user, 0);
}

void ail_plugin_on_addr_write(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu;
    add_addr(info, vaddr, user, AIL_ACCESS_STORE);
}

void ail_plugin_on_data_read(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu;
    add_data(info, vaddr, user, 0);
}

void ail_plugin_on_data_write(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu;
    add_data(info, vaddr, user, AIL_ACCESS_STORE);
}
