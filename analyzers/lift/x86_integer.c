/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic and logic on general registers. */
#include "analyzers/lift/x86_private.h"

enum { CARRY = 0x100, COMPARE = 0x200 }; /* in `how`, beside the operation */

static AilOpCode code_of(const AilX86 *l)
{
    return (AilOpCode)(l->how & 0xff);
}

/* Both operands; the second is as wide as the first. */
static AilX86Place both(AilX86 *l, AilVar *a, AilVar *b)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilX86Place from = ail_x86_place_sized(l, 1, to.size);
    if (from.address.kind)
        *b = ail_x86_get(l, from);
    *a = ail_x86_get(l, to);
    if (!from.address.kind)
        *b = from.var;
    return to;
}

/* --- sums and differences --- */

/* x - x, with or without cf */
static bool difference_of_same(AilX86 *l, AilX86Place to)
{
    if (!(l->how & CARRY)) {
        if (!(l->how & COMPARE))
            ail_x86_set(l, to, ail_x86_const(0, to.size));
        ail_x86_flags_zero(l);
        return true;
    }
    AilVar cf = ail_x86_flag(X86_CF);
    AilVar wide = to.size > 1 ? ail_do1(l->b, AIL_OP_ZEXT, to.size, cf) : cf;
    ail_x86_set(l, to, ail_do1(l->b, AIL_OP_NEG, to.size, wide));
    ail_x86_flag_const(l, X86_PF, true);
    ail_x86_flag_copy(l, X86_AF, cf);
    ail_x86_flag_copy(l, X86_SF, cf);
    ail_x86_flag_const(l, X86_OF, false);
    ail_x86_set_flag(l, X86_ZF, AIL_OP_XOR, cf, ail_const(1, 1));
    return true;
}

static bool lift_sum(AilX86 *l)
{
    bool carry = l->how & CARRY, minus = code_of(l) == AIL_OP_SUB;
    if (minus && ail_x86_same(l, 0, 1))
        return difference_of_same(l, ail_x86_place(l, 0));
    AilVar a, b, r;
    AilX86Place to = both(l, &a, &b);
    if (carry) {
        r = ail_temp(l->b, to.size);
        ail_put(l->b, minus ? AIL_OP_SUBC : AIL_OP_ADDC, 0, r, a, b, ail_x86_flag(X86_CF));
    } else {
        r = ail_do2(l->b, code_of(l), to.size, a, b);
    }
    if (minus)
        ail_x86_flags_difference(l, r, a, b, carry, false);
    else
        ail_x86_flags_sum(l, r, a, b, carry, false);
    ail_x86_flags_of(l, r);
    if (!(l->how & COMPARE))
        ail_x86_set(l, to, r);
    return true;
}

static bool lift_inc(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_get(l, to), one = ail_const(1, to.size);
    AilVar r = ail_do2(l->b, code_of(l), to.size, a, one);
    if (code_of(l) == AIL_OP_SUB)
        ail_x86_flags_difference(l, r, a, one, false, true);
    else
        ail_x86_flags_sum(l, r, a, one, false, true);
    ail_x86_flags_of(l, r);
    ail_x86_set(l, to, r);
    return true;
}

static bool lift_neg(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar a = ail_x86_get(l, to), zero = ail_const(0, to.size);
    AilVar r = ail_do1(l->b, AIL_OP_NEG, to.size, a);
    ail_x86_flags_difference(l, r, zero, a, false, true);
    ail_x86_set_flag(l, X86_CF, AIL_OP_NE, a, zero);
    ail_x86_flags_of(l, r);
    ail_x86_set(l, to, r);
    return true;
}

static bool lift_not(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    ail_x86_set(l, to, ail_do1(l->b, AIL_OP_NOT, to.size, ail_x86_get(l, to)));
    return true;
}

static bool lift_xadd(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar with = ail_x86_read_sized(l, 1, to.size), a = ail_temp(l->b, to.size);
    ail_copy(l->b, a, ail_x86_get(l, to));
    AilVar r = ail_do2(l->b, AIL_OP_ADD, to.size, a, with);
    ail_x86_flags_sum(l, r, a, with, false, false);
    ail_x86_flags_of(l, r);
    if (to.address.kind)
        ail_x86_set(l, to, r);
    ail_x86_set(l, ail_x86_place(l, 1), a);
    if (!to.address.kind)
        ail_x86_set(l, to, r);
    return true;
}

/* adcx, adox: a sum that reads and writes one flag alone, which `how` is */
static bool lift_adx(AilX86 *l)
{
    AilVar a, b;
    AilX86Place to = both(l, &a, &b);
    AilVar r = ail_temp(l->b, to.size);
    unsigned flag = l->how, size = to.size;
    ail_put(l->b, AIL_OP_ADDC, 0, r, a, b, ail_x86_flag(flag));
    AilVar both_set = ail_do2(l->b, AIL_OP_AND, size, a, b);
    AilVar any = ail_do2(l->b, AIL_OP_OR, size, a, b);
    any = ail_do2(l->b, AIL_OP_ANDN, size, any, r);
    any = ail_do2(l->b, AIL_OP_OR, size, both_set, any);
    ail_x86_flag_bit(l, flag, any, 8 * size - 1);
    ail_x86_set(l, to, r);
    return true;
}

/* --- logic --- */

/* What `and`, `or`, `xor` give whatever the first operand is: a constant, or that operand. */
static bool known(AilX86 *l, AilVar a, AilVar b, AilVar *r)
{
    AilOpCode code = code_of(l);
    uint64_t ones = ail_x86_const(UINT64_MAX, b.size).value;
    if (b.kind != AIL_VAR_CONST)
        return false;
    bool absorbs = (code == AIL_OP_AND && b.value == 0) || (code == AIL_OP_OR && b.value == ones);
    bool neutral = (code == AIL_OP_AND && b.value == ones) || (code != AIL_OP_AND && b.value == 0);
    if (absorbs)
        *r = b;
    else if (neutral)
        *r = a;
    return absorbs || neutral;
}

static bool lift_logic(AilX86 *l)
{
    AilVar a, b, r;
    AilX86Place to = both(l, &a, &b);
    if (ail_x86_same(l, 0, 1)) {
        if (code_of(l) == AIL_OP_XOR)
            return l->how = AIL_OP_SUB, difference_of_same(l, to);
        r = a;
    } else if (!known(l, a, b, &r)) {
        r = ail_do2(l->b, code_of(l), to.size, a, b);
    }
    if (r.kind == AIL_VAR_CONST && r.value == 0)
        ail_x86_flags_zero(l);
    else
        ail_x86_flags_logic(l, r);
    if (!(l->how & COMPARE))
        ail_x86_set(l, to, r);
    return true;
}

/* --- products and quotients --- */

/* The high half of a product at `high`, the low one at `low`; of 1-byte operands both are in ax. */
static void halves(unsigned size, AilVar *low, AilVar *high)
{
    *low = ail_x86_gpr(X86_RAX, size);
    *high = size == 1 ? ail_x86_gpr(X86_RAX + 1, 1) : ail_x86_gpr(X86_RDX, size);
}

static void flags_product(AilX86 *l, AilVar low, AilVar high, bool is_signed)
{
    AilVar none = ail_const(0, low.size);
    if (is_signed)
        none = ail_do2(l->b, AIL_OP_SAR, low.size, low, ail_const(8 * low.size - 1u, 1));
    ail_x86_set_flag(l, X86_CF, AIL_OP_NE, high, none);
    ail_x86_flag_copy(l, X86_OF, ail_x86_flag(X86_CF));
    ail_x86_flag_const(l, X86_AF, false);
    ail_x86_flags_of(l, low);
}

static bool lift_mul(AilX86 *l)
{
    bool is_signed = code_of(l) == AIL_OP_MULHS;
    AilVar b = ail_x86_read(l, 0), low, high;
    unsigned size = b.size;
    halves(size, &low, &high);
    AilVar lo = ail_do2(l->b, AIL_OP_MUL, size, low, b);
    AilVar hi = ail_do2(l->b, code_of(l), size, low, b);
    flags_product(l, lo, hi, is_signed);
    ail_x86_set_gpr(l, low, lo);
    ail_x86_set_gpr(l, high, hi);
    return true;
}

static bool lift_imul(AilX86 *l)
{
    if (l->x->op_count == 1)
        return lift_mul(l);
    AilX86Place to = ail_x86_place(l, 0);
    unsigned first = l->x->op_count == 3;
    AilVar a = ail_x86_read_sized(l, first, to.size);
    AilVar b = ail_x86_read_sized(l, first + 1, to.size);
    AilVar lo = ail_do2(l->b, AIL_OP_MUL, to.size, a, b);
    AilVar hi = ail_do2(l->b, AIL_OP_MULHS, to.size, a, b);
    flags_product(l, lo, hi, true);
    ail_x86_set(l, to, lo);
    return true;
}

static bool lift_mulx(AilX86 *l)
{
    AilX86Place high = ail_x86_place(l, 0), low = ail_x86_place(l, 1);
    AilVar a = ail_x86_gpr(X86_RDX, high.size), b = ail_x86_read_sized(l, 2, high.size);
    AilVar lo = ail_do2(l->b, AIL_OP_MUL, high.size, a, b);
    AilVar hi = ail_do2(l->b, AIL_OP_MULHU, high.size, a, b);
    ail_x86_set(l, low, lo);
    ail_x86_set(l, high, hi);
    return true;
}

static bool lift_div(AilX86 *l)
{
    AilOpCode rem = code_of(l) == AIL_OP_DIVS ? AIL_OP_REMS : AIL_OP_REMU;
    AilVar by = ail_x86_read(l, 0), low, high;
    halves(by.size, &low, &high);
    AilVar q = ail_temp(l->b, by.size), r = ail_temp(l->b, by.size);
    ail_put(l->b, code_of(l), 0, q, low, by, high);
    ail_put(l->b, rem, 0, r, low, by, high);
    ail_x86_set_gpr(l, low, q);
    ail_x86_set_gpr(l, high, r);
    return true;
}

/* --- decimal, of 16 and 32 bits only --- */

static bool lift_decimal(AilX86 *l)
{
    AilVar ax = ail_x86_gpr(X86_RAX, 2), from = ail_temp(l->b, 4);
    AilVar old = ail_part(from, 0, 2);
    ail_copy(l->b, old, ax);
    ail_copy(l->b, ail_part(from, 2, 1), ail_x86_flag(X86_AF));
    ail_copy(l->b, ail_part(from, 3, 1), ail_x86_flag(X86_CF));
    ail_put(l->b, AIL_OP_MIX, 1, ax, from, AIL_NONE, AIL_NONE)->name = "decimal";
    static const uint8_t flags[] = {X86_CF, X86_PF, X86_AF, X86_ZF, X86_SF, X86_OF};
    for (unsigned i = 0; i < sizeof flags; i++)
        ail_put(l->b, AIL_OP_MIX, 1, ail_x86_flag(flags[i]), from, ail_x86_flag(flags[i]), AIL_NONE)
            ->name = "decimal";
    return true;
}

const AilX86Entry ail_x86_integer[X86_INS_ENDING] = {
    [X86_INS_AAA] = {lift_decimal, 0},
    [X86_INS_AAD] = {lift_decimal, 0},
    [X86_INS_AAM] = {lift_decimal, 0},
    [X86_INS_AAS] = {lift_decimal, 0},
    [X86_INS_ADC] = {lift_sum, AIL_OP_ADD | CARRY},
    [X86_INS_ADCX] = {lift_adx, X86_CF},
    [X86_INS_ADD] = {lift_sum, AIL_OP_ADD},
    [X86_INS_ADOX] = {lift_adx, X86_OF},
    [X86_INS_AND] = {lift_logic, AIL_OP_AND},
    [X86_INS_CMP] = {lift_sum, AIL_OP_SUB | COMPARE},
    [X86_INS_DAA] = {lift_decimal, 0},
    [X86_INS_DAS] = {lift_decimal, 0},
    [X86_INS_DEC] = {lift_inc, AIL_OP_SUB},
    [X86_INS_DIV] = {lift_div, AIL_OP_DIVU},
    [X86_INS_IDIV] = {lift_div, AIL_OP_DIVS},
    [X86_INS_IMUL] = {lift_imul, AIL_OP_MULHS},
    [X86_INS_INC] = {lift_inc, AIL_OP_ADD},
    [X86_INS_MUL] = {lift_mul, AIL_OP_MULHU},
    [X86_INS_MULX] = {lift_mulx, 0},
    [X86_INS_NEG] = {lift_neg, 0},
    [X86_INS_NOT] = {lift_not, 0},
    [X86_INS_OR] = {lift_logic, AIL_OP_OR},
    [X86_INS_SBB] = {lift_sum, AIL_OP_SUB | CARRY},
    [X86_INS_SUB] = {lift_sum, AIL_OP_SUB},
    [X86_INS_TEST] = {lift_logic, AIL_OP_AND | COMPARE},
    [X86_INS_XADD] = {lift_xadd, 0},
    [X86_INS_XOR] = {lift_logic, AIL_OP_XOR},
};
