/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors and floating point: Arm ARM C4.1, "Data Processing -- Scalar Floating-Point and Advanced
 * SIMD". */
#ifndef AIL_ANALYZERS_LIFT_ARM64_VECTOR_H
#define AIL_ANALYZERS_LIFT_ARM64_VECTOR_H

#include "analyzers/lift/arm64.h"

/* What most encodings have in common. A scalar is a vector of one lane. */
typedef struct A64Vec {
    unsigned d, n, m; /* registers */
    unsigned log2;    /* of a lane, bits 22 .. 23 */
    unsigned lane;    /* its bytes */
    unsigned size;    /* bytes of the operands: 8, 16, or lane */
    bool u;           /* bit 29: unsigned, or another operation */
    bool q;           /* bit 30: 16 bytes, or the upper half */
    bool scalar;
} A64Vec;

/* A floating-point or other operation by name, and where there is one by code. */
typedef struct A64Do {
    const char *name;
    uint8_t code;     /* AilOpCode; NONE: LANES by name */
    uint8_t sizes;    /* set of log2 of lanes that exist; of scalars: << 4 */
    bool accumulates; /* d is an operand, too */
    bool swapped;     /* code has its operands the other way round */
    bool pairs;       /* of neighbours in n and then in m */
} A64Do;

static inline AilVar a64_vec(const A64Vec *v, unsigned reg)
{
    return a64_v(reg, v->size);
}

/* name(a, b, c), lane by lane, into a new temporary. */
AilVar a64_lanes(AilBuild *build, const char *name, unsigned lane, unsigned size, AilVar a,
                 AilVar b, AilVar c);
AilVar a64_op_lanes(AilBuild *b, AilOpCode code, unsigned lane, AilVar a, AilVar c);
/* Do what `what` says with n and m, the result into d. */
bool a64_do(AilBuild *b, const A64Vec *v, const A64Do *what, AilVar n, AilVar m);
/* Lanes of `lane` bytes of v made twice as wide. */
AilVar a64_widen(AilBuild *b, AilVar v, unsigned lane, bool sign);
/* From lanes of 2 * lane bytes, those bytes of each from `from` on; into register d, its lower half
 * (upper half 0) or with v->q its upper half. */
void a64_narrow(AilBuild *b, const A64Vec *v, AilVar wide, unsigned from);
void a64_set_half(AilBuild *b, const A64Vec *v, AilVar half);
/* The half of register n that a long operation takes: 8 bytes, or of a scalar a lane. */
AilVar a64_half(const A64Vec *v, unsigned reg);
/* `size` bytes of copies of a lane. */
AilVar a64_repeat(AilBuild *b, AilVar lane, unsigned size);

/* Classes. */
bool a64_copy(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_permute(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_extract(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_table(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_modified_immediate(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_three_same(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_three_same_half(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_three_same_extra(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_three_different(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_two_misc(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_two_misc_half(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_across(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_scalar_pair(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_shift_immediate(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_by_element(AilBuild *b, uint32_t w, const A64Vec *v);
bool a64_float(AilBuild *b, uint32_t w);
bool a64_crypto(AilBuild *b, uint32_t w);
/* The 64 bits that an 8-bit floating-point immediate stands for, in lanes of `lane` bytes. */
uint64_t a64_float_immediate(unsigned imm8, unsigned lane);

#endif
