/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addr and data columns, read: the mirror of access_encode.c. */
#include "trace/predict.h"

#include <glib.h>

typedef struct Decoder {
    AilCodec *c;
    AilDecoded *d;
    bool with_data;
    AilRunsIn shape_runs, addr_runs, value_runs, wide_runs;
    AilCursor shapes, addr_literals, value_literals[4];
    uint64_t *addr;  /* the chunk's addresses */
    uint32_t n_wide; /* upper halves decoded */
    bool bad;        /* a symbol that no encoder writes */
} Decoder;

static bool read_shape(Decoder *s, uint32_t n_insns, AilShape *shape)
{
    uint64_t n = ail_cursor_varint(&s->shapes);
    /* A writer writes each shape for an execution that makes just these accesses. */
    if (s->shapes.bad || n > ail_cursor_left(&s->shapes) / 2 ||
        n > s->d->chunk.n_access - s->c->n_ops)
        return false;
    *shape = ail_predict_new_shape(s->c, (uint32_t)n);
    AilOp *op = &s->c->ops[shape->first_op];
    for (uint64_t i = 0; i < n; i++, op++) {
        uint64_t insn = ail_cursor_varint(&s->shapes);
        uint8_t info = ail_cursor_u8(&s->shapes);
        if (insn >= n_insns || info & ~0xf || (info & AIL_ACCESS_SIZE_SHIFT) > 4)
            return false;
        op_begin(op, AIL_RAW_WHAT(insn, info));
    }
    return !s->shapes.bad;
}

/* The shape of the next execution, when it is not the block's last. *limit: where a cut execution
 * ended; a shape written for just that execution is not limited. */
static bool other_shape(Decoder *s, AilBlockShapes *b, uint32_t n_insns, AilShape *shape,
                        uint32_t *limit)
{
    uint8_t kind = ail_runs_symbol(&s->shape_runs);
    if (kind == SHAPE_OLDER)
        *shape = b->older;
    else if (!read_shape(s, n_insns, shape))
        return false;
    if (kind == SHAPE_ONCE)
        *limit = UINT32_MAX;
    else
        block_shapes_add(b, *shape);
    return kind && kind <= SHAPE_ONCE;
}

static __attribute__((noinline)) uint64_t addr_missed(Decoder *s, AilOp *op, const uint64_t *here)
{
    uint8_t symbol = ail_runs_symbol(&s->addr_runs);
    if (symbol <= ADDR_GUESSES) { /* a run ends with a symbol, never 0 */
        op->addr_guess = (uint8_t)(symbol - 1) & 3;
        s->bad = s->bad || !symbol;
        return addr_guess(op, here, op->addr_guess);
    }
    const uint64_t from[] = {op->last, here[-1], here[-2]};
    s->bad = s->bad || symbol >= ADDR_SYMBOLS;
    uint64_t base = from[symbol < ADDR_SYMBOLS ? symbol - ADDR_FROM_LAST : 0];
    return base + (uint64_t)ail_unzigzag(ail_cursor_varint(&s->addr_literals));
}

static __attribute__((noinline)) uint64_t value_missed(Decoder *s, AilOp *op, AilLoads loads,
                                                       uint64_t image)
{
    uint8_t symbol = ail_runs_symbol(&s->value_runs);
    uint64_t v = 0;
    s->bad = s->bad || !symbol || symbol >= VALUE_SYMBOLS;
    if (symbol && symbol <= VALUE_GUESSES) {
        op_guess_value(op, (uint8_t)(symbol - 1));
        v = value_guess(op, loads, image, op->value_guess);
    } else {
        size_t size = (size_t)1 << op->value_log2;
        const uint8_t *p = ail_cursor_take(&s->value_literals[op->value_log2], size);
        if (p)
            memcpy(&v, p, size);
        v = GUINT64_FROM_LE(v);
    }
    value_learn(op, loads, image, v);
    return v;
}

static void decode_wide(Decoder *s, uint32_t at, uint64_t addr, uint64_t low)
{
    uint64_t high;
    uint8_t symbol = ail_runs_get(&s->wide_runs);
    s->bad = s->bad || symbol > WIDE_LITERAL;
    switch (symbol) {
    case 0:
        high = image_read(s->c, addr + 8, 3);
        break;
    case WIDE_SAME:
        high = low;
        break;
    default:
        high = ail_cursor_le64(&s->value_literals[3]);
    }
    image_write(s->c, addr + 8, 3, high);
    ail_array_reserve(&s->d->wide, &s->d->wide_cap, s->n_wide + 1u, sizeof *s->d->wide);
    s->d->wide[s->n_wide++] = (AilWide){at, high};
}

/* What changes with every access, kept where the compiler need not fear that a store changes it. */
typedef struct Hot {
    uint64_t addr_zeros, value_zeros; /* left in the runs */
    AilLoads loads;
    uint32_t n; /* accesses decoded */
} Hot;

/* A value that is not simply what was in that memory. */
static inline uint64_t other_value(Decoder *s, Hot *h, AilOp *op, uint64_t addr, uint64_t image)
{
    uint64_t v;
    if (h->value_zeros) {
        v = value_guess(op, h->loads, image, op->value_guess);
        if (op->value_guess == VALUE_STRIDE)
            op->value = v;
        h->value_zeros--;
    } else {
        v = value_missed(s, op, h->loads, image);
        h->value_zeros = s->value_runs.zeros;
    }
    image_write(s->c, addr, op->value_log2, v);
    if (op_is_wide(op))
        decode_wide(s, h->n, addr, v);
    return v;
}

static inline uint64_t decode_value(Decoder *s, Hot *h, AilOp *op, uint64_t addr)
{
    uint64_t v = image_read(s->c, addr, op->value_log2);
    if (G_LIKELY(h->value_zeros && op->value_is_plain))
        h->value_zeros--;
    else
        v = other_value(s, h, op, addr, v);
    loads_learn(&h->loads, op->what, v);
    return v;
}

/* One execution's accesses: the first n of the shape's. */
static inline void decode_execution(Decoder *s, Hot *h, AilOp *op, uint32_t n)
{
    uint64_t *addr = s->addr, *value = s->d->value;
    uint16_t *insn = s->d->access_insn;
    uint8_t *info = s->d->access_info;
    for (AilOp *end = op + n; op < end; op++, h->n++) {
        uint64_t *here = &addr[h->n];
        if (G_UNLIKELY(!h->addr_zeros--)) {
            *here = addr_missed(s, op, here);
            h->addr_zeros = s->addr_runs.zeros;
            addr_learn(op, here);
        } else {
            op->last = *here = addr_guess(op, here, op->addr_guess);
        }
        insn[h->n] = AIL_RAW_INSN(op->what);
        info[h->n] = AIL_RAW_INFO(op->what);
        if (s->with_data)
            value[h->n] = decode_value(s, h, op, *here);
    }
}

/* How many of the shape's accesses are of instructions before `limit`. */
static uint32_t ops_before(const AilCodec *c, AilShape shape, uint32_t limit)
{
    uint32_t n = 0;
    while (n < shape.n && AIL_RAW_INSN(c->ops[shape.first_op + n].what) < limit)
        n++;
    return n;
}

static bool decode_all(Decoder *s, const AilDict *dict)
{
    AilDecoded *d = s->d;
    Hot h = {.addr_zeros = s->addr_runs.zeros, .value_zeros = s->value_runs.zeros};
    uint64_t shape_zeros = s->shape_runs.zeros;
    uint32_t cut = 0, next_cut = d->chunk.n_cuts ? d->cuts[0].at : UINT32_MAX;
    for (uint32_t i = 0; i < d->chunk.n_flow; i++) {
        uint32_t limit = UINT32_MAX, id = d->flow[i];
        if (G_UNLIKELY(i == next_cut)) {
            limit = d->cuts[cut++].executed;
            next_cut = cut < d->chunk.n_cuts ? d->cuts[cut].at : UINT32_MAX;
        }
        AilBlockShapes *b = block_shapes(s->c, id);
        AilShape shape = b->recent;
        if (G_UNLIKELY(!shape_zeros--)) {
            if (!other_shape(s, b, ail_dict_get(dict, id)->n_insns, &shape, &limit))
                return false;
            shape_zeros = s->shape_runs.zeros;
        }
        uint32_t n = G_LIKELY(limit == UINT32_MAX) ? shape.n : ops_before(s->c, shape, limit);
        if (n > d->chunk.n_access - h.n)
            return false;
        decode_execution(s, &h, &s->c->ops[shape.first_op], n);
        d->access_end[i] = h.n;
    }
    return h.n == d->chunk.n_access;
}

static bool all_used(const Decoder *s)
{
    bool used = ail_runs_done(&s->shape_runs) && ail_runs_done(&s->addr_runs) &&
                s->shapes.at == s->shapes.end && !s->addr_literals.bad &&
                s->addr_literals.at == s->addr_literals.end;
    if (!s->with_data)
        return used;
    for (int i = 0; i < 4; i++)
        used = used && !s->value_literals[i].bad &&
               s->value_literals[i].at == s->value_literals[i].end;
    return used && ail_runs_done(&s->value_runs) && ail_runs_done(&s->wide_runs);
}

static void open_runs(AilRunsIn *runs, AilCursor lengths, AilCursor symbols)
{
    *runs = (AilRunsIn){.lengths = lengths, .symbols = symbols};
    ail_runs_next(runs);
}

static void reserve(AilDecoded *d)
{
    ail_array_reserve(&d->access_end, &d->end_cap, d->chunk.n_flow, sizeof *d->access_end);
    ail_array_reserve(&d->addr, &d->access_cap, d->chunk.n_access + (size_t)AIL_RAW_BEFORE,
                      sizeof *d->addr);
    ail_array_reserve(&d->access_insn, &d->insn_cap, d->chunk.n_access, sizeof *d->access_insn);
    ail_array_reserve(&d->access_info, &d->info_cap, d->chunk.n_access, sizeof *d->access_info);
    ail_array_reserve(&d->value, &d->value_cap, d->chunk.n_access, sizeof *d->value);
    memset(d->addr, 0, AIL_RAW_BEFORE * sizeof *d->addr);
}

bool ail_access_decode(AilCodec *c, const AilDict *dict, AilCursor addr, const AilCursor *data,
                       AilDecoded *d)
{
    Decoder s = {.c = c, .d = d, .with_data = data != NULL};
    AilCursor a[A_STREAMS], v[D_STREAMS];
    if (!ail_streams_read(addr, a, A_STREAMS) || (data && !ail_streams_read(*data, v, D_STREAMS)))
        return false;
    open_runs(&s.shape_runs, a[A_SHAPE_RUNS], a[A_SHAPE_KINDS]);
    open_runs(&s.addr_runs, a[A_RUNS], a[A_KINDS]);
    s.shapes = a[A_SHAPES];
    s.addr_literals = a[A_LITERALS];
    if (data) {
        open_runs(&s.value_runs, v[D_RUNS], v[D_KINDS]);
        open_runs(&s.wide_runs, v[D_WIDE_RUNS], v[D_WIDE_KINDS]);
        memcpy(s.value_literals, &v[D_1], sizeof s.value_literals);
    }
    reserve(d);
    s.addr = d->addr + AIL_RAW_BEFORE;
    ail_predict_reset(c, ail_dict_count(dict));
    if (!decode_all(&s, dict) || s.bad || !all_used(&s))
        return false;
    d->chunk.access_end = d->access_end;
    d->chunk.addr = s.addr;
    d->chunk.access_insn = d->access_insn;
    d->chunk.access_info = d->access_info;
    d->chunk.value = data ? d->value : NULL;
    d->chunk.wide = data ? d->wide : NULL;
    d->chunk.n_wide = s.n_wide;
    return true;
}
