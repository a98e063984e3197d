/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addr and data columns, written. Order of work: docs/trace-format.md, "Accesses". */
#include "trace/predict.h"

#include <glib.h>

typedef struct Encoder {
    AilCodec *c;
    const AilRawChunk *raw;
    AilBuf *addr, *data; /* streams; data is NULL without that column */
    AilRunsOut shape_runs, addr_runs, value_runs, wide_runs;
    AilLoads loads;
    uint32_t n_wide; /* upper halves written */
} Encoder;

/* Does the shape (its part before instruction `limit`) list just the accesses [from, to)? */
static inline bool shape_fits(const Encoder *e, AilShape shape, uint32_t from, uint32_t to,
                              uint32_t limit)
{
    const AilOp *op = &e->c->ops[shape.first_op], *end = op + shape.n;
    const uint16_t *what = e->raw->what;
    if (limit == UINT32_MAX && to - from != shape.n)
        return false;
    for (uint32_t i = from; i < to; i++, op++) {
        if (op == end || op->what != what[i] || AIL_RAW_INSN(op->what) >= limit)
            return false;
    }
    return op == end || AIL_RAW_INSN(op->what) >= limit;
}

static AilShape write_shape(Encoder *e, uint32_t from, uint32_t to)
{
    AilShape shape = ail_predict_new_shape(e->c, to - from);
    AilOp *op = &e->c->ops[shape.first_op];
    AilBuf *out = &e->addr[A_SHAPES];
    ail_buf_varint(out, to - from);
    for (uint32_t i = from; i < to; i++, op++) {
        op_begin(op, e->raw->what[i]);
        ail_buf_varint(out, AIL_RAW_INSN(op->what));
        ail_buf_u8(out, AIL_RAW_INFO(op->what));
    }
    return shape;
}

/* Choose and write the shape of an execution that is not like the block's last. */
static AilShape other_shape(Encoder *e, AilBlockShapes *b, uint32_t from, uint32_t to,
                            uint32_t limit)
{
    AilShape shape = b->older;
    if (limit != UINT32_MAX) { /* a cut execution says nothing of the next whole one */
        ail_runs_end(&e->shape_runs, SHAPE_ONCE);
        return write_shape(e, from, to);
    }
    if (shape_fits(e, b->older, from, to, limit)) {
        ail_runs_end(&e->shape_runs, SHAPE_OLDER);
    } else {
        ail_runs_end(&e->shape_runs, SHAPE_NEW);
        shape = write_shape(e, from, to);
    }
    block_shapes_add(b, shape);
    return shape;
}

static __attribute__((noinline)) void addr_missed(Encoder *e, AilOp *op, const uint64_t *here)
{
    for (uint8_t k = 0; k < ADDR_GUESSES; k++) {
        if (addr_guess(op, here, k) == *here) {
            op->addr_guess = k;
            ail_runs_end(&e->addr_runs, (uint8_t)(1 + k));
            return;
        }
    }
    const uint64_t from[] = {op->last, here[-1], here[-2]};
    uint64_t literal = UINT64_MAX;
    uint8_t symbol = ADDR_FROM_LAST;
    for (uint8_t k = 0; k < 3; k++) {
        uint64_t distance = ail_zigzag((int64_t)(*here - from[k]));
        if (distance < literal || k == 0) {
            literal = distance;
            symbol = (uint8_t)(ADDR_FROM_LAST + k);
        }
    }
    ail_runs_end(&e->addr_runs, symbol);
    ail_buf_varint(&e->addr[A_LITERALS], literal);
}

static __attribute__((noinline)) void value_missed(Encoder *e, AilOp *op, uint64_t image,
                                                   uint64_t v)
{
    uint8_t k = 0;
    while (k < VALUE_GUESSES && value_guess(op, e->loads, image, k) != v)
        k++;
    ail_runs_end(&e->value_runs, (uint8_t)(1 + k));
    if (k < VALUE_GUESSES) {
        op_guess_value(op, k);
    } else {
        uint8_t bytes[8];
        ail_put_le64(bytes, v);
        ail_buf_put(&e->data[D_1 + op->value_log2], bytes, (size_t)1 << op->value_log2);
    }
    value_learn(op, e->loads, image, v);
}

static void encode_wide(Encoder *e, uint64_t addr, uint64_t low)
{
    uint64_t high = e->raw->wide[e->n_wide++];
    uint8_t symbol = 0;
    if (image_read(e->c, addr + 8, 3) != high) {
        symbol = high == low ? WIDE_SAME : WIDE_LITERAL;
        if (symbol == WIDE_LITERAL)
            ail_buf_le64(&e->data[D_8], high);
    }
    ail_runs_put(&e->wide_runs, symbol);
    image_write(e->c, addr + 8, 3, high);
}

static inline void encode_value(Encoder *e, AilOp *op, uint64_t addr, uint64_t v)
{
    unsigned log2_size = op->value_log2;
    uint64_t image = image_read(e->c, addr, log2_size);
    v &= size_mask(log2_size);
    if (G_LIKELY(value_guess(op, e->loads, image, op->value_guess) == v)) {
        e->value_runs.zeros++;
        if (op->value_guess == VALUE_STRIDE)
            op->value = v;
    } else {
        value_missed(e, op, image, v);
    }
    if (v != image)
        image_write(e->c, addr, log2_size, v);
    loads_learn(&e->loads, op->what, v);
    if (G_UNLIKELY(op_is_wide(op)))
        encode_wide(e, addr, v);
}

static inline void encode_execution(Encoder *e, AilShape shape, uint32_t from, uint32_t to)
{
    AilOp *op = &e->c->ops[shape.first_op];
    for (uint32_t i = from; i < to; i++, op++) {
        const uint64_t *here = &e->raw->addr[i];
        if (G_LIKELY(addr_guess(op, here, op->addr_guess) == *here)) {
            e->addr_runs.zeros++;
            op->last = *here;
        } else {
            addr_missed(e, op, here);
            addr_learn(op, here);
        }
        if (e->data)
            encode_value(e, op, *here, e->raw->value[i]);
    }
}

static void encode_all(Encoder *e)
{
    const AilRawChunk *raw = e->raw;
    uint32_t cut = 0;
    for (uint32_t i = 0; i < raw->n_flow; i++) {
        uint32_t from = (uint32_t)(raw->flow[i] >> 32);
        uint32_t to = i + 1 < raw->n_flow ? (uint32_t)(raw->flow[i + 1] >> 32) : raw->n_access;
        uint32_t limit = UINT32_MAX;
        if (G_UNLIKELY(cut < raw->n_cuts && raw->cuts[cut].at == i))
            limit = raw->cuts[cut++].executed;
        AilBlockShapes *b = block_shapes(e->c, (uint32_t)raw->flow[i]);
        AilShape shape = b->recent;
        if (G_LIKELY(shape_fits(e, shape, from, to, limit)))
            e->shape_runs.zeros++;
        else
            shape = other_shape(e, b, from, to, limit);
        encode_execution(e, shape, from, to);
    }
}

void ail_access_encode(AilCodec *c, const AilDict *dict, const AilRawChunk *raw, AilBuf *addr,
                       AilBuf *data)
{
    AilBuf *a = ail_codec_streams(c, 0, A_STREAMS);
    AilBuf *d = data ? ail_codec_streams(c, A_STREAMS, D_STREAMS) : NULL;
    Encoder e = {.c = c, .raw = raw, .addr = a, .data = d};
    e.shape_runs = (AilRunsOut){.lengths = &a[A_SHAPE_RUNS], .symbols = &a[A_SHAPE_KINDS]};
    e.addr_runs = (AilRunsOut){.lengths = &a[A_RUNS], .symbols = &a[A_KINDS]};
    if (d) {
        e.value_runs = (AilRunsOut){.lengths = &d[D_RUNS], .symbols = &d[D_KINDS]};
        e.wide_runs = (AilRunsOut){.lengths = &d[D_WIDE_RUNS], .symbols = &d[D_WIDE_KINDS]};
    }
    ail_predict_reset(c, ail_dict_count(dict));
    encode_all(&e);
    ail_streams_write(addr, a, A_STREAMS);
    if (data)
        ail_streams_write(data, d, D_STREAMS);
}
