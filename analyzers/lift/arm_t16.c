/* SPDX-License-Identifier: GPL-2.0-or-later */
/* T32's instructions of a half word: Arm ARM (DDI 0406), A6.2. */
#include "analyzers/lift/arm_insn.h"

static ArmOperand plain(AilVar v)
{
    return (ArmOperand){v, AIL_NONE};
}

/* Arithmetic sets flags but where an instruction before made it conditional. */
static bool sets_flags(const Arm *a)
{
    return !a->in_it;
}

/* lsl, lsr, asr of a constant; add, sub, mov, cmp */
static bool shift_add(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 11, 5), d = arm_bits(w, 0, 3), high = arm_bits(w, 8, 3);
    AilVar n = arm_get(a, arm_bits(w, 3, 3)), imm = arm_const(arm_bits(w, 0, 8));
    static const ArmData ops[] = {ARM_MOV, ARM_CMP, ARM_ADD, ARM_SUB};
    if (op < 3) {
        arm_data(a, ARM_MOV, sets_flags(a), d, n, arm_shift(a, n, op, arm_bits(w, 6, 5)));
    } else if (op == 3) {
        AilVar m = arm_bit(w, 10) ? arm_const(arm_bits(w, 6, 3)) : arm_get(a, arm_bits(w, 6, 3));
        arm_data(a, arm_bit(w, 9) ? ARM_SUB : ARM_ADD, sets_flags(a), d, n, plain(m));
    } else {
        arm_data(a, ops[op & 3], sets_flags(a), high, arm_get(a, high), plain(imm));
    }
    return true;
}

static bool process(Arm *a, uint32_t w)
{
    static const ArmData ops[16] = {
        ARM_AND, ARM_EOR, ARM_MOV, ARM_MOV, ARM_MOV, ARM_ADC, ARM_SBC, ARM_MOV,
        ARM_TST, ARM_RSB, ARM_CMP, ARM_CMN, ARM_ORR, ARM_MOV, ARM_BIC, ARM_MVN,
    };
    unsigned op = arm_bits(w, 6, 4), d = arm_bits(w, 0, 3);
    AilVar n = arm_get(a, d), m = arm_get(a, arm_bits(w, 3, 3));
    bool flags = sets_flags(a);
    if (op == 13)
        arm_multiply(a, d, n, m, AIL_NONE, false, flags);
    else if (op >= 2 && (op < 5 || op == 7)) /* shifts */
        arm_data(a, ARM_MOV, flags, d, n, arm_shift_by(a, n, op == 7 ? 3 : op - 2, m));
    else if (op == 9) /* neg */
        arm_data(a, ARM_RSB, flags, d, m, plain(arm_const(0)));
    else
        arm_data(a, ops[op], flags, d, n, plain(m));
    return true;
}

/* add, cmp, mov of all registers, without flags; bx, blx */
static bool high_registers(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 8, 2), d = arm_bits(w, 0, 3) | arm_bit(w, 7) << 3;
    unsigned from = arm_bits(w, 3, 4);
    AilVar m = arm_get(a, from);
    static const ArmData ops[] = {ARM_ADD, ARM_CMP, ARM_MOV};
    if (op < 3) {
        if (op == 1 && d == ARM_PC)
            return false;
        if (op == 2 && d == ARM_PC && from == ARM_LR)
            a->b->flags |= AIL_LIFT_RETURN;
        arm_data(a, ops[op], false, d, arm_get(a, d), plain(m));
        return true;
    }
    if (arm_bits(w, 0, 3))
        return false;
    if (arm_bit(w, 7)) {
        if (from == ARM_PC)
            return false;
        m = ail_do1(a->b, AIL_OP_COPY, 4, m);
        arm_link(a);
    } else if (from == ARM_LR) {
        a->b->flags |= AIL_LIFT_RETURN;
    }
    arm_jump(a, m);
    return true;
}

static bool access(Arm *a, bool load, unsigned t, unsigned n, AilVar by, unsigned size, bool sign)
{
    ArmAddress at = {.n = n, .by = by, .index = true};
    return arm_access(a, &at, load, t, size, sign);
}

/* str strh strb ldrsb ldr ldrh ldrb ldrsh of a register's distance */
static bool access_indexed(Arm *a, uint32_t w)
{
    static const uint8_t sizes[] = {4, 2, 1, 1, 4, 2, 1, 2};
    unsigned op = arm_bits(w, 9, 3);
    return access(a, op >= 3, arm_bits(w, 0, 3), arm_bits(w, 3, 3), arm_get(a, arm_bits(w, 6, 3)),
                  sizes[op], op == 3 || op == 7);
}

/* Of a constant distance: words, bytes, half words; and from sp. */
static bool access_at(Arm *a, uint32_t w)
{
    unsigned kind = arm_bits(w, 12, 4), imm = arm_bits(w, 6, 5), t = arm_bits(w, 0, 3);
    bool load = arm_bit(w, 11);
    if (kind == 9)
        return access(a, load, arm_bits(w, 8, 3), ARM_SP, arm_const(4 * arm_bits(w, 0, 8)), 4,
                      false);
    unsigned size = kind == 6 ? 4 : kind == 7 ? 1 : 2;
    return access(a, load, t, arm_bits(w, 3, 3), arm_const(imm * size), size, false);
}

/* cbz, cbnz: never conditional by another instruction */
static bool compare_and_branch(Arm *a, uint32_t w)
{
    AilVar n = arm_get(a, arm_bits(w, 0, 3));
    uint64_t distance = arm_bits(w, 3, 5) << 1 | arm_bit(w, 9) << 6;
    a->when = ail_do2(a->b, arm_bit(w, 11) ? AIL_OP_NE : AIL_OP_EQ, 1, n, arm_const(0));
    arm_jump(a, arm_const(a->b->pc + 4 + distance));
    return true;
}

static bool miscellaneous(Arm *a, uint32_t w)
{
    unsigned d = arm_bits(w, 0, 3), op = arm_bits(w, 8, 4);
    AilVar m = arm_get(a, arm_bits(w, 3, 3)), imm = arm_const(4 * arm_bits(w, 0, 7));
    switch (op) {
    case 0: /* add, sub of sp */
        arm_data(a, arm_bit(w, 7) ? ARM_SUB : ARM_ADD, false, ARM_SP, arm_get(a, ARM_SP),
                 plain(imm));
        return true;
    case 1:
    case 3:
    case 9:
    case 11:
        return compare_and_branch(a, w);
    case 2: /* sxth, sxtb, uxth, uxtb */
        arm_extend(a, d, m, 0, arm_bit(w, 6) ? 1 : 2, !arm_bit(w, 7), AIL_NONE);
        return true;
    case 4:
    case 5: /* push */
        return arm_access_many(a, false, ARM_SP, arm_bits(w, 0, 8) | arm_bit(w, 8) << ARM_LR, false,
                               true, true);
    case 12:
    case 13: /* pop */
        return arm_access_many(a, true, ARM_SP, arm_bits(w, 0, 8) | arm_bit(w, 8) << ARM_PC, true,
                               false, true);
    case 10:
        if (arm_bits(w, 6, 2) == 2)
            return false;
        arm_reverse(a, d, m, arm_bits(w, 6, 2));
        return true;
    case 6: /* masks of interrupts */
        return arm_bits(w, 5, 3) == 3;
    default: /* it (arm.c has seen it), hints; others are of the system */
        return op == 15;
    }
}

static bool branch(Arm *a, uint32_t w)
{
    bool conditional = arm_bits(w, 12, 4) == 13;
    unsigned cond = arm_bits(w, 8, 4), bits = conditional ? 8 : 11;
    int64_t distance = (int32_t)(w << (32 - bits)) >> (31 - bits);
    if (conditional && cond >= 14)
        return false;
    if (conditional)
        a->when = arm_condition(a, cond);
    arm_jump(a, arm_const(a->b->pc + 4 + (uint64_t)distance));
    return true;
}

bool arm_t16(Arm *a, uint32_t w)
{
    unsigned high = arm_bits(w, 8, 3);
    AilVar imm = arm_const(4 * arm_bits(w, 0, 8));
    switch (arm_bits(w, 12, 4)) {
    case 4:
        if (arm_bit(w, 11))
            return access(a, true, high, ARM_PC, imm, 4, false);
        return arm_bit(w, 10) ? high_registers(a, w) : process(a, w);
    case 5:
        return access_indexed(a, w);
    case 6:
    case 7:
    case 8:
    case 9:
        return access_at(a, w);
    case 10: /* an address of pc, or of sp */
        arm_data(a, ARM_ADD, false, high,
                 arm_bit(w, 11) ? arm_get(a, ARM_SP) : arm_const((a->b->pc + 4) & ~UINT64_C(3)),
                 plain(imm));
        return true;
    case 11:
        return miscellaneous(a, w);
    case 12: { /* a load into the base itself ends as that */
        bool load = arm_bit(w, 11);
        unsigned set = arm_bits(w, 0, 8);
        return arm_access_many(a, load, high, set, true, false, !(load && set >> high & 1));
    }
    case 13:
        return branch(a, w);
    case 14:
        return !arm_bit(w, 11) && branch(a, w);
    default:
        return shift_add(a, w);
    }
}
