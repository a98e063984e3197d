/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integer instructions on registers: Arm ARM C4.1, "Data Processing -- Register". */
#include "analyzers/lift/arm64.h"

static unsigned size_of(uint32_t w)
{
    return a64_bit(w, 31) ? 8 : 4;
}

static bool logical_shifted(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), d = a64_bits(w, 0, 5), amount = a64_bits(w, 10, 6);
    if (amount >= 8 * size)
        return false;
    AilVar m = a64_shifted(b, a64_bits(w, 16, 5), size, a64_bits(w, 22, 2), amount);
    AilVar n = a64_x(a64_bits(w, 5, 5), size);
    AilVar dst = a64_bits(w, 29, 2) == 3 ? ail_temp(b, size) : a64_dst(b, d, size);
    a64_set(b, d, a64_logical(b, w, n, m, a64_bit(w, 21), dst));
    return true;
}

static bool add_sub_register(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), m = a64_bits(w, 16, 5), n = a64_bits(w, 5, 5);
    if (a64_bit(w, 21)) {
        unsigned amount = a64_bits(w, 10, 3);
        if (amount > 4 || a64_bits(w, 22, 2))
            return false;
        AilVar v = a64_extended(b, m, size, a64_bits(w, 13, 3), amount);
        a64_add_sub(b, w, a64_xsp(b, n, size), v, true);
        return true;
    }
    unsigned type = a64_bits(w, 22, 2), amount = a64_bits(w, 10, 6);
    if (type == 3 || amount >= 8 * size)
        return false;
    a64_add_sub(b, w, a64_x(n, size), a64_shifted(b, m, size, type, amount), false);
    return true;
}

/* rmif: flags that the low four bits choose come from a rotated register. */
static bool rotate_into_flags(AilBuild *b, uint32_t w)
{
    AilVar n = a64_x(a64_bits(w, 5, 5), 8);
    unsigned by = a64_bits(w, 15, 6);
    for (unsigned i = 0; i < 4; i++)
        if (a64_bit(w, 3 - i))
            ail_put(b, AIL_OP_BIT, 0, a64_flag(A64_N + i), n, ail_const((by + 3 - i) % 64, 1),
                    AIL_NONE);
    return true;
}

/* setf8, setf16 */
static bool set_flags_of(AilBuild *b, uint32_t w)
{
    unsigned size = a64_bit(w, 14) ? 2 : 1;
    AilVar n = a64_x(a64_bits(w, 5, 5), 4),
           top = ail_do2(b, AIL_OP_BIT, 1, n, ail_const(8 * size - 1, 1));
    AilVar over = ail_do2(b, AIL_OP_BIT, 1, n, ail_const(8 * size, 1));
    ail_copy(b, a64_flag(A64_N), top);
    ail_put(b, AIL_OP_EQ, 0, a64_flag(A64_Z), ail_part(n, 0, size), ail_const(0, size), AIL_NONE);
    ail_put(b, AIL_OP_XOR, 0, a64_flag(A64_V), top, over, AIL_NONE);
    return true;
}

static bool with_carry(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), kind = a64_bits(w, 10, 6);
    if (kind == 0) {
        a64_with_carry(b, w, a64_x(a64_bits(w, 5, 5), size), a64_x(a64_bits(w, 16, 5), size));
        return true;
    }
    if (a64_bits(w, 29, 3) == 5 && (kind & 31) == 1 && !a64_bit(w, 4))
        return rotate_into_flags(b, w);
    return a64_bits(w, 29, 3) == 1 && (kind & 15) == 2 && a64_bits(w, 0, 5) == 13 &&
           set_flags_of(b, w);
}

static bool conditional_compare(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), m = a64_bits(w, 16, 5);
    if (!a64_bit(w, 29) || a64_bit(w, 10) || a64_bit(w, 4))
        return false;
    a64_conditional_compare(b, w, a64_x(a64_bits(w, 5, 5), size),
                            a64_bit(w, 11) ? ail_const(m, size) : a64_x(m, size));
    return true;
}

/* csel, csinc, csinv, csneg */
static bool conditional_select(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), d = a64_bits(w, 0, 5), kind = a64_bit(w, 30) << 1 | a64_bit(w, 10);
    if (a64_bit(w, 29) || a64_bit(w, 11))
        return false;
    AilVar n = a64_x(a64_bits(w, 5, 5), size), m = a64_x(a64_bits(w, 16, 5), size);
    bool inverted, constant = m.kind == AIL_VAR_CONST;
    if (kind == 1)
        m = constant ? ail_const(1, size) : ail_do2(b, AIL_OP_ADD, size, m, ail_const(1, size));
    else if (kind == 2 && constant)
        m = ail_const(UINT64_MAX >> (64 - 8 * size), size);
    else if (kind >= 2 && !constant)
        m = ail_do1(b, kind == 2 ? AIL_OP_NOT : AIL_OP_NEG, size, m);
    AilVar cond = a64_condition(b, a64_bits(w, 12, 4), &inverted), dst = a64_dst(b, d, size);
    ail_put(b, AIL_OP_SELECT, 0, dst, inverted ? m : n, inverted ? n : m, cond);
    a64_set(b, d, dst);
    return true;
}

static AilVar shift_by_register(AilBuild *b, unsigned type, AilVar n, AilVar m)
{
    static const AilOpCode shifts[] = {AIL_OP_SHL, AIL_OP_SHR, AIL_OP_SAR, AIL_OP_ROR};
    unsigned size = n.size;
    if (m.kind == AIL_VAR_CONST)
        return n;
    AilVar by = ail_do2(b, AIL_OP_AND, size, m, ail_const(8 * size - 1, size));
    return ail_do2(b, shifts[type], size, n, by);
}

static AilVar checksum(AilBuild *b, uint32_t w, AilVar n)
{
    AilVar result = ail_temp(b, 4), m = a64_x(a64_bits(w, 16, 5), 1u << a64_bits(w, 10, 2));
    a64_mix(b, a64_bit(w, 12) ? "crc32c" : "crc32", result, ail_part(n, 0, 4), m, AIL_NONE);
    return result;
}

/* subp, subps: of addresses without their tags */
static void subtract_pointers(AilBuild *b, uint32_t w)
{
    AilVar v[2] = {a64_xsp(b, a64_bits(w, 5, 5), 8), a64_xsp(b, a64_bits(w, 16, 5), 8)};
    for (unsigned i = 0; i < 2; i++) {
        v[i] = ail_do2(b, AIL_OP_SHL, 8, v[i], ail_const(8, 8));
        v[i] = ail_do2(b, AIL_OP_SAR, 8, v[i], ail_const(8, 8));
    }
    a64_add_sub(b, w | 1u << 30, v[0], v[1], false);
}

/* irg, gmi, pacga */
static void mix_two(AilBuild *b, uint32_t w, const char *name)
{
    unsigned d = a64_bits(w, 0, 5), opcode = a64_bits(w, 10, 6);
    AilVar n = opcode == 12 ? a64_x(a64_bits(w, 5, 5), 8) : a64_xsp(b, a64_bits(w, 5, 5), 8);
    AilVar m = opcode == 12 ? a64_xsp(b, a64_bits(w, 16, 5), 8) : a64_x(a64_bits(w, 16, 5), 8);
    AilVar result = ail_temp(b, 8);
    if (opcode == 4) { /* a random tag, but none of those in m */
        ail_copy(b, result, n);
        a64_mix(b, name, ail_part(result, 7, 1), ail_part(n, 7, 1), m, AIL_NONE);
        a64_set_sp(b, d, result);
    } else {
        a64_mix(b, name, result, n, m, AIL_NONE);
        a64_set(b, d, result);
    }
}

static bool two_sources(AilBuild *b, uint32_t w)
{
    static const AilOpCode extremes[] = {AIL_OP_MAXS, AIL_OP_MAXU, AIL_OP_MINS, AIL_OP_MINU};
    unsigned size = size_of(w), opcode = a64_bits(w, 10, 6), d = a64_bits(w, 0, 5);
    AilVar n = a64_x(a64_bits(w, 5, 5), size), m = a64_x(a64_bits(w, 16, 5), size);
    bool tags = size == 8 && (opcode == 0 || opcode == 4 || opcode == 5 || opcode == 12);
    if (a64_bit(w, 29) && !(tags && opcode == 0))
        return false;
    if (tags && opcode == 0)
        subtract_pointers(b, w);
    else if (tags)
        mix_two(b, w, opcode == 4 ? "irg" : opcode == 5 ? "gmi" : "pacga");
    else if (opcode == 2 || opcode == 3)
        a64_set(b, d, ail_do2(b, opcode == 3 ? AIL_OP_DIVS : AIL_OP_DIVU, size, n, m));
    else if (opcode >> 2 == 2)
        a64_set(b, d, shift_by_register(b, opcode & 3, n, m));
    else if (opcode >> 3 == 2 && ((opcode & 3) == 3) == (size == 8))
        a64_set(b, d, checksum(b, w, n));
    else if (opcode >> 2 == 6)
        a64_set(b, d, ail_do2(b, extremes[opcode & 3], size, n, m));
    else
        return false;
    return true;
}

/* Count of the bits after the first that are as it is: of leading zeros where bits change. */
static AilVar count_sign(AilBuild *b, AilVar n)
{
    AilVar next = ail_do2(b, AIL_OP_SAR, n.size, n, ail_const(1, n.size));
    AilVar changes = ail_do2(b, AIL_OP_XOR, n.size, n, next);
    AilVar zeros = ail_do1(b, AIL_OP_CLZ, n.size, changes);
    return ail_do2(b, AIL_OP_SUB, n.size, zeros, ail_const(1, n.size));
}

static bool one_source(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), opcode = a64_bits(w, 10, 6), d = a64_bits(w, 0, 5);
    unsigned rn = a64_bits(w, 5, 5), m = a64_bits(w, 16, 5);
    AilVar n = a64_x(rn, size), dst = a64_dst(b, d, size);
    if (m == 1 && size == 8 && opcode < 18) { /* pac.., aut..; xpac.. and zeros from 8 up */
        a64_pac(b, d, opcode < 8 ? a64_xsp(b, rn, 8) : AIL_NONE);
        return true;
    }
    if (m || a64_bit(w, 29) || opcode > 8)
        return false;
    switch (opcode) {
    case 0:
        ail_put(b, AIL_OP_BITREV, 0, dst, n, AIL_NONE, AIL_NONE);
        break;
    case 1:
    case 2:
    case 3:
        if (1u << opcode > size)
            return false;
        ail_put(b, AIL_OP_BSWAP, 1u << opcode, dst, n, AIL_NONE, AIL_NONE);
        break;
    case 5:
        dst = count_sign(b, n);
        break;
    default:
        ail_put(b,
                opcode == 4   ? AIL_OP_CLZ
                : opcode == 6 ? AIL_OP_CTZ
                : opcode == 7 ? AIL_OP_POPCNT
                              : AIL_OP_ABS,
                0, dst, n, AIL_NONE, AIL_NONE);
    }
    a64_set(b, d, dst);
    return true;
}

/* madd, msub, and of halves smaddl, umaddl, smsubl, umsubl, smulh, umulh */
static bool three_sources(AilBuild *b, uint32_t w)
{
    unsigned size = size_of(w), d = a64_bits(w, 0, 5), kind = a64_bits(w, 21, 3);
    bool sub = a64_bit(w, 15), high = (kind & 3) == 2, wide = kind && !high;
    if (a64_bits(w, 29, 2) || (kind && size == 4) || kind == 3 || kind == 4 || kind == 7 ||
        (high && sub))
        return false;
    AilVar n = a64_x(a64_bits(w, 5, 5), wide ? 4 : size);
    AilVar m = a64_x(a64_bits(w, 16, 5), wide ? 4 : size), a = a64_x(a64_bits(w, 10, 5), size);
    if (wide) {
        n = ail_do1(b, kind & 4 ? AIL_OP_ZEXT : AIL_OP_SEXT, 8, n);
        m = ail_do1(b, kind & 4 ? AIL_OP_ZEXT : AIL_OP_SEXT, 8, m);
    }
    AilOpCode multiply = !high ? AIL_OP_MUL : kind & 4 ? AIL_OP_MULHU : AIL_OP_MULHS;
    AilVar product =
        a64_zero(n) || a64_zero(m) ? ail_const(0, size) : ail_do2(b, multiply, size, n, m);
    if (!high && a.kind == AIL_VAR_CONST && sub)
        product = ail_do1(b, AIL_OP_NEG, size, product);
    else if (!high && a.kind != AIL_VAR_CONST)
        product = ail_do2(b, sub ? AIL_OP_SUB : AIL_OP_ADD, size, a, product);
    a64_set(b, d, product);
    return true;
}

bool a64_register(AilBuild *b, uint32_t w)
{
    switch (a64_bits(w, 24, 5)) {
    case 0xa:
        return logical_shifted(b, w);
    case 0xb:
        return add_sub_register(b, w);
    case 0x1b:
        return three_sources(b, w);
    default:
        break;
    }
    switch (a64_bits(w, 21, 3)) {
    case 0:
        return with_carry(b, w);
    case 2:
        return conditional_compare(b, w);
    case 4:
        return conditional_select(b, w);
    case 6:
        return a64_bit(w, 30) ? one_source(b, w) : two_sources(b, w);
    default:
        return false;
    }
}
