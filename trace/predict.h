/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The predictors that encoder and decoder of the addr and data columns run in lockstep. Each makes
 * a few guesses; the symbol written says which one was right, 0 being the one that was right the
 * last time the same access ran. They learn from what they missed; after a hit, which is nearly
 * always, they only remember the last address (and what the guess itself needs). Specified in
 * docs/trace-format.md; the ideas are those of stride, last-value and context value predictors
 * (Burtscher's VPC family).
 */
#ifndef AIL_TRACE_PREDICT_H
#define AIL_TRACE_PREDICT_H

#include "trace/codec_internal.h"

/*
 * Addresses. Guess 0 goes on with the access's own stride; guess 1, 2, 3 keeps its distance from
 * the 1st, 2nd, 3rd access before it (fields of a structure, slots of a stack frame). `here` is the
 * place of this access's address in the array of all: here[-1] is the one before.
 */
enum { ADDR_GUESSES = 1 + AIL_ADDR_BACK };
/* Symbols: 1 + guess, else a literal that is the difference from the access's last address, from
 * the access before, or from the one before that. */
enum { ADDR_FROM_LAST = 1 + ADDR_GUESSES, ADDR_FROM_PREV, ADDR_FROM_PREV2, ADDR_SYMBOLS };

static inline uint64_t addr_guess(const AilOp *op, const uint64_t *here, unsigned guess)
{
    return guess ? here[-(int)guess] + op->relative[guess - 1] : op->last + op->stride;
}

static inline void addr_learn(AilOp *op, const uint64_t *here)
{
    uint64_t delta = *here - op->last;
    if (delta == op->delta)
        op->stride = delta; /* seen twice: a stride, not a jump */
    op->delta = delta;
    op->last = *here;
    for (int i = 0; i < AIL_ADDR_BACK; i++)
        op->relative[i] = *here - here[-1 - i];
}

/* Values: 0 what was last seen in that memory, 1 the access's last value and its stride, 2 the
 * value loaded last and what was to be added to that, 3 the value loaded before that, 4 what was
 * last seen in that memory and what was to be added to that. */
enum { VALUE_STRIDE = 1, VALUE_LOAD, VALUE_LOAD_BEFORE, VALUE_IMAGE, VALUE_GUESSES };
enum { VALUE_LITERAL = VALUE_GUESSES + 1, VALUE_SYMBOLS };

static inline bool op_is_wide(const AilOp *op)
{
    return (op->what & AIL_ACCESS_SIZE_SHIFT) > 3;
}

static inline void op_guess_value(AilOp *op, uint8_t guess)
{
    op->value_guess = guess;
    op->value_is_plain = !guess && !op_is_wide(op);
}

/* What a new, zeroed operation is. */
static inline void op_begin(AilOp *op, uint16_t what)
{
    uint8_t log2_size = what & AIL_ACCESS_SIZE_SHIFT;
    op->what = what;
    op->value_log2 = log2_size > 3 ? 3 : log2_size;
    op_guess_value(op, 0);
}

static inline uint64_t size_mask(unsigned log2_size)
{
    return UINT64_MAX >> (64 - (8u << log2_size));
}

/* Neighbours stay neighbours, for the sake of the processor's cache. */
static inline uint64_t *image_slot(AilCodec *c, uint64_t granule)
{
    uint64_t line = (granule >> 3) * 0x9e3779b97f4a7c15u >> (64 - (AIL_IMAGE_BITS - 3));
    return &c->image[line << 3 | (granule & 7)];
}

static inline bool image_straddles(uint64_t addr, unsigned log2_size)
{
    return (addr & 7) + (1u << log2_size) > 8;
}

static inline uint64_t image_read(AilCodec *c, uint64_t addr, unsigned log2_size)
{
    unsigned shift = (addr & 7) * 8;
    uint64_t v = *image_slot(c, addr >> 3) >> shift;
    if (__builtin_expect(image_straddles(addr, log2_size), 0))
        v |= *image_slot(c, (addr >> 3) + 1) << (64 - shift);
    return v & size_mask(log2_size);
}

static inline void image_write(AilCodec *c, uint64_t addr, unsigned log2_size, uint64_t v)
{
    unsigned shift = (addr & 7) * 8;
    uint64_t mask = size_mask(log2_size);
    uint64_t *low = image_slot(c, addr >> 3);
    *low = (*low & ~(mask << shift)) | v << shift;
    if (__builtin_expect(image_straddles(addr, log2_size), 0)) {
        uint64_t *high = image_slot(c, (addr >> 3) + 1);
        *high = (*high & ~(mask >> (64 - shift))) | v >> (64 - shift);
    }
}

/* The values loaded last, latest first. */
typedef struct AilLoads {
    uint64_t last, before;
} AilLoads;

static inline uint64_t value_guess(const AilOp *op, AilLoads loads, uint64_t image, unsigned guess)
{
    uint64_t mask = size_mask(op->value_log2);
    switch (guess) {
    case 0:
        return image;
    case VALUE_STRIDE:
        return (op->value + op->stride_of_value) & mask;
    case VALUE_LOAD:
        return (loads.last + op->from_load) & mask;
    case VALUE_LOAD_BEFORE:
        return loads.before & mask;
    default:
        return (image + op->from_image) & mask;
    }
}

static inline void value_learn(AilOp *op, AilLoads loads, uint64_t image, uint64_t v)
{
    uint64_t delta = v - op->value;
    if (delta == op->delta_of_value)
        op->stride_of_value = delta;
    op->delta_of_value = delta;
    op->value = v;
    op->from_load = v - loads.last;
    op->from_image = v - image;
}

static inline void loads_learn(AilLoads *loads, uint16_t what, uint64_t v)
{
    bool store = what & AIL_ACCESS_STORE;
    loads->before = store ? loads->before : loads->last;
    loads->last = store ? loads->last : v;
}

/* Start a chunk: forget everything. n_blocks: size of the dictionary. */
void ail_predict_reset(AilCodec *c, uint32_t n_blocks);

/* The block's shapes in this chunk. */
static inline AilBlockShapes *block_shapes(AilCodec *c, uint32_t id)
{
    AilBlockShapes *b = &c->blocks[id];
    if (__builtin_expect(b->epoch != c->epoch, 0))
        *b = (AilBlockShapes){.epoch = c->epoch};
    return b;
}

static inline void block_shapes_add(AilBlockShapes *b, AilShape shape)
{
    b->older = b->recent;
    b->recent = shape;
}

/* A shape of n operations, zeroed. */
AilShape ail_predict_new_shape(AilCodec *c, uint32_t n);

/* Streams of the addr and data columns. */
enum { A_SHAPE_RUNS, A_SHAPE_KINDS, A_SHAPES, A_RUNS, A_KINDS, A_LITERALS, A_STREAMS };
enum { D_RUNS, D_KINDS, D_WIDE_RUNS, D_WIDE_KINDS, D_1, D_2, D_4, D_8, D_STREAMS };
enum { SHAPE_OLDER = 1, SHAPE_NEW = 2, SHAPE_ONCE = 3 };
enum { WIDE_SAME = 1, WIDE_LITERAL = 2 };

#endif
