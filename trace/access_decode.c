/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addr and data columns, read: the mirror of access_encode.c. */
#include "trace/predict.h"

typedef struct Decoder {
    AilCodec *c;
    AilDecoded *d;
    bool with_data;
    AilRunsIn shape_runs, addr_runs, value_runs, wide_runs;
    AilCursor shapes, addr_literals, value_literals[4];
    uint32_t n;      /* accesses decoded */
    uint32_t n_wide; /* upper halves decoded */
    bool bad;        /* a symbol that no encoder writes */
} Decoder;

static bool read_shape(Decoder *s, uint32_t n_insns, uint32_t *index)
{
    uint64_t n = ail_cursor_varint(&s->shapes);
    if (s->shapes.bad || n > ail_cursor_left(&s->shapes) / 2 || n > s->d->chunk.n_access)
        return false;
    *index = ail_predict_add_shape(s->c, (uint32_t)n);
    AilOp *op = &s->c->ops[s->c->shapes[*index].first_op];
    for (uint64_t i = 0; i < n; i++, op++) {
        uint64_t insn = ail_cursor_varint(&s->shapes);
        op->info = ail_cursor_u8(&s->shapes);
        if (insn >= n_insns || op->info & ~0xf || (op->info & AIL_ACCESS_SIZE_SHIFT) > 4)
            return false;
        op->insn = (uint16_t)insn;
    }
    return !s->shapes.bad;
}

/* The shape of the next execution. *limit: where a cut execution ended; a shape written for just
 * that execution is not limited. */
static bool decode_shape(Decoder *s, const AilBlock *block, uint32_t *index, uint32_t *limit)
{
    AilBlockShapes *b = block_shapes(s->c, block->id);
    uint8_t kind = ail_runs_get(&s->shape_runs);
    *index = b->recent;
    if (!kind)
        return true;
    if (kind == SHAPE_OLDER)
        *index = b->older;
    else if (!read_shape(s, block->n_insns, index))
        return false;
    if (kind == SHAPE_ONCE) {
        *limit = UINT32_MAX;
    } else {
        b->older = b->recent;
        b->recent = *index;
    }
    return kind <= SHAPE_ONCE;
}

static uint64_t decode_addr(Decoder *s, AilOp *op)
{
    uint64_t guess[ADDR_GUESSES];
    addr_guesses(s->c, op, guess);
    uint64_t addr;
    uint8_t symbol = ail_runs_get(&s->addr_runs);
    s->bad = s->bad || symbol > ADDR_FROM_PREV;
    switch (symbol) {
    case 0:
        addr = guess[op->addr_guess];
        break;
    case 1:
        op->addr_guess = !op->addr_guess;
        addr = guess[op->addr_guess];
        break;
    case ADDR_FROM_LAST:
        addr = op->last + (uint64_t)ail_unzigzag(ail_cursor_varint(&s->addr_literals));
        break;
    default:
        addr = s->c->prev_addr + (uint64_t)ail_unzigzag(ail_cursor_varint(&s->addr_literals));
    }
    addr_learn(s->c, op, addr);
    return addr;
}

static uint64_t decode_value(Decoder *s, AilOp *op, uint64_t addr)
{
    unsigned log2_size = op->info & AIL_ACCESS_SIZE_SHIFT;
    log2_size = log2_size > 3 ? 3 : log2_size;
    uint64_t guess[VALUE_GUESSES], v = 0;
    value_guesses(s->c, op, addr, log2_size, guess);
    uint8_t symbol = ail_runs_get(&s->value_runs);
    s->bad = s->bad || symbol > VALUE_LITERAL;
    if (symbol && symbol < VALUE_LITERAL)
        op->value_guess = (uint8_t)(symbol - 1);
    if (symbol < VALUE_LITERAL) {
        v = guess[op->value_guess];
    } else {
        const uint8_t *p = ail_cursor_take(&s->value_literals[log2_size], (size_t)1 << log2_size);
        for (unsigned i = 0; p && i < 1u << log2_size; i++)
            v |= (uint64_t)p[i] << (8 * i);
    }
    value_learn(s->c, op, addr, log2_size, v);
    return v;
}

static void decode_wide(Decoder *s, uint64_t addr, uint64_t low)
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
    s->d->wide[s->n_wide++] = (AilWide){s->n, high};
}

/* One execution's accesses: those of the shape before instruction `limit`. */
static bool decode_execution(Decoder *s, uint32_t shape, uint32_t limit)
{
    AilDecoded *d = s->d;
    uint32_t first = s->c->shapes[shape].first_op, n = s->c->shapes[shape].n;
    if (n > d->chunk.n_access - s->n && limit == UINT32_MAX)
        return false;
    for (AilOp *op = &s->c->ops[first], *end = op + n; op < end; op++) {
        if (op->insn >= limit)
            break;
        if (s->n == d->chunk.n_access)
            return false;
        uint64_t addr = decode_addr(s, op);
        d->addr[s->n] = addr;
        d->access_insn[s->n] = op->insn;
        d->access_info[s->n] = op->info;
        if (s->with_data) {
            uint64_t v = decode_value(s, op, addr);
            d->value[s->n] = v;
            if ((op->info & AIL_ACCESS_SIZE_SHIFT) > 3)
                decode_wide(s, addr, v);
        }
        s->n++;
    }
    return true;
}

static bool decode_all(Decoder *s, const AilDict *dict)
{
    AilDecoded *d = s->d;
    uint32_t cut = 0;
    for (uint32_t i = 0; i < d->chunk.n_flow; i++) {
        uint32_t limit = UINT32_MAX, shape;
        if (cut < d->chunk.n_cuts && d->cuts[cut].at == i)
            limit = d->cuts[cut++].executed;
        if (!decode_shape(s, ail_dict_get(dict, d->flow[i]), &shape, &limit) ||
            !decode_execution(s, shape, limit))
            return false;
        d->access_end[i] = s->n;
    }
    return s->n == d->chunk.n_access;
}

static bool runs_done(const AilRunsIn *in)
{
    return !in->lengths.bad && !in->symbols.bad && in->symbols.at == in->symbols.end;
}

static bool all_used(const Decoder *s)
{
    bool used = runs_done(&s->shape_runs) && runs_done(&s->addr_runs) &&
                s->shapes.at == s->shapes.end && !s->addr_literals.bad &&
                s->addr_literals.at == s->addr_literals.end;
    if (!s->with_data)
        return used;
    for (int i = 0; i < 4; i++)
        used = used && !s->value_literals[i].bad &&
               s->value_literals[i].at == s->value_literals[i].end;
    return used && runs_done(&s->value_runs) && runs_done(&s->wide_runs);
}

static void open_runs(AilRunsIn *runs, AilCursor lengths, AilCursor symbols)
{
    *runs = (AilRunsIn){.lengths = lengths, .symbols = symbols};
    ail_runs_next(runs);
}

static void reserve(AilDecoded *d)
{
    ail_array_reserve(&d->access_end, &d->end_cap, d->chunk.n_flow, sizeof *d->access_end);
    ail_array_reserve(&d->addr, &d->access_cap, d->chunk.n_access, sizeof *d->addr);
    ail_array_reserve(&d->access_insn, &d->insn_cap, d->chunk.n_access, sizeof *d->access_insn);
    ail_array_reserve(&d->access_info, &d->info_cap, d->chunk.n_access, sizeof *d->access_info);
    ail_array_reserve(&d->value, &d->value_cap, d->chunk.n_access, sizeof *d->value);
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
    ail_predict_reset(c, ail_dict_count(dict));
    if (!decode_all(&s, dict) || s.bad || !all_used(&s))
        return false;
    d->chunk.access_end = d->access_end;
    d->chunk.addr = d->addr;
    d->chunk.access_insn = d->access_insn;
    d->chunk.access_info = d->access_info;
    d->chunk.value = data ? d->value : NULL;
    d->chunk.wide = data ? d->wide : NULL;
    d->chunk.n_wide = s.n_wide;
    return true;
}
