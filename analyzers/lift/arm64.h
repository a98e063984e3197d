/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lifting AArch64, from the instruction's word: its encodings are regular, and capstone 4 knows few
 * of those after ARMv8.1.
 * Source: Arm Architecture Reference Manual for A-profile (DDI 0487), chapters C4 (encodings), C6
 * and C7 (what instructions do), D17 (system registers).
 *
 * Each a64_CLASS lifts the words of one class of encodings; false: it is not modelled.
 */
#ifndef AIL_ANALYZERS_LIFT_ARM64_H
#define AIL_ANALYZERS_LIFT_ARM64_H

#include "analyzers/lift/build.h"

/* The state. */
enum {
    A64_X = 0, /* x0 .. x30 */
    A64_SP_EL0 = 248,
    A64_SP_EL1 = 256,
    A64_N = 264,
    A64_Z,
    A64_C,
    A64_V,
    A64_MONITOR,  /* truth: an exclusive load was the last to claim the monitor */
    A64_GE = 269, /* of 32-bit programs */
    A64_Q = 272,  /* v0 .. v31 */
    A64_PREDICATES = A64_Q + 32 * 16, /* of the scalable vector extension, all of them */
    A64_SYSTEM = A64_PREDICATES + 8,
};

extern const AilStateReg a64_state[], a64_others[];
AilVar a64_reg(AilMode mode, bool user, unsigned which);

/* n bits of the word, from bit `from` up. */
static inline unsigned a64_bits(uint32_t w, unsigned from, unsigned n)
{
    return w >> from & ((1u << n) - 1);
}

static inline bool a64_bit(uint32_t w, unsigned at)
{
    return w >> at & 1;
}

/* The same, as a signed number. */
static inline int64_t a64_signed(uint32_t w, unsigned from, unsigned n)
{
    uint32_t sign = 1u << (n - 1);
    return (int64_t)(a64_bits(w, from, n) ^ sign) - sign;
}

/* x0 .. x30, of which `size` bytes; 31 is the zero register: a constant. */
static inline AilVar a64_x(unsigned n, unsigned size)
{
    return n == 31 ? ail_const(0, size) : ail_state(A64_X + 8 * n, size);
}

/* 31 is the stack pointer. */
static inline AilVar a64_xsp(const AilBuild *b, unsigned n, unsigned size)
{
    if (n != 31)
        return a64_x(n, size);
    return ail_state(b->user ? A64_SP_EL0 : A64_SP_EL1, size);
}

/* `size` bytes of v0 .. v31. */
static inline AilVar a64_v(unsigned n, unsigned size)
{
    return ail_state(A64_Q + 16 * n, size);
}

/* Where a result of so many bytes for register n is computed: the register itself, or a temporary
 * that a64_set then puts there. */
AilVar a64_dst(AilBuild *b, unsigned n, unsigned size);
AilVar a64_dst_sp(AilBuild *b, unsigned n, unsigned size);
/* Register n = v of 4 bytes, zero-extended, or of 8; to the zero register: nothing. v is not used
 * after that. */
void a64_set(AilBuild *b, unsigned n, AilVar v);
void a64_set_sp(AilBuild *b, unsigned n, AilVar v);
/* v register n = v, the rest of it zero. */
void a64_set_v(AilBuild *b, unsigned n, AilVar v);

/* What condition `cond` (0 .. 15) says, truth, or the contrary when *inverted is set. */
AilVar a64_condition(AilBuild *b, unsigned cond, bool *inverted);
/* What it says. */
AilVar a64_truth(AilBuild *b, unsigned cond);
/* !v, of truth. */
AilVar a64_not(AilBuild *b, AilVar v);
static inline AilVar a64_flag(unsigned at)
{
    return ail_state(at, 1);
}

/* The value in register m of `size` bytes, shifted as `type` says (0 LSL, 1 LSR, 2 ASR, 3 ROR). */
AilVar a64_shifted(AilBuild *b, unsigned m, unsigned size, unsigned type, unsigned amount);
/* That of register m, extended as `option` says to `size` bytes and shifted left. */
AilVar a64_extended(AilBuild *b, unsigned m, unsigned size, unsigned option, unsigned amount);
/* a + offset, 8 bytes. */
AilVar a64_offset(AilBuild *b, AilVar a, int64_t offset);
/* dst of dst.size bytes = something that depends on a, b, c alone (all may be AIL_NONE). */
void a64_mix(AilBuild *build, const char *name, AilVar dst, AilVar a, AilVar b, AilVar c);
/* Bits 31 .. 28 of a number as n z c v, from the byte that holds them, and back. */
void a64_unpack_flags(AilBuild *b, AilVar byte);
AilVar a64_pack_flags(AilBuild *b);
/* Load into register t (31: nowhere) `size` bytes from an address, sign-extended to `to` bytes
 * when to > size, else zero-extended; and store them. */
void a64_load(AilBuild *b, unsigned t, unsigned size, unsigned to, AilVar at);
void a64_store(AilBuild *b, unsigned t, unsigned size, AilVar at);
/* A system register of that name, which must be one of the state's. */
AilVar a64_system_reg(const char *name);
/* A pointer authentication code for register n is put in, checked or taken out. */
void a64_pac(AilBuild *b, unsigned n, AilVar modifier);

/* Sums and logic, with the flags where the word (its bits 29 and 30) says so. n and m are of the
 * operation's size. `stack`: register 31 is sp where flags are not set. */
void a64_add_sub(AilBuild *b, uint32_t w, AilVar n, AilVar m, bool stack);
void a64_with_carry(AilBuild *b, uint32_t w, AilVar n, AilVar m);
void a64_conditional_compare(AilBuild *b, uint32_t w, AilVar n, AilVar m);
/* Returns the result, which is in dst or simpler than that; with `inverted` of ~m. */
AilVar a64_logical(AilBuild *b, uint32_t w, AilVar n, AilVar m, bool inverted, AilVar dst);
/* a and b are the same register. */
static inline bool a64_same(AilVar a, AilVar b)
{
    return a.kind == AIL_VAR_STATE && b.kind == AIL_VAR_STATE && a.at == b.at && a.size == b.size;
}

static inline bool a64_zero(AilVar v)
{
    return v.kind == AIL_VAR_CONST && !v.value;
}

/* Classes. */
bool a64_immediate(AilBuild *b, uint32_t w);
bool a64_register(AilBuild *b, uint32_t w);
bool a64_branch(AilBuild *b, uint32_t w);
bool a64_system(AilBuild *b, uint32_t w);
bool a64_memory(AilBuild *b, uint32_t w);
bool a64_exclusive(AilBuild *b, uint32_t w);
bool a64_atomic(AilBuild *b, uint32_t w);
bool a64_unscaled(AilBuild *b, uint32_t w);
bool a64_structure(AilBuild *b, uint32_t w);
bool a64_scalable(AilBuild *b, uint32_t w);
bool a64_vector(AilBuild *b, uint32_t w);

#endif
