/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scalar floating point: Arm ARM C4.1, from "Conversion between floating-point and fixed-point" to
 * "Floating-point data-processing (3 source)". */
#include "analyzers/lift/arm64_vector.h"

/* Bytes of type `type`; 0: there is none. */
static unsigned size_of(unsigned type)
{
    static const uint8_t sizes[] = {4, 8, 0, 2};
    return sizes[type];
}

static AilVar call(AilBuild *b, const char *name, unsigned size, AilVar n, AilVar m, AilVar a)
{
    return a64_lanes(b, name, size, size, n, m, a);
}

/* fmov between registers, bit by bit. */
static bool move_general(AilBuild *b, uint32_t w, unsigned type, bool to_vector)
{
    unsigned n = a64_bits(w, 5, 5), d = a64_bits(w, 0, 5), size = size_of(type);
    bool top = a64_bits(w, 19, 2) == 1; /* the upper half of v */
    if (top != (type == 2) || (top && !a64_bit(w, 31)))
        return false;
    if (top && to_vector)
        ail_copy(b, ail_part(a64_v(d, 16), 8, 8), a64_x(n, 8));
    else if (top)
        a64_set(b, d, ail_part(a64_v(n, 16), 8, 8));
    else if (a64_bits(w, 19, 2) || (size != 2 && (size == 8) != a64_bit(w, 31)))
        return false;
    else if (to_vector)
        a64_set_v(b, d, a64_x(n, size));
    else
        a64_set(b, d, a64_v(n, size));
    return true;
}

/* Between floating point and integers, and fixed point. */
static bool convert(AilBuild *b, uint32_t w, bool fixed)
{
    static const char *const to_int[2][5] = {
        {"fcvtns", "fcvtps", "fcvtms", "fcvtzs", "fcvtas"},
        {"fcvtnu", "fcvtpu", "fcvtmu", "fcvtzu", "fcvtau"},
    };
    unsigned type = a64_bits(w, 22, 2), rounding = a64_bits(w, 19, 2), opcode = a64_bits(w, 16, 3);
    unsigned n = a64_bits(w, 5, 5), d = a64_bits(w, 0, 5), size = size_of(type);
    unsigned whole = a64_bit(w, 31) ? 8 : 4;
    bool u = opcode & 1;
    if (!fixed && opcode >= 6 && !(rounding == 3))
        return move_general(b, w, type, opcode == 7);
    if (!size)
        return false;
    if (fixed && (opcode > 3 || (whole == 4 && !a64_bit(w, 15))))
        return false;
    AilVar scale = fixed ? ail_const(64 - a64_bits(w, 10, 6), 1) : AIL_NONE;
    if (!fixed && opcode == 6 && rounding == 3) { /* fjcvtzs */
        AilVar result = call(b, "fjcvtzs", 4, a64_v(n, 8), AIL_NONE, AIL_NONE);
        for (unsigned i = 0; i < 4; i++)
            ail_copy(b, a64_flag(A64_N + i), ail_const(0, 1));
        a64_mix(b, "fjcvtzs_z", a64_flag(A64_Z), a64_v(n, 8), AIL_NONE, AIL_NONE);
        a64_set(b, d, result);
    } else if (opcode == 2 || opcode == 3) {
        AilVar x = a64_x(n, whole);
        a64_set_v(b, d, call(b, u ? "ucvtf" : "scvtf", size, x, scale, AIL_NONE));
    } else if (opcode < 2 || opcode == 4 || opcode == 5) {
        const char *name = to_int[u][opcode >= 4 ? 4 : rounding];
        a64_set(b, d, call(b, name, whole, a64_v(n, size), scale, AIL_NONE));
    } else {
        return false;
    }
    return true;
}

/* fmov, fabs, fneg, fsqrt, fcvt, frint.. */
static bool one_source(AilBuild *b, uint32_t w, unsigned size)
{
    static const char *const rounding[] = {"frintn",   "frintp",   "frintm",   "frintz",
                                           "frinta",   NULL,       "frintx",   "frinti",
                                           "frint32z", "frint32x", "frint64z", "frint64x"};
    unsigned opcode = a64_bits(w, 15, 6), d = a64_bits(w, 0, 5);
    AilVar n = a64_v(a64_bits(w, 5, 5), size);
    uint64_t sign = UINT64_C(1) << (8 * size - 1), all = UINT64_MAX >> (64 - 8 * size);
    if (opcode == 0) {
        a64_set_v(b, d, n);
    } else if (opcode == 1) {
        a64_set_v(b, d, ail_do2(b, AIL_OP_AND, size, n, ail_const(all & ~sign, size)));
    } else if (opcode == 2) {
        a64_set_v(b, d, ail_do2(b, AIL_OP_XOR, size, n, ail_const(sign, size)));
    } else if (opcode == 3) {
        a64_set_v(b, d, call(b, "fsqrt", size, n, AIL_NONE, AIL_NONE));
    } else if (opcode >= 4 && opcode < 8) {
        unsigned to = opcode == 6 ? 2 : size_of(opcode & 3); /* 6: bfcvt */
        a64_set_v(b, d, call(b, opcode == 6 ? "bfcvt" : "fcvt", to, n, AIL_NONE, AIL_NONE));
    } else if (opcode < 20 && rounding[opcode - 8]) {
        a64_set_v(b, d, call(b, rounding[opcode - 8], size, n, AIL_NONE, AIL_NONE));
    } else {
        return false;
    }
    return true;
}

/* The flags that a comparison sets, as bits 7 .. 4 of a byte. */
static AilVar compare(AilBuild *b, AilVar n, AilVar m)
{
    AilVar flags = ail_temp(b, 1);
    a64_mix(b, "fcmp", flags, n, m, AIL_NONE);
    return flags;
}

static bool compare_conditionally(AilBuild *b, uint32_t w, AilVar n, AilVar m)
{
    AilVar cond = a64_truth(b, a64_bits(w, 12, 4)), kept = ail_temp(b, 1);
    ail_copy(b, kept, cond);
    a64_unpack_flags(b, compare(b, n, m));
    for (unsigned i = 0; i < 4; i++)
        ail_put(b, AIL_OP_SELECT, 0, a64_flag(A64_N + i), a64_flag(A64_N + i),
                ail_const(w >> (3 - i) & 1, 1), kept);
    return true;
}

static bool two_sources(AilBuild *b, uint32_t w, unsigned size, AilVar n, AilVar m)
{
    static const char *const names[] = {"fmul", "fdiv",   "fadd",   "fsub", "fmax",
                                        "fmin", "fmaxnm", "fminnm", "fnmul"};
    unsigned opcode = a64_bits(w, 12, 4);
    if (opcode > 8)
        return false;
    a64_set_v(b, a64_bits(w, 0, 5), call(b, names[opcode], size, n, m, AIL_NONE));
    return true;
}

static bool choose(AilBuild *b, uint32_t w, AilVar n, AilVar m)
{
    bool inverted;
    AilVar cond = a64_condition(b, a64_bits(w, 12, 4), &inverted), dst = ail_temp(b, n.size);
    ail_put(b, AIL_OP_SELECT, 0, dst, inverted ? m : n, inverted ? n : m, cond);
    a64_set_v(b, a64_bits(w, 0, 5), dst);
    return true;
}

/* Those with bits 10 .. 15 that are zero from below: by the lowest that is not. */
static bool sparse(AilBuild *b, uint32_t w, unsigned size)
{
    AilVar n = a64_v(a64_bits(w, 5, 5), size), m = a64_v(a64_bits(w, 16, 5), size);
    unsigned d = a64_bits(w, 0, 5);
    if (a64_bit(w, 12)) { /* fmov of an immediate */
        uint64_t value = a64_float_immediate(a64_bits(w, 13, 8), size);
        a64_set_v(b, d, ail_const(value & UINT64_MAX >> (64 - 8 * size), size));
        return !a64_bits(w, 5, 5);
    }
    if (a64_bit(w, 13)) { /* fcmp, fcmpe */
        if (a64_bits(w, 14, 2) || d & 7)
            return false;
        a64_unpack_flags(b, compare(b, n, d & 8 ? AIL_NONE : m));
        return true;
    }
    return a64_bit(w, 14) && one_source(b, w, size);
}

bool a64_float(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(a64_bits(w, 22, 2));
    AilVar n = a64_v(a64_bits(w, 5, 5), size), m = a64_v(a64_bits(w, 16, 5), size);
    if (a64_bit(w, 29) || a64_bit(w, 30) || !a64_bit(w, 28))
        return false;
    if (!a64_bit(w, 24) && (!a64_bit(w, 21) || !a64_bits(w, 10, 6)))
        return convert(b, w, !a64_bit(w, 21));
    if (a64_bit(w, 31) || !size)
        return false;
    if (a64_bit(w, 24)) {
        static const char *const names[] = {"fmadd", "fmsub", "fnmadd", "fnmsub"};
        AilVar a = a64_v(a64_bits(w, 10, 5), size);
        a64_set_v(b, a64_bits(w, 0, 5),
                  call(b, names[a64_bit(w, 21) << 1 | a64_bit(w, 15)], size, n, m, a));
        return true;
    }
    switch (a64_bits(w, 10, 2)) {
    case 0:
        return sparse(b, w, size);
    case 1:
        return compare_conditionally(b, w, n, m);
    case 2:
        return two_sources(b, w, size, n, m);
    default:
        return choose(b, w, n, m);
    }
}
