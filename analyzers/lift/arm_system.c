/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What operating systems do with 32-bit Arm: status registers, coprocessors' registers, exclusive
 * accesses; and loads and stores of floating-point registers, which coprocessor instructions are,
 * too.
 *
 * Of an exclusive store, whether it is done depends on the monitor alone, which holds nobody's
 * data. QEMU loads what it replaces (it compares and swaps), so that its trace has a load, too.
 */
#include "analyzers/lift/arm_insn.h"

static AilVar reg_of(const Arm *a, unsigned reg)
{
    return a->reg(a->b->mode, a->b->user, reg);
}

/* A register of the system that may not be there. */
static bool set_reg(Arm *a, AilVar to, AilVar v)
{
    if (!to.kind)
        return false;
    to = ail_part(to, 0, v.size);
    if (a->when.kind)
        ail_put(a->b, AIL_OP_SELECT, 0, to, v, to, a->when);
    else
        ail_copy(a->b, to, v);
    return true;
}

static void rough(Arm *a)
{
    if (a->b->quality == AIL_LIFT_EXACT)
        a->b->quality = AIL_LIFT_ROUGH;
}

/* --- status --- */

void arm_unpack_flags(Arm *a, AilVar v)
{
    for (unsigned i = 0; i < 4; i++)
        arm_set_flag(a, ARM_N + i, AIL_OP_BIT, ail_part(v, 3, 1), ail_const(7 - i, 1));
}

bool arm_read_status(Arm *a, unsigned d, bool saved)
{
    AilVar spsr = reg_of(a, ARM_REG_SPSR);
    if (d == ARM_PC || (saved && !spsr.kind))
        return false;
    if (saved)
        arm_set(a, d, spsr);
    else
        arm_mix(a, "mrs", d, reg_of(a, ARM_REG_CPSR), reg_of(a, AIL_ARM_GE), AIL_NONE);
    return true;
}

bool arm_write_status(Arm *a, AilVar v, unsigned mask, bool saved)
{
    AilVar spsr = reg_of(a, ARM_REG_SPSR);
    if (saved && !spsr.kind)
        return false;
    for (unsigned i = 0; i < 4 && saved; i++)
        if (mask >> i & 1)
            set_reg(a, ail_part(spsr, i, 1), ail_part(v, i, 1));
    if (saved)
        return true;
    rough(a); /* modes and masks of interrupts are nobody's data */
    if (mask & 8)
        arm_unpack_flags(a, v);
    if (mask & 4)
        set_reg(a, reg_of(a, AIL_ARM_GE), ail_part(v, 2, 1));
    return true;
}

bool arm_exception_return(Arm *a)
{
    AilVar spsr = reg_of(a, ARM_REG_SPSR);
    if (!spsr.kind)
        return false;
    rough(a);
    arm_unpack_flags(a, spsr);
    a->b->flags |= AIL_LIFT_RETURN;
    return true;
}

/* --- exclusive accesses --- */

bool arm_exclusive_load(Arm *a, AilVar at, unsigned size, unsigned t, unsigned t2)
{
    AilVar v = ail_temp(a->b, size);
    if (t == ARM_PC || (size == 8 && (t2 == ARM_PC || t == t2)))
        return false;
    arm_load(a, v, at);
    for (unsigned i = 0; i < (size == 8 ? 2u : 1u); i++)
        arm_set(a, i ? t2 : t, size < 4 ? ail_do1(a->b, AIL_OP_ZEXT, 4, v) : ail_part(v, 4 * i, 4));
    return set_reg(a, reg_of(a, AIL_ARM_MONITOR), ail_const(1, 1));
}

bool arm_exclusive_store(Arm *a, AilVar at, unsigned size, unsigned d, unsigned t, unsigned t2)
{
    AilVar monitor = reg_of(a, AIL_ARM_MONITOR), when = a->when, v = ail_temp(a->b, size);
    if (d == ARM_PC || t == ARM_PC || (size == 8 && t2 == ARM_PC) || !monitor.kind)
        return false;
    ail_copy(a->b, ail_part(v, 0, size < 4 ? size : 4),
             ail_part(arm_get(a, t), 0, size < 4 ? size : 4));
    if (size == 8)
        ail_copy(a->b, ail_part(v, 4, 4), arm_get(a, t2));
    AilVar failed = ail_do2(a->b, AIL_OP_XOR, 1, monitor, ail_const(1, 1));
    AilVar done = ail_do1(a->b, AIL_OP_COPY, 1, monitor);
    a->when = when.kind ? ail_do2(a->b, AIL_OP_AND, 1, done, when) : done;
    arm_load(a, ail_temp(a->b, size), at);
    arm_store(a, at, v);
    a->when = when;
    arm_set(a, d, ail_do1(a->b, AIL_OP_ZEXT, 4, failed));
    return set_reg(a, monitor, ail_const(0, 1));
}

/* --- registers of coprocessors --- */

/* Those of p15 that a kernel and its programs keep something in; all others are as one. */
static AilVar coprocessor_reg(const Arm *a, uint32_t w)
{
    unsigned op1 = arm_bits(w, 21, 3), n = arm_bits(w, 16, 4), m = arm_bits(w, 0, 4);
    unsigned op2 = arm_bits(w, 5, 3);
    if (arm_bits(w, 8, 4) == 15 && !op1 && n == 13 && !m && op2 >= 2 && op2 <= 4)
        return reg_of(a, AIL_ARM_TPIDRURW + op2 - 2);
    return reg_of(a, AIL_ARM_COPROCESSOR);
}

/* mrc, mcr; of caches, TLBs and barriers (7 and 8) nothing is kept but an address's translation */
static bool move_one(Arm *a, uint32_t w)
{
    unsigned t = arm_bits(w, 12, 4), n = arm_bits(w, 16, 4);
    AilVar reg = coprocessor_reg(a, w), all = reg_of(a, AIL_ARM_COPROCESSOR);
    bool plain = reg.kind && (!all.kind || reg.at != all.at);
    if (!arm_bit(w, 20) && (n == 8 || (n == 7 && arm_bits(w, 0, 4) != 8)))
        return true;
    if (!reg.kind || t == ARM_PC)
        return false;
    if (plain && arm_bit(w, 20))
        arm_set(a, t, ail_part(reg, 0, 4));
    else if (plain)
        return set_reg(a, reg, arm_get(a, t));
    else if (arm_bit(w, 20))
        arm_mix(a, "mrc", t, reg, AIL_NONE, AIL_NONE);
    else
        ail_put(a->b, AIL_OP_MIX, 0, reg, reg, arm_get(a, t), AIL_NONE)->name = "mcr";
    return true;
}

/* mrrc, mcrr */
static bool move_two(Arm *a, uint32_t w)
{
    unsigned t = arm_bits(w, 12, 4), t2 = arm_bits(w, 16, 4);
    AilVar all = reg_of(a, AIL_ARM_COPROCESSOR);
    if (!all.kind || t == ARM_PC || t2 == ARM_PC)
        return false;
    if (arm_bit(w, 20)) {
        arm_mix(a, "mrrc", t, all, AIL_NONE, AIL_NONE);
        arm_mix(a, "mrrc", t2, all, AIL_NONE, AIL_NONE);
    } else {
        ail_put(a->b, AIL_OP_MIX, 0, all, all, arm_get(a, t), arm_get(a, t2))->name = "mcrr";
    }
    return true;
}

/* --- floating-point registers to and from memory --- */

/* vldr, vstr, vldm, vstm, vpush, vpop: registers one behind the other */
static bool access_vector(Arm *a, uint32_t w)
{
    bool wide = arm_bit(w, 8), before = arm_bit(w, 24), up = arm_bit(w, 23), moves = arm_bit(w, 21);
    unsigned n = arm_bits(w, 16, 4), vd = arm_bits(w, 12, 4), size = 4 * arm_bits(w, 0, 8);
    bool one = before && !moves, load = arm_bit(w, 20);
    unsigned first = wide ? arm_bit(w, 22) << 4 | vd : vd << 1 | arm_bit(w, 22);
    unsigned each = wide ? 8 : 4, count = one ? 1 : size / each;
    if ((!one && before == up) || !count || (n == ARM_PC && (!one || !load)) ||
        first + count > 32 || (!one && size % each))
        return false;
    AilVar base = arm_get(a, n), v = ail_temp(a->b, each);
    if (n == ARM_PC)
        base.value &= ~UINT64_C(3);
    AilVar moved = arm_moved(a, base, arm_const(size), !up), at = one || !up ? moved : base;
    unsigned mark = a->b->temp;
    for (unsigned i = 0; i < count; i++) {
        AilVar reg = reg_of(a, (wide ? ARM_REG_D0 : ARM_REG_S0) + first + i);
        AilVar where = arm_moved(a, at, arm_const(each * i), false);
        a->b->temp = mark + 8;
        if (load)
            set_reg(a, reg, arm_load(a, v, where));
        else
            arm_store(a, where, reg);
        a->b->temp = mark;
    }
    if (moves)
        arm_set(a, n, moved);
    return true;
}

bool arm_coprocessor(Arm *a, uint32_t w)
{
    unsigned number = arm_bits(w, 8, 4);
    bool vector = number >> 1 == 5, system = number >= 14;
    if (arm_bits(w, 24, 4) == 14)
        return system && arm_bit(w, 4) && move_one(a, w);
    if (arm_bits(w, 21, 7) == 0x62)
        return system && move_two(a, w);
    return vector && arm_bits(w, 25, 3) == 6 && access_vector(a, w);
}
