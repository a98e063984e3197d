/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/access_ops.h"

#include <glib.h>
#include <stdlib.h>

AilOps *ail_ops_new(void)
{
    AilOps *ops = g_new0(AilOps, 1);
    ail_ops_add(ops, 0);
    return ops;
}

void ail_ops_free(AilOps *ops)
{
    if (!ops)
        return;
    free(ops->now);
    free(ops->learned);
    free(ops->insn);
    free(ops->info);
    g_free(ops->list);
    g_free(ops);
}

/* realloc does not keep an alignment to cache lines. */
static void *grow(void *old, size_t n, size_t cap, size_t size)
{
    size_t bytes = (cap * size + 63) / 64 * 64;
    void *array = aligned_alloc(64, bytes);
    if (!array)
        g_error("no memory for %zu bytes", bytes);
    if (n)
        memcpy(array, old, n * size);
    free(old);
    return array;
}

AilShape ail_ops_add(AilOps *ops, uint32_t n)
{
    AilShape shape = {n, ops->n};
    size_t need = ops->n + (size_t)n + AIL_OPS_AT_ONCE;
    if (need > ops->cap) {
        size_t cap = MAX(need, 2 * ops->cap);
        ops->now = grow(ops->now, ops->n, cap, sizeof *ops->now);
        ops->learned = grow(ops->learned, ops->n, cap, sizeof *ops->learned);
        ops->insn = grow(ops->insn, ops->n, cap, sizeof *ops->insn);
        ops->info = grow(ops->info, ops->n, cap, sizeof *ops->info);
        ops->cap = cap;
    }
    ops->n += n;
    return shape;
}

void ail_ops_begin(AilOps *ops, uint32_t i, uint16_t insn, uint8_t info)
{
    unsigned log2_size = info & AIL_ACCESS_SIZE_SHIFT;
    AilOpNow op = {.log2 = (uint8_t)MIN(log2_size, 3)};
    op.mask = size_mask(op.log2);
    op.room = (int8_t)(8 - (1 << op.log2));
    op.store = info & AIL_ACCESS_STORE;
    op.wide = log2_size > 3;
    ail_op_set_value_guess(&op, 0);
    ops->now[i] = op;
    ops->learned[i] = (AilOpLearned){0};
    ops->insn[i] = insn;
    ops->info[i] = info;
}
