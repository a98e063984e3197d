/* SPDX-License-Identifier: GPL-2.0-or-later */
/* T32's instructions of a word, the first half word above the second: Arm ARM (DDI 0406), A6.3. */
#include "analyzers/lift/arm_insn.h"

/* --- data processing --- */

/* Bits 24 .. 21 as A32's operations; 16 with a first operand of 15: that of one operand. */
static bool operation(unsigned op, unsigned n, unsigned d, bool flags, ArmData *data)
{
    static const int8_t ops[16] = {ARM_AND, ARM_BIC, ARM_ORR, ARM_ORN, ARM_EOR, -1,
                                   -1,      -1,      ARM_ADD, -1,      ARM_ADC, ARM_SBC,
                                   -1,      ARM_SUB, ARM_RSB, -1};
    if (ops[op] < 0)
        return false;
    *data = (ArmData)ops[op];
    if (n == ARM_PC && (op == 2 || op == 3))
        *data = op == 2 ? ARM_MOV : ARM_MVN;
    else if (n == ARM_PC)
        return false;
    if (d == ARM_PC) {
        if (!flags || (op != 0 && op != 4 && op != 8 && op != 13))
            return false;
        *data = op == 0 ? ARM_TST : op == 4 ? ARM_TEQ : op == 8 ? ARM_CMN : ARM_CMP;
    }
    return true;
}

static bool process(Arm *a, uint32_t w, ArmOperand m)
{
    unsigned n = arm_bits(w, 16, 4), d = arm_bits(w, 8, 4);
    bool flags = arm_bit(w, 20);
    ArmData op;
    if (!operation(arm_bits(w, 21, 4), n, d, flags, &op))
        return false;
    arm_data(a, op, flags, d, n == ARM_PC ? arm_const(0) : arm_get(a, n), m);
    return true;
}

static bool process_register(Arm *a, uint32_t w)
{
    unsigned m = arm_bits(w, 0, 4), amount = arm_bits(w, 12, 3) << 2 | arm_bits(w, 6, 2);
    unsigned n = arm_bits(w, 16, 4), d = arm_bits(w, 8, 4);
    if (arm_bits(w, 21, 4) == 6) {
        if (arm_bit(w, 20) || arm_bit(w, 4) || n == ARM_PC || d == ARM_PC || m == ARM_PC)
            return false;
        arm_mix(a, "pkh", d, arm_get(a, n), arm_get(a, m), AIL_NONE);
        return true;
    }
    return m != ARM_PC && !arm_bit(w, 15) &&
           process(a, w, arm_shift(a, arm_get(a, m), arm_bits(w, 4, 2), amount));
}

/* Arm ARM, ThumbExpandImm_C */
static ArmOperand expand(uint32_t w)
{
    unsigned imm = arm_bit(w, 26) << 11 | arm_bits(w, 12, 3) << 8 | arm_bits(w, 0, 8);
    uint32_t byte = imm & 0xff;
    if (imm >> 10) {
        unsigned turn = imm >> 7;
        byte |= 0x80;
        uint32_t v = byte >> turn | (turn ? byte << (32 - turn) : 0);
        return (ArmOperand){arm_const(v), ail_const(v >> 31, 1)};
    }
    static const uint32_t patterns[] = {1, 0x10001, 0x1000100, 0x1010101};
    return (ArmOperand){arm_const((uint64_t)byte * patterns[imm >> 8 & 3]), AIL_NONE};
}

/* addw, subw, adr; movw, movt; fields */
static bool plain_immediate(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 20, 5), n = arm_bits(w, 16, 4), d = arm_bits(w, 8, 4);
    unsigned imm = arm_bit(w, 26) << 11 | arm_bits(w, 12, 3) << 8 | arm_bits(w, 0, 8);
    unsigned lsb = arm_bits(w, 12, 3) << 2 | arm_bits(w, 6, 2), last = arm_bits(w, 0, 5);
    if (d == ARM_PC)
        return false;
    switch (op) {
    case 0:
    case 10: {
        AilVar base = n == ARM_PC ? arm_const((a->b->pc + 4) & ~UINT64_C(3)) : arm_get(a, n);
        arm_data(a, op ? ARM_SUB : ARM_ADD, false, d, base, (ArmOperand){arm_const(imm), AIL_NONE});
        return true;
    }
    case 4:
        arm_set(a, d, arm_const(n << 12 | imm));
        return true;
    case 12:
        arm_move_top(a, d, n << 12 | imm);
        return true;
    case 20:
    case 28:
        return n != ARM_PC && arm_extract(a, d, arm_get(a, n), lsb, last + 1, op == 20);
    case 22:
        return arm_insert(a, d, n == ARM_PC ? AIL_NONE : arm_get(a, n), lsb, last);
    case 16: /* ssat, usat, of halves as well */
    case 18:
    case 24:
    case 26:
        if (n == ARM_PC)
            return false;
        arm_mix(a, "sat", d, arm_get(a, n), AIL_NONE, AIL_NONE);
        return true;
    default:
        return false;
    }
}

/* Shifts by registers, extensions, reversals, counts */
static bool by_register(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 20, 4), kind = arm_bits(w, 4, 4), d = arm_bits(w, 8, 4);
    unsigned rn = arm_bits(w, 16, 4), rm = arm_bits(w, 0, 4);
    static const uint8_t sizes[] = {2, 2, 0, 0, 1, 1}; /* sxth uxth .. sxtb uxtb */
    if (arm_bits(w, 12, 4) != 15 || d == ARM_PC || rm == ARM_PC)
        return false;
    AilVar n = arm_get(a, rn), m = arm_get(a, rm);
    if (op < 8 && kind == 0 && rn != ARM_PC) {
        arm_data(a, ARM_MOV, op & 1, d, n, arm_shift_by(a, n, op >> 1, m));
        return true;
    }
    if (op < 6 && sizes[op] && (kind & 12) == 8) {
        arm_extend(a, d, m, 8 * (kind & 3), sizes[op], !(op & 1), rn == ARM_PC ? AIL_NONE : n);
        return true;
    }
    if (op == 9 && kind >> 2 == 2) {
        arm_reverse(a, d, m, kind & 3);
        return true;
    }
    if (op == 11 && kind == 8) {
        arm_unary(a, AIL_OP_CLZ, 0, d, m);
        return true;
    }
    if (op >= 8 && kind < 8 && (kind & 3) < 3 && rn != ARM_PC) {
        arm_parallel(a, (kind & 3) + 1, d, n, m);
        return true;
    }
    if (op == 10 && kind == 8 && rn != ARM_PC) {
        arm_select(a, d, n, m);
        return true;
    }
    bool halves = (op == 2 || op == 3) && kind >> 2 == 2, saturates = op == 8 && kind >> 2 == 2;
    if (halves || (saturates && rn != ARM_PC)) {
        arm_mix(a, halves ? "xtab16" : "qadd", d, m, rn == ARM_PC ? AIL_NONE : n, AIL_NONE);
        return true;
    }
    return false;
}

/* mul, mla, mls; umull .. smlal; sdiv, udiv */
static bool multiply(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 20, 3), kind = arm_bits(w, 4, 4), top = arm_bits(w, 12, 4);
    unsigned d = arm_bits(w, 8, 4), rn = arm_bits(w, 16, 4), rm = arm_bits(w, 0, 4);
    if (rn == ARM_PC || rm == ARM_PC || d == ARM_PC)
        return false;
    AilVar n = arm_get(a, rn), m = arm_get(a, rm);
    if (!arm_bit(w, 23)) {
        if (op || kind > 1) { /* of halves, sums of two, differences of bytes */
            if (kind > 3)
                return false;
            arm_mix(a, "smla", d, n, m, top == ARM_PC ? AIL_NONE : arm_get(a, top));
            return true;
        }
        if (kind == 1 && top == ARM_PC)
            return false;
        arm_multiply(a, d, n, m, top == ARM_PC ? AIL_NONE : arm_get(a, top), kind, false);
        return true;
    }
    if ((op == 1 || op == 3) && kind == 15) {
        arm_divide(a, d, n, m, op == 1);
        return true;
    }
    if (top == ARM_PC || top == d)
        return false;
    if (((op == 4 || op == 5) && kind >= 8) || (op == 6 && kind == 6)) { /* of halves; umaal */
        arm_mix_long(a, op == 6 ? "umaal" : "smlal", top, d, n, m);
        return true;
    }
    if (kind || op & 1)
        return false;
    arm_multiply_long(a, top, d, n, m, !(op & 2), op & 4, false);
    return true;
}

/* --- branches --- */

static bool branch(Arm *a, uint32_t w)
{
    unsigned s = arm_bit(w, 26), j1 = arm_bit(w, 13), j2 = arm_bit(w, 11),
             cond = arm_bits(w, 22, 4);
    uint32_t low = arm_bits(w, 0, 11) << 1;
    if (!arm_bit(w, 12) && !arm_bit(w, 14)) { /* conditional, or of the system */
        uint32_t v = s << 20 | j2 << 19 | j1 << 18 | arm_bits(w, 16, 6) << 12 | low;
        if (cond >= 14) /* hints, barriers */
            return arm_bits(w, 16, 16) == 0xf3bf ||
                   (arm_bits(w, 16, 16) == 0xf3af && !arm_bits(w, 8, 4));
        a->when = arm_condition(a, cond);
        arm_jump(a, arm_const(a->b->pc + 4 + (uint64_t)(int64_t)((int32_t)(v << 11) >> 11)));
        return true;
    }
    uint32_t v = s << 24 | (j1 == s) << 23 | (j2 == s) << 22 | arm_bits(w, 16, 10) << 12 | low;
    uint64_t from = a->b->pc + 4;
    if (arm_bit(w, 14) && !arm_bit(w, 12)) { /* blx to A32 */
        if (w & 1)
            return false;
        from &= ~UINT64_C(3);
    }
    if (arm_bit(w, 14))
        arm_link(a);
    arm_jump(a, arm_const(from + (uint64_t)(int64_t)((int32_t)(v << 7) >> 7)));
    return true;
}

bool arm_t32(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 25, 4); /* of 111x xxx */
    switch (arm_bits(w, 27, 2)) {
    case 1:
        if (op == 4)
            return arm_bit(w, 22) ? arm_t32_pair(a, w) : arm_t32_many(a, w);
        return op == 5 ? process_register(a, w) : arm_bits(w, 24, 4) != 15 && arm_coprocessor(a, w);
    case 2:
        if (arm_bit(w, 15))
            return branch(a, w);
        return arm_bit(w, 25) ? plain_immediate(a, w) : process(a, w, expand(w));
    default:
        if (op == 12)
            return arm_t32_access(a, w);
        if (op == 13)
            return arm_bit(w, 24) ? multiply(a, w) : by_register(a, w);
        return false; /* vectors */
    }
}
