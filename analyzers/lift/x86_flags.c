/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flags of x86, each a byte of truth. Those that the manual leaves undefined are what QEMU makes
 * of them.
 */
#include "analyzers/lift/x86_private.h"

void ail_x86_set_flag(AilX86 *l, unsigned flag, AilOpCode code, AilVar a, AilVar b)
{
    AilVar to = ail_x86_flag(flag);
    if (!l->when.kind) {
        ail_put(l->b, code, 0, to, a, b, AIL_NONE);
        return;
    }
    AilVar v = code == AIL_OP_COPY ? a : ail_do2(l->b, code, 1, a, b);
    ail_put(l->b, AIL_OP_SELECT, 0, to, v, to, l->when);
}

void ail_x86_flag_copy(AilX86 *l, unsigned flag, AilVar v)
{
    ail_x86_set_flag(l, flag, AIL_OP_COPY, v, AIL_NONE);
}

void ail_x86_flag_const(AilX86 *l, unsigned flag, bool value)
{
    ail_x86_flag_copy(l, flag, ail_const(value, 1));
}

void ail_x86_flag_bit(AilX86 *l, unsigned flag, AilVar v, unsigned bit)
{
    ail_x86_set_flag(l, flag, AIL_OP_BIT, ail_part(v, bit / 8, 1), ail_const(bit % 8, 1));
}

AilVar ail_x86_top_bit(AilX86 *l, AilVar v)
{
    return ail_do2(l->b, AIL_OP_BIT, 1, ail_part(v, v.size - 1u, 1), ail_const(7, 1));
}

void ail_x86_flags_of(AilX86 *l, AilVar result)
{
    ail_x86_set_flag(l, X86_PF, AIL_OP_PARITY, ail_part(result, 0, 1), AIL_NONE);
    ail_x86_set_flag(l, X86_ZF, AIL_OP_EQ, result, ail_const(0, result.size));
    ail_x86_flag_bit(l, X86_SF, result, 8 * result.size - 1u);
}

void ail_x86_flags_logic(AilX86 *l, AilVar result)
{
    ail_x86_flag_const(l, X86_CF, false);
    ail_x86_flag_const(l, X86_AF, false);
    ail_x86_flag_const(l, X86_OF, false);
    ail_x86_flags_of(l, result);
}

void ail_x86_flags_zero(AilX86 *l)
{
    ail_x86_flag_const(l, X86_CF, false);
    ail_x86_flag_const(l, X86_PF, true);
    ail_x86_flag_const(l, X86_AF, false);
    ail_x86_flag_const(l, X86_ZF, true);
    ail_x86_flag_const(l, X86_SF, false);
    ail_x86_flag_const(l, X86_OF, false);
}

/* --- sums --- */

static AilVar byte_op(AilX86 *l, AilOpCode code, AilVar a, AilVar b)
{
    return ail_do2(l->b, code, 1, a, b);
}

static AilVar top(AilVar v)
{
    return ail_part(v, v.size - 1u, 1);
}

/* af: what was carried from bit 3 to bit 4. */
static void flag_af(AilX86 *l, AilVar r, AilVar a, AilVar b)
{
    AilVar x = byte_op(l, AIL_OP_XOR, ail_part(a, 0, 1), ail_part(b, 0, 1));
    x = byte_op(l, AIL_OP_XOR, x, ail_part(r, 0, 1));
    ail_x86_flag_bit(l, X86_AF, x, 4);
}

void ail_x86_flags_sum(AilX86 *l, AilVar r, AilVar a, AilVar b, bool carry, bool keep_cf)
{
    AilVar x = byte_op(l, AIL_OP_XOR, top(a), top(r)), y = byte_op(l, AIL_OP_XOR, top(b), top(r));
    ail_x86_flag_bit(l, X86_OF, byte_op(l, AIL_OP_AND, x, y), 7);
    flag_af(l, r, a, b);
    if (!keep_cf && carry) { /* (a & b) | ((a | b) & ~r) */
        AilVar both = byte_op(l, AIL_OP_AND, top(a), top(b));
        AilVar any = byte_op(l, AIL_OP_OR, top(a), top(b));
        any = byte_op(l, AIL_OP_ANDN, any, top(r));
        ail_x86_flag_bit(l, X86_CF, byte_op(l, AIL_OP_OR, both, any), 7);
    } else if (!keep_cf) {
        ail_x86_set_flag(l, X86_CF, AIL_OP_LTU, r, a);
    }
}

void ail_x86_flags_difference(AilX86 *l, AilVar r, AilVar a, AilVar b, bool carry, bool keep_cf)
{
    AilVar x = byte_op(l, AIL_OP_XOR, top(a), top(b)), y = byte_op(l, AIL_OP_XOR, top(a), top(r));
    ail_x86_flag_bit(l, X86_OF, byte_op(l, AIL_OP_AND, x, y), 7);
    flag_af(l, r, a, b);
    if (!keep_cf && carry) { /* (~a & b) | ((~a | b) & r) */
        AilVar less = byte_op(l, AIL_OP_ANDN, top(b), top(a));
        AilVar more = byte_op(l, AIL_OP_ANDN, top(a), top(b)); /* its inverse is ~a | b */
        more = byte_op(l, AIL_OP_ANDN, top(r), more);
        ail_x86_flag_bit(l, X86_CF, byte_op(l, AIL_OP_OR, less, more), 7);
    } else if (!keep_cf) {
        ail_x86_set_flag(l, X86_CF, AIL_OP_LTU, a, b);
    }
}

/* --- conditions --- */

AilVar ail_x86_condition(AilX86 *l, unsigned cc)
{
    AilVar v = AIL_NONE;
    AilVar cf = ail_x86_flag(X86_CF), zf = ail_x86_flag(X86_ZF), sf = ail_x86_flag(X86_SF);
    switch (cc >> 1 & 7) {
    case 0:
        v = ail_x86_flag(X86_OF);
        break;
    case 1:
        v = cf;
        break;
    case 2:
        v = zf;
        break;
    case 3:
        v = byte_op(l, AIL_OP_OR, cf, zf);
        break;
    case 4:
        v = sf;
        break;
    case 5:
        v = ail_x86_flag(X86_PF);
        break;
    case 6:
        v = byte_op(l, AIL_OP_XOR, sf, ail_x86_flag(X86_OF));
        break;
    default:
        v = byte_op(l, AIL_OP_XOR, sf, ail_x86_flag(X86_OF));
        v = byte_op(l, AIL_OP_OR, v, zf);
    }
    return cc & 1 ? byte_op(l, AIL_OP_XOR, v, ail_const(1, 1)) : v;
}

/* --- rflags --- */

static const struct {
    uint8_t flag, bit;
} bits[] = {
    {X86_CF, 0}, {X86_PF, 2}, {X86_AF, 4}, {X86_ZF, 6}, {X86_SF, 7}, {X86_DF, 10}, {X86_OF, 11},
};

AilVar ail_x86_flags_pack(AilX86 *l)
{
    AilVar v = ail_temp(l->b, 8);
    ail_copy(l->b, v, ail_state(X86_RFLAGS, 8));
    ail_put(l->b, AIL_OP_OR, 0, ail_part(v, 0, 1), ail_part(v, 0, 1), ail_const(2, 1), AIL_NONE);
    for (unsigned i = 0; i < sizeof bits / sizeof *bits; i++) {
        AilVar part = ail_part(v, bits[i].bit / 8, 1), flag = ail_x86_flag(bits[i].flag);
        if (bits[i].bit % 8)
            flag = byte_op(l, AIL_OP_SHL, flag, ail_const(bits[i].bit % 8, 1));
        ail_put(l->b, AIL_OP_OR, 0, part, part, flag, AIL_NONE);
    }
    return v;
}

void ail_x86_flags_unpack(AilX86 *l, AilVar v)
{
    for (unsigned i = 0; i < sizeof bits / sizeof *bits; i++)
        if (bits[i].bit < 8 * v.size)
            ail_x86_flag_bit(l, bits[i].flag, v, bits[i].bit);
}

void ail_x86_rflags_load(AilX86 *l, AilVar v)
{
    /* trap, interrupt enable, I/O level, nested task, resume, alignment check, id */
    uint64_t mask = l->b->user ? 0x244100 : 0x257300;
    AilVar reg = ail_state(X86_RFLAGS, v.size);
    ail_x86_flags_unpack(l, v);
    AilVar keep = ail_x86_do_const(l, AIL_OP_AND, reg, ~mask);
    AilVar take = ail_x86_do_const(l, AIL_OP_AND, v, mask);
    ail_put(l->b, AIL_OP_OR, 0, reg, keep, take, AIL_NONE);
}
