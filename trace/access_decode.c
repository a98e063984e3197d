/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addr and data columns, read: the mirror of access_encode.c. */
#include "trace/access_values.h"
#include "trace/xlate_decode.h"

#include <glib.h>

typedef struct Decoder {
    AilCodec *c;
    AilOps *ops;
    AilDecoded *d;
    const AilDict *dict;
    AilRunsIn shape_runs, addr_runs;
    AilCursor shapes, addr_literals;
    AilValues *values; /* NULL: none are wanted */
    AilXlateIn *xlate; /* NULL: physical addresses are not wanted */
    uint64_t *addr;    /* the chunk's addresses */
    bool bad;          /* a symbol that no encoder writes */

    uint32_t n_flow, n; /* executions, and accesses, whose ops are known */
    uint32_t cut;       /* the next in d->cuts, */
    uint32_t cut_at;    /* and its execution */
} Decoder;

/* Decoding goes to and fro between a few arrays for about so many accesses at a time, so that all
 * that is written by one step and read by the next stays in the processor's nearest cache. */
enum { SLICE = 2048 };

static bool read_shape(Decoder *s, uint32_t n_insns, AilShape *shape)
{
    uint64_t n = ail_cursor_varint(&s->shapes);
    /* A writer writes each shape for an execution that makes just these accesses. */
    if (s->shapes.bad || n > ail_cursor_left(&s->shapes) / 2 ||
        n > s->d->chunk.n_access - s->ops->n)
        return false;
    *shape = ail_ops_add(s->ops, (uint32_t)n);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t insn = ail_cursor_varint(&s->shapes);
        uint8_t info = ail_cursor_u8(&s->shapes);
        if (insn >= n_insns || info & ~0xf || (info & AIL_ACCESS_SIZE_SHIFT) > 4)
            return false;
        ail_ops_begin(s->ops, shape->first_op + i, (uint16_t)insn, info);
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

/* How many of the shape's accesses are of instructions before `limit`. */
static uint32_t ops_before(const AilOps *ops, AilShape shape, uint32_t limit)
{
    uint32_t n = 0;
    while (n < shape.n && ops->insn[shape.first_op + n] < limit)
        n++;
    return n;
}

static void next_cut(Decoder *s)
{
    s->cut_at = s->cut < s->d->chunk.n_cuts ? s->d->cuts[s->cut].at : UINT32_MAX;
}

/* The first `count` ops of a shape are those of the next accesses. first: of the slice. */
static void list_ops(Decoder *s, AilShape shape, uint32_t count, uint32_t first)
{
    AilOps *ops = s->ops;
    ail_array_reserve(&ops->list, &ops->list_cap, s->n - first + (size_t)count + AIL_OPS_AT_ONCE,
                      sizeof *ops->list);
    memcpy(s->d->access_insn + s->n, ops->insn + shape.first_op, count * sizeof *ops->insn);
    memcpy(s->d->access_info + s->n, ops->info + shape.first_op, count);
    for (uint32_t i = 0; i < count; i++)
        ops->list[s->n - first + i] = shape.first_op + i;
    s->n += count;
}

/* The next execution, whatever it is. */
static bool list_execution(Decoder *s, uint32_t first)
{
    uint32_t i = s->n_flow++, limit = UINT32_MAX, id = s->d->flow[i];
    if (i == s->cut_at) {
        limit = s->d->cuts[s->cut++].executed;
        next_cut(s);
    }
    AilBlockShapes *b = block_shapes(s->c, id);
    AilShape shape = b->recent;
    if (s->shape_runs.zeros)
        s->shape_runs.zeros--;
    else if (!other_shape(s, b, ail_dict_get(s->dict, id)->n_insns, &shape, &limit))
        return false;
    uint32_t count = limit == UINT32_MAX ? shape.n : ops_before(s->ops, shape, limit);
    if (count > s->d->chunk.n_access - s->n)
        return false;
    list_ops(s, shape, count, first);
    s->d->access_end[i] = s->n;
    return true;
}

typedef uint32_t EightNumbers __attribute__((vector_size(4 * AIL_OPS_AT_ONCE)));

/* Executions before `to` while they are whole, of a shape that is known and small, until there are
 * `until` accesses: how many accesses one makes cannot be predicted, so that as many as fit are
 * copied, and the next execution's go over those that are too many. */
static void list_usual(Decoder *s, uint32_t to, uint32_t until, uint32_t first)
{
    const uint32_t *flow = s->d->flow;
    const AilBlockShapes *blocks = s->c->blocks;
    const uint16_t *insns = s->ops->insn;
    const uint8_t *infos = s->ops->info;
    uint32_t *list = s->ops->list, *access_end = s->d->access_end, epoch = s->c->epoch;
    uint16_t *insn = s->d->access_insn;
    uint8_t *info = s->d->access_info;
    uint32_t i = s->n_flow, n = s->n;
    for (; i < to && n < until; i++) {
        const AilBlockShapes *b = &blocks[flow[i]];
        uint32_t first_op = b->recent.first_op, count = b->recent.n;
        if (G_UNLIKELY(b->epoch != epoch || count > AIL_OPS_AT_ONCE))
            break;
        EightNumbers numbers = (EightNumbers){0, 1, 2, 3, 4, 5, 6, 7} + first_op;
        memcpy(list + (n - first), &numbers, sizeof numbers);
        memcpy(insn + n, insns + first_op, AIL_OPS_AT_ONCE * sizeof *insn);
        memcpy(info + n, infos + first_op, AIL_OPS_AT_ONCE);
        n += count;
        access_end[i] = n;
    }
    s->shape_runs.zeros -= i - s->n_flow;
    s->n_flow = i;
    s->n = n;
}

/* List the ops of the next slice's accesses. */
static bool list_slice(Decoder *s)
{
    const AilChunk *chunk = &s->d->chunk;
    uint32_t first = s->n, end = (uint32_t)MIN(chunk->n_access, (uint64_t)first + SLICE);
    while (s->n_flow < chunk->n_flow && s->n - first < SLICE) {
        uint64_t usual = MIN(s->shape_runs.zeros, MIN(s->cut_at, chunk->n_flow) - s->n_flow);
        list_usual(s, s->n_flow + (uint32_t)usual, end, first);
        /* It may have come to up to 7 more than the arrays of the other steps have room for. */
        if (s->n > chunk->n_access)
            return false;
        if (s->n_flow < chunk->n_flow && s->n - first < SLICE && !list_execution(s, first))
            return false;
    }
    return true;
}

static uint64_t addr_missed(Decoder *s, uint32_t number, uint64_t *here)
{
    AilOpNow *op = &s->ops->now[number];
    AilOpLearned *learned = &s->ops->learned[number];
    uint8_t symbol = ail_runs_symbol(&s->addr_runs);
    uint64_t last = op->last;
    s->bad = s->bad || !symbol || symbol >= ADDR_SYMBOLS;
    if (symbol <= ADDR_GUESSES) { /* a run ends with a symbol, never 0 */
        op->addr_guess = (uint8_t)(symbol - 1) & 3;
        *here = op->addr_guess ? here[-op->addr_guess] + learned->relative[op->addr_guess - 1]
                               : last + learned->stride;
    } else {
        const uint64_t from[] = {last, here[-1], here[-2]};
        uint64_t base = from[symbol < ADDR_SYMBOLS ? symbol - ADDR_FROM_LAST : 0];
        *here = base + (uint64_t)ail_unzigzag(ail_cursor_varint(&s->addr_literals));
    }
    uint64_t delta = *here - last;
    learned->stride = delta == learned->delta ? delta : learned->stride;
    learned->delta = delta;
    op->last = *here;
    for (int i = 0; i < AIL_ADDR_BACK; i++)
        learned->relative[i] = *here - here[-1 - i];
    op->addr_offset = op->addr_guess ? learned->relative[op->addr_guess - 1] : learned->stride;
    return s->addr_runs.zeros;
}

/* The addresses of the slice that begins with access `from`. */
static void decode_addrs(Decoder *s, uint32_t from)
{
    AilOpNow *ops = s->ops->now;
    const uint32_t *list = s->ops->list, *end = list + (s->n - from);
    uint64_t *here = s->addr + from, zeros = s->addr_runs.zeros;
    for (;; here++, list++) {
        const uint32_t *stop = list + MIN(zeros, (uint64_t)(end - list));
        zeros -= (uint64_t)(stop - list);
        for (; list < stop; list++, here++) {
            AilOpNow *op = &ops[*list];
            const uint64_t *base = op->addr_guess ? here - op->addr_guess : &op->last;
            op->last = *here = *base + op->addr_offset;
        }
        if (list == end)
            break;
        zeros = addr_missed(s, *list, here);
    }
    s->addr_runs.zeros = zeros;
}

static bool decode_all(Decoder *s)
{
    const AilChunk *chunk = &s->d->chunk;
    ail_array_reserve(&s->ops->list, &s->ops->list_cap, SLICE + 2 * AIL_OPS_AT_ONCE,
                      sizeof *s->ops->list);
    next_cut(s);
    while (s->n_flow < chunk->n_flow) {
        uint32_t from = s->n;
        if (!list_slice(s))
            return false;
        decode_addrs(s, from);
        if (s->values)
            ail_values_decode(s->values, from, s->n);
        if (s->xlate)
            ail_xlate_decode(s->xlate, from, s->n);
    }
    return s->n == chunk->n_access && !s->bad && ail_runs_done(&s->shape_runs) &&
           ail_runs_done(&s->addr_runs) && s->shapes.at == s->shapes.end && !s->addr_literals.bad &&
           s->addr_literals.at == s->addr_literals.end;
}

static void reserve(AilDecoded *d)
{
    size_t n = d->chunk.n_access + (size_t)AIL_OPS_AT_ONCE;
    ail_array_reserve(&d->access_end, &d->end_cap, d->chunk.n_flow, sizeof *d->access_end);
    ail_array_reserve(&d->addr, &d->access_cap, d->chunk.n_access + (size_t)AIL_RAW_BEFORE,
                      sizeof *d->addr);
    ail_array_reserve(&d->access_insn, &d->insn_cap, n, sizeof *d->access_insn);
    ail_array_reserve(&d->access_info, &d->info_cap, n, sizeof *d->access_info);
    ail_array_reserve(&d->value, &d->value_cap, d->chunk.n_access, sizeof *d->value);
    memset(d->addr, 0, AIL_RAW_BEFORE * sizeof *d->addr);
}

/* What goes along with the addresses; NULL cursors: is not wanted. */
static bool open_others(Decoder *s, AilValues *values, const AilCursor *data, AilXlateIn *xlate,
                        const AilCursor *pages)
{
    *values = (AilValues){.c = s->c, .ops = s->c->reading, .d = s->d, .addr = s->addr};
    *xlate = (AilXlateIn){.d = s->d, .addr = s->addr};
    s->values = data ? values : NULL;
    s->xlate = pages ? xlate : NULL;
    return (!data || ail_values_open(values, *data)) &&
           (!pages || ail_xlate_open(xlate, s->c, *pages));
}

static void set_arrays(const Decoder *s)
{
    AilDecoded *d = s->d;
    d->chunk.access_end = d->access_end;
    d->chunk.addr = s->addr;
    d->chunk.access_insn = d->access_insn;
    d->chunk.access_info = d->access_info;
    d->chunk.value = s->values ? d->value : NULL;
    d->chunk.wide = s->values ? d->wide : NULL;
    d->chunk.n_wide = s->values ? s->values->n_wide : 0;
    d->chunk.phys = s->xlate ? d->phys : NULL;
    d->chunk.crossings = s->xlate ? d->crossings : NULL;
    d->chunk.n_crossings = s->xlate ? s->xlate->n_crossings : 0;
}

bool ail_access_decode(AilCodec *c, const AilDict *dict, AilCursor addr, const AilCursor *data,
                       const AilCursor *xlate, AilDecoded *d)
{
    if (!c->reading)
        c->reading = ail_ops_new();
    reserve(d);
    Decoder s = {.c = c, .ops = c->reading, .d = d, .dict = dict, .addr = d->addr + AIL_RAW_BEFORE};
    AilValues values;
    AilXlateIn pages;
    AilCursor a[A_STREAMS];
    if (!ail_streams_read(addr, a, A_STREAMS) || !open_others(&s, &values, data, &pages, xlate))
        return false;
    ail_runs_open(&s.shape_runs, a[A_SHAPE_RUNS], a[A_SHAPE_KINDS]);
    ail_runs_open(&s.addr_runs, a[A_RUNS], a[A_KINDS]);
    s.shapes = a[A_SHAPES];
    s.addr_literals = a[A_LITERALS];
    s.ops->n = 0;
    ail_predict_reset(c, ail_dict_count(dict));
    if (!decode_all(&s) || (data && !ail_values_done(&values)) ||
        (xlate && !ail_xlate_done(&pages)))
        return false;
    set_arrays(&s);
    return true;
}
