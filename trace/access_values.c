/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/access_values.h"

#include <glib.h>

bool ail_values_open(AilValues *s, AilCursor data)
{
    AilCursor v[D_STREAMS];
    if (!ail_streams_read(data, v, D_STREAMS))
        return false;
    ail_runs_open(&s->runs, v[D_RUNS], v[D_KINDS]);
    ail_runs_open(&s->wide_runs, v[D_WIDE_RUNS], v[D_WIDE_KINDS]);
    memcpy(s->literals, &v[D_1], sizeof s->literals);
    return true;
}

bool ail_values_done(const AilValues *s)
{
    bool used = !s->bad && ail_runs_done(&s->runs) && ail_runs_done(&s->wide_runs);
    for (int i = 0; i < 4; i++)
        used = used && !s->literals[i].bad && s->literals[i].at == s->literals[i].end;
    return used;
}

static void decode_wide(AilValues *s, uint32_t at, uint64_t low)
{
    uint64_t high, addr = s->addr[at] + 8;
    uint8_t symbol = ail_runs_get(&s->wide_runs);
    s->bad = s->bad || symbol > WIDE_LITERAL;
    switch (symbol) {
    case 0:
        high = image_read(s->c, addr, 3);
        break;
    case WIDE_SAME:
        high = low;
        break;
    default:
        high = ail_cursor_le64(&s->literals[3]);
    }
    image_write(s->c, addr, 3, high);
    ail_array_reserve(&s->d->wide, &s->d->wide_cap, s->n_wide + 1u, sizeof *s->d->wide);
    s->d->wide[s->n_wide++] = (AilWide){at, high};
}

static inline uint64_t guess(const AilOpNow *op, AilLoads loads, uint64_t image)
{
    uint64_t base = image;
    base = op->value_guess == VALUE_STRIDE ? op->value : base;
    base = op->value_guess == VALUE_LOAD ? loads.last : base;
    base = op->value_guess == VALUE_LOAD_BEFORE ? loads.before : base;
    return (base + op->value_offset) & op->mask;
}

static inline AilLoads after(AilLoads loads, const AilOpNow *op, uint64_t v)
{
    loads.before = op->store ? loads.before : loads.last;
    loads.last = op->store ? loads.last : v;
    return loads;
}

static inline uint64_t literal(AilCursor *in, const AilOpNow *op)
{
    uint64_t v = 0;
    size_t size = (size_t)1 << op->log2;
    if (G_LIKELY(ail_cursor_left(in) >= sizeof v)) {
        v = ail_get_le64(in->at) & op->mask;
        in->at += size;
        return v;
    }
    const uint8_t *p = ail_cursor_take(in, size);
    for (size_t i = 0; p && i < size; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

/* The value that was not guessed. */
static inline uint64_t missed(AilValues *s, AilOpNow *op, AilOpLearned *learned, AilLoads loads,
                              uint64_t image)
{
    uint64_t v;
    uint8_t symbol = ail_runs_symbol(&s->runs);
    s->bad = s->bad || !symbol || symbol >= VALUE_SYMBOLS;
    if (G_UNLIKELY(symbol && symbol <= VALUE_GUESSES)) { /* a run ends with a symbol, never 0 */
        ail_op_set_value_guess(op, (uint8_t)(symbol - 1));
        op->value_offset = learned->value_offsets[op->value_guess];
        v = guess(op, loads, image);
    } else {
        v = literal(&s->literals[op->log2], op);
    }
    uint64_t *offsets = learned->value_offsets, delta = v - op->value;
    if (delta == learned->value_delta)
        offsets[VALUE_STRIDE] = delta;
    learned->value_delta = delta;
    op->value = v;
    offsets[VALUE_LOAD] = v - loads.last;
    offsets[VALUE_IMAGE] = v - image;
    op->value_offset = offsets[op->value_guess];
    return v;
}

static inline uint64_t guessed(AilOpNow *op, AilLoads loads, uint64_t image)
{
    uint64_t v = guess(op, loads, image);
    op->value = op->value_guess == VALUE_STRIDE ? v : op->value;
    return v;
}

/* The value of an access to `granule` of the image that is not simply what was there. learned: NULL
 * when the guess is right. */
static inline uint64_t other(AilValues *s, AilOpNow *op, AilOpLearned *learned, AilLoads loads,
                             uint64_t *granule, uint32_t at)
{
    uint64_t v, image, addr = s->addr[at];
    unsigned shift = (addr & 7) * 8;
    bool straddles = (int)(addr & 7) > op->room;
    image = G_UNLIKELY(straddles) ? image_read(s->c, addr, op->log2) : *granule >> shift & op->mask;
    v = learned ? missed(s, op, learned, loads, image) : guessed(op, loads, image);
    if (G_UNLIKELY(straddles))
        image_write(s->c, addr, op->log2, v);
    else
        *granule ^= (v ^ image) << shift;
    if (G_UNLIKELY(op->wide))
        decode_wide(s, at, v);
    return v;
}

/* Out of line, for the sake of registers. */
static __attribute__((noinline)) uint64_t other_guess(AilValues *s, AilOpNow *op, AilLoads loads,
                                                      uint64_t *granule, uint32_t at)
{
    return other(s, op, NULL, loads, granule, at);
}

static __attribute__((noinline)) uint64_t no_guess(AilValues *s, uint32_t number, AilLoads loads,
                                                   uint64_t *granule, uint32_t at)
{
    return other(s, &s->ops->now[number], &s->ops->learned[number], loads, granule, at);
}

/* Values of accesses from..to-1, which are all guessed. list: of access `from`. */
static inline AilLoads decode_guessed(AilValues *s, const uint32_t *list, uint32_t from,
                                      uint32_t to, AilLoads loads)
{
    AilOpNow *ops = s->ops->now;
    const uint64_t *addrs = s->addr;
    uint64_t *values = s->d->value;
    AilCodec *c = s->c;
    for (uint32_t i = from; i < to; i++) {
        AilOpNow *op = &ops[*list++];
        uint64_t addr = addrs[i], *granule = image_slot(c, addr >> 3);
        uint64_t v = *granule >> (addr & 7) * 8 & op->mask;
        if ((int)(addr & 7) > op->plain_room)
            v = other_guess(s, op, loads, granule, i);
        values[i] = v;
        loads = after(loads, op, v);
    }
    return loads;
}

void ail_values_decode(AilValues *s, uint32_t from, uint32_t to)
{
    const uint32_t *list = s->ops->list;
    AilLoads loads = s->loads;
    for (uint32_t i = from;; i++, list++) {
        uint32_t n = (uint32_t)MIN(s->runs.zeros, to - i);
        loads = decode_guessed(s, list, i, i + n, loads);
        s->runs.zeros -= n;
        i += n;
        list += n;
        if (i == to)
            break;
        uint64_t v = no_guess(s, *list, loads, image_slot(s->c, s->addr[i] >> 3), i);
        s->d->value[i] = v;
        loads = after(loads, &s->ops->now[*list], v);
    }
    s->loads = loads;
}
