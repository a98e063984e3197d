/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exclusive, ordered and atomic accesses: Arm ARM C4.1, "Load/store exclusive", "Load/store
 * ordered", "Compare and swap", "Atomic memory operations", "LDAPR/STLR (unscaled immediate)".
 *
 * Of an exclusive store, whether it is done depends on the monitor alone, which holds nobody's
 * data. QEMU loads what it replaces (it compares and swaps), so that its trace has a load, too.
 */
#include "analyzers/lift/arm64.h"

static void access_if(AilBuild *b, AilOpCode code, AilVar dst, AilVar a, AilVar at, AilVar cond)
{
    ail_put(b, code, a.kind ? a.size : dst.size, dst, a, at, cond)->flags |= AIL_OP_PREDICATED;
}

static void store_exclusive(AilBuild *b, uint32_t w, unsigned size, unsigned n)
{
    AilVar at = a64_xsp(b, a64_bits(w, 5, 5), 8), monitor = a64_flag(A64_MONITOR);
    unsigned t[2] = {a64_bits(w, 0, 5), a64_bits(w, 10, 5)};
    AilVar next = n == 2 ? a64_offset(b, at, size) : at;
    for (unsigned i = 0; i < n; i++)
        access_if(b, AIL_OP_LOAD, ail_temp(b, size), AIL_NONE, i ? next : at, monitor);
    for (unsigned i = 0; i < n; i++)
        access_if(b, AIL_OP_STORE, AIL_NONE, a64_x(t[i], size), i ? next : at, monitor);
    AilVar failed = a64_not(b, monitor);
    a64_set(b, a64_bits(w, 16, 5), ail_do1(b, AIL_OP_ZEXT, 4, failed));
    ail_copy(b, monitor, ail_const(0, 1));
}

static void load_exclusive(AilBuild *b, uint32_t w, unsigned size, unsigned n)
{
    AilVar at = a64_xsp(b, a64_bits(w, 5, 5), 8), v[2] = {AIL_NONE, AIL_NONE};
    unsigned t[2] = {a64_bits(w, 0, 5), a64_bits(w, 10, 5)};
    for (unsigned i = 0; i < n; i++)
        v[i] = ail_load(b, size, a64_offset(b, at, i * size));
    for (unsigned i = 0; i < n; i++)
        a64_set(b, t[i], v[i]);
    ail_copy(b, a64_flag(A64_MONITOR), ail_const(1, 1));
}

/* cas: store register t where memory is as register s, which gets what memory was. A comparison
 * that fails stores what was there, with QEMU. */
static void compare_and_swap(AilBuild *b, uint32_t w, unsigned size, unsigned n)
{
    AilVar at = a64_xsp(b, a64_bits(w, 5, 5), 8), same = AIL_NONE, old[2], next;
    unsigned s = a64_bits(w, 16, 5), t = a64_bits(w, 0, 5);
    next = n == 2 ? a64_offset(b, at, size) : at;
    for (unsigned i = 0; i < n; i++) {
        old[i] = ail_load(b, size, i ? next : at);
        AilVar equal = ail_do2(b, AIL_OP_EQ, 1, old[i], a64_x(s + i, size));
        same = i ? ail_do2(b, AIL_OP_AND, 1, same, equal) : equal;
    }
    for (unsigned i = 0; i < n; i++) {
        AilVar v = ail_temp(b, size);
        ail_put(b, AIL_OP_SELECT, 0, v, a64_x(t + i, size), old[i], same);
        ail_store(b, i ? next : at, v);
    }
    for (unsigned i = 0; i < n; i++)
        a64_set(b, s + i, old[i]);
}

bool a64_exclusive(AilBuild *b, uint32_t w)
{
    unsigned log2 = a64_bits(w, 30, 2), size = 1u << log2, t = a64_bits(w, 0, 5);
    bool o2 = a64_bit(w, 23), load = a64_bit(w, 22), o1 = a64_bit(w, 21);
    AilVar at = a64_xsp(b, a64_bits(w, 5, 5), 8);
    if (o2 && o1)
        compare_and_swap(b, w, size, 1);
    else if (o2 && load)
        a64_load(b, t, size, 0, at);
    else if (o2)
        a64_store(b, t, size, at);
    else if (o1 && log2 < 2 && ((t | w >> 16) & 1))
        return false;
    else if (o1 && log2 < 2)
        compare_and_swap(b, w, log2 ? 8 : 4, 2);
    else if (load)
        load_exclusive(b, w, size, o1 ? 2 : 1);
    else
        store_exclusive(b, w, size, o1 ? 2 : 1);
    return true;
}

/* ldapr, ldadd .. swp, and as aliases that forget the old value stadd .. */
bool a64_atomic(AilBuild *b, uint32_t w)
{
    static const AilOpCode codes[] = {AIL_OP_ADD,  AIL_OP_ANDN, AIL_OP_XOR,  AIL_OP_OR,
                                      AIL_OP_MAXS, AIL_OP_MINS, AIL_OP_MAXU, AIL_OP_MINU};
    unsigned size = 1u << a64_bits(w, 30, 2), opcode = a64_bits(w, 12, 4), t = a64_bits(w, 0, 5);
    AilVar at = a64_xsp(b, a64_bits(w, 5, 5), 8), s = a64_x(a64_bits(w, 16, 5), size);
    if (a64_bit(w, 26) || opcode > 12 || (opcode > 8 && opcode < 12))
        return false;
    if (opcode == 12) {
        a64_load(b, t, size, 0, at);
        return true;
    }
    AilVar old = ail_load(b, size, at);
    ail_store(b, at, opcode == 8 ? s : ail_do2(b, codes[opcode], size, old, s));
    a64_set(b, t, old);
    return true;
}

/* Tags of memory, which the machine here does not keep: stg .., ldg. */
static bool tags(AilBuild *b, uint32_t w)
{
    unsigned opc = a64_bits(w, 22, 2), kind = a64_bits(w, 10, 2), n = a64_bits(w, 5, 5);
    AilVar base = a64_xsp(b, n, 8), moved = a64_offset(b, base, a64_signed(w, 12, 9) * 16);
    if (a64_bits(w, 30, 2) != 3)
        return false;
    if (kind == 0) {
        AilVar t = a64_x(a64_bits(w, 0, 5), 8);
        if (opc != 1)
            return false; /* in bulk */
        if (t.kind == AIL_VAR_STATE)
            a64_mix(b, "ldg", ail_part(t, 7, 1), ail_part(t, 7, 1), AIL_NONE, AIL_NONE);
        return true;
    }
    AilVar at = kind == 1 ? base : moved;
    for (unsigned i = 0; opc & 1 && i < (opc == 3 ? 2u : 1u); i++) /* stzg, stz2g */
        access_if(b, AIL_OP_STORE, AIL_NONE, ail_const(0, 16), a64_offset(b, at, 16 * i),
                  ail_const(1, 1));
    if (kind & 1)
        a64_set_sp(b, n, moved);
    return true;
}

/* cpyfp .. sete: a stretch of memory, of which the processor does as much as it likes at a time,
 * and in which direction. */
static bool memory_run(AilBuild *b, uint32_t w)
{
    AilVar d = a64_x(a64_bits(w, 0, 5), 8), n = a64_x(a64_bits(w, 5, 5), 8);
    AilVar s = a64_x(a64_bits(w, 16, 5), 8);
    unsigned op1 = a64_bits(w, 22, 2);
    if (a64_bits(w, 30, 2) || a64_bits(w, 0, 5) == 31 || a64_bits(w, 5, 5) == 31)
        return false;
    ail_repeat(b, n, AIL_NONE);
    if (op1 == 3) {
        ail_store(b, d, ail_part(s, 0, 1));
    } else {
        if (s.kind == AIL_VAR_CONST)
            return false;
        ail_store(b, d, ail_load(b, 1, s));
        ail_put(b, AIL_OP_ADD, 0, s, s, ail_const(1, 8), AIL_NONE);
    }
    ail_put(b, AIL_OP_ADD, 0, d, d, ail_const(1, 8), AIL_NONE);
    ail_put(b, AIL_OP_SUB, 0, n, n, ail_const(1, 8), AIL_NONE);
    b->quality = AIL_LIFT_ROUGH;
    return true;
}

/* ldapur, stlur and their sign-extending forms; tags; memory copies */
bool a64_unscaled(AilBuild *b, uint32_t w)
{
    unsigned log2 = a64_bits(w, 30, 2), size = 1u << log2, opc = a64_bits(w, 22, 2);
    unsigned t = a64_bits(w, 0, 5);
    if (a64_bit(w, 21))
        return !a64_bit(w, 26) && tags(b, w);
    if (a64_bits(w, 10, 2) == 1)
        return memory_run(b, w);
    if (a64_bits(w, 10, 2) || (opc == 2 && log2 == 3) || (opc == 3 && log2 > 1))
        return false;
    AilVar at = a64_offset(b, a64_xsp(b, a64_bits(w, 5, 5), 8), a64_signed(w, 12, 9));
    if (opc == 0)
        a64_store(b, t, size, at);
    else
        a64_load(b, t, size, opc == 2 ? 8 : opc == 3 ? 4 : 0, at);
    return true;
}
