/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A32's work on parts of registers: Arm ARM (DDI 0406), A5.2.7 "Halfword multiply", A5.4 "Media
 * instructions". */
#include "analyzers/lift/arm_insn.h"

/* smlabb .. smulwt; smlalbb ..: products of halves, 64 bits of them; qadd and its like */
bool arm_a32_halves(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 21, 2), high = arm_bits(w, 16, 4), low = arm_bits(w, 12, 4);
    unsigned rm = arm_bits(w, 8, 4), rn = arm_bits(w, 0, 4);
    AilVar n = arm_get(a, rn), m = arm_get(a, rm);
    if (high == ARM_PC || rn == ARM_PC)
        return false;
    if (!arm_bit(w, 7)) { /* saturating sums */
        if (low == ARM_PC || rm)
            return false;
        arm_mix(a, "qadd", low, n, arm_get(a, high), AIL_NONE);
        return true;
    }
    if (rm == ARM_PC || (op == 2 && (low == ARM_PC || low == high)))
        return false;
    bool adds = op == 0 || (op == 1 && !arm_bit(w, 5));
    if (op == 2)
        arm_mix_long(a, "smlal", low, high, n, m);
    else if (adds && low == ARM_PC)
        return false;
    else
        arm_mix(a, "smla", high, n, m, adds ? arm_get(a, low) : AIL_NONE);
    return true;
}

/* Parallel sums; selections, packings, extensions of two halves; saturation. */
static bool parts(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 20, 8), kind = arm_bits(w, 5, 3), d = arm_bits(w, 12, 4);
    unsigned rn = arm_bits(w, 16, 4), rm = arm_bits(w, 0, 4);
    bool alone = op & 2 && (kind & 1) == 0; /* ssat, usat: of rm; bits 20 .. 16 are a number */
    alone = alone || ((op & 3) == 2 && kind == 1);
    AilVar n = arm_get(a, rn), m = arm_get(a, rm);
    if (d == ARM_PC || rm == ARM_PC)
        return false;
    if (op < 0x68) {
        if (rn == ARM_PC || !(op & 3))
            return false;
        arm_parallel(a, op & 3, d, n, m);
    } else if (op == 0x68 && kind == 5) {
        arm_select(a, d, n, m);
    } else if (alone) {
        arm_mix(a, "sat", d, m, AIL_NONE, AIL_NONE);
    } else if ((op & 0xfb) == 0x68 && kind == 3) { /* sxtab16 and its like */
        arm_mix(a, "xtab16", d, m, rn == ARM_PC ? AIL_NONE : n, AIL_NONE);
    } else if (op == 0x68 && !(kind & 1)) {
        arm_mix(a, "pkh", d, n, m, AIL_NONE);
    } else {
        return false;
    }
    return true;
}

/* Division; sums of two products; the sum of differences of bytes */
static bool products(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 20, 8), kind = arm_bits(w, 5, 3), d = arm_bits(w, 16, 4);
    unsigned add = arm_bits(w, 12, 4), rm = arm_bits(w, 8, 4), rn = arm_bits(w, 0, 4);
    AilVar n = arm_get(a, rn), m = arm_get(a, rm);
    if (d == ARM_PC || rm == ARM_PC || rn == ARM_PC)
        return false;
    if (op == 0x71 || op == 0x73) {
        if (kind || add != ARM_PC)
            return false;
        arm_divide(a, d, n, m, op == 0x71);
    } else if (op == 0x74) {
        if (kind > 3 || add == ARM_PC || add == d)
            return false;
        arm_mix_long(a, "smlald", add, d, n, m);
    } else if (op == 0x70 || op == 0x75 || (op == 0x78 && !kind)) {
        arm_mix(a, "smlad", d, n, m, add == ARM_PC ? AIL_NONE : arm_get(a, add));
    } else {
        return false;
    }
    return true;
}

/* Extensions, fields, reversals, and the above. */
bool arm_a32_media(Arm *a, uint32_t w)
{
    unsigned op = arm_bits(w, 20, 8), kind = arm_bits(w, 5, 3), d = arm_bits(w, 12, 4);
    unsigned n = arm_bits(w, 16, 4), lsb = arm_bits(w, 7, 5), low = arm_bits(w, 0, 4);
    static const uint8_t sizes[] = {0, 0, 1, 2}; /* of sxtb, sxth and their like */
    AilVar m = arm_get(a, low);
    if (op >= 0x70 && op < 0x7a)
        return products(a, w);
    if ((op & 0xf8) == 0x68 && kind == 3 && sizes[op & 3] && d != ARM_PC && low != ARM_PC &&
        !arm_bits(w, 8, 2)) {
        arm_extend(a, d, m, 8 * arm_bits(w, 10, 2), sizes[op & 3], !(op & 4),
                   n == ARM_PC ? AIL_NONE : arm_get(a, n));
        return true;
    }
    if ((op & 0xfb) == 0x6b && (kind & 3) == 1 && n == 15 && arm_bits(w, 8, 4) == 15 &&
        d != ARM_PC && low != ARM_PC) {
        arm_reverse(a, d, m, (op & 4 ? 2 : 0) | kind >> 2);
        return true;
    }
    if ((op & 0xfa) == 0x7a && (kind & 3) == 2 && d != ARM_PC && low != ARM_PC)
        return arm_extract(a, d, m, lsb, arm_bits(w, 16, 5) + 1, !(op & 4));
    if ((op & 0xfe) == 0x7c && (kind & 3) == 0 && d != ARM_PC)
        return arm_insert(a, d, low == ARM_PC ? AIL_NONE : m, lsb, arm_bits(w, 16, 5));
    return op < 0x70 && parts(a, w);
}
