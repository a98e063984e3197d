/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translate-time: give each block its place in the dictionary and register the hooks it needs.
 * QEMU translates the same code again and again (after flushes, with other lengths); the same
 * bytes at the same address are one block.
 */
#include "replayer/plugin/plugin.h"

#include <string.h>

typedef struct Insns {
    size_t n, size;
    uint8_t lengths[AIL_BLOCK_MAX_INSNS];
    uint8_t bytes[AIL_BLOCK_MAX_INSNS * 16];
} Insns;

guint ail_plugin_block_hash(gconstpointer key)
{
    const Block *b = key;
    uint64_t h =
        (b->pc + b->base) * 0x9e3779b97f4a7c15u + b->n + ((uint64_t)b->mode << 8) + b->user;
    for (uint32_t i = 0; i < b->n + b->size; i++)
        h = (h ^ b->lengths[i]) * 0x100000001b3u;
    return (guint)(h ^ h >> 32);
}

gboolean ail_plugin_block_equal(gconstpointer x, gconstpointer y)
{
    const Block *a = x, *b = y;
    return a->pc == b->pc && a->base == b->base && a->n == b->n && a->size == b->size &&
           a->mode == b->mode && a->user == b->user &&
           !memcmp(a->lengths, b->lengths, a->n + a->size);
}

static void block_free(Block *b)
{
    g_free((void *)b->lengths);
    g_free(b->ops);
    g_free(b);
}

int ail_plugin_insn_at(const Block *b, uint64_t pc)
{
    uint64_t at = b->pc;
    for (uint32_t i = 0; i < b->n; at += b->lengths[i++]) {
        if (at == pc)
            return (int)i;
    }
    return -1;
}

static void read_insns(struct qemu_plugin_tb *tb, Insns *in)
{
    in->n = MIN(qemu_plugin_tb_n_insns(tb), (size_t)AIL_BLOCK_MAX_INSNS);
    in->size = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        size_t len = MIN(qemu_plugin_insn_size(insn), (size_t)16);
        qemu_plugin_insn_data(insn, in->bytes + in->size, len);
        in->lengths[i] = (uint8_t)len;
        in->size += len;
    }
}

void ail_plugin_forget_blocks(const Block *next)
{
    Plugin *p = &ail_plugin;
    GHashTableIter iter;
    gpointer block;
    g_hash_table_iter_init(&iter, p->blocks);
    while (g_hash_table_iter_next(&iter, &block, NULL)) {
        Block *b = block;
        b->now = &p->stale;
        if (b->in_use || b == p->prev || b == next)
            g_ptr_array_add(p->old, b);
        else
            block_free(b);
    }
    g_hash_table_remove_all(p->blocks);
    for (guint i = 0; i < p->old->len; i++) /* who ran as one of those that are gone */
        ((Block *)p->old->pdata[i])->now = &p->stale;
}

void ail_plugin_on_flush(qemu_plugin_id_t id)
{
    Plugin *p = &ail_plugin;
    GHashTableIter iter;
    gpointer block;
    (void)id;
    g_hash_table_iter_init(&iter, p->blocks);
    while (g_hash_table_iter_next(&iter, &block, NULL))
        ((Block *)block)->in_use = block == p->translated;
    for (guint i = p->old->len; i-- > 0;) {
        Block *b = p->old->pdata[i];
        b->in_use = b == p->translated;
        if (b->in_use || b == p->prev)
            continue;
        block_free(b);
        g_ptr_array_remove_index_fast(p->old, i);
    }
}

/* Append the definition to the current segment. */
static void define(const Block *b)
{
    Plugin *p = &ail_plugin;
    AilRawBlock def = {.pc = b->pc,
                       .id = b->id,
                       .size = b->size,
                       .n_insns = (uint16_t)b->n,
                       .mode = b->mode,
                       .user = b->user};
    uint8_t *to = (uint8_t *)p->segment + p->wire->defs_at + p->segment->defs_len;
    uint32_t len = ail_raw_block_size(b->n, b->size);
    if (len > p->wire->defs_cap - p->segment->defs_len) {
        ail_plugin_fail("too much new code at instruction %" G_GUINT64_FORMAT, p->icount);
        return;
    }
    memcpy(to, &def, sizeof def);
    memcpy(to + sizeof def, b->lengths, b->n + b->size);
    p->segment->defs_len += len;
    p->limit = 0; /* so that a full segment is noticed at the next block */
}

Block *ail_plugin_intern(const Block *key)
{
    Plugin *p = &ail_plugin;
    Block *b = g_hash_table_lookup(p->blocks, key);
    if (b)
        return b;
    b = g_memdup2(key, sizeof *key);
    b->lengths = g_memdup2(key->lengths, key->n + key->size);
    b->id = g_hash_table_size(p->blocks);
    b->ops = NULL;
    b->in_use = false;
    b->now = b;
    b->expect = b->check_asid || b->crossing || b->flushes ? 1 : (uintptr_t)b;
    g_hash_table_add(p->blocks, b);
    define(b);
    return b;
}

/* Whether an instruction of the block may change where pages are. */
static bool any_flushes(const Insns *in, uint8_t mode)
{
    const uint8_t *at = in->bytes;
    for (size_t i = 0; i < in->n; at += in->lengths[i++]) {
        if (ail_guest_flushes(at, in->lengths[i], mode))
            return true;
    }
    return false;
}

static Block *find_block(uint64_t pc, const Insns *in)
{
    uint8_t copy[AIL_BLOCK_MAX_INSNS * 17];
    memcpy(copy, in->lengths, in->n);
    memcpy(copy + in->n, in->bytes, in->size);
    Block key = {.n = (uint32_t)in->n, .pc = pc, .size = (uint32_t)in->size, .lengths = copy};
    key.base = ail_where_base(pc);
    ail_guest_mode(&key.mode, &key.user, in->lengths, in->n, in->bytes, in->size, pc);
    size_t last = in->lengths[in->n - 1];
    const uint8_t *insn = in->bytes + in->size - last;
    key.last_pc = pc + in->size - last;
    key.check_asid = ail_guest_changes_asid(&key, last);
    key.flushes = ail_plugin.pages && any_flushes(in, key.mode);
    ail_where_successors(&key, insn, last);
    if (ail_plugin.osi)
        key.crossing = (uint8_t)ail_calls_crossing(&key, insn, last);
    Block *b = ail_plugin_intern(&key);
    b->now = b;
    b->in_use = true;
    return b;
}

/* What is not seen yet has a description that QEMU never gives. */
static MemOp *new_ops(const Block *b)
{
    MemOp *ops = g_new(MemOp, 2 * (gsize)b->n);
    for (uint32_t i = 0; i < b->n; i++) {
        ops[2 * i] = (MemOp){UINT32_MAX, AIL_RAW_WHAT(i, 0), 0, false};
        ops[2 * i + 1] = (MemOp){UINT32_MAX, AIL_RAW_WHAT(i, 0), AIL_ACCESS_STORE, false};
    }
    return ops;
}

static void hook_accesses(const Plugin *p, struct qemu_plugin_tb *tb, Block *b, bool maybe_io)
{
    const AilWire *w = p->wire;
    qemu_plugin_vcpu_mem_cb_t hook = ail_plugin_access_hook(w->columns, maybe_io, w->check_xlate);
    if (!b->ops)
        b->ops = new_ops(b);
    for (uint32_t i = 0; i < b->n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        qemu_plugin_register_vcpu_mem_cb(insn, hook, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_R,
                                         &b->ops[2 * i]);
        qemu_plugin_register_vcpu_mem_cb(insn, hook, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W,
                                         &b->ops[2 * i + 1]);
    }
}

static void hook_tables(struct qemu_plugin_tb *tb, const Insns *in)
{
    const uint8_t *at = in->bytes;
    for (size_t i = 0; i < in->n; at += in->lengths[i++]) {
        qemu_plugin_vcpu_mem_cb_t hook = ail_guest_table_hook(at, in->lengths[i]);
        if (hook)
            qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), hook,
                                             QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_R, NULL);
    }
}

static void hook_flushes(struct qemu_plugin_tb *tb, const Insns *in, uint8_t mode)
{
    const uint8_t *at = in->bytes;
    for (size_t i = 0; i < in->n; at += in->lengths[i++]) {
        if (ail_guest_flushes(at, in->lengths[i], mode))
            ail_xlate_watch(qemu_plugin_tb_get_insn(tb, i));
    }
}

static void hook_segments(struct qemu_plugin_tb *tb, const Insns *in)
{
    for (size_t i = 0; i < in->n; i++)
        ail_ppc_watch(qemu_plugin_tb_get_insn(tb, i), in->bytes + 4 * i);
}

void ail_plugin_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    Plugin *p = &ail_plugin;
    static Insns in; /* too large for a stack; translation is in one thread */
    if (p->failed || (!p->started && !ail_plugin_start()))
        return;
    read_insns(tb, &in);
    uint64_t pc = qemu_plugin_tb_vaddr(tb);
    Block *b = find_block(pc, &in);
    /* One instruction of the block entered last, by itself: perhaps the device access for which
     * QEMU left that block. It runs without our block hook, so its accesses are marked. */
    bool maybe_io = b->n == 1 && p->prev->n > 1 && pc >= p->prev->pc && pc < p->prev->last_pc;

    qemu_plugin_register_vcpu_tb_exec_cb(tb, ail_plugin_on_block, QEMU_PLUGIN_CB_R_REGS, b);
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(qemu_plugin_tb_get_insn(tb, b->n - 1),
                                                        QEMU_PLUGIN_INLINE_STORE_U64,
                                                        p->reached_score, (uintptr_t)b);
    if (p->wire->columns & AIL_COL_ADDR)
        hook_accesses(p, tb, b, maybe_io);
    if (b->flushes)
        hook_flushes(tb, &in, b->mode);
    if (p->arch == AIL_ARCH_X86)
        hook_tables(tb, &in);
    if (p->arch == AIL_ARCH_PPC)
        hook_segments(tb, &in);
    ail_spoken_translate(tb, b);
    if (p->osi)
        ail_plugin_osi_translate(tb, b);
}
