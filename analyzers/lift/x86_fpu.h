/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87. Registers are kept by their distance from the top of the stack, so pushing and popping moves
 * them all, as one copy or two, and the state areas of fxsave have them in the same order. MMX
 * registers are the mantissas of st0 .. st7: true while the top is register 0, as it is when the
 * stack is empty, which programs see to before they use MMX. What is done to a number is a name.
 */
#ifndef AIL_ANALYZERS_LIFT_X86_FPU_H
#define AIL_ANALYZERS_LIFT_X86_FPU_H

#include "analyzers/lift/x86_private.h"

enum { NUMBER = 10 }; /* bytes of a register */

/* Lift an instruction of opcode D8 .. DF; false: it is none. */
bool ail_x86_fpu(AilX86 *l);

/* --- what they are made of (x86_fpu_ops.c) --- */

AilVar ail_fpu_st(unsigned i);
void ail_fpu_push(AilX86 *l, AilVar v);
/* What was st0 becomes st7. */
void ail_fpu_pop(AilX86 *l);

/* The address of the memory operand; `size` bytes loaded from there. */
AilVar ail_fpu_address(AilX86 *l);
AilVar ail_fpu_load(AilX86 *l, unsigned size);
/* Push a number of `size` bytes; store st0 as one. Of 10 bytes it is a copy, but for BCD, which the
 * name begins with. */
void ail_fpu_load_number(AilX86 *l, const char *name, unsigned size);
void ail_fpu_store_number(AilX86 *l, const char *name, unsigned size);
/* fldenv and fnstenv; all: frstor and fnsave. */
void ail_fpu_load_environment(AilX86 *l, bool all);
void ail_fpu_store_environment(AilX86 *l, bool all);
void ail_fpu_initialise(AilX86 *l);

/* Operation 0 .. 7, as bits 3 to 5 of ModRM have it: add mul com comp sub subr div divr; 8 more: b
 * is an integer. The result is in dst, or in the status. */
void ail_fpu_arithmetic(AilX86 *l, unsigned which, AilVar dst, AilVar a, AilVar b);
/* cf, pf, zf of st0 and another */
void ail_fpu_compare_flags(AilX86 *l, AilVar with);
void ail_fpu_exchange(AilX86 *l, AilVar other);
/* D9 D0, D9 E0 .. D9 FF; false: there is none. */
bool ail_fpu_special(AilX86 *l, unsigned modrm);

#endif
