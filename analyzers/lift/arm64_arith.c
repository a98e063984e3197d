/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums, logic and the flags that they set. */
#include "analyzers/lift/arm64.h"

/* n and z of a result. */
static void set_nz(AilBuild *b, AilVar result)
{
    AilVar top = ail_const(8u * result.size - 1, 1);
    ail_put(b, AIL_OP_BIT, 0, a64_flag(A64_N), result, top, AIL_NONE);
    ail_put(b, AIL_OP_EQ, 0, a64_flag(A64_Z), result, ail_const(0, result.size), AIL_NONE);
}

/* The flags of result = a + m, or with `sub` a - m. */
static void set_add_flags(AilBuild *b, bool sub, AilVar result, AilVar a, AilVar m)
{
    unsigned size = result.size;
    AilVar top = ail_const(8 * size - 1, 1);
    set_nz(b, result);
    if (sub)
        ail_put(b, AIL_OP_LEU, 0, a64_flag(A64_C), m, a, AIL_NONE);
    else
        ail_put(b, AIL_OP_LTU, 0, a64_flag(A64_C), result, a, AIL_NONE);
    AilVar other = ail_do2(b, AIL_OP_XOR, size, sub ? a : m, sub ? m : result);
    AilVar over = ail_do2(b, AIL_OP_XOR, size, a, result);
    over = ail_do2(b, AIL_OP_AND, size, over, other);
    ail_put(b, AIL_OP_BIT, 0, a64_flag(A64_V), over, top, AIL_NONE);
}

static void set_flags(AilBuild *b, unsigned nzcv)
{
    for (unsigned i = 0; i < 4; i++)
        ail_copy(b, a64_flag(A64_N + i), ail_const(nzcv >> (3 - i) & 1, 1));
}

void a64_add_sub(AilBuild *b, uint32_t w, AilVar n, AilVar m, bool stack)
{
    unsigned d = a64_bits(w, 0, 5), size = n.size;
    bool sub = a64_bit(w, 30), flags = a64_bit(w, 29);
    AilVar result;
    if (sub && a64_same(n, m)) {
        result = ail_const(0, size);
        if (flags)
            set_flags(b, 6);
    } else if (a64_zero(m)) {
        result = n;
        if (flags) {
            set_nz(b, result);
            ail_copy(b, a64_flag(A64_C), ail_const(sub, 1));
            ail_copy(b, a64_flag(A64_V), ail_const(0, 1));
        }
    } else if (a64_zero(n) && !flags) {
        result = sub ? ail_do1(b, AIL_OP_NEG, size, m) : m;
    } else {
        result = flags ? ail_temp(b, size) : stack ? a64_dst_sp(b, d, size) : a64_dst(b, d, size);
        ail_put(b, sub ? AIL_OP_SUB : AIL_OP_ADD, 0, result, n, m, AIL_NONE);
        if (flags)
            set_add_flags(b, sub, result, n, m);
    }
    if (stack && !flags)
        a64_set_sp(b, d, result);
    else
        a64_set(b, d, result);
}

static AilVar all_ones(unsigned size)
{
    return ail_const(UINT64_MAX >> (64 - 8 * size), size);
}

/* and, orr, eor, ands, and with m inverted bic, orn, eon, bics */
AilVar a64_logical(AilBuild *b, uint32_t w, AilVar n, AilVar m, bool inverted, AilVar dst)
{
    unsigned opc = a64_bits(w, 29, 2), size = n.size;
    AilVar result = dst;
    bool exclusive = opc == 2, and = opc == 0 || opc == 3;
    if (a64_same(n, m) && exclusive)
        result = inverted ? all_ones(size) : ail_const(0, size);
    else if (a64_same(n, m) && inverted)
        result = and? ail_const(0, size) : all_ones(size);
    else if (a64_same(n, m))
        result = n;
    else if (and&&(a64_zero(n) || (a64_zero(m) && !inverted)))
        result = ail_const(0, size);
    else if (a64_zero(m) && !inverted) /* or, exclusive or */
        result = n;
    else if (a64_zero(n) && !inverted)
        result = m;
    else if (a64_zero(n))
        ail_put(b, AIL_OP_NOT, 0, dst, m, AIL_NONE, AIL_NONE);
    else if (and)
        ail_put(b, inverted ? AIL_OP_ANDN : AIL_OP_AND, 0, dst, n, m, AIL_NONE);
    else
        ail_put(b, exclusive ? AIL_OP_XOR : AIL_OP_OR, 0, dst, n,
                inverted ? ail_do1(b, AIL_OP_NOT, size, m) : m, AIL_NONE);
    if (opc == 3) {
        set_nz(b, result);
        ail_copy(b, a64_flag(A64_C), ail_const(0, 1));
        ail_copy(b, a64_flag(A64_V), ail_const(0, 1));
    }
    return result;
}

/* Ccmp and ccmn: as if the flags were those of n - m or n + m, or else nzcv. */
void a64_conditional_compare(AilBuild *b, uint32_t w, AilVar n, AilVar m)
{
    AilVar cond = a64_truth(b, a64_bits(w, 12, 4)), kept = ail_temp(b, 1);
    bool sub = a64_bit(w, 30);
    ail_copy(b, kept, cond); /* it may be a flag itself */
    if (sub && a64_same(n, m)) {
        set_flags(b, 6);
    } else {
        AilVar result = ail_do2(b, sub ? AIL_OP_SUB : AIL_OP_ADD, n.size, n, m);
        set_add_flags(b, sub, result, n, m);
    }
    for (unsigned i = 0; i < 4; i++)
        ail_put(b, AIL_OP_SELECT, 0, a64_flag(A64_N + i), a64_flag(A64_N + i),
                ail_const(w >> (3 - i) & 1, 1), kept);
}

/* adc, adcs, sbc, sbcs: n + m + c, where m of a subtraction is inverted. */
void a64_with_carry(AilBuild *b, uint32_t w, AilVar n, AilVar m)
{
    unsigned size = n.size;
    AilVar top = ail_const(8 * size - 1, 1);
    if (a64_bit(w, 30))
        m = a64_zero(m) ? all_ones(size) : ail_do1(b, AIL_OP_NOT, size, m);
    AilVar result = ail_temp(b, size);
    ail_put(b, AIL_OP_ADDC, 0, result, n, m, a64_flag(A64_C));
    if (a64_bit(w, 29)) {
        /* carry: of two ones, or of a one that the sum does not have */
        AilVar either = ail_do2(b, AIL_OP_OR, size, n, m),
               both = ail_do2(b, AIL_OP_AND, size, n, m);
        AilVar lost = ail_do2(b, AIL_OP_ANDN, size, either, result);
        AilVar carry = ail_do2(b, AIL_OP_OR, size, both, lost);
        AilVar over = ail_do2(b, AIL_OP_XOR, size, n, result);
        over = ail_do2(b, AIL_OP_AND, size, over, ail_do2(b, AIL_OP_XOR, size, m, result));
        set_nz(b, result);
        ail_put(b, AIL_OP_BIT, 0, a64_flag(A64_C), carry, top, AIL_NONE);
        ail_put(b, AIL_OP_BIT, 0, a64_flag(A64_V), over, top, AIL_NONE);
    }
    a64_set(b, a64_bits(w, 0, 5), result);
}
