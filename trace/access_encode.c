/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addr and data columns, written. Order of work: docs/trace-format.md, "Accesses". */
#include "trace/predict.h"

typedef struct Encoder {
    AilCodec *c;
    const AilRawChunk *raw;
    bool with_data;
    AilRunsOut shape_runs, addr_runs, value_runs, wide_runs;
    AilBuf shapes, addr_literals, value_literals[4];
} Encoder;

/* Does the shape (its part before instruction `limit`) list just the accesses [from, to)? */
static bool shape_fits(const Encoder *e, uint32_t index, uint32_t from, uint32_t to, uint32_t limit)
{
    const AilShape *s = &e->c->shapes[index];
    const AilOp *op = &e->c->ops[s->first_op], *end = op + s->n;
    for (uint32_t i = from; i < to; i++) {
        const AilRawAccess *a = &e->raw->access[i];
        if (a->insn == AIL_RAW_WIDE)
            continue;
        if (op == end || op->insn != a->insn || op->info != a->info || op->insn >= limit)
            return false;
        op++;
    }
    return op == end || op->insn >= limit;
}

static uint32_t write_shape(Encoder *e, uint32_t from, uint32_t to)
{
    uint32_t n = 0, k = 0;
    for (uint32_t i = from; i < to; i++)
        n += e->raw->access[i].insn != AIL_RAW_WIDE;
    uint32_t index = ail_predict_add_shape(e->c, n);
    AilOp *ops = &e->c->ops[e->c->shapes[index].first_op];
    ail_buf_varint(&e->shapes, n);
    for (uint32_t i = from; i < to; i++) {
        const AilRawAccess *a = &e->raw->access[i];
        if (a->insn == AIL_RAW_WIDE)
            continue;
        ail_buf_varint(&e->shapes, a->insn);
        ail_buf_u8(&e->shapes, a->info);
        ops[k].insn = a->insn;
        ops[k++].info = a->info;
    }
    return index;
}

/* Choose and write the shape of one execution; returns its index. */
static uint32_t encode_shape(Encoder *e, uint32_t id, uint32_t from, uint32_t to, uint32_t limit)
{
    AilBlockShapes *b = block_shapes(e->c, id);
    if (shape_fits(e, b->recent, from, to, limit)) {
        ail_runs_put(&e->shape_runs, 0);
        return b->recent;
    }
    uint32_t index;
    if (limit != UINT32_MAX) { /* a cut execution says nothing of the next whole one */
        ail_runs_put(&e->shape_runs, SHAPE_ONCE);
        return write_shape(e, from, to);
    }
    if (shape_fits(e, b->older, from, to, limit)) {
        ail_runs_put(&e->shape_runs, SHAPE_OLDER);
        index = b->older;
    } else {
        ail_runs_put(&e->shape_runs, SHAPE_NEW);
        index = write_shape(e, from, to);
    }
    b->older = b->recent;
    b->recent = index;
    return index;
}

static void encode_addr(Encoder *e, AilOp *op, uint64_t addr)
{
    uint64_t guess[ADDR_GUESSES];
    addr_guesses(e->c, op, guess);
    uint8_t symbol = 0;
    if (guess[op->addr_guess] != addr) {
        if (guess[!op->addr_guess] == addr) {
            symbol = 1;
            op->addr_guess = !op->addr_guess;
        } else {
            uint64_t a = ail_zigzag((int64_t)(addr - op->last));
            uint64_t b = ail_zigzag((int64_t)(addr - e->c->prev_addr));
            symbol = a <= b ? ADDR_FROM_LAST : ADDR_FROM_PREV;
            ail_buf_varint(&e->addr_literals, a <= b ? a : b);
        }
    }
    ail_runs_put(&e->addr_runs, symbol);
    addr_learn(e->c, op, addr);
}

static void encode_value(Encoder *e, AilOp *op, uint64_t addr, uint64_t v)
{
    unsigned log2_size = op->info & AIL_ACCESS_SIZE_SHIFT;
    log2_size = log2_size > 3 ? 3 : log2_size;
    uint64_t guess[VALUE_GUESSES];
    value_guesses(e->c, op, addr, log2_size, guess);
    v &= size_mask(log2_size);
    uint8_t symbol = 0;
    if (guess[op->value_guess] != v) {
        symbol = VALUE_LITERAL;
        for (uint8_t k = 0; k < VALUE_GUESSES; k++) {
            if (guess[k] == v) {
                symbol = (uint8_t)(k + 1);
                op->value_guess = k;
                break;
            }
        }
        if (symbol == VALUE_LITERAL) {
            uint8_t bytes[8];
            ail_put_le64(bytes, v);
            ail_buf_put(&e->value_literals[log2_size], bytes, (size_t)1 << log2_size);
        }
    }
    ail_runs_put(&e->value_runs, symbol);
    value_learn(e->c, op, addr, log2_size, v);
}

static void encode_wide(Encoder *e, uint64_t addr, uint64_t low, uint64_t high)
{
    uint8_t symbol = 0;
    if (image_read(e->c, addr + 8, 3) != high) {
        symbol = high == low ? WIDE_SAME : WIDE_LITERAL;
        if (symbol == WIDE_LITERAL)
            ail_buf_le64(&e->value_literals[3], high);
    }
    ail_runs_put(&e->wide_runs, symbol);
    image_write(e->c, addr + 8, 3, high);
}

static void encode_execution(Encoder *e, uint32_t shape, uint32_t from, uint32_t to)
{
    AilOp *op = &e->c->ops[e->c->shapes[shape].first_op];
    for (uint32_t i = from; i < to; i++, op++) {
        const AilRawAccess *a = &e->raw->access[i];
        encode_addr(e, op, a->addr);
        bool wide = i + 1 < to && a[1].insn == AIL_RAW_WIDE;
        i += wide;
        if (!e->with_data)
            continue;
        encode_value(e, op, a->addr, a->value);
        if ((a->info & AIL_ACCESS_SIZE_SHIFT) > 3)
            encode_wide(e, a->addr, a->value, wide ? a[1].addr : 0);
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
        if (cut < raw->n_cuts && raw->cuts[cut].at == i)
            limit = raw->cuts[cut++].executed;
        uint32_t shape = encode_shape(e, (uint32_t)raw->flow[i], from, to, limit);
        encode_execution(e, shape, from, to);
    }
}

void ail_access_encode(AilCodec *c, const AilDict *dict, const AilRawChunk *raw, AilBuf *addr,
                       AilBuf *data)
{
    Encoder e = {.c = c, .raw = raw, .with_data = data != NULL};
    ail_predict_reset(c, ail_dict_count(dict));
    encode_all(&e);
    AilBuf *const a[A_STREAMS] = {&e.shape_runs.lengths, &e.shape_runs.symbols, &e.shapes,
                                  &e.addr_runs.lengths,  &e.addr_runs.symbols,  &e.addr_literals};
    ail_streams_write(addr, a, A_STREAMS);
    AilBuf *const d[D_STREAMS] = {
        &e.value_runs.lengths, &e.value_runs.symbols, &e.wide_runs.lengths, &e.wide_runs.symbols,
        &e.value_literals[0],  &e.value_literals[1],  &e.value_literals[2], &e.value_literals[3]};
    if (data)
        ail_streams_write(data, d, D_STREAMS);
    for (int i = 0; i < A_STREAMS; i++)
        ail_buf_clear(a[i]);
    for (int i = 0; i < D_STREAMS; i++)
        ail_buf_clear(d[i]);
}
