/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What x87 instructions do to its registers. */
#include "analyzers/lift/x86_fpu.h"

AilVar ail_fpu_st(unsigned i)
{
    return ail_state(X86_ST + NUMBER * (i & 7), NUMBER);
}

static AilVar registers(unsigned first, unsigned n)
{
    return ail_state(X86_ST + NUMBER * first, NUMBER * n);
}

static AilVar status(void)
{
    return ail_state(X86_FPU_SW, 2);
}

static void mix(AilX86 *l, const char *name, AilVar dst, AilVar a, AilVar b, AilVar c)
{
    ail_put(l->b, AIL_OP_MIX, 0, dst, a, b, c)->name = name;
}

static AilVar control(void)
{
    return ail_state(X86_FPU_CW, 2);
}

/* --- stack --- */

void ail_fpu_push(AilX86 *l, AilVar v)
{
    ail_copy(l->b, registers(2, 6), registers(1, 6));
    ail_copy(l->b, registers(1, 1), registers(0, 1));
    ail_copy(l->b, ail_fpu_st(0), v);
}

void ail_fpu_pop(AilX86 *l)
{
    AilVar top = ail_temp(l->b, NUMBER);
    ail_copy(l->b, top, ail_fpu_st(0));
    ail_copy(l->b, registers(0, 6), registers(1, 6));
    ail_copy(l->b, registers(6, 1), registers(7, 1));
    ail_copy(l->b, ail_fpu_st(7), top);
}

/* All registers depend on all: where the top may have been moved by nobody knows how much. */
static void blur(AilX86 *l, AilVar with)
{
    AilVar all = ail_temp(l->b, 1);
    mix(l, "fpu", all, registers(0, 4), registers(4, 4), with);
    mix(l, "fpu", registers(0, 4), all, AIL_NONE, AIL_NONE);
    mix(l, "fpu", registers(4, 4), all, AIL_NONE, AIL_NONE);
}

/* --- memory --- */

AilVar ail_fpu_address(AilX86 *l)
{
    for (unsigned i = 0; i < l->x->op_count; i++)
        if (ail_x86_op(l, i)->type == X86_OP_MEM)
            return ail_x86_address(l, ail_x86_op(l, i));
    l->b->full = true; /* it cannot be */
    return ail_const(0, 8);
}

AilVar ail_fpu_load(AilX86 *l, unsigned size)
{
    return ail_load(l->b, size, ail_fpu_address(l));
}

/* Push a number that is loaded in another form. */
void ail_fpu_load_number(AilX86 *l, const char *name, unsigned size)
{
    AilVar v = ail_fpu_load(l, size), number = v;
    if (size != NUMBER || *name == 'b') {
        number = ail_temp(l->b, NUMBER);
        mix(l, name, number, v, AIL_NONE, AIL_NONE);
    }
    ail_fpu_push(l, number);
}

void ail_fpu_store_number(AilX86 *l, const char *name, unsigned size)
{
    AilVar v = ail_fpu_st(0);
    if (size != NUMBER || *name == 'b') {
        v = ail_temp(l->b, size);
        mix(l, name, v, ail_fpu_st(0), control(), AIL_NONE);
    }
    ail_store(l->b, ail_fpu_address(l), v);
}

/* The environment: control, status and tag words. */
void ail_fpu_load_environment(AilX86 *l, bool all)
{
    AilVar v = ail_x86_loads(l);
    mix(l, "fpu", ail_state(X86_FPU_CW, 6), v, AIL_NONE, AIL_NONE);
    if (!all) {
        blur(l, AIL_NONE);
        return;
    }
    mix(l, "fpu", registers(0, 4), v, AIL_NONE, AIL_NONE);
    mix(l, "fpu", registers(4, 4), v, AIL_NONE, AIL_NONE);
}

void ail_fpu_initialise(AilX86 *l)
{
    ail_copy(l->b, control(), ail_const(0x37f, 2));
    ail_copy(l->b, status(), ail_const(0, 2));
    ail_copy(l->b, ail_state(X86_FPU_TAG, 2), ail_const(0, 2));
    blur(l, AIL_NONE);
}

void ail_fpu_store_environment(AilX86 *l, bool all)
{
    AilVar v = ail_temp(l->b, 1);
    mix(l, "fpu", v, ail_state(X86_FPU_CW, 6), AIL_NONE, AIL_NONE);
    if (all)
        mix(l, "fpu", v, v, registers(0, 4), registers(4, 4));
    ail_x86_stores(l, v);
    if (all)
        ail_fpu_initialise(l);
}

/* --- arithmetic --- */

void ail_fpu_arithmetic(AilX86 *l, unsigned which, AilVar dst, AilVar a, AilVar b)
{
    static const char *const names[] = {
        "fadd",  "fmul",  "fcom",  "fcom",  "fsub",  "fsubr",  "fdiv",  "fdivr",
        "fiadd", "fimul", "ficom", "ficom", "fisub", "fisubr", "fidiv", "fidivr",
    };
    AilVar flags = ail_part(ail_state(X86_FPU_SW, 2), 1, 1);
    if ((which & 6) == 2)
        mix(l, names[which], flags, a, b, AIL_NONE);
    else
        mix(l, names[which], dst, a, b, control());
    if ((which & 7) == 3)
        ail_fpu_pop(l);
}

void ail_fpu_compare_flags(AilX86 *l, AilVar with)
{
    static const uint8_t flags[] = {X86_CF, X86_PF, X86_ZF};
    for (unsigned i = 0; i < sizeof flags; i++)
        mix(l, "fcomi", ail_x86_flag(flags[i]), ail_fpu_st(0), with, AIL_NONE);
}

void ail_fpu_exchange(AilX86 *l, AilVar other)
{
    AilVar t = ail_temp(l->b, NUMBER);
    ail_copy(l->b, t, ail_fpu_st(0));
    ail_copy(l->b, ail_fpu_st(0), other);
    ail_copy(l->b, other, t);
}

/* --- D9 C0 .. FF --- */

/* st0 = what is made of st0 */
static void unary(AilX86 *l, const char *name)
{
    mix(l, name, ail_fpu_st(0), ail_fpu_st(0), control(), AIL_NONE);
}

/* st1 = what is made of st0 and st1; pop */
static void binary_pop(AilX86 *l, const char *name)
{
    mix(l, name, ail_fpu_st(1), ail_fpu_st(0), ail_fpu_st(1), control());
    ail_fpu_pop(l);
}

/* st0 = the remainder of st0 and st1, and its quotient's last bits; or st0 scaled */
static void remainder_of(AilX86 *l, const char *name, bool quotient)
{
    mix(l, name, ail_fpu_st(0), ail_fpu_st(0), ail_fpu_st(1), control());
    if (quotient)
        mix(l, name, ail_part(status(), 1, 1), ail_fpu_st(0), AIL_NONE, AIL_NONE);
}

/* st0 and another result of it, which is pushed */
static void two_results(AilX86 *l, const char *name)
{
    AilVar second = ail_temp(l->b, NUMBER);
    mix(l, name, second, ail_fpu_st(0), control(), AIL_NONE);
    unary(l, name);
    ail_fpu_push(l, second);
}

static void push_constant(AilX86 *l)
{
    AilVar v = ail_temp(l->b, NUMBER);
    mix(l, "constant", v, ail_const(l->x->modrm, 1), AIL_NONE, AIL_NONE);
    ail_fpu_push(l, v);
}

/* fdecstp, fincstp: the top moves, what is in the registers does not */
static void turn(AilX86 *l, bool up)
{
    AilVar t = ail_temp(l->b, NUMBER);
    if (up) {
        ail_fpu_pop(l);
        return;
    }
    ail_copy(l->b, t, ail_fpu_st(7));
    ail_fpu_push(l, t);
}

bool ail_fpu_special(AilX86 *l, unsigned modrm)
{
    switch (modrm) {
    case 0xd0: /* fnop */
        return true;
    case 0xe0: /* fchs, fabs */
    case 0xe1:
        ail_put(l->b, modrm & 1 ? AIL_OP_AND : AIL_OP_XOR, 0, ail_part(ail_fpu_st(0), 9, 1),
                ail_part(ail_fpu_st(0), 9, 1), ail_const(modrm & 1 ? 0x7f : 0x80, 1), AIL_NONE);
        return true;
    case 0xe4: /* ftst, fxam */
    case 0xe5:
        mix(l, "fxam", ail_part(status(), 1, 1), ail_fpu_st(0), AIL_NONE, AIL_NONE);
        return true;
    case 0xf0:
        return unary(l, "f2xm1"), true;
    case 0xf1:
        return binary_pop(l, "fyl2x"), true;
    case 0xf2:
        return unary(l, "fptan"), push_constant(l), true;
    case 0xf3:
        return binary_pop(l, "fpatan"), true;
    case 0xf4:
        return two_results(l, "fxtract"), true;
    case 0xf5:
        return remainder_of(l, "fprem1", true), true;
    case 0xf6:
        return turn(l, false), true;
    case 0xf7:
        return turn(l, true), true;
    case 0xf8:
        return remainder_of(l, "fprem", true), true;
    case 0xf9:
        return binary_pop(l, "fyl2xp1"), true;
    case 0xfa:
        return unary(l, "fsqrt"), true;
    case 0xfb:
        return two_results(l, "fsincos"), true;
    case 0xfc:
        return unary(l, "frndint"), true;
    case 0xfd:
        return remainder_of(l, "fscale", false), true;
    case 0xfe:
        return unary(l, "fsin"), true;
    case 0xff:
        return unary(l, "fcos"), true;
    default: /* fld1 .. fldz */
        return modrm >= 0xe8 && modrm <= 0xee ? push_constant(l), true : false;
    }
}
