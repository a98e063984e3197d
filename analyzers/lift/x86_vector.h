/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How vector instructions of x86 are lifted. They are found by name, without the `v` of their AVX
 * forms: capstone's versions number them differently, and have names of their own for comparisons.
 */
#ifndef AIL_ANALYZERS_LIFT_X86_VECTOR_H
#define AIL_ANALYZERS_LIFT_X86_VECTOR_H

#include "analyzers/lift/x86_private.h"

/* A vector instruction at hand. */
typedef struct AilX86Vector {
    AilX86 *l;
    AilBuild *b;
    const char *name; /* without v; static */
    bool vex;         /* an AVX form: what is above the result becomes 0 */
    unsigned how;     /* as its row says */
    unsigned lane;    /* bytes, as its row says */
    unsigned size;    /* bytes of the vectors: 8, 16 or 32 */
    unsigned n;       /* operands without a constant at their end */
    unsigned imm;     /* that constant; 0: there is none */
} AilX86Vector;

typedef struct AilX86Row {
    const char *name;
    bool (*lift)(AilX86Vector *v);
    uint16_t how;
    uint8_t lane;
} AilX86Row;

/* Rows in order of their names; they end with a NULL name. */
extern const AilX86Row ail_x86_vector_moves[], ail_x86_vector_parts[], ail_x86_vector_lanes[],
    ail_x86_vector_shuffles[], ail_x86_vector_floats[], ail_x86_vector_mixes[];

/* Lift a vector instruction; false: it is none, or not modelled. */
bool ail_x86_vector(AilX86 *l);

/* --- operands --- */

/* The register or the `size` bytes of memory that operand i is; of a register its low ones. */
AilVar ail_x86_vector_read(AilX86Vector *v, unsigned i, unsigned size);
/* The two sources, of v->size bytes: operands 1 and 2, or 0 and 1. */
void ail_x86_vector_sources(AilX86Vector *v, AilVar *a, AilVar *b);
/* Operand 0, a register, of `size` bytes. */
AilVar ail_x86_vector_dst(const AilX86Vector *v, unsigned size);
/* Operand 0 is memory: put `value` there. Returns true. */
bool ail_x86_vector_store(AilX86Vector *v, AilVar value);
/* Whether operand i is memory, a vector register. */
bool ail_x86_vector_is_memory(const AilX86Vector *v, unsigned i);
bool ail_x86_vector_is_register(const AilX86Vector *v, unsigned i);
/* Both sources are one register. */
bool ail_x86_vector_same(const AilX86Vector *v);
/* Operand 0's register has been written: the first `size` bytes of it. Zeros what is above in AVX
 * forms; of an MMX register, the exponent becomes that of no number. */
bool ail_x86_vector_done(AilX86Vector *v, unsigned size);

/* dst = code(a, b, c) in lanes, by name where that is LANES or MIX. */
void ail_x86_vector_put(AilX86Vector *v, AilOpCode code, unsigned lane, AilVar dst, AilVar a,
                        AilVar b, AilVar c);

/* Put together from n pieces of `lane` bytes, each a state's part or a constant. */
void ail_x86_vector_gather(AilX86Vector *v, AilVar dst, unsigned n, unsigned lane,
                           const AilVar *pieces);

#endif
