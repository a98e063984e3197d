/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lanes that change places: those that a constant chooses are copies, others depend on all that
 * they may be. */
#include "analyzers/lift/x86_vector.h"

enum { PIECES = 32 };

/* Whether the source comes last, as operand 1 or 2: of those with one source. */
static AilVar only_source(AilX86Vector *v)
{
    return ail_x86_vector_read(v, v->n - 1, v->size);
}

static unsigned part_of(const AilX86Vector *v)
{
    return v->size < 16 ? v->size : 16;
}

static bool finish(AilX86Vector *v, const AilVar *pieces)
{
    unsigned n = v->size / v->lane;
    ail_x86_vector_gather(v, ail_x86_vector_dst(v, v->size), n, v->lane, pieces);
    return ail_x86_vector_done(v, v->size);
}

/* pshufd, pshufw, vpermilps: 2 bits of the constant for each lane of 16 bytes (or 8). `how`: lanes
 * from `how` to `how` + 3 only, others stay: pshuflw, pshufhw */
static bool lift_by_two_bits(AilX86Vector *v)
{
    if (v->n > 2)
        return false;
    AilVar src = only_source(v), pieces[PIECES];
    unsigned part = part_of(v), each = part / v->lane;
    for (unsigned i = 0; i < v->size / v->lane; i++) {
        unsigned in = i % each, from = in;
        if (in >= v->how && in < v->how + 4u)
            from = v->how + (v->imm >> 2 * (in - v->how) & 3);
        pieces[i] = ail_part(src, i / each * part + from * v->lane, v->lane);
    }
    return finish(v, pieces);
}

/* vpermilps, vpermilpd with a vector of choices: each lane depends on its 16 bytes */
static bool lift_by_vector(AilX86Vector *v)
{
    AilVar a, b, t = ail_temp(v->b, v->size);
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < v->size; i += v->lane)
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_part(t, i, v->lane), ail_part(a, i & ~15u, 16),
                           ail_part(b, i, v->lane), AIL_NONE);
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

static bool lift_permil(AilX86Vector *v)
{
    if (v->n > 2)
        return lift_by_vector(v);
    if (v->lane == 4)
        return lift_by_two_bits(v);
    AilVar src = only_source(v), pieces[PIECES];
    for (unsigned i = 0; i < v->size / 8; i++)
        pieces[i] = ail_part(src, 16 * (i / 2) + 8 * (v->imm >> i & 1), 8);
    return finish(v, pieces);
}

/* vpermq, vpermpd: 2 bits choose one of four lanes of 8 */
static bool lift_permq(AilX86Vector *v)
{
    AilVar src = only_source(v), pieces[PIECES];
    for (unsigned i = 0; i < 4; i++)
        pieces[i] = ail_part(src, 8 * (v->imm >> 2 * i & 3), 8);
    return finish(v, pieces);
}

/* vpermd, vpermps: a vector of choices, operand 1, over all of operand 2 */
static bool lift_permd(AilX86Vector *v)
{
    AilVar a, b, t = ail_temp(v->b, v->size);
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < v->size; i += 4)
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_part(t, i, 4), b, ail_part(a, i, 4), AIL_NONE);
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

/* vperm2f128: each half is one of four, or 0 */
static bool lift_perm2(AilX86Vector *v)
{
    AilVar a, b, pieces[2];
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < 2; i++) {
        unsigned which = v->imm >> 4 * i;
        pieces[i] = ail_part(which & 2 ? b : a, 16 * (which & 1), 16);
        if (which & 8)
            pieces[i] = ail_const(0, 16);
    }
    v->lane = 16;
    return finish(v, pieces);
}

/* shufps, shufpd: low lanes of a, high ones of b */
static bool lift_shuffle(AilX86Vector *v)
{
    AilVar a, b, pieces[PIECES];
    ail_x86_vector_sources(v, &a, &b);
    unsigned each = 16 / v->lane, bits = v->lane == 4 ? 2 : 1;
    for (unsigned i = 0; i < v->size / v->lane; i++) {
        unsigned in = i % each, shift = v->lane == 4 ? 2 * in : i;
        unsigned from = v->imm >> shift & ((1u << bits) - 1);
        pieces[i] = ail_part(in < each / 2 ? a : b, i / each * 16 + from * v->lane, v->lane);
    }
    return finish(v, pieces);
}

/* punpckl, punpckh, unpcklps ..: lanes of a and b by turns; `how`: of the high half */
static bool lift_unpack(AilX86Vector *v)
{
    AilVar a, b, pieces[PIECES];
    ail_x86_vector_sources(v, &a, &b);
    unsigned part = part_of(v), each = part / v->lane;
    for (unsigned i = 0; i < v->size / v->lane; i++) {
        unsigned in = i % each, from = in / 2 + (v->how ? each / 2 : 0);
        pieces[i] = ail_part(in & 1 ? b : a, i / each * part + from * v->lane, v->lane);
    }
    return finish(v, pieces);
}

/* Byte `at` of the 2 * 16 bytes that high:low are, or 0. */
static AilVar byte_of(AilVar low, AilVar high, unsigned base, unsigned part, unsigned at)
{
    if (at >= 2 * part)
        return ail_const(0, 1);
    AilVar from = at < part ? low : high;
    return from.kind == AIL_VAR_CONST ? ail_const(0, 1) : ail_part(from, base + at % part, 1);
}

/* palignr, psrldq, pslldq: 16 bytes at a distance in two neighbours, of which one may be 0 */
static bool slide(AilX86Vector *v, AilVar low, AilVar high, unsigned by)
{
    AilVar pieces[PIECES];
    unsigned part = part_of(v);
    for (unsigned i = 0; i < v->size; i++)
        pieces[i] = byte_of(low, high, i / part * part, part, i % part + by);
    v->lane = 1;
    return finish(v, pieces);
}

static bool lift_align(AilX86Vector *v)
{
    AilVar a, b;
    ail_x86_vector_sources(v, &a, &b);
    return slide(v, b, a, v->imm);
}

static bool lift_byte_shift(AilX86Vector *v)
{
    AilVar src = only_source(v), zero = ail_const(0, 1);
    unsigned by = v->imm > 16 ? 16 : v->imm;
    return v->how ? slide(v, zero, src, 16 - by) : slide(v, src, zero, by);
}

/* blendps, pblendw ..: bit i of the constant (mod 8 of words) takes lane i from b */
static bool lift_blend(AilX86Vector *v)
{
    AilVar a, b, pieces[PIECES];
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < v->size / v->lane; i++)
        pieces[i] = ail_part(v->imm >> i % 8 & 1 ? b : a, i * v->lane, v->lane);
    return finish(v, pieces);
}

/* insertps: a lane of b into one of a; others may become 0 */
static bool lift_insertps(AilX86Vector *v)
{
    bool memory = ail_x86_vector_is_memory(v, v->n - 1);
    AilVar a = ail_x86_vector_read(v, v->n > 2, 16), pieces[PIECES];
    AilVar b = ail_x86_vector_read(v, v->n - 1, memory ? 4 : 16);
    for (unsigned i = 0; i < 4; i++) {
        pieces[i] = ail_part(a, 4 * i, 4);
        if (i == (v->imm >> 4 & 3))
            pieces[i] = ail_part(b, memory ? 0 : 4 * (v->imm >> 6), 4);
        if (v->imm >> i & 1)
            pieces[i] = ail_const(0, 4);
    }
    return finish(v, pieces);
}

/* pshufb: bytes of a chosen by those of b, within 16 bytes: by their lowest bits; 0 by the highest,
 * which numbers no byte that there is */
static bool lift_table(AilX86Vector *v)
{
    AilVar a, b, t = ail_temp(v->b, v->size), which = ail_temp(v->b, v->size);
    unsigned part = part_of(v);
    uint64_t used = UINT64_C(0x0101010101010101) * (0x80 | (part - 1));
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < v->size; i += 8)
        ail_put(v->b, AIL_OP_AND, 0, ail_part(which, i, 8), ail_part(b, i, 8), ail_const(used, 8),
                AIL_NONE);
    for (unsigned i = 0; i < v->size; i += part)
        ail_put(v->b, AIL_OP_TABLE, 1, ail_part(t, i, part), ail_part(a, i, part),
                ail_part(which, i, part), AIL_NONE);
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

/* blendvps, pblendvb ..: by the highest bits of the last operand, or of xmm0 */
static bool lift_blend_vector(AilX86Vector *v)
{
    unsigned first = v->vex;
    AilVar a = ail_x86_vector_read(v, first, v->size);
    AilVar b = ail_x86_vector_read(v, first + 1, v->size);
    AilVar mask = v->vex ? ail_x86_vector_read(v, 3, v->size) : ail_state(X86_YMM, 16);
    ail_x86_vector_put(v, AIL_OP_LANES, v->lane, ail_x86_vector_dst(v, v->size), a, b, mask);
    return ail_x86_vector_done(v, v->size);
}

const AilX86Row ail_x86_vector_shuffles[] = {
    {"blendpd", lift_blend, 0, 8},
    {"blendps", lift_blend, 0, 4},
    {"blendvpd", lift_blend_vector, 0, 8},
    {"blendvps", lift_blend_vector, 0, 4},
    {"insertps", lift_insertps, 0, 4},
    {"palignr", lift_align, 0, 1},
    {"pblendd", lift_blend, 0, 4},
    {"pblendvb", lift_blend_vector, 0, 1},
    {"pblendw", lift_blend, 0, 2},
    {"perm2f128", lift_perm2, 0, 16},
    {"perm2i128", lift_perm2, 0, 16},
    {"permd", lift_permd, 0, 4},
    {"permilpd", lift_permil, 0, 8},
    {"permilps", lift_permil, 0, 4},
    {"permpd", lift_permq, 0, 8},
    {"permps", lift_permd, 0, 4},
    {"permq", lift_permq, 0, 8},
    {"pshufb", lift_table, 0, 1},
    {"pshufd", lift_by_two_bits, 0, 4},
    {"pshufhw", lift_by_two_bits, 4, 2},
    {"pshuflw", lift_by_two_bits, 0, 2},
    {"pshufw", lift_by_two_bits, 0, 2},
    {"pslldq", lift_byte_shift, 1, 1},
    {"psrldq", lift_byte_shift, 0, 1},
    {"punpckhbw", lift_unpack, 1, 1},
    {"punpckhdq", lift_unpack, 1, 4},
    {"punpckhqdq", lift_unpack, 1, 8},
    {"punpckhwd", lift_unpack, 1, 2},
    {"punpcklbw", lift_unpack, 0, 1},
    {"punpckldq", lift_unpack, 0, 4},
    {"punpcklqdq", lift_unpack, 0, 8},
    {"punpcklwd", lift_unpack, 0, 2},
    {"shufpd", lift_shuffle, 0, 8},
    {"shufps", lift_shuffle, 0, 4},
    {"unpckhpd", lift_unpack, 1, 8},
    {"unpckhps", lift_unpack, 1, 4},
    {"unpcklpd", lift_unpack, 0, 8},
    {"unpcklps", lift_unpack, 0, 4},
    {NULL, NULL, 0, 0},
};
