/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The predictors that encoder and decoder of the addr and data columns run in lockstep. Each makes
 * a few guesses; the symbol written says which one was right, 0 being the one that was right the
 * last time the same access ran. Specified in docs/trace-format.md; the ideas are those of stride,
 * last-value and context value predictors (Burtscher's VPC family).
 */
#ifndef AIL_TRACE_PREDICT_H
#define AIL_TRACE_PREDICT_H

#include "trace/codec_internal.h"

/* Addresses: guess 0 goes on with the access's own stride, guess 1 keeps its distance from the
 * access before it in the stream (fields of a structure, slots of a stack frame). */
enum { ADDR_GUESSES = 2, ADDR_FROM_LAST = 2, ADDR_FROM_PREV = 3 };

static inline void addr_guesses(const AilCodec *c, const AilOp *op, uint64_t guess[ADDR_GUESSES])
{
    guess[0] = op->last + op->stride;
    guess[1] = c->prev_addr + op->relative;
}

static inline void addr_learn(AilCodec *c, AilOp *op, uint64_t addr)
{
    uint64_t delta = addr - op->last;
    if (delta == op->delta)
        op->stride = delta; /* seen twice: a stride, not a jump */
    op->delta = delta;
    op->last = addr;
    op->relative = addr - c->prev_addr;
    c->prev_addr = addr;
}

/* Values: 0 what was last seen in that memory, 1 the access's own last value and stride, 2 and 3
 * the last two values loaded by any access, 4 the last one stored. */
enum { VALUE_GUESSES = 5, VALUE_LITERAL = VALUE_GUESSES + 1 };

static inline uint64_t size_mask(unsigned log2_size)
{
    return log2_size >= 3 ? UINT64_MAX : ((uint64_t)1 << (8u << log2_size)) - 1;
}

static inline uint64_t *image_slot(AilCodec *c, uint64_t granule)
{
    return &c->image[granule * 0x9e3779b97f4a7c15u >> (64 - AIL_IMAGE_BITS)];
}

static inline uint64_t image_read(AilCodec *c, uint64_t addr, unsigned log2_size)
{
    unsigned shift = (addr & 7) * 8;
    uint64_t v = *image_slot(c, addr >> 3) >> shift;
    if (shift + (8u << log2_size) > 64)
        v |= *image_slot(c, (addr >> 3) + 1) << (64 - shift);
    return v & size_mask(log2_size);
}

static inline void image_write(AilCodec *c, uint64_t addr, unsigned log2_size, uint64_t v)
{
    unsigned shift = (addr & 7) * 8;
    uint64_t mask = size_mask(log2_size);
    uint64_t *low = image_slot(c, addr >> 3);
    *low = (*low & ~(mask << shift)) | v << shift;
    if (shift + (8u << log2_size) > 64) {
        uint64_t *high = image_slot(c, (addr >> 3) + 1);
        *high = (*high & ~(mask >> (64 - shift))) | v >> (64 - shift);
    }
}

static inline void value_guesses(AilCodec *c, const AilOp *op, uint64_t addr, unsigned log2_size,
                                 uint64_t guess[VALUE_GUESSES])
{
    uint64_t mask = size_mask(log2_size);
    guess[0] = image_read(c, addr, log2_size);
    guess[1] = (op->value + op->vstride) & mask;
    guess[2] = c->last_load[0] & mask;
    guess[3] = c->last_load[1] & mask;
    guess[4] = c->last_store & mask;
}

static inline void value_learn(AilCodec *c, AilOp *op, uint64_t addr, unsigned log2_size,
                               uint64_t v)
{
    uint64_t delta = v - op->value;
    if (delta == op->vdelta)
        op->vstride = delta;
    op->vdelta = delta;
    op->value = v;
    if (op->info & AIL_ACCESS_STORE) {
        c->last_store = v;
    } else {
        c->last_load[1] = c->last_load[0];
        c->last_load[0] = v;
    }
    image_write(c, addr, log2_size, v);
}

/* Start a chunk: forget everything. n_blocks: size of the dictionary. */
void ail_predict_reset(AilCodec *c, uint32_t n_blocks);

/* The block's shapes in this chunk. */
static inline AilBlockShapes *block_shapes(AilCodec *c, uint32_t id)
{
    AilBlockShapes *b = &c->blocks[id];
    if (b->epoch != c->epoch)
        *b = (AilBlockShapes){.epoch = c->epoch};
    return b;
}

/* Add a shape with room for n operations, zeroed; returns its index. */
uint32_t ail_predict_add_shape(AilCodec *c, uint32_t n);

/* Streams of the addr and data columns. */
enum { A_SHAPE_RUNS, A_SHAPE_KINDS, A_SHAPES, A_RUNS, A_KINDS, A_LITERALS, A_STREAMS };
enum { D_RUNS, D_KINDS, D_WIDE_RUNS, D_WIDE_KINDS, D_1, D_2, D_4, D_8, D_STREAMS };
enum { SHAPE_OLDER = 1, SHAPE_NEW = 2, SHAPE_ONCE = 3 };
enum { WIDE_SAME = 1, WIDE_LITERAL = 2 };

#endif
