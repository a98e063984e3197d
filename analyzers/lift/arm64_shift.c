/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shifts of vectors by an immediate, of which some widen and some narrow; and conversions between
 * numbers with so many bits after the point. */
#include <glib.h>

#include "analyzers/lift/arm64_vector.h"

/* The operation with the count in it, "srshr_3": lanes have no operand for that. */
static const char *with_count(const char *name, unsigned by)
{
    char text[32];
    g_snprintf(text, sizeof text, "%s_%u", name, by);
    return g_intern_string(text);
}

/* By u and opcode, bits 11 .. 15. */
static const char *const names[2][32] = {
    {
        [4] = "srshr",
        [6] = "srsra",
        [14] = "sqshl",
        [17] = "rshrn",
        [18] = "sqshrn",
        [19] = "sqrshrn",
        [28] = "scvtf",
        [31] = "fcvtzs",
    },
    {
        [4] = "urshr",
        [6] = "ursra",
        [8] = "sri",
        [10] = "sli",
        [12] = "sqshlu",
        [14] = "uqshl",
        [16] = "sqshrun",
        [17] = "sqrshrun",
        [18] = "uqshrn",
        [19] = "uqrshrn",
        [28] = "ucvtf",
        [31] = "fcvtzu",
    },
};

/* shrn and its like: right, and half of each lane is kept */
static bool narrow(AilBuild *b, const A64Vec *v, unsigned opcode, unsigned by)
{
    unsigned size = v->scalar ? 2 * v->lane : 16;
    AilVar n = a64_v(v->n, size);
    const char *name = names[v->u][opcode];
    if (v->lane == 8 || (v->scalar && (opcode < 18 && !v->u)))
        return false;
    if (name) {
        AilVar half = ail_temp(b, size / 2);
        ail_put(b, AIL_OP_LANES, v->lane, half, n, AIL_NONE, AIL_NONE)->name = with_count(name, by);
        a64_set_half(b, v, half);
        return true;
    }
    if (by % 8)
        n = a64_op_lanes(b, AIL_OP_SHR, 2 * v->lane, n, ail_const(by, 2 * v->lane));
    a64_narrow(b, v, n, by % 8 ? 0 : by / 8);
    return true;
}

/* sshll, ushll */
static bool widen(AilBuild *b, const A64Vec *v, unsigned by)
{
    if (v->lane == 8 || v->scalar)
        return false;
    AilVar wide = a64_widen(b, a64_half(v, v->n), v->lane, !v->u);
    if (by)
        wide = a64_op_lanes(b, AIL_OP_SHL, 2 * v->lane, wide, ail_const(by, 2 * v->lane));
    a64_set_v(b, v->d, wide);
    return true;
}

/* sshr, ushr, ssra, usra, shl */
static bool plain(AilBuild *b, const A64Vec *v, unsigned opcode, unsigned by)
{
    AilOpCode code = opcode == 10 ? AIL_OP_SHL : v->u ? AIL_OP_SHR : AIL_OP_SAR;
    AilVar n = a64_vec(v, v->n), result = n;
    if (by)
        result = a64_op_lanes(b, code, v->lane, n, ail_const(by, v->lane));
    if (opcode == 2)
        result = a64_op_lanes(b, AIL_OP_ADD, v->lane, a64_vec(v, v->d), result);
    a64_set_v(b, v->d, result);
    return true;
}

bool a64_shift_immediate(AilBuild *b, uint32_t w, const A64Vec *whole)
{
    unsigned opcode = a64_bits(w, 11, 5), imm = a64_bits(w, 16, 7), log2 = 3;
    A64Vec v = *whole;
    while (log2 && !(imm >> (3 + log2) & 1))
        log2--;
    v.log2 = log2;
    v.lane = 1u << log2;
    v.size = v.scalar ? v.lane : whole->size;
    unsigned bits = 8 * v.lane, left = imm - bits, right = 2 * bits - imm;
    bool narrows = opcode >= 16 && opcode < 20;
    if (v.lane == 8 && (narrows || opcode == 20 || (!v.q && !v.scalar)))
        return false;
    if (narrows)
        return narrow(b, &v, opcode, right);
    if (opcode == 20)
        return widen(b, &v, left);
    if (v.scalar && v.lane < 8 && opcode != 12 && opcode != 14 && opcode < 28)
        return false;
    if (opcode == 0 || opcode == 2)
        return plain(b, &v, opcode, right);
    if (opcode == 10 && !v.u)
        return plain(b, &v, opcode, left);
    const char *name = names[v.u][opcode];
    bool adds = opcode == 6 || opcode == 8 || opcode == 10;
    if (!name || (opcode >= 28 && v.lane == 1))
        return false;
    name = with_count(name, opcode == 10 || opcode == 12 || opcode == 14 ? left : right);
    AilVar d = adds ? a64_vec(&v, v.d) : AIL_NONE;
    a64_set_v(b, v.d, a64_lanes(b, name, v.lane, v.size, a64_vec(&v, v.n), d, AIL_NONE));
    return true;
}
