/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads and stores of 32-bit Arm: of one register, two, and many. */
#include "analyzers/lift/arm_insn.h"

AilVar arm_moved(Arm *a, AilVar base, AilVar by, bool subtract)
{
    if (by.kind == AIL_VAR_CONST && !by.value)
        return base;
    if (base.kind == AIL_VAR_CONST && by.kind == AIL_VAR_CONST)
        return arm_const(subtract ? base.value - by.value : base.value + by.value);
    return ail_do2(a->b, subtract ? AIL_OP_SUB : AIL_OP_ADD, 4, base, by);
}

static AilVar address(Arm *a, AilVar at)
{
    return at.kind == AIL_VAR_CONST ? ail_const(at.value, 8) : ail_do1(a->b, AIL_OP_ZEXT, 8, at);
}

static void heed(const Arm *a, AilOp *op)
{
    op->c = a->when;
    if (a->when.kind)
        op->flags |= AIL_OP_PREDICATED;
}

AilVar arm_load(Arm *a, AilVar v, AilVar at)
{
    heed(a, ail_put(a->b, AIL_OP_LOAD, v.size, v, AIL_NONE, address(a, at), AIL_NONE));
    return v;
}

void arm_store(Arm *a, AilVar at, AilVar v)
{
    heed(a, ail_put(a->b, AIL_OP_STORE, v.size, AIL_NONE, v, address(a, at), AIL_NONE));
}

/* Where the access is; *after: what the base becomes. */
static AilVar place(Arm *a, const ArmAddress *at, AilVar *after)
{
    AilVar base = arm_get(a, at->n);
    if (at->n == ARM_PC) /* of literals */
        base.value &= ~UINT64_C(3);
    *after = arm_moved(a, base, at->by, at->subtract);
    return at->index ? *after : base;
}

bool arm_access(Arm *a, const ArmAddress *at, bool to_register, unsigned t, unsigned size,
                bool is_signed)
{
    AilVar after, where = place(a, at, &after), v;
    if (at->write_back && (at->n == ARM_PC || at->n == t))
        return false; /* unpredictable */
    if (t == ARM_PC && (!to_register || size != 4))
        return false;
    if (!to_register) {
        arm_store(a, where, ail_part(arm_get(a, t), 0, size));
        if (at->write_back)
            arm_set(a, at->n, after);
        return true;
    }
    v = arm_load(a, ail_temp(a->b, size), where);
    if (size < 4)
        v = ail_do1(a->b, is_signed ? AIL_OP_SEXT : AIL_OP_ZEXT, 4, v);
    if (at->write_back)
        arm_set(a, at->n, after);
    if (t != ARM_PC) {
        arm_set(a, t, v);
        return true;
    }
    if (at->n == ARM_SP)
        a->b->flags |= AIL_LIFT_RETURN;
    arm_jump(a, v);
    return true;
}

bool arm_access_pair(Arm *a, const ArmAddress *at, bool to_register, unsigned t, unsigned t2)
{
    AilVar after, where = place(a, at, &after);
    if (t >= ARM_SP + 1 || t2 == ARM_PC || (to_register && t == t2) ||
        (at->write_back && (at->n == ARM_PC || at->n == t || at->n == t2)))
        return false;
    AilVar next = arm_moved(a, where, arm_const(4), false);
    if (to_register) {
        AilVar v = arm_load(a, ail_temp(a->b, 4), where), v2 = arm_load(a, ail_temp(a->b, 4), next);
        arm_set(a, t, v);
        arm_set(a, t2, v2);
    } else {
        arm_store(a, where, arm_get(a, t));
        arm_store(a, next, arm_get(a, t2));
    }
    if (at->write_back)
        arm_set(a, at->n, after);
    return true;
}

bool arm_access_many(Arm *a, bool to_register, unsigned n, unsigned set, bool up, bool before,
                     bool write_back)
{
    unsigned count = (unsigned)__builtin_popcount(set), size = 4 * count;
    AilVar base = arm_get(a, n), after = arm_moved(a, base, arm_const(size), !up);
    if (!count || n == ARM_PC || (to_register && write_back && set >> n & 1) ||
        (a->thumb && !to_register && set >> ARM_PC))
        return false;
    unsigned first = up ? (before ? 4 : 0) : before ? size : size - 4;
    AilVar least = arm_moved(a, base, arm_const(first), !up), values = ail_temp(a->b, size),
           pc = AIL_NONE;
    unsigned mark = a->b->temp; /* a few temporaries serve all registers */
    for (unsigned i = 0, k = 0; i < 16; i++) {
        a->b->temp = mark;
        if (!(set >> i & 1))
            continue;
        AilVar at = arm_moved(a, least, arm_const(4 * k), false);
        if (to_register)
            arm_load(a, ail_part(values, 4 * k, 4), at);
        else
            arm_store(a, at, arm_get(a, i));
        k++;
    }
    if (write_back)
        arm_set(a, n, after);
    for (unsigned i = 0, k = 0; i < 16 && to_register; i++) {
        a->b->temp = mark;
        if (!(set >> i & 1))
            continue;
        pc = ail_part(values, 4 * k++, 4);
        if (i < ARM_PC)
            arm_set(a, i, pc);
    }
    if (to_register && set >> ARM_PC) {
        if (n == ARM_SP)
            a->b->flags |= AIL_LIFT_RETURN;
        arm_jump(a, pc);
    }
    return true;
}
