/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/predict.h"

#include <glib.h>
#include <stdlib.h>

void ail_predict_reset(AilCodec *c, uint32_t n_blocks)
{
    size_t had = c->blocks_cap;
    ail_array_reserve(&c->blocks, &c->blocks_cap, n_blocks, sizeof *c->blocks);
    if (c->blocks_cap > had)
        memset(c->blocks + had, 0, (c->blocks_cap - had) * sizeof *c->blocks);
    c->epoch++;
    if (c->epoch == 0) { /* wrapped: old stamps would look new */
        memset(c->blocks, 0, c->blocks_cap * sizeof *c->blocks);
        c->epoch = 1;
    }
    c->n_ops = 0;
    memset(c->image, 0, sizeof c->image);
}

/* realloc does not keep the alignment that AilOp has. */
static void reserve_ops(AilCodec *c, size_t count)
{
    if (count <= c->ops_cap)
        return;
    size_t cap = MAX(count, 2 * c->ops_cap);
    AilOp *ops = aligned_alloc(_Alignof(AilOp), cap * sizeof *ops);
    if (!ops)
        g_error("no memory for %zu bytes", cap * sizeof *ops);
    if (c->n_ops)
        memcpy(ops, c->ops, c->n_ops * sizeof *ops);
    free(c->ops);
    c->ops = ops;
    c->ops_cap = cap;
}

AilShape ail_predict_new_shape(AilCodec *c, uint32_t n)
{
    AilShape shape = {n, c->n_ops};
    reserve_ops(c, c->n_ops + (size_t)n);
    if (n)
        memset(&c->ops[c->n_ops], 0, n * sizeof *c->ops);
    c->n_ops += n;
    return shape;
}
