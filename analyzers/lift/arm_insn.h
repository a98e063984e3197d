/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lifting 32-bit Arm, from the instruction's bits: A32 and T32. What is left out is lifted
 * conservatively (arm.c): floating point and vectors but for their loads and stores, and a few
 * instructions of the system.
 * Source: Arm ARM for ARMv7-A (DDI 0406), chapters A5 (A32), A6 (T32), A8 (what instructions do);
 * in which order several registers are loaded and stored: QEMU (target/arm/tcg/translate.c).
 */
#ifndef AIL_ANALYZERS_LIFT_ARM_INSN_H
#define AIL_ANALYZERS_LIFT_ARM_INSN_H

#include "analyzers/lift/arm.h"

enum { ARM_SP = 13, ARM_LR = 14, ARM_PC = 15 };
/* Flags, in the order of the state. */
enum { ARM_N, ARM_Z, ARM_C, ARM_V };

/* Data processing, as A32 numbers it in bits 24 .. 21; T32 has one more. */
typedef enum {
    ARM_AND,
    ARM_EOR,
    ARM_SUB,
    ARM_RSB,
    ARM_ADD,
    ARM_ADC,
    ARM_SBC,
    ARM_RSC,
    ARM_TST,
    ARM_TEQ,
    ARM_CMP,
    ARM_CMN,
    ARM_ORR,
    ARM_MOV,
    ARM_BIC,
    ARM_MVN,
    ARM_ORN,
} ArmData;

/* The instruction at hand. */
typedef struct Arm {
    AilBuild *b;
    AilArmReg *reg;
    AilVar when; /* it does something only if this is true; AIL_NONE: always */
    bool thumb;
    bool in_it; /* T32: it is conditional by an instruction before it */
} Arm;

/* An operand, and what a shift carried out of it: AIL_NONE: nothing. */
typedef struct ArmOperand {
    AilVar v, carry;
} ArmOperand;

static inline unsigned arm_bits(uint32_t w, unsigned from, unsigned n)
{
    return w >> from & ((1u << n) - 1);
}

static inline bool arm_bit(uint32_t w, unsigned at)
{
    return w >> at & 1;
}

static inline AilVar arm_const(uint64_t v)
{
    return ail_const(v & UINT32_MAX, 4);
}

/* --- registers and flags (arm_insn.c): of 4 bytes, and one --- */

/* r0 .. r14; 15: the address that the instruction has of itself, a constant. */
AilVar arm_get(const Arm *a, unsigned n);
/* r0 .. r14 = v, heeding a->when. */
void arm_set(Arm *a, unsigned n, AilVar v);
AilVar arm_flag(const Arm *a, unsigned which);
void arm_set_flag(Arm *a, unsigned which, AilOpCode code, AilVar x, AilVar y);
/* Truth of a condition, 0 .. 13, as of now. */
AilVar arm_condition(Arm *a, unsigned cond);
/* Control goes to address v, of whose lowest bit is no part; heeding a->when. It is the last. */
void arm_jump(Arm *a, AilVar v);
/* lr = where it would go on. */
void arm_link(Arm *a);

/* --- operands --- */

/* v shifted by a constant: type 0 LSL, 1 LSR, 2 ASR, 3 ROR; amount 0 as an instruction has it: 32
 * of LSR and ASR, one through the carry of ROR. */
ArmOperand arm_shift(Arm *a, AilVar v, unsigned type, unsigned amount);
/* By the lowest byte of a register. */
ArmOperand arm_shift_by(Arm *a, AilVar v, unsigned type, AilVar by);

/* --- what instructions do --- */

/* Register d = n op m, and with `flags` the flags. d of 15 is a jump. */
void arm_data(Arm *a, ArmData op, bool flags, unsigned d, AilVar n, ArmOperand m);
/* d = n * m (+ or - add); long: the register pair high:low. */
void arm_multiply(Arm *a, unsigned d, AilVar n, AilVar m, AilVar add, bool subtract, bool flags);
void arm_multiply_long(Arm *a, unsigned low, unsigned high, AilVar n, AilVar m, bool is_signed,
                       bool add, bool flags);
/* d = the low `size` bytes of n, rotated right by so many bits, extended, + add unless AIL_NONE */
void arm_extend(Arm *a, unsigned d, AilVar n, unsigned turn, unsigned size, bool is_signed,
                AilVar add);
/* ubfx, sbfx; bfi, and bfc with n of AIL_NONE */
bool arm_extract(Arm *a, unsigned d, AilVar n, unsigned lsb, unsigned width, bool is_signed);
bool arm_insert(Arm *a, unsigned d, AilVar n, unsigned lsb, unsigned msb);
/* rev, rev16, rbit, revsh, by bits 5 and 4 of their T32 encoding; clz */
void arm_reverse(Arm *a, unsigned d, AilVar n, unsigned which);
void arm_unary(Arm *a, AilOpCode code, unsigned lane, unsigned d, AilVar n);
void arm_divide(Arm *a, unsigned d, AilVar n, AilVar m, bool is_signed);
/* d's upper half = imm */
void arm_move_top(Arm *a, unsigned d, unsigned imm);

/* What has no operation of its own, of up to three operands: d, and the pair high:low, which is an
 * operand as well. */
void arm_mix(Arm *a, const char *name, unsigned d, AilVar x, AilVar y, AilVar z);
void arm_mix_long(Arm *a, const char *name, unsigned low, unsigned high, AilVar x, AilVar y);
/* Sums and differences of parts; `how`: 1 says what was greater or equal. And sel. */
void arm_parallel(Arm *a, unsigned how, unsigned d, AilVar n, AilVar m);
void arm_select(Arm *a, unsigned d, AilVar n, AilVar m);

/* --- memory (arm_memory.c): false: not modelled --- */

/* An address: base register n, moved before or behind the access, and kept. */
typedef struct ArmAddress {
    unsigned n;
    AilVar by;       /* 4 bytes, is added or .. */
    bool subtract;   /* .. taken away */
    bool index;      /* the access is at the sum */
    bool write_back; /* which n becomes */
} ArmAddress;

/* One register t of `size` bytes; is_signed: a load extends so. */
bool arm_access(Arm *a, const ArmAddress *at, bool load, unsigned t, unsigned size, bool is_signed);
/* Two of 4 bytes. */
bool arm_access_pair(Arm *a, const ArmAddress *at, bool load, unsigned t, unsigned t2);
/* Those of a set; base r[n]; up and before as bits 23 and 24 of A32's say. */
bool arm_access_many(Arm *a, bool load, unsigned n, unsigned set, bool up, bool before,
                     bool write_back);

/* base +- by */
AilVar arm_moved(Arm *a, AilVar base, AilVar by, bool subtract);
/* v = memory at an address of 4 bytes, and back, heeding a->when; the first returns v. */
AilVar arm_load(Arm *a, AilVar v, AilVar at);
void arm_store(Arm *a, AilVar at, AilVar v);

/* --- the system (arm_system.c): false: not modelled --- */

/* n z c v = the highest bits of v. */
void arm_unpack_flags(Arm *a, AilVar v);
/* mrs, msr; saved: of spsr. mask: which bytes of it. */
bool arm_read_status(Arm *a, unsigned d, bool saved);
bool arm_write_status(Arm *a, AilVar v, unsigned mask, bool saved);
/* What a jump that returns from an exception does before it goes. */
bool arm_exception_return(Arm *a);
/* Of 1, 2, 4, or 8 bytes, which are registers t and t2; d: whether it failed. */
bool arm_exclusive_load(Arm *a, AilVar at, unsigned size, unsigned t, unsigned t2);
bool arm_exclusive_store(Arm *a, AilVar at, unsigned size, unsigned d, unsigned t, unsigned t2);
/* Instructions of coprocessors, 110 and 111 in bits 27 .. 25 of A32 and T32 alike. */
bool arm_coprocessor(Arm *a, uint32_t w);

/* Lift a word, or half word, of each encoding; false: not modelled. Below each, parts of it. */
bool arm_a32(Arm *a, uint32_t w);
bool arm_a32_halves(Arm *a, uint32_t w);
bool arm_a32_media(Arm *a, uint32_t w);
bool arm_t16(Arm *a, uint32_t w);
bool arm_t32(Arm *a, uint32_t w);
bool arm_t32_access(Arm *a, uint32_t w);
bool arm_t32_pair(Arm *a, uint32_t w);
bool arm_t32_many(Arm *a, uint32_t w);

#endif
