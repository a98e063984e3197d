/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vector instructions that move bytes or set them. */
#include "analyzers/lift/arm64_vector.h"

/* dup, ins, smov, umov; of scalars dup alone */
bool a64_copy(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned imm5 = a64_bits(w, 16, 5), imm4 = a64_bits(w, 11, 4), log2 = 0;
    while (log2 < 4 && !(imm5 >> log2 & 1))
        log2++;
    unsigned lane = 1u << log2, index = imm5 >> (log2 + 1), size = v->q ? 16 : 8;
    if (log2 > 3 || (v->scalar && (v->u || imm4)))
        return false;
    AilVar from = ail_part(a64_v(v->n, 16), index * lane, lane), to = from;
    if (v->u) { /* ins, of an element */
        to.at = (uint16_t)(a64_v(v->d, 16).at + index * lane);
        ail_copy(b, to, ail_part(a64_v(v->n, 16), (imm4 >> log2) * lane, lane));
    } else if (v->scalar) {
        a64_set_v(b, v->d, from);
    } else if (imm4 == 0 || imm4 == 1) {
        if (lane == 8 && size == 8)
            return false;
        a64_set_v(b, v->d, a64_repeat(b, imm4 ? a64_x(v->n, lane) : from, size));
    } else if (imm4 == 3 && v->q) { /* ins */
        to.at = (uint16_t)(a64_v(v->d, 16).at + index * lane);
        ail_copy(b, to, a64_x(v->n, lane));
    } else if (imm4 == 5 && lane < size / 2 && lane < 8) { /* smov */
        a64_set(b, v->d, ail_do1(b, AIL_OP_SEXT, size / 2, from));
    } else if (imm4 == 7 && v->q == (lane == 8)) { /* umov */
        a64_set(b, v->d, from);
    } else {
        return false;
    }
    return true;
}

/* uzp1, trn1, zip1, uzp2, trn2, zip2 */
bool a64_permute(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned kind = a64_bits(w, 12, 2), second = a64_bit(w, 14), n = v->size / v->lane;
    if (kind == 0 || (v->lane == 8 && !v->q))
        return false;
    AilVar all = ail_temp(b, v->size);
    for (unsigned i = 0; i < n; i++) {
        unsigned from; /* lane of n, and then of m */
        if (kind == 1)
            from = 2 * i + second;
        else if (kind == 2)
            from = (i & 1) * n + (i & ~1u) + second;
        else
            from = (i & 1) * n + i / 2 + second * (n / 2);
        AilVar reg = a64_vec(v, from < n ? v->n : v->m);
        ail_copy(b, ail_part(all, i * v->lane, v->lane),
                 ail_part(reg, from % n * v->lane, v->lane));
    }
    a64_set_v(b, v->d, all);
    return true;
}

/* ext: the end of n and the beginning of m */
bool a64_extract(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned from = a64_bits(w, 11, 4), rest = v->size - from;
    if (v->log2 || from >= v->size || a64_bit(w, 10))
        return false;
    AilVar all = ail_temp(b, v->size);
    ail_copy(b, ail_part(all, 0, rest), ail_part(a64_vec(v, v->n), from, rest));
    if (from)
        ail_copy(b, ail_part(all, rest, from), ail_part(a64_vec(v, v->m), 0, from));
    a64_set_v(b, v->d, all);
    return true;
}

/* tbl, tbx, whose bytes that are not in the table stay */
bool a64_table(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned n = a64_bits(w, 13, 2) + 1;
    if (v->log2 || a64_bit(w, 11) || a64_bit(w, 10))
        return false;
    AilVar table = ail_temp(b, 16 * n), found = ail_temp(b, v->size), index = a64_vec(v, v->m);
    for (unsigned i = 0; i < n; i++)
        ail_copy(b, ail_part(table, 16 * i, 16), a64_v((v->n + i) % 32, 16));
    ail_put(b, AIL_OP_TABLE, 1, found, table, index, AIL_NONE);
    if (a64_bit(w, 12))
        found = a64_lanes(b,
                          n == 1   ? "tbx1"
                          : n == 2 ? "tbx2"
                          : n == 3 ? "tbx3"
                                   : "tbx4",
                          1, v->size, found, a64_vec(v, v->d), index);
    a64_set_v(b, v->d, found);
    return true;
}

/* Arm ARM, VFPExpandImm: sign, exponent of 3 bits, fraction of 4. */
uint64_t a64_float_immediate(unsigned imm8, unsigned lane)
{
    unsigned exponent = lane == 2 ? 5 : lane == 4 ? 8 : 11, bits = 8 * lane;
    uint64_t sign = imm8 >> 7, high = imm8 >> 6 & 1;
    uint64_t run = high ? (UINT64_C(1) << (exponent - 3)) - 1 : 0;
    uint64_t top = sign << exponent | (high ^ 1) << (exponent - 1) | run << 2 | (imm8 >> 4 & 3);
    uint64_t value = top << (bits - 1 - exponent) | (uint64_t)(imm8 & 15) << (bits - 5 - exponent);
    for (; bits < 64; bits *= 2)
        value |= value << bits;
    return value;
}

/* Arm ARM, AdvSIMDExpandImm */
static uint64_t expand(unsigned cmode, bool op, unsigned imm8)
{
    uint64_t value = imm8;
    if (cmode < 8)
        value <<= 8 * (cmode >> 1);
    else if (cmode < 12)
        value = (value << 8 * (cmode >> 1 & 1)) * 0x10001;
    else if (cmode < 14)
        value = cmode & 1 ? value << 16 | 0xffff : value << 8 | 0xff;
    if (cmode < 8 || cmode == 12 || cmode == 13)
        return value * UINT64_C(0x100000001);
    if (cmode < 12)
        return value * UINT64_C(0x100000001);
    if (cmode == 15)
        return a64_float_immediate(imm8, op ? 8 : 4);
    if (!op)
        return value * UINT64_C(0x101010101010101);
    value = 0;
    for (unsigned i = 0; i < 8; i++)
        value |= imm8 >> i & 1 ? UINT64_C(0xff) << 8 * i : 0;
    return value;
}

/* movi, mvni, orr, bic, fmov */
bool a64_modified_immediate(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned cmode = a64_bits(w, 12, 4), imm8 = a64_bits(w, 16, 3) << 5 | a64_bits(w, 5, 5);
    bool op = a64_bit(w, 29), combine = cmode < 12 && cmode & 1, half = a64_bit(w, 11);
    if ((half && (cmode != 15 || op)) || (cmode == 15 && op && !v->q))
        return false;
    uint64_t value = half ? a64_float_immediate(imm8, 2) : expand(cmode, op, imm8);
    AilVar d = a64_v(v->d, 16), low = ail_part(d, 0, 8), high = ail_part(d, 8, 8);
    if (op && cmode < 14)
        value = ~value;
    if (combine) {
        AilOpCode code = op ? AIL_OP_AND : AIL_OP_OR;
        ail_put(b, code, 0, low, low, ail_const(value, 8), AIL_NONE);
        if (v->q)
            ail_put(b, code, 0, high, high, ail_const(value, 8), AIL_NONE);
    } else {
        ail_copy(b, low, ail_const(value, 8));
        if (v->q)
            ail_copy(b, high, ail_const(value, 8));
    }
    if (!v->q)
        ail_copy(b, high, ail_const(0, 8));
    return true;
}
