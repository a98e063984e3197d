/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic, logic, comparisons and shifts of integers in lanes. */
#include "analyzers/lift/x86_vector.h"

static AilOpCode code_of(const AilX86Vector *v)
{
    return (AilOpCode)(v->how & 0xff);
}

enum {
    CLEARS = 0x100, /* in `how`: of one register with itself the result is 0 */
    FILLS = 0x200,  /* all ones */
    SWAPS = 0x400,  /* the operands change places */
};

static bool lift_lanes(AilX86Vector *v)
{
    AilVar dst = ail_x86_vector_dst(v, v->size), a, b;
    if (v->how & (CLEARS | FILLS) && ail_x86_vector_same(v)) {
        ail_copy(v->b, dst, ail_const(v->how & FILLS ? UINT64_MAX : 0, v->size));
        return ail_x86_vector_done(v, v->size);
    }
    ail_x86_vector_sources(v, &a, &b);
    bool swap = v->how & SWAPS;
    ail_x86_vector_put(v, code_of(v), v->lane, dst, swap ? b : a, swap ? a : b, AIL_NONE);
    return ail_x86_vector_done(v, v->size);
}

static bool lift_unary(AilX86Vector *v)
{
    AilVar a = ail_x86_vector_read(v, 1, v->size);
    ail_x86_vector_put(v, code_of(v), v->lane, ail_x86_vector_dst(v, v->size), a, AIL_NONE,
                       AIL_NONE);
    return ail_x86_vector_done(v, v->size);
}

/* --- products --- */

/* pmuludq, pmuldq: the low halves of lanes of 8; `how` extends them */
static bool lift_wide_product(AilX86Vector *v)
{
    AilVar a, b, t = ail_temp(v->b, v->size);
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < v->size; i += 8) {
        AilVar x = ail_do1(v->b, code_of(v), 8, ail_part(a, i, 4));
        AilVar y = ail_do1(v->b, code_of(v), 8, ail_part(b, i, 4));
        ail_put(v->b, AIL_OP_MUL, 8, ail_part(t, i, 8), x, y, AIL_NONE);
    }
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

/* --- what makes one lane of two neighbours, or of a wider one ---
 * In each 16 bytes the low half comes of a, the high half of b. */
static bool lift_halves(AilX86Vector *v)
{
    AilVar a, b, t = ail_temp(v->b, v->size);
    unsigned part = v->size < 16 ? v->size : 16;
    ail_x86_vector_sources(v, &a, &b);
    for (unsigned i = 0; i < v->size; i += part) {
        ail_x86_vector_put(v, AIL_OP_LANES, v->lane, ail_part(t, i, part / 2), ail_part(a, i, part),
                           AIL_NONE, AIL_NONE);
        ail_x86_vector_put(v, AIL_OP_LANES, v->lane, ail_part(t, i + part / 2, part / 2),
                           ail_part(b, i, part), AIL_NONE, AIL_NONE);
    }
    ail_copy(v->b, ail_x86_vector_dst(v, v->size), t);
    return ail_x86_vector_done(v, v->size);
}

/* --- shifts --- */

/* The count of a shift, of a lane's size: a constant, or the low 8 bytes of operand i, of which all
 * above the lane's bits is as good as those. */
static AilVar shift_count(AilX86Vector *v, unsigned i)
{
    unsigned bits = 8 * v->lane;
    if (i == v->n)
        return ail_const(v->imm > bits ? bits : v->imm, v->lane);
    AilVar wide = ail_part(ail_x86_vector_read(v, i, v->size < 16 ? 8 : 16), 0, 8);
    if (v->lane == 8)
        return wide;
    AilVar many = ail_do2(v->b, AIL_OP_LTU, 1, ail_const(bits, 8), wide);
    AilVar count = ail_temp(v->b, v->lane);
    ail_put(v->b, AIL_OP_SELECT, 0, count, ail_const(bits, v->lane), ail_part(wide, 0, v->lane),
            many);
    return count;
}

static bool lift_shift(AilX86Vector *v)
{
    unsigned last = v->l->x->op_count - 1u; /* the count; what is shifted is before it */
    AilVar a = ail_x86_vector_read(v, last - 1, v->size), count = shift_count(v, last);
    ail_put(v->b, code_of(v), v->lane, ail_x86_vector_dst(v, v->size), a, count, AIL_NONE);
    return ail_x86_vector_done(v, v->size);
}

/* --- masks of highest bits --- */

/* pmovmskb, movmskps, movmskpd: a bit for each lane */
static bool lift_mask(AilX86Vector *v)
{
    AilVar reg = ail_x86_reg(ail_x86_op(v->l, 0)->reg);
    AilVar src = ail_x86_vector_read(v, 1, v->size), t = ail_temp(v->b, 8);
    unsigned each = 8 * v->lane; /* bytes that make one of the result */
    ail_copy(v->b, t, ail_const(0, 8));
    unsigned mark = v->b->temp; /* a few temporaries serve all lanes */
    for (unsigned i = 0; i * each < v->size; i++) {
        unsigned size = v->size - i * each < each ? v->size - i * each : each;
        for (unsigned k = 0; k < size / v->lane; k++) {
            v->b->temp = mark;
            AilVar bit = ail_x86_top_bit(v->l, ail_part(src, i * each + k * v->lane, v->lane));
            if (k)
                bit = ail_do2(v->b, AIL_OP_SHL, 1, bit, ail_const(k, 1));
            ail_put(v->b, AIL_OP_OR, 0, ail_part(t, i, 1), ail_part(t, i, 1), bit, AIL_NONE);
        }
    }
    reg.size = 8;
    ail_copy(v->b, reg, t);
    return true;
}

/* --- tests --- */

/* ptest: zf = no bit of both, cf = no bit of b alone */
static bool lift_test(AilX86Vector *v)
{
    AilVar a = ail_x86_vector_read(v, 0, v->size), b = ail_x86_vector_read(v, 1, v->size);
    AilVar zero = ail_const(0, v->size), x = ail_do2(v->b, AIL_OP_AND, v->size, a, b);
    AilVar y = ail_do2(v->b, AIL_OP_ANDN, v->size, b, a);
    static const uint8_t none[] = {X86_PF, X86_AF, X86_SF, X86_OF};
    for (unsigned i = 0; i < sizeof none; i++)
        ail_x86_flag_const(v->l, none[i], false);
    if (v->how) { /* vtestps, vtestpd: only the highest bits of lanes */
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_x86_flag(X86_ZF), x, AIL_NONE, AIL_NONE);
        ail_x86_vector_put(v, AIL_OP_MIX, 0, ail_x86_flag(X86_CF), y, AIL_NONE, AIL_NONE);
        return true;
    }
    ail_put(v->b, AIL_OP_EQ, 0, ail_x86_flag(X86_ZF), x, zero, AIL_NONE);
    ail_put(v->b, AIL_OP_EQ, 0, ail_x86_flag(X86_CF), y, zero, AIL_NONE);
    return true;
}

#define NAMED AIL_OP_LANES

const AilX86Row ail_x86_vector_lanes[] = {
    {"andnpd", lift_lanes, AIL_OP_ANDN | CLEARS | SWAPS, 0},
    {"andnps", lift_lanes, AIL_OP_ANDN | CLEARS | SWAPS, 0},
    {"andpd", lift_lanes, AIL_OP_AND, 0},
    {"andps", lift_lanes, AIL_OP_AND, 0},
    {"haddpd", lift_halves, 0, 8},
    {"haddps", lift_halves, 0, 4},
    {"hsubpd", lift_halves, 0, 8},
    {"hsubps", lift_halves, 0, 4},
    {"movmskpd", lift_mask, 0, 8},
    {"movmskps", lift_mask, 0, 4},
    {"orpd", lift_lanes, AIL_OP_OR, 0},
    {"orps", lift_lanes, AIL_OP_OR, 0},
    {"pabsb", lift_unary, AIL_OP_ABS, 1},
    {"pabsd", lift_unary, AIL_OP_ABS, 4},
    {"pabsw", lift_unary, AIL_OP_ABS, 2},
    {"packssdw", lift_halves, 0, 2},
    {"packsswb", lift_halves, 0, 1},
    {"packusdw", lift_halves, 0, 2},
    {"packuswb", lift_halves, 0, 1},
    {"paddb", lift_lanes, AIL_OP_ADD, 1},
    {"paddd", lift_lanes, AIL_OP_ADD, 4},
    {"paddq", lift_lanes, AIL_OP_ADD, 8},
    {"paddsb", lift_lanes, NAMED, 1},
    {"paddsw", lift_lanes, NAMED, 2},
    {"paddusb", lift_lanes, NAMED, 1},
    {"paddusw", lift_lanes, NAMED, 2},
    {"paddw", lift_lanes, AIL_OP_ADD, 2},
    {"pand", lift_lanes, AIL_OP_AND, 0},
    {"pandn", lift_lanes, AIL_OP_ANDN | CLEARS | SWAPS, 0},
    {"pavgb", lift_lanes, NAMED, 1},
    {"pavgw", lift_lanes, NAMED, 2},
    {"pcmpeqb", lift_lanes, AIL_OP_EQ | FILLS, 1},
    {"pcmpeqd", lift_lanes, AIL_OP_EQ | FILLS, 4},
    {"pcmpeqq", lift_lanes, AIL_OP_EQ | FILLS, 8},
    {"pcmpeqw", lift_lanes, AIL_OP_EQ | FILLS, 2},
    {"pcmpgtb", lift_lanes, AIL_OP_LTS | CLEARS | SWAPS, 1},
    {"pcmpgtd", lift_lanes, AIL_OP_LTS | CLEARS | SWAPS, 4},
    {"pcmpgtq", lift_lanes, AIL_OP_LTS | CLEARS | SWAPS, 8},
    {"pcmpgtw", lift_lanes, AIL_OP_LTS | CLEARS | SWAPS, 2},
    {"phaddd", lift_halves, 0, 4},
    {"phaddsw", lift_halves, 0, 2},
    {"phaddw", lift_halves, 0, 2},
    {"phsubd", lift_halves, 0, 4},
    {"phsubsw", lift_halves, 0, 2},
    {"phsubw", lift_halves, 0, 2},
    {"pmaddubsw", lift_lanes, NAMED, 2},
    {"pmaddwd", lift_lanes, NAMED, 4},
    {"pmaxsb", lift_lanes, AIL_OP_MAXS, 1},
    {"pmaxsd", lift_lanes, AIL_OP_MAXS, 4},
    {"pmaxsw", lift_lanes, AIL_OP_MAXS, 2},
    {"pmaxub", lift_lanes, AIL_OP_MAXU, 1},
    {"pmaxud", lift_lanes, AIL_OP_MAXU, 4},
    {"pmaxuw", lift_lanes, AIL_OP_MAXU, 2},
    {"pminsb", lift_lanes, AIL_OP_MINS, 1},
    {"pminsd", lift_lanes, AIL_OP_MINS, 4},
    {"pminsw", lift_lanes, AIL_OP_MINS, 2},
    {"pminub", lift_lanes, AIL_OP_MINU, 1},
    {"pminud", lift_lanes, AIL_OP_MINU, 4},
    {"pminuw", lift_lanes, AIL_OP_MINU, 2},
    {"pmovmskb", lift_mask, 0, 1},
    {"pmuldq", lift_wide_product, AIL_OP_SEXT, 0},
    {"pmulhrsw", lift_lanes, NAMED, 2},
    {"pmulhuw", lift_lanes, AIL_OP_MULHU, 2},
    {"pmulhw", lift_lanes, AIL_OP_MULHS, 2},
    {"pmulld", lift_lanes, AIL_OP_MUL, 4},
    {"pmullw", lift_lanes, AIL_OP_MUL, 2},
    {"pmuludq", lift_wide_product, AIL_OP_ZEXT, 0},
    {"por", lift_lanes, AIL_OP_OR, 0},
    {"psadbw", lift_lanes, NAMED, 8},
    {"psignb", lift_lanes, NAMED, 1},
    {"psignd", lift_lanes, NAMED, 4},
    {"psignw", lift_lanes, NAMED, 2},
    {"pslld", lift_shift, AIL_OP_SHL, 4},
    {"psllq", lift_shift, AIL_OP_SHL, 8},
    {"psllvd", lift_lanes, AIL_OP_SHL, 4},
    {"psllvq", lift_lanes, AIL_OP_SHL, 8},
    {"psllw", lift_shift, AIL_OP_SHL, 2},
    {"psrad", lift_shift, AIL_OP_SAR, 4},
    {"psravd", lift_lanes, AIL_OP_SAR, 4},
    {"psraw", lift_shift, AIL_OP_SAR, 2},
    {"psrld", lift_shift, AIL_OP_SHR, 4},
    {"psrlq", lift_shift, AIL_OP_SHR, 8},
    {"psrlvd", lift_lanes, AIL_OP_SHR, 4},
    {"psrlvq", lift_lanes, AIL_OP_SHR, 8},
    {"psrlw", lift_shift, AIL_OP_SHR, 2},
    {"psubb", lift_lanes, AIL_OP_SUB | CLEARS, 1},
    {"psubd", lift_lanes, AIL_OP_SUB | CLEARS, 4},
    {"psubq", lift_lanes, AIL_OP_SUB | CLEARS, 8},
    {"psubsb", lift_lanes, NAMED | CLEARS, 1},
    {"psubsw", lift_lanes, NAMED | CLEARS, 2},
    {"psubusb", lift_lanes, NAMED | CLEARS, 1},
    {"psubusw", lift_lanes, NAMED | CLEARS, 2},
    {"psubw", lift_lanes, AIL_OP_SUB | CLEARS, 2},
    {"ptest", lift_test, 0, 0},
    {"pxor", lift_lanes, AIL_OP_XOR | CLEARS, 0},
    {"testpd", lift_test, 1, 8},
    {"testps", lift_test, 1, 4},
    {"xorpd", lift_lanes, AIL_OP_XOR | CLEARS, 0},
    {"xorps", lift_lanes, AIL_OP_XOR | CLEARS, 0},
    {NULL, NULL, 0, 0},
};
