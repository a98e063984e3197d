/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scalable vector extension, conservatively: what an instruction may write keeps its data flow
 * and gets that of all that it may read. The bytes of a scalable register above those of v0 .. v31
 * have no place in the state: the 16 that have stand for all of it, and one register stands for all
 * predicates.
 * Source: Arm ARM (DDI 0487), C4.1.31 "SVE encodings".
 */
#include "analyzers/lift/arm64_vector.h"

static void gather(AilBuild *b, AilVar all, AilVar v)
{
    if (v.kind == AIL_VAR_STATE)
        a64_mix(b, "sve", all, all, v, AIL_NONE);
}

static void spread(AilBuild *b, AilVar all, AilVar v)
{
    if (v.kind == AIL_VAR_STATE)
        a64_mix(b, "sve", v, v, all, AIL_NONE);
}

/* Whether it writes a general register: counts, last elements, numbers of true predicates. */
static bool counts(uint32_t w, unsigned top)
{
    if (!a64_bit(w, 21))
        return false;
    return top == 4   ? a64_bits(w, 13, 3) == 7 || a64_bits(w, 12, 4) == 5
           : top == 5 ? a64_bits(w, 13, 3) == 5
                      : top == 0x25 && a64_bits(w, 14, 2) == 2;
}

/* Of memory the address is no data; up to four registers of a structure are. */
static void gather_all(AilBuild *b, uint32_t w, AilVar all, bool memory, bool general)
{
    unsigned d = a64_bits(w, 0, 5), n = a64_bits(w, 5, 5), m = a64_bits(w, 16, 5);
    unsigned others[] = {n, m, a64_bits(w, 10, 5)};
    for (unsigned i = 0; i < (memory ? 4 : 1); i++)
        gather(b, all, a64_v((d + i) % 32, 16));
    for (unsigned i = 0; i < 3 && !memory; i++)
        gather(b, all, a64_v(others[i], 16));
    for (unsigned i = 0; i < 2 && general; i++)
        gather(b, all, a64_xsp(b, others[i], 8));
    if (general)
        gather(b, all, a64_x(d, 8));
    gather(b, all, ail_state(A64_PREDICATES, 8));
}

bool a64_scalable(AilBuild *b, uint32_t w)
{
    unsigned top = a64_bits(w, 24, 8), d = a64_bits(w, 0, 5);
    bool memory = top >> 7, store = top >> 5 == 7, general = top == 4 || top == 5 || top == 0x25;
    bool compares = top == 0x24 || top == 0x25 || top == 0x45;
    AilVar all = ail_temp(b, 1);
    ail_put(b, AIL_OP_LOADS, 1, all, AIL_NONE, AIL_NONE, AIL_NONE);
    gather_all(b, w, all, memory, general);
    ail_put(b, AIL_OP_STORES, 1, AIL_NONE, all, AIL_NONE, AIL_NONE);
    for (unsigned i = 0; i < (memory ? 4 : 1) && !store && top != 0x24; i++)
        spread(b, all, a64_v((d + i) % 32, 16));
    if (!store)
        spread(b, all, ail_state(A64_PREDICATES, 8));
    if (counts(w, top)) /* addvl, addpl have sp */
        spread(b, all, a64_bits(w, 12, 4) == 5 ? a64_xsp(b, d, 8) : a64_x(d, 8));
    for (unsigned i = 0; i < 4 && compares; i++)
        spread(b, all, a64_flag(A64_N + i));
    b->quality = AIL_LIFT_CONSERVATIVE;
    return true;
}
