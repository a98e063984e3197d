/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A32, by the classes of Arm ARM (DDI 0406), chapter A5. */
#include "analyzers/lift/arm_insn.h"

/* --- data processing --- */

/* Bits 24 .. 20 of 10xx0 are no comparisons without flags, but other instructions. */
static bool is_other(uint32_t w)
{
    return arm_bits(w, 23, 2) == 2 && !arm_bit(w, 20);
}

static bool process(Arm *a, uint32_t w, ArmOperand m)
{
    unsigned d = arm_bits(w, 12, 4);
    ArmData op = (ArmData)arm_bits(w, 21, 4);
    bool flags = arm_bit(w, 20);
    if (flags && d == ARM_PC && (op < ARM_TST || op > ARM_CMN)) {
        if ((op >= ARM_ADC && op <= ARM_RSC) || !arm_exception_return(a))
            return false;
        flags = false;
    }
    if (op == ARM_MOV && d == ARM_PC && m.v.kind == AIL_VAR_STATE && arm_bits(w, 0, 12) == ARM_LR)
        a->b->flags |= AIL_LIFT_RETURN;
    arm_data(a, op, flags, d, arm_get(a, arm_bits(w, 16, 4)), m);
    return true;
}

/* mul, mla, mls; umull, umlal, smull, smlal */
static bool multiply(Arm *a, uint32_t w)
{
    unsigned kind = arm_bits(w, 21, 3), high = arm_bits(w, 16, 4), low = arm_bits(w, 12, 4);
    AilVar m = arm_get(a, arm_bits(w, 0, 4)), s = arm_get(a, arm_bits(w, 8, 4));
    bool flags = arm_bit(w, 20);
    if (high == ARM_PC || m.kind != AIL_VAR_STATE || s.kind != AIL_VAR_STATE)
        return false;
    if (kind == 2) {
        if (flags || low == ARM_PC || low == high)
            return false;
        arm_mix_long(a, "umaal", low, high, m, s);
    } else if (kind < 4) {
        if ((kind == 3 && flags) || (kind && low == ARM_PC))
            return false;
        arm_multiply(a, high, m, s, kind ? arm_get(a, low) : AIL_NONE, kind == 3, flags);
    } else {
        if (low == ARM_PC || low == high)
            return false;
        arm_multiply_long(a, low, high, m, s, kind & 2, kind & 1, flags);
    }
    return true;
}

/* strh, ldrh, ldrsb, ldrsh, ldrd, strd */
static bool extra_access(Arm *a, uint32_t w)
{
    bool load = arm_bit(w, 20), before = arm_bit(w, 24);
    unsigned op = arm_bits(w, 5, 2), t = arm_bits(w, 12, 4);
    AilVar by = arm_bit(w, 22) ? arm_const(arm_bits(w, 8, 4) << 4 | arm_bits(w, 0, 4))
                               : arm_get(a, arm_bits(w, 0, 4));
    ArmAddress at = {.n = arm_bits(w, 16, 4),
                     .by = by,
                     .subtract = !arm_bit(w, 23),
                     .index = before,
                     .write_back = !before || arm_bit(w, 21)};
    if (!before && arm_bit(w, 21))
        return false; /* without privilege */
    if (!arm_bit(w, 22) && (arm_bits(w, 8, 4) || arm_bits(w, 0, 4) == ARM_PC))
        return false;
    if (!load && op >= 2)
        return !(t & 1) && arm_access_pair(a, &at, op == 2, t, t + 1);
    return arm_access(a, &at, load, t, op == 2 ? 1 : 2, op >= 2);
}

/* bx, blx, clz; others are of the system */
static bool miscellaneous(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 21, 2), kind = arm_bits(w, 4, 4), m = arm_bits(w, 0, 4);
    AilVar to = arm_get(a, m);
    if (kind == 0 && !arm_bits(w, 8, 4)) {
        if (op & 1)
            return m != ARM_PC && arm_write_status(a, to, arm_bits(w, 16, 4), op & 2);
        return arm_read_status(a, arm_bits(w, 12, 4), op & 2);
    }
    if ((kind & 9) == 8 || kind == 5)
        return arm_a32_halves(a, w);
    if (kind == 1 && op == 3 && m != ARM_PC && arm_bits(w, 12, 4) != ARM_PC) {
        arm_unary(a, AIL_OP_CLZ, 0, arm_bits(w, 12, 4), to);
        return true;
    }
    if ((kind != 1 && kind != 3) || op != 1 || m == ARM_PC || arm_bits(w, 8, 12) != 0xfff)
        return false;
    if (kind == 3) {
        to = ail_do1(a->b, AIL_OP_COPY, 4, to); /* it may be lr */
        arm_link(a);
    } else if (m == ARM_LR) {
        a->b->flags |= AIL_LIFT_RETURN;
    }
    arm_jump(a, to);
    return true;
}

/* ldrex, strex and those of other sizes */
static bool exclusive(Arm *a, uint32_t w)
{
    static const uint8_t sizes[] = {4, 8, 1, 2};
    unsigned size = sizes[arm_bits(w, 21, 2)], n = arm_bits(w, 16, 4), t = arm_bits(w, 12, 4);
    unsigned m = arm_bits(w, 0, 4), from = arm_bit(w, 20) ? t : m;
    if (!arm_bit(w, 23) || arm_bits(w, 8, 2) != 3 || n == ARM_PC || (size == 8 && from & 1))
        return false;
    if (arm_bit(w, 20))
        return arm_exclusive_load(a, arm_get(a, n), size, t, t + 1);
    return arm_exclusive_store(a, arm_get(a, n), size, t, m, m + 1);
}

static bool registers(Arm *a, uint32_t w)
{
    AilVar m = arm_get(a, arm_bits(w, 0, 4));
    unsigned type = arm_bits(w, 5, 2);
    if (arm_bit(w, 4) && arm_bit(w, 7)) {
        if (type)
            return extra_access(a, w);
        return arm_bit(w, 24) ? exclusive(a, w) : multiply(a, w);
    }
    if (is_other(w))
        return miscellaneous(a, w);
    if (!arm_bit(w, 4))
        return process(a, w, arm_shift(a, m, type, arm_bits(w, 7, 5)));
    AilVar by = arm_get(a, arm_bits(w, 8, 4));
    if (by.kind != AIL_VAR_STATE || m.kind != AIL_VAR_STATE || arm_bits(w, 12, 4) == ARM_PC ||
        arm_bits(w, 16, 4) == ARM_PC)
        return false; /* unpredictable */
    return process(a, w, arm_shift_by(a, m, type, by));
}

static bool immediate(Arm *a, uint32_t w)
{
    unsigned turn = 2 * arm_bits(w, 8, 4), imm = arm_bits(w, 0, 8), op = arm_bits(w, 20, 5);
    unsigned d = arm_bits(w, 12, 4), half = arm_bits(w, 16, 4) << 12 | arm_bits(w, 0, 12);
    if ((op == 0x10 || op == 0x14) && d == ARM_PC)
        return false;
    if (op == 0x10) /* movw, movt */
        return arm_set(a, d, arm_const(half)), true;
    if (op == 0x14)
        return arm_move_top(a, d, half), true;
    uint32_t v = turn ? imm >> turn | imm << (32 - turn) : imm;
    if (is_other(w) && arm_bits(w, 16, 4)) /* msr */
        return arm_write_status(a, arm_const(v), arm_bits(w, 16, 4), op & 4);
    if (is_other(w)) /* hints */
        return op == 0x12 && arm_bits(w, 4, 4) != 15;
    ArmOperand m = {arm_const(v), turn ? ail_const(v >> 31, 1) : AIL_NONE};
    return process(a, w, m);
}

/* --- loads, stores --- */

static bool access(Arm *a, uint32_t w, AilVar by)
{
    bool before = arm_bit(w, 24);
    ArmAddress at = {.n = arm_bits(w, 16, 4),
                     .by = by,
                     .subtract = !arm_bit(w, 23),
                     .index = before,
                     .write_back = !before || arm_bit(w, 21)};
    if (!before && arm_bit(w, 21))
        return false; /* without privilege */
    return arm_access(a, &at, arm_bit(w, 20), arm_bits(w, 12, 4), arm_bit(w, 22) ? 1 : 4, false);
}

static bool many(Arm *a, uint32_t w)
{
    return !arm_bit(w, 22) &&
           arm_access_many(a, arm_bit(w, 20), arm_bits(w, 16, 4), arm_bits(w, 0, 16),
                           arm_bit(w, 23), arm_bit(w, 24), arm_bit(w, 21));
}

static bool branch(Arm *a, uint32_t w, unsigned half)
{
    int32_t distance = (int32_t)(arm_bits(w, 0, 24) << 8) >> 6;
    if (half || arm_bit(w, 24))
        arm_link(a);
    arm_jump(a, arm_const(a->b->pc + 8 + (uint64_t)(int64_t)distance + (half & 2)));
    return true;
}

/* What has no condition: blx to T32, hints that memory will be wanted, barriers. */
static bool unconditional(Arm *a, uint32_t w)
{
    if (arm_bits(w, 25, 3) == 5)
        return branch(a, w, arm_bit(w, 24) ? 3 : 1);
    bool prefetch = arm_bits(w, 26, 2) == 1 && arm_bits(w, 20, 2) == 1 &&
                    (arm_bit(w, 22) || arm_bit(w, 24)) && arm_bits(w, 12, 4) == 15;
    bool masks = arm_bits(w, 20, 8) == 0x10 && !arm_bit(w, 16) && !arm_bit(w, 5); /* cps */
    if (arm_bits(w, 4, 28) == 0xf57ff01)                                          /* clrex */
        return false;
    return prefetch || masks || arm_bits(w, 8, 24) == 0xf57ff0;
}

bool arm_a32(Arm *a, uint32_t w)
{
    unsigned cond = arm_bits(w, 28, 4);
    if (cond == 15)
        return unconditional(a, w);
    if (cond < 14)
        a->when = arm_condition(a, cond);
    switch (arm_bits(w, 25, 3)) {
    case 0:
        return registers(a, w);
    case 1:
        return immediate(a, w);
    case 2:
        return access(a, w, arm_const(arm_bits(w, 0, 12)));
    case 3:
        if (arm_bit(w, 4))
            return arm_a32_media(a, w);
        return arm_bits(w, 0, 4) != ARM_PC && access(a, w,
                                                     arm_shift(a, arm_get(a, arm_bits(w, 0, 4)),
                                                               arm_bits(w, 5, 2), arm_bits(w, 7, 5))
                                                         .v);
    case 4:
        return many(a, w);
    case 5:
        return branch(a, w, 0);
    case 6:
        return arm_coprocessor(a, w);
    default: /* svc is left out */
        return !arm_bit(w, 24) && arm_coprocessor(a, w);
    }
}
