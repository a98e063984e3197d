/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shifts and rotations of general registers. */
#include "analyzers/lift/x86_private.h"

/* A shift at hand: r = a shifted by `count`, of one byte. */
typedef struct Shift {
    AilX86Place to;
    AilVar a, count;
    bool fixed; /* the count is a constant above 0 */
} Shift;

static AilVar do2(AilX86 *l, AilOpCode code, AilVar a, AilVar b)
{
    return ail_do2(l->b, code, a.size, a, b);
}

/* count - by, for by = 0 or 1, and bits - count, as constants where the count is one. */
static AilVar less(AilX86 *l, AilVar count, unsigned by)
{
    if (count.kind == AIL_VAR_CONST)
        return ail_x86_const(count.value - by, 1);
    return do2(l, AIL_OP_SUB, count, ail_const(by, 1));
}

static AilVar rest(AilX86 *l, unsigned bits, AilVar count)
{
    if (count.kind == AIL_VAR_CONST)
        return ail_x86_const(bits - count.value, 1);
    return do2(l, AIL_OP_SUB, ail_const(bits, 1), count);
}

/* Operand 0, and the count in operand `i` (or 1), cut to 5 or 6 bits. False: it is 0, all is done:
 * the operand is written as it is. */
static bool begin(AilX86 *l, unsigned i, Shift *s)
{
    s->to = ail_x86_place(l, 0);
    s->a = ail_x86_get(l, s->to);
    unsigned mask = s->to.size == 8 ? 63 : 31;
    s->count = l->x->op_count > i ? ail_x86_read_sized(l, i, 1) : ail_const(1, 1);
    if (s->count.kind != AIL_VAR_CONST) {
        s->count = do2(l, AIL_OP_AND, s->count, ail_const(mask, 1));
        return true;
    }
    s->count.value &= mask;
    s->fixed = s->count.value;
    if (!s->fixed)
        ail_x86_set(l, s->to, s->a);
    return s->fixed;
}

/* From here on flags are set only if the count is not 0. */
static void flags_when(AilX86 *l, const Shift *s)
{
    if (!s->fixed)
        l->when = do2(l, AIL_OP_NE, s->count, ail_const(0, 1));
}

static bool lift_shift(AilX86 *l)
{
    Shift s = {0};
    if (!begin(l, 1, &s))
        return true;
    unsigned bits = 8 * s.to.size;
    AilOpCode code = (AilOpCode)l->how;
    AilVar r = do2(l, code, s.a, s.count);
    AilVar before = do2(l, code, s.a, less(l, s.count, 1)); /* the last bit is still in it */
    flags_when(l, &s);
    ail_x86_flag_bit(l, X86_CF, before, code == AIL_OP_SHL ? bits - 1 : 0);
    ail_x86_flag_const(l, X86_AF, false);
    if (code == AIL_OP_SAR)
        ail_x86_flag_const(l, X86_OF, false);
    else
        ail_x86_flag_bit(
            l, X86_OF,
            do2(l, AIL_OP_XOR, ail_part(before, bits / 8 - 1, 1), ail_part(r, bits / 8 - 1, 1)), 7);
    ail_x86_flags_of(l, r);
    ail_x86_set(l, s.to, r);
    return true;
}

/* of of a rotation: whether it changed the sign */
static void flag_sign_changed(AilX86 *l, AilVar a, AilVar r)
{
    unsigned last = a.size - 1u;
    AilVar x = do2(l, AIL_OP_XOR, ail_part(a, last, 1), ail_part(r, last, 1));
    ail_x86_flag_bit(l, X86_OF, x, 7);
}

static bool lift_rotate(AilX86 *l)
{
    Shift s = {0};
    if (!begin(l, 1, &s))
        return true;
    AilVar r = do2(l, (AilOpCode)l->how, s.a, s.count);
    flags_when(l, &s);
    ail_x86_flag_bit(l, X86_CF, r, l->how == AIL_OP_ROL ? 0 : 8 * r.size - 1u);
    flag_sign_changed(l, s.a, r);
    ail_x86_set(l, s.to, r);
    return true;
}

/* Rotation through cf: of bits + 1 bits. Shifts by more than there are give 0, so three of them,
 * of the operand both ways and of cf, make the result. */
static bool lift_rotate_carry(AilX86 *l)
{
    Shift s = {0};
    if (!begin(l, 1, &s))
        return true;
    unsigned bits = 8 * s.to.size, turns = bits + 1;
    if (bits < 32 && s.fixed) {
        s.count.value %= turns;
        if (!s.count.value)
            return ail_x86_set(l, s.to, s.a), true;
    } else if (bits < 32) {
        s.count = do2(l, AIL_OP_REMU, s.count, ail_const(turns, 1));
    }
    bool left = l->how == AIL_OP_SHL;
    AilVar cf = ail_x86_flag(X86_CF);
    AilVar wide = s.to.size > 1 ? ail_do1(l->b, AIL_OP_ZEXT, s.to.size, cf) : cf;
    AilVar one = do2(l, left ? AIL_OP_SHL : AIL_OP_SHR, s.a, s.count);
    AilVar other = do2(l, left ? AIL_OP_SHR : AIL_OP_SHL, s.a, rest(l, turns, s.count));
    AilVar carried = do2(l, AIL_OP_SHL, wide, left ? less(l, s.count, 1) : rest(l, bits, s.count));
    AilVar r = do2(l, AIL_OP_OR, do2(l, AIL_OP_OR, one, other), carried);
    AilVar out = do2(l, AIL_OP_SHR, s.a, left ? rest(l, bits, s.count) : less(l, s.count, 1));
    flags_when(l, &s);
    ail_x86_flag_bit(l, X86_CF, out, 0);
    flag_sign_changed(l, s.a, r);
    ail_x86_set(l, s.to, r);
    return true;
}

/* shld, shrd of 16 bits: counts up to 31 turn the operand round once more */
static AilVar double_word(AilX86 *l, const Shift *s, AilVar with, AilVar count)
{
    bool left = l->how == AIL_OP_SHL;
    AilVar v = ail_temp(l->b, 8);
    ail_copy(l->b, ail_part(v, 0, 2), s->a);
    ail_copy(l->b, ail_part(v, 2, 2), with);
    ail_copy(l->b, ail_part(v, 4, 2), s->a);
    ail_copy(l->b, ail_part(v, 6, 2), ail_const(0, 2));
    v = do2(l, (AilOpCode)l->how, v, count);
    return ail_part(v, left ? 4 : 0, 2);
}

static AilVar double_shift(AilX86 *l, const Shift *s, AilVar with, AilVar count)
{
    if (s->to.size == 2)
        return double_word(l, s, with, count);
    bool left = l->how == AIL_OP_SHL;
    unsigned bits = 8 * s->to.size;
    AilVar one = do2(l, left ? AIL_OP_SHL : AIL_OP_SHR, s->a, count);
    AilVar other = do2(l, left ? AIL_OP_SHR : AIL_OP_SHL, with, rest(l, bits, count));
    return do2(l, AIL_OP_OR, one, other);
}

/* What there is before the last bit is shifted out. To the right QEMU has less in it, which only
 * shows in the undefined `of` of more than one bit: where a word of the processor is too short for
 * both operands, none of the second. */
static AilVar before_last(AilX86 *l, const Shift *s, AilVar with, AilVar count)
{
    unsigned size = s->to.size, word = l->b->mode == AIL_MODE_X86_64 ? 8 : 4;
    if (l->how == AIL_OP_SHL || 2 * size < word || (word == 8 && size < 8))
        return double_shift(l, s, with, count);
    if (size == word)
        return do2(l, AIL_OP_SHR, s->a, count);
    AilVar both = ail_temp(l->b, 4);
    ail_copy(l->b, ail_part(both, 0, 2), s->a);
    ail_copy(l->b, ail_part(both, 2, 2), with);
    return ail_part(do2(l, AIL_OP_SHR, both, count), 0, 2);
}

static bool lift_double(AilX86 *l)
{
    Shift s = {0};
    if (!begin(l, 2, &s))
        return true;
    unsigned last = s.to.size - 1;
    bool left = l->how == AIL_OP_SHL;
    AilVar with = ail_x86_read_sized(l, 1, s.to.size);
    AilVar r = double_shift(l, &s, with, s.count);
    AilVar before = before_last(l, &s, with, less(l, s.count, 1));
    flags_when(l, &s);
    ail_x86_flag_bit(l, X86_CF, before, left ? 8 * last + 7 : 0);
    ail_x86_flag_const(l, X86_AF, false);
    ail_x86_flag_bit(l, X86_OF, do2(l, AIL_OP_XOR, ail_part(before, last, 1), ail_part(r, last, 1)),
                     7);
    ail_x86_flags_of(l, r);
    ail_x86_set(l, s.to, r);
    return true;
}

/* rorx, sarx, shlx, shrx: no flags */
static bool lift_plain(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    unsigned mask = 8 * to.size - 1;
    AilVar a = ail_x86_read_sized(l, 1, to.size), count = ail_x86_read_sized(l, 2, 1);
    if (count.kind == AIL_VAR_CONST)
        count.value &= mask;
    else
        count = do2(l, AIL_OP_AND, count, ail_const(mask, 1));
    ail_x86_set(l, to, do2(l, (AilOpCode)l->how, a, count));
    return true;
}

const AilX86Entry ail_x86_shifts[X86_INS_ENDING] = {
    [X86_INS_RCL] = {lift_rotate_carry, AIL_OP_SHL},
    [X86_INS_RCR] = {lift_rotate_carry, AIL_OP_SHR},
    [X86_INS_ROL] = {lift_rotate, AIL_OP_ROL},
    [X86_INS_ROR] = {lift_rotate, AIL_OP_ROR},
    [X86_INS_RORX] = {lift_plain, AIL_OP_ROR},
    [X86_INS_SAL] = {lift_shift, AIL_OP_SHL},
    [X86_INS_SAR] = {lift_shift, AIL_OP_SAR},
    [X86_INS_SARX] = {lift_plain, AIL_OP_SAR},
    [X86_INS_SHL] = {lift_shift, AIL_OP_SHL},
    [X86_INS_SHLD] = {lift_double, AIL_OP_SHL},
    [X86_INS_SHLX] = {lift_plain, AIL_OP_SHL},
    [X86_INS_SHR] = {lift_shift, AIL_OP_SHR},
    [X86_INS_SHRD] = {lift_double, AIL_OP_SHR},
    [X86_INS_SHRX] = {lift_plain, AIL_OP_SHR},
};
