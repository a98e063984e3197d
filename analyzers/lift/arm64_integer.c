/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data processing with immediates: Arm ARM C4.1, "Data Processing -- Immediate". */
#include "analyzers/lift/arm64.h"

/* Arm ARM, DecodeBitMasks: a run of ones, rotated, repeated. */
static bool bit_mask(uint32_t w, unsigned size, uint64_t *mask)
{
    unsigned imms = a64_bits(w, 10, 6), immr = a64_bits(w, 16, 6), n = a64_bit(w, 22);
    unsigned kind = n << 6 | (~imms & 0x3f), bits = 64;
    while (bits > 1 && !(kind & bits))
        bits >>= 1;
    unsigned ones = (imms & (bits - 1)) + 1, turn = immr & (bits - 1);
    if (bits < 2 || ones == bits || bits > 8 * size)
        return false;
    uint64_t all = UINT64_MAX >> (64 - bits), run = UINT64_MAX >> (64 - ones);
    if (turn)
        run = (run >> turn | run << (bits - turn)) & all;
    for (; bits < 64; bits *= 2)
        run |= run << bits;
    *mask = run & UINT64_MAX >> (64 - 8 * size);
    return true;
}

static bool logical_immediate(AilBuild *b, uint32_t w)
{
    unsigned size = a64_bit(w, 31) ? 8 : 4, d = a64_bits(w, 0, 5);
    bool flags = a64_bits(w, 29, 2) == 3;
    uint64_t mask;
    if (!bit_mask(w, size, &mask))
        return false;
    AilVar n = a64_x(a64_bits(w, 5, 5), size);
    AilVar dst = flags ? ail_temp(b, size) : a64_dst_sp(b, d, size);
    AilVar result = a64_logical(b, w, n, ail_const(mask, size), false, dst);
    if (flags)
        a64_set(b, d, result);
    else
        a64_set_sp(b, d, result);
    return true;
}

static bool move_wide(AilBuild *b, uint32_t w)
{
    unsigned size = a64_bit(w, 31) ? 8 : 4, d = a64_bits(w, 0, 5), opc = a64_bits(w, 29, 2);
    unsigned at = 16 * a64_bits(w, 21, 2);
    uint64_t value = (uint64_t)a64_bits(w, 5, 16) << at;
    if (opc == 1 || at >= 8 * size)
        return false;
    if (opc != 3) {
        value = opc == 0 ? ~value : value;
        a64_set(b, d, ail_const(value & UINT64_MAX >> (64 - 8 * size), size));
    } else if (d != 31) { /* movk */
        ail_copy(b, ail_part(a64_x(d, 8), at / 8, 2), ail_const(a64_bits(w, 5, 16), 2));
        if (size == 4)
            ail_copy(b, ail_part(a64_x(d, 8), 4, 4), ail_const(0, 4));
    }
    return true;
}

/* The low `width` bits of v, extended. */
static AilVar extend(AilBuild *b, AilVar v, unsigned width, bool sign)
{
    unsigned bits = 8u * v.size;
    if (width == bits)
        return v;
    if (width == 8 || width == 16 || width == 32) /* byte by byte */
        return ail_do1(b, sign ? AIL_OP_SEXT : AIL_OP_ZEXT, v.size, ail_part(v, 0, width / 8));
    if (!sign)
        return ail_do2(b, AIL_OP_AND, v.size, v, ail_const((UINT64_C(1) << width) - 1, v.size));
    AilVar by = ail_const(bits - width, v.size);
    return ail_do2(b, AIL_OP_SAR, v.size, ail_do2(b, AIL_OP_SHL, v.size, v, by), by);
}

/* bfm: the field goes into the destination. */
static void insert(AilBuild *b, unsigned d, AilVar v, unsigned width, unsigned at)
{
    AilVar old = a64_x(d, v.size), size = ail_const(at, v.size);
    if (width % 8 == 0 && at % 8 == 0) {
        AilVar all = ail_temp(b, v.size);
        ail_copy(b, all, old);
        ail_copy(b, ail_part(all, at / 8, width / 8), ail_part(v, 0, width / 8));
        a64_set(b, d, all);
        return;
    }
    uint64_t mask = (width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1) << at;
    mask &= UINT64_MAX >> (64 - 8 * v.size);
    AilVar field = at ? ail_do2(b, AIL_OP_SHL, v.size, v, size) : v;
    field = ail_do2(b, AIL_OP_AND, v.size, field, ail_const(mask, v.size));
    AilVar rest = ail_const(~mask & UINT64_MAX >> (64 - 8 * v.size), v.size);
    rest = ail_do2(b, AIL_OP_AND, v.size, old, rest);
    a64_set(b, d, ail_do2(b, AIL_OP_OR, v.size, rest, field));
}

static AilVar shift(AilBuild *b, AilOpCode code, AilVar v, unsigned by)
{
    return by ? ail_do2(b, code, v.size, v, ail_const(by, v.size)) : v;
}

static bool bit_field(AilBuild *b, uint32_t w)
{
    unsigned size = a64_bit(w, 31) ? 8 : 4, bits = 8 * size, opc = a64_bits(w, 29, 2);
    unsigned immr = a64_bits(w, 16, 6), imms = a64_bits(w, 10, 6), d = a64_bits(w, 0, 5);
    bool sign = opc == 0;
    if (opc == 3 || immr >= bits || imms >= bits || a64_bit(w, 22) != (size == 8))
        return false;
    AilVar v = a64_x(a64_bits(w, 5, 5), size);
    if (imms >= immr && opc != 1 && immr % 8 == 0 && (imms + 1) % 8 == 0 && v.kind) {
        unsigned n = (imms + 1 - immr) / 8; /* whole bytes */
        AilVar part = ail_part(v, immr / 8, n);
        a64_set(b, d, n == size ? v : ail_do1(b, sign ? AIL_OP_SEXT : AIL_OP_ZEXT, size, part));
    } else if (imms >= immr) {
        unsigned width = imms - immr + 1;
        v = shift(b, sign && imms == bits - 1 ? AIL_OP_SAR : AIL_OP_SHR, v, immr);
        if (opc == 1)
            insert(b, d, v, width, 0);
        else
            a64_set(b, d, imms == bits - 1 ? v : extend(b, v, width, sign));
    } else {
        unsigned at = bits - immr, width = imms + 1;
        if (opc == 1)
            insert(b, d, v, width, at);
        else if (at + width == bits)
            a64_set(b, d, shift(b, AIL_OP_SHL, v, at));
        else
            a64_set(b, d, shift(b, AIL_OP_SHL, extend(b, v, width, sign), at));
    }
    return true;
}

static bool extract(AilBuild *b, uint32_t w)
{
    unsigned size = a64_bit(w, 31) ? 8 : 4, by = a64_bits(w, 10, 6), d = a64_bits(w, 0, 5);
    unsigned n = a64_bits(w, 5, 5), m = a64_bits(w, 16, 5);
    if (by >= 8 * size || a64_bits(w, 29, 2) || a64_bit(w, 21) || a64_bit(w, 22) != (size == 8))
        return false;
    AilVar high = a64_x(n, size), low = a64_x(m, size), result = ail_temp(b, size);
    if (by % 8 == 0) {
        ail_copy(b, ail_part(result, 0, size - by / 8), ail_part(low, by / 8, size - by / 8));
        if (by)
            ail_copy(b, ail_part(result, size - by / 8, by / 8), ail_part(high, 0, by / 8));
    } else if (n == m) {
        ail_put(b, AIL_OP_ROR, 0, result, low, ail_const(by, size), AIL_NONE);
    } else {
        ail_put(b, AIL_OP_FUNNEL, 0, result, high, low, ail_const(by, size));
    }
    a64_set(b, d, result);
    return true;
}

static bool add_immediate(AilBuild *b, uint32_t w)
{
    unsigned size = a64_bit(w, 31) ? 8 : 4, imm = a64_bits(w, 10, 12) << (a64_bit(w, 22) ? 12 : 0);
    a64_add_sub(b, w, a64_xsp(b, a64_bits(w, 5, 5), size), ail_const(imm, size), true);
    return true;
}

/* smax, umax, smin, umin */
static bool min_max_immediate(AilBuild *b, uint32_t w)
{
    static const AilOpCode codes[] = {AIL_OP_MAXS, AIL_OP_MAXU, AIL_OP_MINS, AIL_OP_MINU};
    unsigned size = a64_bit(w, 31) ? 8 : 4, which = a64_bits(w, 18, 4), d = a64_bits(w, 0, 5);
    if (which > 3 || a64_bits(w, 29, 2))
        return false;
    uint64_t imm = which & 1 ? a64_bits(w, 10, 8) : (uint64_t)a64_signed(w, 10, 8);
    AilVar m = ail_const(imm & UINT64_MAX >> (64 - 8 * size), size);
    a64_set(b, d, ail_do2(b, codes[which], size, a64_x(a64_bits(w, 5, 5), size), m));
    return true;
}

/* addg, subg: like add and sub, and the tag in bits 56 .. 59 changes. */
static bool add_tag(AilBuild *b, uint32_t w)
{
    if (a64_bit(w, 22))
        return min_max_immediate(b, w);
    if (!a64_bit(w, 31) || a64_bit(w, 29))
        return false;
    unsigned imm = a64_bits(w, 16, 6) << 4;
    AilVar d = a64_xsp(b, a64_bits(w, 0, 5), 8), n = a64_xsp(b, a64_bits(w, 5, 5), 8);
    AilVar old = ail_temp(b, 1);
    ail_copy(b, old, ail_part(n, 7, 1));
    ail_put(b, a64_bit(w, 30) ? AIL_OP_SUB : AIL_OP_ADD, 0, d, n, ail_const(imm, 8), AIL_NONE);
    a64_mix(b, "tag", ail_part(d, 7, 1), ail_part(d, 7, 1), old, AIL_NONE);
    return true;
}

static bool address(AilBuild *b, uint32_t w)
{
    int64_t imm = a64_signed(w, 5, 19) * 4 + a64_bits(w, 29, 2);
    uint64_t to = a64_bit(w, 31) ? (b->pc & ~UINT64_C(0xfff)) + (uint64_t)(imm * 4096)
                                 : b->pc + (uint64_t)imm;
    a64_set(b, a64_bits(w, 0, 5), ail_const(to, 8));
    return true;
}

bool a64_immediate(AilBuild *b, uint32_t w)
{
    static bool (*const classes[])(AilBuild *, uint32_t) = {
        address, address, add_immediate, add_tag, logical_immediate, move_wide, bit_field, extract,
    };
    return classes[a64_bits(w, 23, 3)](b, w);
}
