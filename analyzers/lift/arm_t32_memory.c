/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads and stores of T32 that have a word: Arm ARM (DDI 0406), A6.3.5 to A6.3.10. */
#include "analyzers/lift/arm_insn.h"

/* One register: of a constant or a register's distance, or moving the base. */
bool arm_t32_access(Arm *a, uint32_t w)
{
    static const uint8_t sizes[] = {1, 2, 4, 0};
    unsigned size = sizes[arm_bits(w, 21, 2)], n = arm_bits(w, 16, 4), t = arm_bits(w, 12, 4);
    bool load = arm_bit(w, 20), sign = arm_bit(w, 24);
    ArmAddress at = {.n = n, .index = true};
    if (!size || (sign && (!load || size == 4)) || (!load && n == ARM_PC))
        return false;
    if (load && t == ARM_PC && size < 4) /* memory that will be wanted */
        return size == 1 &&
               (n == ARM_PC || arm_bit(w, 23) || !arm_bit(w, 11) || arm_bits(w, 8, 4) == 12);
    if (n == ARM_PC || arm_bit(w, 23)) {
        at.by = arm_const(arm_bits(w, 0, 12));
        at.subtract = !arm_bit(w, 23);
    } else if (!arm_bit(w, 11)) {
        unsigned m = arm_bits(w, 0, 4);
        if (arm_bits(w, 6, 5) || m == ARM_PC)
            return false;
        at.by = arm_shift(a, arm_get(a, m), 0, arm_bits(w, 4, 2)).v;
    } else {
        if (!arm_bit(w, 10) && !arm_bit(w, 8))
            return false;
        if (arm_bits(w, 8, 3) == 6)
            return false; /* without privilege */
        at.by = arm_const(arm_bits(w, 0, 8));
        at.subtract = !arm_bit(w, 9);
        at.index = arm_bit(w, 10);
        at.write_back = arm_bit(w, 8);
    }
    return arm_access(a, &at, load, t, size, sign);
}

/* tbb, tbh: a distance from a table */
static bool table_branch(Arm *a, uint32_t w)
{
    unsigned n = arm_bits(w, 16, 4), m = arm_bits(w, 0, 4), half = arm_bit(w, 4);
    if (m == ARM_PC)
        return false;
    AilVar by = arm_shift(a, arm_get(a, m), 0, half).v;
    AilVar at = ail_do2(a->b, AIL_OP_ADD, 4, arm_get(a, n), by);
    AilVar v = ail_temp(a->b, half ? 2 : 1);
    AilOp *op =
        ail_put(a->b, AIL_OP_LOAD, v.size, v, AIL_NONE, ail_do1(a->b, AIL_OP_ZEXT, 8, at), a->when);
    if (a->when.kind)
        op->flags |= AIL_OP_PREDICATED;
    AilVar distance = ail_do1(a->b, AIL_OP_ZEXT, 4, v);
    distance = ail_do2(a->b, AIL_OP_SHL, 4, distance, ail_const(1, 4));
    arm_jump(a, ail_do2(a->b, AIL_OP_ADD, 4, arm_get(a, ARM_PC), distance));
    return true;
}

/* ldrex, strex of a word, at a distance */
static bool exclusive(Arm *a, uint32_t w)
{
    unsigned n = arm_bits(w, 16, 4), t = arm_bits(w, 12, 4);
    if (n == ARM_PC)
        return false;
    AilVar at = arm_moved(a, arm_get(a, n), arm_const(4 * arm_bits(w, 0, 8)), false);
    if (arm_bit(w, 20))
        return arm_exclusive_load(a, at, 4, t, 0);
    return arm_exclusive_store(a, at, 4, arm_bits(w, 8, 4), t, 0);
}

/* ldrd, strd; tbb, tbh; exclusive ones, of a word */
bool arm_t32_pair(Arm *a, uint32_t w)
{
    bool before = arm_bit(w, 24), moves = arm_bit(w, 21);
    ArmAddress at = {.n = arm_bits(w, 16, 4),
                     .by = arm_const(4 * arm_bits(w, 0, 8)),
                     .subtract = !arm_bit(w, 23),
                     .index = before,
                     .write_back = moves};
    if (!before && !moves && !arm_bit(w, 23))
        return exclusive(a, w);
    if (!before && !moves)
        return arm_bits(w, 20, 5) == 13 && arm_bits(w, 5, 11) == 0x780 && table_branch(a, w);
    if (!arm_bit(w, 20) && at.n == ARM_PC)
        return false;
    unsigned t = arm_bits(w, 12, 4), t2 = arm_bits(w, 8, 4);
    return t != ARM_SP && t2 != ARM_SP && arm_access_pair(a, &at, arm_bit(w, 20), t, t2);
}

bool arm_t32_many(Arm *a, uint32_t w)
{
    unsigned kind = arm_bits(w, 23, 2), set = arm_bits(w, 0, 16);
    return (kind == 1 || kind == 2) && !(set >> ARM_SP & 1) &&
           arm_access_many(a, arm_bit(w, 20), arm_bits(w, 16, 4), set, kind == 1, kind == 2,
                           arm_bit(w, 21));
}
