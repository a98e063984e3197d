/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What instructions of 32-bit Arm are made of: registers, flags, shifts, sums and logic. */
#include "analyzers/lift/arm_insn.h"

/* --- registers --- */

static AilVar whole(const Arm *a, unsigned n)
{
    unsigned reg = n == ARM_SP ? ARM_REG_SP : n == ARM_LR ? ARM_REG_LR : ARM_REG_R0 + n;
    return a->reg(a->b->mode, a->b->user, reg);
}

AilVar arm_get(const Arm *a, unsigned n)
{
    if (n == ARM_PC)
        return arm_const(a->b->pc + (a->thumb ? 4 : 8));
    return ail_part(whole(a, n), 0, 4);
}

/* v, or what `old` is unless a->when is true. */
static AilVar if_done(Arm *a, AilVar v, AilVar old)
{
    if (!a->when.kind)
        return v;
    AilVar chosen = ail_temp(a->b, v.size);
    ail_put(a->b, AIL_OP_SELECT, 0, chosen, v, old, a->when);
    return chosen;
}

void arm_set(Arm *a, unsigned n, AilVar v)
{
    AilVar to = whole(a, n);
    if (!a->when.kind && ail_retarget(a->b, to, v))
        return;
    v = if_done(a, v, ail_part(to, 0, 4));
    ail_put(a->b, to.size > 4 ? AIL_OP_ZEXT : AIL_OP_COPY, 0, to, v, AIL_NONE, AIL_NONE);
}

AilVar arm_flag(const Arm *a, unsigned which)
{
    return ail_part(a->reg(a->b->mode, a->b->user, ARM_REG_CPSR), which, 1);
}

void arm_set_flag(Arm *a, unsigned which, AilOpCode code, AilVar x, AilVar y)
{
    AilVar to = arm_flag(a, which);
    if (!a->when.kind)
        ail_put(a->b, code, 0, to, x, y, AIL_NONE);
    else
        ail_copy(a->b, to, if_done(a, ail_do2(a->b, code, 1, x, y), to));
}

AilVar arm_condition(Arm *a, unsigned cond)
{
    AilBuild *b = a->b;
    AilVar n = arm_flag(a, ARM_N), z = arm_flag(a, ARM_Z), v = arm_flag(a, ARM_V), is;
    bool inverted = cond & 1;
    switch (cond >> 1) {
    case 0:
        is = z;
        break;
    case 1:
        is = arm_flag(a, ARM_C);
        break;
    case 2:
        is = n;
        break;
    case 3:
        is = v;
        break;
    case 4: /* hi */
        is = ail_do2(b, AIL_OP_ANDN, 1, arm_flag(a, ARM_C), z);
        break;
    case 5: /* ge */
        is = ail_do2(b, AIL_OP_XOR, 1, n, v);
        inverted = !inverted;
        break;
    default: /* gt */
        is = ail_do2(b, AIL_OP_OR, 1, z, ail_do2(b, AIL_OP_XOR, 1, n, v));
        inverted = !inverted;
    }
    if (inverted)
        return ail_do2(b, AIL_OP_XOR, 1, is, ail_const(1, 1));
    return ail_do1(b, AIL_OP_COPY, 1, is); /* the instruction may change it */
}

void arm_jump(Arm *a, AilVar v)
{
    if (v.kind == AIL_VAR_CONST)
        v = ail_const(v.value & ~UINT64_C(1), 8);
    else
        v = ail_do1(a->b, AIL_OP_ZEXT, 8, ail_do2(a->b, AIL_OP_AND, 4, v, arm_const(~UINT64_C(1))));
    ail_put(a->b, AIL_OP_JUMP, 8, AIL_NONE, v, AIL_NONE, a->when);
}

void arm_link(Arm *a)
{
    a->b->flags |= AIL_LIFT_CALL;
    arm_set(a, ARM_LR, arm_const((a->b->pc + a->b->size) | a->thumb));
}

/* --- shifts --- */

static AilVar do2(Arm *a, AilOpCode code, AilVar x, AilVar y)
{
    return ail_do2(a->b, code, x.size, x, y);
}

static AilVar bit_of(Arm *a, AilVar v, unsigned bit)
{
    return ail_do2(a->b, AIL_OP_BIT, 1, ail_part(v, bit / 8, 1), ail_const(bit % 8, 1));
}

static const AilOpCode shifts[] = {AIL_OP_SHL, AIL_OP_SHR, AIL_OP_SAR, AIL_OP_ROR};

/* rrx: right by one, through the carry */
static ArmOperand through_carry(Arm *a, AilVar v)
{
    AilVar high = ail_do1(a->b, AIL_OP_ZEXT, 4, arm_flag(a, ARM_C));
    high = do2(a, AIL_OP_SHL, high, ail_const(31, 4));
    AilVar low = do2(a, AIL_OP_SHR, v, ail_const(1, 4));
    return (ArmOperand){do2(a, AIL_OP_OR, low, high), bit_of(a, v, 0)};
}

ArmOperand arm_shift(Arm *a, AilVar v, unsigned type, unsigned amount)
{
    if (!amount && type == 0)
        return (ArmOperand){v, AIL_NONE};
    if (!amount && type == 3)
        return through_carry(a, v);
    if (!amount)
        amount = 32;
    AilVar carry = bit_of(a, v, type == 0 ? 32 - amount : amount - 1);
    return (ArmOperand){do2(a, shifts[type], v, ail_const(amount, 4)), carry};
}

ArmOperand arm_shift_by(Arm *a, AilVar v, unsigned type, AilVar by)
{
    AilVar count = ail_part(by, 0, 1), carry = ail_temp(a->b, 1);
    ArmOperand to = {.v = do2(a, shifts[type], v, count)};
    AilVar last = do2(a, AIL_OP_SUB, count, ail_const(1, 1)); /* what is carried is still in it */
    AilVar before = type == 3 ? to.v : do2(a, shifts[type], v, last);
    AilVar out = bit_of(a, before, type == 0 || type == 3 ? 31 : 0);
    AilVar some = do2(a, AIL_OP_NE, count, ail_const(0, 1));
    ail_put(a->b, AIL_OP_SELECT, 0, carry, out, arm_flag(a, ARM_C), some);
    to.carry = carry;
    return to;
}

/* --- data processing --- */

static void set_nz(Arm *a, AilVar r)
{
    arm_set_flag(a, ARM_N, AIL_OP_BIT, ail_part(r, 3, 1), ail_const(7, 1));
    arm_set_flag(a, ARM_Z, AIL_OP_EQ, r, arm_const(0));
}

static bool same(AilVar x, AilVar y)
{
    return x.kind == AIL_VAR_STATE && y.kind == AIL_VAR_STATE && x.at == y.at;
}

/* r = n + m (+ carry) */
static AilVar sum(Arm *a, bool flags, AilVar n, AilVar m, bool carry)
{
    if (n.kind == AIL_VAR_CONST && m.kind == AIL_VAR_CONST && !carry && !flags)
        return arm_const(n.value + m.value);
    AilVar r = ail_temp(a->b, 4);
    ail_put(a->b, carry ? AIL_OP_ADDC : AIL_OP_ADD, 0, r, n, m,
            carry ? arm_flag(a, ARM_C) : AIL_NONE);
    if (!flags)
        return r;
    AilVar x = do2(a, AIL_OP_XOR, n, r), y = do2(a, AIL_OP_XOR, m, r);
    AilVar over = do2(a, AIL_OP_AND, x, y);
    set_nz(a, r);
    if (carry) {
        AilVar both = do2(a, AIL_OP_AND, n, m), any = do2(a, AIL_OP_OR, n, m);
        any = do2(a, AIL_OP_OR, both, do2(a, AIL_OP_ANDN, any, r));
        arm_set_flag(a, ARM_C, AIL_OP_BIT, ail_part(any, 3, 1), ail_const(7, 1));
    } else {
        arm_set_flag(a, ARM_C, AIL_OP_LTU, r, n);
    }
    arm_set_flag(a, ARM_V, AIL_OP_BIT, ail_part(over, 3, 1), ail_const(7, 1));
    return r;
}

static AilVar difference(Arm *a, bool flags, AilVar n, AilVar m)
{
    if (n.kind == AIL_VAR_CONST && m.kind == AIL_VAR_CONST && !flags)
        return arm_const(n.value - m.value);
    AilVar r = same(n, m) ? arm_const(0) : do2(a, AIL_OP_SUB, n, m);
    if (!flags)
        return r;
    AilVar over = do2(a, AIL_OP_AND, do2(a, AIL_OP_XOR, n, m), do2(a, AIL_OP_XOR, n, r));
    AilVar carry = ail_do2(a->b, AIL_OP_LEU, 1, m, n);
    set_nz(a, r);
    arm_set_flag(a, ARM_C, AIL_OP_COPY, same(n, m) ? ail_const(1, 1) : carry, AIL_NONE);
    arm_set_flag(a, ARM_V, AIL_OP_BIT, ail_part(over, 3, 1), ail_const(7, 1));
    return r;
}

static AilVar inverse(Arm *a, AilVar v)
{
    return v.kind == AIL_VAR_CONST ? arm_const(~v.value) : ail_do1(a->b, AIL_OP_NOT, 4, v);
}

static AilVar logic(Arm *a, ArmData op, AilVar n, AilVar m)
{
    switch (op) {
    case ARM_AND:
    case ARM_TST:
        return same(n, m) ? n : do2(a, AIL_OP_AND, n, m);
    case ARM_EOR:
    case ARM_TEQ:
        return same(n, m) ? arm_const(0) : do2(a, AIL_OP_XOR, n, m);
    case ARM_ORR:
        return same(n, m) ? n : do2(a, AIL_OP_OR, n, m);
    case ARM_BIC:
        return same(n, m) ? arm_const(0) : do2(a, AIL_OP_ANDN, n, m);
    case ARM_ORN:
        return do2(a, AIL_OP_OR, n, inverse(a, m));
    case ARM_MVN:
        return inverse(a, m);
    default: /* ARM_MOV */
        return m;
    }
}

void arm_data(Arm *a, ArmData op, bool flags, unsigned d, AilVar n, ArmOperand m)
{
    bool compares = op >= ARM_TST && op <= ARM_CMN;
    AilVar r;
    flags = flags || compares;
    switch (op) {
    case ARM_SUB:
    case ARM_CMP:
        r = difference(a, flags, n, m.v);
        break;
    case ARM_RSB:
        r = difference(a, flags, m.v, n);
        break;
    case ARM_ADD:
    case ARM_CMN:
    case ARM_ADC:
        r = sum(a, flags, n, m.v, op == ARM_ADC);
        break;
    case ARM_SBC:
        r = sum(a, flags, n, inverse(a, m.v), true);
        break;
    case ARM_RSC:
        r = sum(a, flags, m.v, inverse(a, n), true);
        break;
    default:
        r = logic(a, op, n, m.v);
        if (flags)
            set_nz(a, r);
        if (flags && m.carry.kind)
            arm_set_flag(a, ARM_C, AIL_OP_COPY, m.carry, AIL_NONE);
    }
    if (!compares && d == ARM_PC)
        arm_jump(a, r);
    else if (!compares)
        arm_set(a, d, r);
}

/* --- products --- */

void arm_multiply(Arm *a, unsigned d, AilVar n, AilVar m, AilVar add, bool subtract, bool flags)
{
    AilVar r = do2(a, AIL_OP_MUL, n, m);
    if (add.kind)
        r = do2(a, subtract ? AIL_OP_SUB : AIL_OP_ADD, add, r);
    if (flags)
        set_nz(a, r);
    arm_set(a, d, r);
}

void arm_multiply_long(Arm *a, unsigned low, unsigned high, AilVar n, AilVar m, bool is_signed,
                       bool add, bool flags)
{
    AilOpCode wide = is_signed ? AIL_OP_SEXT : AIL_OP_ZEXT;
    AilVar r = do2(a, AIL_OP_MUL, ail_do1(a->b, wide, 8, n), ail_do1(a->b, wide, 8, m));
    if (add) {
        AilVar old = ail_temp(a->b, 8);
        ail_copy(a->b, ail_part(old, 0, 4), arm_get(a, low));
        ail_copy(a->b, ail_part(old, 4, 4), arm_get(a, high));
        r = do2(a, AIL_OP_ADD, r, old);
    }
    if (flags) {
        arm_set_flag(a, ARM_N, AIL_OP_BIT, ail_part(r, 7, 1), ail_const(7, 1));
        arm_set_flag(a, ARM_Z, AIL_OP_EQ, r, ail_const(0, 8));
    }
    arm_set(a, low, ail_part(r, 0, 4));
    arm_set(a, high, ail_part(r, 4, 4));
}

void arm_divide(Arm *a, unsigned d, AilVar n, AilVar m, bool is_signed)
{
    arm_set(a, d, do2(a, is_signed ? AIL_OP_DIVS : AIL_OP_DIVU, n, m));
}
