/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and stores of one register and of pairs, in all addressing modes: Arm ARM C4.1, "Loads and
 * Stores". QEMU makes the accesses of a pair in order of address.
 */
#include "analyzers/lift/arm64.h"

void a64_load(AilBuild *b, unsigned t, unsigned size, unsigned to, AilVar at)
{
    if (size == 8) {
        ail_put(b, AIL_OP_LOAD, 0, a64_dst(b, t, 8), AIL_NONE, at, AIL_NONE);
        return;
    }
    AilVar v = ail_load(b, size, at);
    a64_set(b, t, to > size && t != 31 ? ail_do1(b, AIL_OP_SEXT, to, v) : v);
}

void a64_store(AilBuild *b, unsigned t, unsigned size, AilVar at)
{
    ail_store(b, at, a64_x(t, size));
}

static void load_vector(AilBuild *b, unsigned t, unsigned size, AilVar at)
{
    if (size == 16)
        ail_put(b, AIL_OP_LOAD, 0, a64_v(t, 16), AIL_NONE, at, AIL_NONE);
    else
        a64_set_v(b, t, ail_load(b, size, at));
}

/* What bits 31 .. 30, 26 and 23 .. 22 say. */
typedef struct Access {
    unsigned size, extend; /* bytes; of a sign-extended one */
    bool vector, load, prefetch;
} Access;

static bool decode(uint32_t w, Access *a)
{
    unsigned log2 = a64_bits(w, 30, 2), opc = a64_bits(w, 22, 2);
    *a = (Access){.size = 1u << log2, .vector = a64_bit(w, 26), .load = opc != 0};
    if (a->vector) {
        a->load = opc & 1;
        if (opc & 2)
            a->size = 16;
        return !(opc & 2) || log2 == 0;
    }
    a->prefetch = log2 == 3 && opc == 2;
    a->extend = opc == 2 ? 8 : opc == 3 ? 4 : 0;
    return a->prefetch || !a->extend || a->extend > a->size;
}

static bool access(AilBuild *b, uint32_t w, AilVar at)
{
    Access a;
    unsigned t = a64_bits(w, 0, 5);
    if (!decode(w, &a))
        return false;
    if (a.prefetch)
        return true;
    if (a.vector && a.load)
        load_vector(b, t, a.size, at);
    else if (a.vector)
        ail_store(b, at, a64_v(t, a.size));
    else if (a.load)
        a64_load(b, t, a.size, a.extend, at);
    else
        a64_store(b, t, a.size, at);
    return true;
}

/* ldur, ldtr, post- and pre-indexed */
static bool immediate_9(AilBuild *b, uint32_t w)
{
    unsigned kind = a64_bits(w, 10, 2), n = a64_bits(w, 5, 5);
    AilVar base = a64_xsp(b, n, 8), moved = a64_offset(b, base, a64_signed(w, 12, 9));
    if (!(kind & 1))
        return access(b, w, moved);
    if (a64_bits(w, 30, 2) == 3 && !a64_bit(w, 26) && a64_bits(w, 22, 2) > 1)
        return false; /* there is no such prefetch */
    AilVar at = kind == 1 ? base : moved;
    if (!access(b, w, at))
        return false;
    a64_set_sp(b, n, moved);
    return true;
}

static bool immediate_12(AilBuild *b, uint32_t w)
{
    Access a;
    return decode(w, &a) && access(b, w,
                                   a64_offset(b, a64_xsp(b, a64_bits(w, 5, 5), 8),
                                              a64_bits(w, 10, 12) * (int64_t)a.size));
}

static bool register_offset(AilBuild *b, uint32_t w)
{
    Access a;
    unsigned option = a64_bits(w, 13, 3), log2 = 0;
    if (!decode(w, &a) || !(option & 2))
        return false;
    while (1u << log2 < a.size)
        log2++;
    AilVar m = a64_extended(b, a64_bits(w, 16, 5), 8, option, a64_bit(w, 12) ? log2 : 0);
    AilVar base = a64_xsp(b, a64_bits(w, 5, 5), 8);
    return access(b, w, a64_zero(m) ? base : ail_do2(b, AIL_OP_ADD, 8, base, m));
}

/* ldraa, ldrab: the address is authenticated */
static bool authenticated(AilBuild *b, uint32_t w)
{
    unsigned n = a64_bits(w, 5, 5);
    if (a64_bits(w, 30, 2) != 3 || a64_bit(w, 26))
        return false;
    AilVar plain = ail_temp(b, 8), base = a64_xsp(b, n, 8);
    ail_copy(b, plain, base);
    a64_mix(b, "pac", ail_part(plain, 6, 2), base, AIL_NONE, AIL_NONE);
    int64_t imm = (a64_signed(w, 22, 1) * 512 + a64_bits(w, 12, 9)) * 8;
    AilVar at = a64_offset(b, plain, imm);
    a64_load(b, a64_bits(w, 0, 5), 8, 0, at);
    if (a64_bit(w, 11))
        a64_set_sp(b, n, at);
    return true;
}

static bool literal(AilBuild *b, uint32_t w)
{
    unsigned opc = a64_bits(w, 30, 2), t = a64_bits(w, 0, 5);
    AilVar at = ail_const(b->pc + (uint64_t)(a64_signed(w, 5, 19) * 4), 8);
    if (a64_bit(w, 26)) {
        if (opc == 3)
            return false;
        load_vector(b, t, 4u << opc, at);
    } else if (opc < 2) {
        a64_load(b, t, 4u << opc, 0, at);
    } else if (opc == 2) {
        a64_load(b, t, 4, 8, at);
    } /* else a prefetch */
    return true;
}

/* The registers of a pair. */
static void access_pair(AilBuild *b, uint32_t w, unsigned size, bool sign, AilVar at)
{
    unsigned t[2] = {a64_bits(w, 0, 5), a64_bits(w, 10, 5)};
    AilVar addresses[2] = {at, a64_offset(b, at, size)};
    for (unsigned i = 0; i < 2; i++) {
        bool vector = a64_bit(w, 26);
        if (!a64_bit(w, 22))
            ail_store(b, addresses[i], vector ? a64_v(t[i], size) : a64_x(t[i], size));
        else if (vector)
            load_vector(b, t[i], size, addresses[i]);
        else
            a64_load(b, t[i], size, sign ? 8 : 0, addresses[i]);
    }
}

static bool pair(AilBuild *b, uint32_t w)
{
    unsigned opc = a64_bits(w, 30, 2), n = a64_bits(w, 5, 5), kind = a64_bits(w, 23, 2);
    bool vector = a64_bit(w, 26), load = a64_bit(w, 22), tagged = !vector && opc == 1 && !load;
    if (opc == 3 || (opc == 1 && !vector && kind == 0))
        return false;
    unsigned size = vector ? 4u << opc : opc == 2 || tagged ? 8 : 4;
    unsigned scale = tagged ? 16 : size; /* stgp */
    AilVar base = a64_xsp(b, n, 8), moved = a64_offset(b, base, a64_signed(w, 15, 7) * scale);
    access_pair(b, w, size, opc == 1 && !vector && load, kind == 1 ? base : moved);
    if (kind & 1)
        a64_set_sp(b, n, moved);
    return true;
}

bool a64_memory(AilBuild *b, uint32_t w)
{
    switch (a64_bits(w, 27, 3)) {
    case 1:
        if (a64_bit(w, 26))
            return !a64_bit(w, 31) && !a64_bit(w, 25) && a64_structure(b, w);
        return a64_bits(w, 24, 2) == 0 && a64_exclusive(b, w);
    case 3:
        if (a64_bits(w, 24, 2) != 1)
            return a64_bits(w, 24, 2) == 0 && literal(b, w);
        if (!a64_bit(w, 26) || a64_bits(w, 10, 2) == 1)
            return a64_unscaled(b, w);
        return !a64_bit(w, 21) && a64_bits(w, 10, 2) == 2 && immediate_9(b, w); /* ldapur */
    case 5:
        return !a64_bit(w, 25) && pair(b, w);
    case 7:
        if (a64_bit(w, 25))
            return false;
        if (a64_bit(w, 24))
            return immediate_12(b, w);
        if (!a64_bit(w, 21))
            return immediate_9(b, w);
        if (a64_bit(w, 10))
            return authenticated(b, w);
        return a64_bit(w, 11) ? register_offset(b, w) : a64_atomic(b, w);
    default:
        return false;
    }
}
