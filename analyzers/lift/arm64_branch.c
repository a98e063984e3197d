/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arm ARM C4.1, "Branches, Exception Generating and System instructions", without the last. */
#include "analyzers/lift/arm64.h"

static bool jump(AilBuild *b, AilVar to, AilVar cond)
{
    ail_put(b, AIL_OP_JUMP, 0, AIL_NONE, to, AIL_NONE, cond);
    return true;
}

static bool jump_by(AilBuild *b, int64_t words, AilVar cond)
{
    return jump(b, ail_const(b->pc + (uint64_t)(words * 4), 8), cond);
}

static void link(AilBuild *b)
{
    ail_copy(b, a64_x(30, 8), ail_const(b->pc + 4, 8));
    b->flags |= AIL_LIFT_CALL;
}

static bool immediate(AilBuild *b, uint32_t w)
{
    if (a64_bit(w, 31))
        link(b);
    return jump_by(b, a64_signed(w, 0, 26), AIL_NONE);
}

/* cbz, cbnz */
static bool compare(AilBuild *b, uint32_t w)
{
    AilVar v = a64_x(a64_bits(w, 0, 5), a64_bit(w, 31) ? 8 : 4);
    AilVar cond = ail_do2(b, a64_bit(w, 24) ? AIL_OP_NE : AIL_OP_EQ, 1, v, ail_const(0, v.size));
    return jump_by(b, a64_signed(w, 5, 19), cond);
}

/* tbz, tbnz */
static bool test(AilBuild *b, uint32_t w)
{
    unsigned at = a64_bit(w, 31) << 5 | a64_bits(w, 19, 5);
    AilVar byte = ail_part(a64_x(a64_bits(w, 0, 5), 8), at / 8, 1);
    AilVar cond = ail_do2(b, AIL_OP_BIT, 1, byte, ail_const(at % 8, 1));
    return jump_by(b, a64_signed(w, 5, 14), a64_bit(w, 24) ? cond : a64_not(b, cond));
}

static bool conditional(AilBuild *b, uint32_t w)
{
    unsigned cond = a64_bits(w, 0, 4);
    return jump_by(b, a64_signed(w, 5, 19), cond >= 14 ? AIL_NONE : a64_truth(b, cond));
}

/* The flags, as they were when the exception was taken, and then where. */
static bool return_from_exception(AilBuild *b)
{
    AilVar spsr = a64_system_reg("spsr_el1"), elr = a64_system_reg("elr_el1");
    a64_unpack_flags(b, ail_part(spsr, 3, 1));
    ail_copy(b, a64_flag(A64_MONITOR), ail_const(0, 1));
    return jump(b, elr, AIL_NONE);
}

/* br, blr, ret, eret, and those that authenticate: braa .. */
static bool registers(AilBuild *b, uint32_t w)
{
    unsigned opc = a64_bits(w, 21, 4), kind = a64_bits(w, 10, 6), n = a64_bits(w, 5, 5);
    unsigned m = a64_bits(w, 0, 5), what = opc & 7;
    bool pac = kind == 2 || kind == 3, with_register = opc & 8;
    if (a64_bits(w, 16, 5) != 31 || (!pac && (kind || m)) || what > 4 || what == 3)
        return false;
    if (what == 4)
        return return_from_exception(b);
    if (what == 2)
        b->flags |= AIL_LIFT_RETURN;
    if (pac && what == 2) /* retaa, retab */
        n = 30;
    AilVar to = a64_x(n, 8);
    if (pac) {
        AilVar modifier = what == 2       ? a64_xsp(b, 31, 8)
                          : with_register ? a64_xsp(b, m, 8)
                                          : AIL_NONE;
        AilVar plain = ail_temp(b, 8);
        ail_copy(b, plain, to);
        a64_mix(b, "pac", ail_part(plain, 6, 2), to, modifier, AIL_NONE);
        to = plain;
    } else if (what == 1 && n == 30) { /* which blr overwrites */
        AilVar old = ail_temp(b, 8);
        ail_copy(b, old, to);
        to = old;
    }
    if (what == 1)
        link(b);
    return jump(b, to, AIL_NONE);
}

/* svc, hvc, smc, brk: what of it programs see */
static bool exception(AilBuild *b, uint32_t w)
{
    unsigned kind = a64_bits(w, 21, 3) << 2 | a64_bits(w, 0, 2);
    unsigned imm = a64_bits(w, 5, 16);
    if (a64_bits(w, 2, 3))
        return false;
    if (kind == 2 || kind == 3) { /* firmware, here QEMU, answers in x0 */
        a64_mix(b, kind == 2 ? "hvc" : "smc", a64_x(0, 8), AIL_NONE, AIL_NONE, AIL_NONE);
        return true;
    }
    if (kind != 1 && kind != 4)
        return false;
    AilVar spsr = a64_system_reg("spsr_el1"), elr = a64_system_reg("elr_el1");
    ail_copy(b, spsr, ail_const(0, 8)); /* and its mode bits, which are nobody's data */
    ail_copy(b, ail_part(spsr, 3, 1), a64_pack_flags(b));
    ail_copy(b, elr, ail_const(kind == 1 ? b->pc + 4 : b->pc, 8));
    ail_copy(b, a64_system_reg("esr_el1"),
             ail_const((kind == 1 ? 0x56000000 : 0xf2000000) | imm, 8));
    b->quality = AIL_LIFT_ROUGH;
    return jump(b, a64_offset(b, a64_system_reg("vbar_el1"), b->user ? 0x400 : 0x200), AIL_NONE);
}

bool a64_branch(AilBuild *b, uint32_t w)
{
    if (a64_bits(w, 26, 5) == 5)
        return immediate(b, w);
    if (a64_bits(w, 25, 6) == 0x1a)
        return compare(b, w);
    if (a64_bits(w, 25, 6) == 0x1b)
        return test(b, w);
    if (a64_bits(w, 24, 8) == 0x54)
        return conditional(b, w);
    if (a64_bits(w, 24, 8) == 0xd4)
        return exception(b, w);
    return a64_bits(w, 25, 7) == 0x6b && registers(b, w);
}
