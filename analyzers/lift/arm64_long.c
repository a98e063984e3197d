/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Three different", whose results are wider or narrower than what they are of; and operations with
 * one element of a vector. */
#include "analyzers/lift/arm64_vector.h"

/* Of two halves, made wide: their sum, difference, product, added to d or taken from it. */
static bool long_product(AilBuild *b, const A64Vec *v, AilOpCode code, AilOpCode gather, AilVar n,
                         AilVar m)
{
    unsigned wide = 2 * v->lane;
    AilVar result = a64_op_lanes(b, code, wide, a64_widen(b, n, v->lane, !v->u), m);
    if (gather)
        result = a64_op_lanes(b, gather, wide, a64_v(v->d, 16), result);
    a64_set_v(b, v->d, result);
    return true;
}

/* The same by name, saturating or of absolute differences. */
static bool long_named(AilBuild *b, const A64Vec *v, const char *name, bool gather, AilVar n,
                       AilVar m)
{
    unsigned size = v->scalar ? 2 * v->lane : 16;
    AilVar d = gather ? a64_v(v->d, size) : AIL_NONE;
    a64_set_v(b, v->d, a64_lanes(b, name, 2 * v->lane, size, n, m, d));
    return true;
}

/* addhn, subhn: the upper halves of sums; raddhn, rsubhn with rounding */
static bool high_half(AilBuild *b, const A64Vec *v, bool sub)
{
    AilVar n = a64_v(v->n, 16), m = a64_v(v->m, 16);
    if (v->u)
        a64_set_half(b, v, a64_lanes(b, sub ? "rsubhn" : "raddhn", v->lane, 8, n, m, AIL_NONE));
    else
        a64_narrow(b, v, a64_op_lanes(b, sub ? AIL_OP_SUB : AIL_OP_ADD, 2 * v->lane, n, m),
                   v->lane);
    return true;
}

static bool polynomial(AilBuild *b, const A64Vec *v, AilVar n, AilVar m)
{
    if (v->u || (v->log2 && v->log2 != 3))
        return false;
    if (v->log2 == 0)
        return long_named(b, v, "pmull", false, n, m);
    AilVar product = ail_temp(b, 16);
    a64_mix(b, "pmull", product, n, m, AIL_NONE);
    a64_set_v(b, v->d, product);
    return true;
}

bool a64_three_different(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 12, 4);
    AilVar n = a64_half(v, v->n), m = a64_half(v, v->m);
    if (opcode == 14 && !v->scalar)
        return polynomial(b, v, n, m);
    if (v->lane == 8)
        return false;
    if (opcode == 9 || opcode == 11 || opcode == 13) {
        static const char *const names[] = {"sqdmlal", "sqdmlsl", "sqdmull"};
        return !v->u && v->log2 && long_named(b, v, names[(opcode - 9) / 2], opcode != 13, n, m);
    }
    if (v->scalar)
        return false;
    switch (opcode) {
    case 0:
    case 2:
        return long_product(b, v, opcode ? AIL_OP_SUB : AIL_OP_ADD, AIL_OP_NONE, n,
                            a64_widen(b, m, v->lane, !v->u));
    case 1:
    case 3:
        a64_set_v(b, v->d,
                  a64_op_lanes(b, opcode == 1 ? AIL_OP_ADD : AIL_OP_SUB, 2 * v->lane,
                               a64_v(v->n, 16), a64_widen(b, m, v->lane, !v->u)));
        return true;
    case 4:
    case 6:
        return high_half(b, v, opcode == 6);
    case 5:
        return long_named(b, v, v->u ? "uabal" : "sabal", true, n, m);
    case 7:
        return long_named(b, v, v->u ? "uabdl" : "sabdl", false, n, m);
    case 8:
    case 10:
    case 12:
        return long_product(b, v, AIL_OP_MUL,
                            opcode == 8    ? AIL_OP_ADD
                            : opcode == 10 ? AIL_OP_SUB
                                           : AIL_OP_NONE,
                            n, a64_widen(b, m, v->lane, !v->u));
    default:
        return false;
    }
}

/* The element of register m that the instruction names, of `lane` bytes. */
static AilVar element_of(uint32_t w, unsigned lane)
{
    unsigned h = a64_bit(w, 11), l = a64_bit(w, 21), m = a64_bit(w, 20);
    if (lane == 2)
        return ail_part(a64_v(a64_bits(w, 16, 4), 16), 2 * (h << 2 | l << 1 | m), 2);
    unsigned index = lane == 4 ? h << 1 | l : h;
    return ail_part(a64_v(a64_bits(w, 16, 5), 16), index * lane, lane);
}

/* mul, mla, fmul .. by u and opcode: what a lane of the same size becomes. */
static bool same_by_element(AilBuild *b, uint32_t w, const A64Vec *v)
{
    enum { HS = 6, FLOAT = 0xee, SCALAR_HS = 0x66 };
    static const A64Do table[2][16] = {
        {
            [1] = {"fmla", .sizes = FLOAT, .accumulates = true},
            [5] = {"fmls", .sizes = FLOAT, .accumulates = true},
            [8] = {"mul", .code = AIL_OP_MUL, .sizes = HS},
            [9] = {"fmul", .sizes = FLOAT},
            [12] = {"sqdmulh", .sizes = SCALAR_HS},
            [13] = {"sqrdmulh", .sizes = SCALAR_HS},
        },
        {
            [0] = {"mla", .sizes = HS, .accumulates = true},
            [4] = {"mls", .sizes = HS, .accumulates = true},
            [9] = {"fmulx", .sizes = FLOAT},
            [13] = {"sqrdmlah", .sizes = SCALAR_HS, .accumulates = true},
            [15] = {"sqrdmlsh", .sizes = SCALAR_HS, .accumulates = true},
        },
    };
    const A64Do *what = &table[v->u][a64_bits(w, 12, 4)];
    A64Vec e = *v;
    if (what->sizes == FLOAT && v->log2 == 0)
        e.log2 = 1;
    else if (what->sizes == FLOAT && v->log2 == 1)
        return false;
    e.lane = 1u << e.log2;
    e.size = v->scalar ? e.lane : v->size;
    AilVar m = element_of(w, e.lane);
    return what->name &&
           a64_do(b, &e, what, a64_vec(&e, v->n), v->scalar ? m : a64_repeat(b, m, e.size));
}

/* smull .., sqdmull: with results of twice the size */
static bool long_by_element(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 12, 4);
    AilVar n = a64_half(v, v->n), m = element_of(w, v->lane);
    if (!(v->log2 == 1 || v->log2 == 2))
        return false;
    if (!v->scalar)
        m = a64_repeat(b, m, 8);
    if (opcode == 3 || opcode == 7 || opcode == 11)
        return !v->u && long_named(b, v,
                                   opcode == 3   ? "sqdmlal"
                                   : opcode == 7 ? "sqdmlsl"
                                                 : "sqdmull",
                                   opcode != 11, n, m);
    if (v->scalar)
        return false;
    return long_product(b, v, AIL_OP_MUL,
                        opcode == 2   ? AIL_OP_ADD
                        : opcode == 6 ? AIL_OP_SUB
                                      : AIL_OP_NONE,
                        n, a64_widen(b, m, v->lane, !v->u));
}

/* bfmlalb, bfmlalt: of every other lane of n */
static void multiply_brain_floats(AilBuild *b, uint32_t w, const A64Vec *v)
{
    AilVar m = a64_repeat(b, element_of(w, 2), 16), d = a64_v(v->d, 16);
    a64_set_v(b, v->d, a64_lanes(b, v->q ? "bfmlalt" : "bfmlalb", 4, 16, a64_v(v->n, 16), m, d));
}

/* sdot .. with four bytes of m; fcmla with a pair; fmlal */
static bool other_by_element(AilBuild *b, uint32_t w, const A64Vec *v)
{
    static const char *const dots[] = {"sudot", "bfdot", "usdot"};
    unsigned opcode = a64_bits(w, 12, 4), lane = 4;
    AilVar n = a64_vec(v, v->n), m = element_of(w, 4);
    const char *name = v->u ? "udot" : "sdot";
    if (v->scalar)
        return false;
    if (opcode == 15 && v->log2 == 3) {
        multiply_brain_floats(b, w, v);
        return true;
    }
    if (opcode == 15) {
        name = dots[v->log2];
    } else if (v->u && opcode & 1) {
        name = "fcmla";
        lane = 2 * v->lane;
        m = element_of(w, v->lane == 4 ? 8 : 4);
    } else if (opcode != 14) { /* fmlal, fmlal2, fmlsl, fmlsl2 */
        name = opcode & 4 ? "fmlsl" : "fmlal";
        n = ail_part(a64_v(v->n, 16), v->u ? v->size / 2 : 0, v->size / 2);
        m = element_of(w, 2);
    }
    if (lane > v->size)
        return false;
    m = a64_repeat(b, m, v->size / lane * m.size);
    a64_set_v(b, v->d, a64_lanes(b, name, lane, v->size, n, m, a64_vec(v, v->d)));
    return true;
}

bool a64_by_element(AilBuild *b, uint32_t w, const A64Vec *v)
{
    /* by u, and as bits the opcodes */
    static const uint16_t longs[2] = {1 << 2 | 1 << 3 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 11,
                                      1 << 2 | 1 << 6 | 1 << 10};
    static const uint16_t dots[2] = {1 << 14 | 1 << 15 | 1 << 0 | 1 << 4,
                                     1 << 14 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 |
                                         1 << 12};
    unsigned opcode = a64_bits(w, 12, 4);
    if (longs[v->u] >> opcode & 1)
        return long_by_element(b, w, v);
    if (dots[v->u] >> opcode & 1)
        return other_by_element(b, w, v);
    return same_by_element(b, w, v);
}
