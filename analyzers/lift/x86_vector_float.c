/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floating-point numbers in vectors. What is done to one is a name; rounding and exceptions of
 * mxcsr are left out.
 */
#include "analyzers/lift/x86_vector.h"

/* Two sources, all lanes. */
static bool lift_packed(AilX86Vector *v)
{
    AilVar a, b;
    ail_x86_vector_sources(v, &a, &b);
    ail_x86_vector_put(v, AIL_OP_LANES, v->lane, ail_x86_vector_dst(v, v->size), a, b, AIL_NONE);
    return ail_x86_vector_done(v, v->size);
}

/* One source, all lanes; the other operand of AVX forms is not there. */
static bool lift_packed_one(AilX86Vector *v)
{
    AilVar a = ail_x86_vector_read(v, 1, v->size);
    ail_x86_vector_put(v, AIL_OP_LANES, v->lane, ail_x86_vector_dst(v, v->size), a, AIL_NONE,
                       AIL_NONE);
    return ail_x86_vector_done(v, v->size);
}

/* The result's low part is `low`; what is above comes of operand 1 in AVX forms of three operands,
 * and stays in others. */
static bool set_low(AilX86Vector *v, AilVar low)
{
    if (v->n > 2 && !ail_x86_same(v->l, 0, 1)) {
        AilVar rest = ail_x86_vector_read(v, 1, 16), dst = ail_x86_vector_dst(v, 16);
        ail_copy(v->b, ail_part(dst, low.size, 16u - low.size),
                 ail_part(rest, low.size, 16u - low.size));
    }
    ail_copy(v->b, ail_x86_vector_dst(v, low.size), low);
    return ail_x86_vector_done(v, 16);
}

/* addss and its like: `how` 1: of the last operand alone (sqrtss, roundss) */
static bool lift_scalar(AilX86Vector *v)
{
    AilVar b = ail_x86_vector_read(v, v->n - 1, v->lane);
    AilVar a = v->how ? AIL_NONE : ail_x86_vector_read(v, v->n > 2, v->lane);
    AilVar r = ail_temp(v->b, v->lane);
    ail_x86_vector_put(v, AIL_OP_LANES, v->lane, r, a.kind ? a : b, a.kind ? b : AIL_NONE,
                       AIL_NONE);
    return set_low(v, r);
}

/* Fused products and sums, of three operands; what is above a scalar stays. QEMU loads 16 bytes for
 * a scalar, too. */
static bool lift_fused(AilX86Vector *v)
{
    unsigned size = v->how ? v->lane : v->size;
    AilVar c = ail_part(ail_x86_vector_read(v, 2, v->size), 0, size);
    AilVar b = ail_x86_vector_read(v, 1, size);
    AilVar dst = ail_x86_vector_dst(v, size);
    ail_x86_vector_put(v, AIL_OP_LANES, v->lane, dst, dst, b, c);
    return ail_x86_vector_done(v, v->how ? 16 : v->size);
}

/* --- comparisons to flags --- */

static bool lift_comi(AilX86Vector *v)
{
    AilVar a = ail_x86_vector_read(v, 0, v->lane), b = ail_x86_vector_read(v, 1, v->lane);
    static const uint8_t flags[] = {X86_CF, X86_PF, X86_ZF}, none[] = {X86_AF, X86_SF, X86_OF};
    for (unsigned i = 0; i < 3; i++) {
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_x86_flag(flags[i]), a, b, AIL_NONE);
        ail_x86_flag_const(v->l, none[i], false);
    }
    return true;
}

/* --- conversions --- */

/* As many lanes as fit, of `how` bytes each in the source and v->lane in the result. What is above
 * in a vector of 16 becomes 0. */
static bool lift_convert(AilX86Vector *v)
{
    unsigned from = v->how, to = v->lane, wide = from > to ? from : to;
    bool memory = ail_x86_vector_is_memory(v, 0);
    if (ail_x86_vector_is_memory(v, 1) && from > to) /* the register is the smaller of the two */
        v->size = ail_x86_op(v->l, 1)->size == 32 ? 32 : 16;
    unsigned n = v->size / wide;
    AilVar src = ail_x86_vector_read(v, 1, n * from), r = ail_temp(v->b, n * to);
    ail_x86_vector_put(v, AIL_OP_LANES, to, r, src, AIL_NONE, AIL_NONE);
    if (memory)
        return ail_x86_vector_store(v, r);
    AilVar reg = ail_x86_reg(ail_x86_op(v->l, 0)->reg);
    bool mmx = reg.at < X86_YMM;
    unsigned whole = mmx ? 8 : n * to < 16 ? 16 : n * to;
    AilVar dst = ail_x86_vector_dst(v, whole);
    ail_put(v->b, n * to < whole ? AIL_OP_ZEXT : AIL_OP_COPY, 0, dst, r, AIL_NONE, AIL_NONE);
    return ail_x86_vector_done(v, whole);
}

/* Between MMX and SSE registers: two numbers of 4 bytes there, of v->lane or `how` here. */
static bool lift_convert_mmx(AilX86Vector *v)
{
    AilVar src = ail_x86_vector_read(v, 1, 2 * v->how), r = ail_temp(v->b, 2 * v->lane);
    ail_x86_vector_put(v, AIL_OP_LANES, v->lane, r, src, AIL_NONE, AIL_NONE);
    ail_copy(v->b, ail_x86_vector_dst(v, r.size), r);
    return ail_x86_vector_done(v, r.size);
}

/* cvtss2sd, cvtsd2ss: the low number, of `how` bytes */
static bool lift_convert_scalar(AilX86Vector *v)
{
    AilVar src = ail_x86_vector_read(v, v->n - 1, v->how), r = ail_temp(v->b, v->lane);
    ail_x86_vector_put(v, AIL_OP_MIX, 0, r, src, AIL_NONE, AIL_NONE);
    return set_low(v, r);
}

/* cvtsi2ss, cvtsi2sd: of a general register or memory of 4 or 8 bytes */
static bool lift_from_integer(AilX86Vector *v)
{
    const cs_x86_op *op = ail_x86_op(v->l, v->n - 1u);
    unsigned size = op->type == X86_OP_REG ? ail_x86_reg(op->reg).size
                    : v->l->x->rex & 8     ? 8
                                           : op->size;
    AilVar src = ail_x86_vector_read(v, v->n - 1, size), r = ail_temp(v->b, v->lane);
    ail_x86_vector_put(v, AIL_OP_MIX, 0, r, src, AIL_NONE, AIL_NONE);
    return set_low(v, r);
}

static bool lift_to_integer(AilX86Vector *v)
{
    AilX86Place to = ail_x86_place(v->l, 0);
    AilVar src = ail_x86_vector_read(v, 1, v->how), r = ail_temp(v->b, to.size);
    ail_x86_vector_put(v, AIL_OP_MIX, 0, r, src, AIL_NONE, AIL_NONE);
    ail_x86_set(v->l, to, r);
    return true;
}

#define TWO(name)                                                                                  \
    {name "pd", lift_packed, 0, 8},                                                                \
    {                                                                                              \
        name "ps", lift_packed, 0, 4                                                               \
    }
#define FOUR(name)                                                                                 \
    TWO(name), {name "sd", lift_scalar, 0, 8},                                                     \
    {                                                                                              \
        name "ss", lift_scalar, 0, 4                                                               \
    }

const AilX86Row ail_x86_vector_floats[] = {
    FOUR("add"),
    TWO("addsub"),
    FOUR("cmp"),
    {"comisd", lift_comi, 0, 8},
    {"comiss", lift_comi, 0, 4},
    {"cvtdq2pd", lift_convert, 4, 8},
    {"cvtdq2ps", lift_convert, 4, 4},
    {"cvtpd2dq", lift_convert, 8, 4},
    {"cvtpd2dqx", lift_convert, 8, 4},
    {"cvtpd2dqy", lift_convert, 8, 4},
    {"cvtpd2pi", lift_convert_mmx, 8, 4},
    {"cvtpd2ps", lift_convert, 8, 4},
    {"cvtpd2psx", lift_convert, 8, 4},
    {"cvtpd2psy", lift_convert, 8, 4},
    {"cvtph2ps", lift_convert, 2, 4},
    {"cvtpi2pd", lift_convert_mmx, 4, 8},
    {"cvtpi2ps", lift_convert_mmx, 4, 4},
    {"cvtps2dq", lift_convert, 4, 4},
    {"cvtps2pd", lift_convert, 4, 8},
    {"cvtps2ph", lift_convert, 4, 2},
    {"cvtps2pi", lift_convert_mmx, 4, 4},
    {"cvtsd2si", lift_to_integer, 8, 0},
    {"cvtsd2ss", lift_convert_scalar, 8, 4},
    {"cvtsi2sd", lift_from_integer, 0, 8},
    {"cvtsi2ss", lift_from_integer, 0, 4},
    {"cvtss2sd", lift_convert_scalar, 4, 8},
    {"cvtss2si", lift_to_integer, 4, 0},
    {"cvttpd2dq", lift_convert, 8, 4},
    {"cvttpd2dqx", lift_convert, 8, 4},
    {"cvttpd2dqy", lift_convert, 8, 4},
    {"cvttpd2pi", lift_convert_mmx, 8, 4},
    {"cvttps2dq", lift_convert, 4, 4},
    {"cvttps2pi", lift_convert_mmx, 4, 4},
    {"cvttsd2si", lift_to_integer, 8, 0},
    {"cvttss2si", lift_to_integer, 4, 0},
    FOUR("div"),
    {"fma.pd", lift_fused, 0, 8},
    {"fma.ps", lift_fused, 0, 4},
    {"fma.sd", lift_fused, 1, 8},
    {"fma.ss", lift_fused, 1, 4},
    FOUR("max"),
    FOUR("min"),
    FOUR("mul"),
    {"rcpps", lift_packed_one, 0, 4},
    {"rcpss", lift_scalar, 1, 4},
    {"roundpd", lift_packed_one, 0, 8},
    {"roundps", lift_packed_one, 0, 4},
    {"roundsd", lift_scalar, 1, 8},
    {"roundss", lift_scalar, 1, 4},
    {"rsqrtps", lift_packed_one, 0, 4},
    {"rsqrtss", lift_scalar, 1, 4},
    {"sqrtpd", lift_packed_one, 0, 8},
    {"sqrtps", lift_packed_one, 0, 4},
    {"sqrtsd", lift_scalar, 1, 8},
    {"sqrtss", lift_scalar, 1, 4},
    FOUR("sub"),
    {"ucomisd", lift_comi, 0, 8},
    {"ucomiss", lift_comi, 0, 4},
    {NULL, NULL, 0, 0},
};
