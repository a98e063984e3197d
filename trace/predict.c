/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/predict.h"

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
    c->n_shapes = c->n_ops = 0;
    ail_predict_add_shape(c, 0); /* shape 0: no accesses */
    c->prev_addr = 0;
    c->last_load[0] = c->last_load[1] = c->last_store = 0;
    memset(c->image, 0, sizeof c->image);
}

uint32_t ail_predict_add_shape(AilCodec *c, uint32_t n)
{
    ail_array_reserve(&c->shapes, &c->shapes_cap, c->n_shapes + 1u, sizeof *c->shapes);
    ail_array_reserve(&c->ops, &c->ops_cap, c->n_ops + (size_t)n, sizeof *c->ops);
    if (n)
        memset(&c->ops[c->n_ops], 0, n * sizeof *c->ops);
    c->shapes[c->n_shapes] = (AilShape){n, c->n_ops};
    c->n_ops += n;
    return c->n_shapes++;
}
