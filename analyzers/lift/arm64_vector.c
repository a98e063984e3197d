/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/arm64_vector.h"

void a64_set_v(AilBuild *b, unsigned n, AilVar v)
{
    if (ail_retarget(b, a64_v(n, 16), v))
        return;
    if (v.size < 16)
        ail_put(b, AIL_OP_ZEXT, 0, a64_v(n, 16), v, AIL_NONE, AIL_NONE);
    else if (v.kind != AIL_VAR_STATE || v.at != a64_v(n, 16).at)
        ail_copy(b, a64_v(n, 16), v);
}

AilVar a64_lanes(AilBuild *build, const char *name, unsigned lane, unsigned size, AilVar a,
                 AilVar b, AilVar c)
{
    AilVar dst = ail_temp(build, size);
    ail_put(build, AIL_OP_LANES, lane, dst, a, b, c)->name = name;
    return dst;
}

AilVar a64_op_lanes(AilBuild *b, AilOpCode code, unsigned lane, AilVar a, AilVar c)
{
    AilVar dst = ail_temp(b, a.size);
    ail_put(b, code, lane, dst, a, c, AIL_NONE);
    return dst;
}

/* Comparisons of one lane of one byte are not meant to be truth, and do not occur. */
static bool do_pairs(AilBuild *b, const A64Vec *v, const A64Do *what, AilVar n, AilVar m)
{
    AilVar both = ail_temp(b, 2 * v->size);
    ail_copy(b, ail_part(both, 0, v->size), n);
    ail_copy(b, ail_part(both, v->size, v->size), m);
    a64_set_v(b, v->d, a64_lanes(b, what->name, v->lane, v->size, both, AIL_NONE, AIL_NONE));
    return true;
}

bool a64_do(AilBuild *b, const A64Vec *v, const A64Do *what, AilVar n, AilVar m)
{
    unsigned have = v->scalar ? what->sizes >> 4 : what->sizes;
    if (!what->name || !(have >> v->log2 & 1) || (!v->scalar && v->lane == 8 && v->size == 8))
        return false;
    if (what->pairs)
        return do_pairs(b, v, what, n, m);
    AilVar d = what->accumulates ? a64_vec(v, v->d) : AIL_NONE;
    AilVar result;
    if (!what->code)
        result = a64_lanes(b, what->name, v->lane, v->size, n, m, d);
    else
        result = a64_op_lanes(b, what->code, v->lane, what->swapped ? m : n, what->swapped ? n : m);
    a64_set_v(b, v->d, result);
    return true;
}

AilVar a64_half(const A64Vec *v, unsigned reg)
{
    if (v->scalar)
        return a64_v(reg, v->lane);
    return ail_part(a64_v(reg, 16), v->q ? 8 : 0, 8);
}

AilVar a64_widen(AilBuild *b, AilVar v, unsigned lane, bool sign)
{
    AilVar wide = ail_temp(b, 2 * v.size);
    for (unsigned i = 0; i < v.size; i += lane)
        ail_put(b, sign ? AIL_OP_SEXT : AIL_OP_ZEXT, 0, ail_part(wide, 2 * i, 2 * lane),
                ail_part(v, i, lane), AIL_NONE, AIL_NONE);
    return wide;
}

void a64_set_half(AilBuild *b, const A64Vec *v, AilVar half)
{
    if (v->q && !v->scalar)
        ail_copy(b, ail_part(a64_v(v->d, 16), 8, 8), half);
    else
        a64_set_v(b, v->d, half);
}

void a64_narrow(AilBuild *b, const A64Vec *v, AilVar wide, unsigned from)
{
    AilVar half = ail_temp(b, wide.size / 2);
    for (unsigned i = 0; i < half.size; i += v->lane)
        ail_copy(b, ail_part(half, i, v->lane), ail_part(wide, 2 * i + from, v->lane));
    a64_set_half(b, v, half);
}

AilVar a64_repeat(AilBuild *b, AilVar lane, unsigned size)
{
    AilVar all = ail_temp(b, size);
    for (unsigned i = 0; i < size; i += lane.size)
        ail_copy(b, ail_part(all, i, lane.size), lane);
    return all;
}

static A64Vec vec_of(uint32_t w)
{
    A64Vec v = {.d = a64_bits(w, 0, 5),
                .n = a64_bits(w, 5, 5),
                .m = a64_bits(w, 16, 5),
                .log2 = a64_bits(w, 22, 2),
                .u = a64_bit(w, 29),
                .q = a64_bit(w, 30),
                .scalar = a64_bit(w, 28)};
    v.lane = 1u << v.log2;
    v.size = v.scalar ? v.lane : v.q ? 16 : 8;
    return v;
}

/* Bits 24 .. 28 are 01110 or, of scalars, 11110. */
static bool registers(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned kind = a64_bits(w, 10, 2), middle = a64_bits(w, 17, 5);
    if (a64_bit(w, 21)) {
        if (kind & 1)
            return a64_three_same(b, w, v);
        if (kind == 0)
            return a64_three_different(b, w, v);
        return middle == 0x10   ? a64_two_misc(b, w, v)
               : middle == 0x1c ? a64_two_misc_half(b, w, v)
               : middle == 0x18 ? (v->scalar ? a64_scalar_pair : a64_across)(b, w, v)
                                : middle == 0x14 && a64_crypto(b, w);
    }
    if (a64_bit(w, 15))
        return kind & 1 && a64_three_same_extra(b, w, v);
    if (kind & 1) {
        if (v->log2 == 0)
            return a64_copy(b, w, v);
        return a64_bit(w, 22) && !a64_bit(w, 14) && a64_three_same_half(b, w, v);
    }
    if (v->scalar)
        return kind == 0 && !v->u && a64_crypto(b, w);
    if (v->u)
        return a64_extract(b, w, v);
    return kind == 2 ? a64_permute(b, w, v) : a64_table(b, w, v);
}

bool a64_vector(AilBuild *b, uint32_t w)
{
    A64Vec v = vec_of(w);
    if (a64_bits(w, 24, 8) == 0xce)
        return a64_crypto(b, w);
    if (a64_bit(w, 31))
        return a64_float(b, w);
    if (a64_bit(w, 28) && !a64_bit(w, 30))
        return a64_float(b, w);
    if (!a64_bit(w, 24))
        return registers(b, w, &v);
    if (!a64_bit(w, 10))
        return a64_by_element(b, w, &v);
    if (a64_bit(w, 23))
        return false;
    if (a64_bits(w, 19, 4) == 0)
        return !v.scalar && a64_modified_immediate(b, w, &v);
    return a64_shift_immediate(b, w, &v);
}
