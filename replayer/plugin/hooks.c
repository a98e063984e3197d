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

static inline void add_phys(qemu_plugin_meminfo_t info, uint64_t vaddr, uint32_t n)
{
    const Plugin *p = &ail_plugin;
    uint16_t what = p->what[n];
    if (G_UNLIKELY(
            !ail_xlate_is_known(p, vaddr >> AIL_PAGE_SHIFT, (what & AIL_ACCESS_STORE) != 0) ||
            ail_page_crosses(vaddr, what & AIL_ACCESS_SIZE_SHIFT)))
        ail_xlate_ask(info, vaddr, n, what);
}

/* How an access is captured. */
enum { WITH_DATA = 1, WITH_PHYS = 2, MAYBE_IO = 4, HOOKS = 8 };

static inline uint32_t add_access(unsigned how, qemu_plugin_meminfo_t info, uint64_t vaddr,
                                  void *op)
{
    uint32_t n = how & WITH_DATA ? add_data(info, vaddr, op) : add_addr(info, vaddr, op);
    if (how & WITH_PHYS)
        add_phys(info, vaddr, n);
    if (how & MAYBE_IO)
        add_io(n);
    return n;
}

/* For each way a function of its own, so that nothing is decided at each access. */
#define ACCESS_HOOK(how)                                                                           \
    static void on_access_##how(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr,         \
                                void *op)                                                          \
    {                                                                                              \
        (void)vcpu;                                                                                \
        add_access(how, info, vaddr, op);                                                          \
    }
ACCESS_HOOK(0)
ACCESS_HOOK(1)
ACCESS_HOOK(2)
ACCESS_HOOK(3)
ACCESS_HOOK(4)
ACCESS_HOOK(5)
ACCESS_HOOK(6)
ACCESS_HOOK(7)

static void on_access_check(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    (void)vcpu;
    unsigned how = ail_plugin.wire->columns & AIL_COL_DATA ? WITH_DATA | WITH_PHYS : WITH_PHYS;
    uint32_t n = add_access(how, info, vaddr, op);
    ail_xlate_check(info, vaddr, ail_plugin.what[n]);
}

static void on_io_access_check(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *op)
{
    on_access_check(vcpu, info, vaddr, op);
    add_io(ail_plugin.n_access - 1);
}

qemu_plugin_vcpu_mem_cb_t ail_plugin_access_hook(uint32_t columns, bool maybe_io, bool check)
{
    static const qemu_plugin_vcpu_mem_cb_t hooks[HOOKS] = {on_access_0, on_access_1, on_access_2,
                                                           on_access_3, on_access_4, on_access_5,
                                                           on_access_6, on_access_7};
    unsigned how = (columns & AIL_COL_DATA ? WITH_DATA : 0) |
                   (columns & AIL_COL_XLATE ? WITH_PHYS : 0) | (maybe_io ? MAYBE_IO : 0);
    if (check && columns & AIL_COL_XLATE)
        return maybe_io ? on_io_access_check : on_access_check;
    return hooks[how];
}
