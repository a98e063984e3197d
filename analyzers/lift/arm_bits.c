/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of bits, extensions, bits and bytes in reverse; and what is done to parts of registers. */
#include "analyzers/lift/arm_insn.h"

void arm_extend(Arm *a, unsigned d, AilVar n, unsigned turn, unsigned size, bool is_signed,
                AilVar add)
{
    AilVar low = ail_part(n, 0, size);
    if (turn && turn / 8 + size <= 4)
        low = ail_part(n, turn / 8, size);
    else if (turn)
        low = ail_part(ail_do2(a->b, AIL_OP_ROR, 4, n, ail_const(turn, 4)), 0, size);
    AilVar r = ail_do1(a->b, is_signed ? AIL_OP_SEXT : AIL_OP_ZEXT, 4, low);
    arm_set(a, d, add.kind ? ail_do2(a->b, AIL_OP_ADD, 4, add, r) : r);
}

bool arm_extract(Arm *a, unsigned d, AilVar n, unsigned lsb, unsigned width, bool is_signed)
{
    if (lsb + width > 32 || !width)
        return false;
    AilVar r;
    if (lsb % 8 == 0 && width % 8 == 0 && width < 32) { /* whole bytes */
        r = ail_do1(a->b, is_signed ? AIL_OP_SEXT : AIL_OP_ZEXT, 4,
                    ail_part(n, lsb / 8, width / 8));
    } else {
        unsigned up = 32 - lsb - width;
        r = up ? ail_do2(a->b, AIL_OP_SHL, 4, n, ail_const(up, 4)) : n;
        if (width < 32)
            r = ail_do2(a->b, is_signed ? AIL_OP_SAR : AIL_OP_SHR, 4, r, ail_const(32 - width, 4));
    }
    arm_set(a, d, r);
    return true;
}

bool arm_insert(Arm *a, unsigned d, AilVar n, unsigned lsb, unsigned msb)
{
    if (msb < lsb)
        return false;
    uint64_t mask = (UINT64_C(2) << msb) - (UINT64_C(1) << lsb);
    AilVar r = ail_do2(a->b, AIL_OP_AND, 4, arm_get(a, d), arm_const(~mask));
    if (n.kind) {
        AilVar field = lsb ? ail_do2(a->b, AIL_OP_SHL, 4, n, ail_const(lsb, 4)) : n;
        field = ail_do2(a->b, AIL_OP_AND, 4, field, arm_const(mask));
        r = ail_do2(a->b, AIL_OP_OR, 4, r, field);
    }
    arm_set(a, d, r);
    return true;
}

void arm_unary(Arm *a, AilOpCode code, unsigned lane, unsigned d, AilVar n)
{
    AilVar r = ail_temp(a->b, 4);
    ail_put(a->b, code, lane, r, n, AIL_NONE, AIL_NONE);
    arm_set(a, d, r);
}

void arm_reverse(Arm *a, unsigned d, AilVar n, unsigned which)
{
    if (which == 2) {
        arm_unary(a, AIL_OP_BITREV, 0, d, n);
    } else if (which == 3) { /* revsh */
        AilVar low = ail_do1(a->b, AIL_OP_BSWAP, 2, ail_part(n, 0, 2));
        arm_set(a, d, ail_do1(a->b, AIL_OP_SEXT, 4, low));
    } else {
        arm_unary(a, AIL_OP_BSWAP, which ? 2 : 4, d, n);
    }
}

void arm_move_top(Arm *a, unsigned d, unsigned imm)
{
    AilVar r = ail_temp(a->b, 4);
    ail_copy(a->b, ail_part(r, 0, 2), ail_part(arm_get(a, d), 0, 2));
    ail_copy(a->b, ail_part(r, 2, 2), ail_const(imm, 2));
    arm_set(a, d, r);
}

/* --- what has no operation of its own --- */

void arm_mix(Arm *a, const char *name, unsigned d, AilVar x, AilVar y, AilVar z)
{
    AilVar r = ail_temp(a->b, 4);
    ail_put(a->b, AIL_OP_MIX, 0, r, x, y, z)->name = name;
    arm_set(a, d, r);
}

void arm_mix_long(Arm *a, const char *name, unsigned low, unsigned high, AilVar x, AilVar y)
{
    AilVar old = ail_temp(a->b, 8), r = ail_temp(a->b, 8);
    ail_copy(a->b, ail_part(old, 0, 4), arm_get(a, low));
    ail_copy(a->b, ail_part(old, 4, 4), arm_get(a, high));
    ail_put(a->b, AIL_OP_MIX, 0, r, x, y, old)->name = name;
    arm_set(a, low, ail_part(r, 0, 4));
    arm_set(a, high, ail_part(r, 4, 4));
}

static AilVar greater_or_equal(const Arm *a)
{
    return a->reg(a->b->mode, a->b->user, AIL_ARM_GE);
}

void arm_parallel(Arm *a, unsigned how, unsigned d, AilVar n, AilVar m)
{
    AilVar ge = greater_or_equal(a), r = ail_temp(a->b, 4);
    ail_put(a->b, AIL_OP_MIX, 0, r, n, m, AIL_NONE)->name = "parallel";
    if (how == 1)
        ail_put(a->b, AIL_OP_MIX, 0, ge, n, m, a->when.kind ? ge : AIL_NONE)->name = "ge";
    arm_set(a, d, r);
}

void arm_select(Arm *a, unsigned d, AilVar n, AilVar m)
{
    arm_mix(a, "sel", d, n, m, greater_or_equal(a));
}
