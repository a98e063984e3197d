/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How x86 is lifted: where its registers lie in the state, what the files x86_*.c share, and their
 * tables. Sources: Intel 64 and IA-32 manual, volumes 1 and 2; what accesses memory in which order,
 * and what flags are that the manual leaves undefined: QEMU (target/i386/tcg), because its run is
 * what a trace has.
 */
#ifndef AIL_ANALYZERS_LIFT_X86_PRIVATE_H
#define AIL_ANALYZERS_LIFT_X86_PRIVATE_H

#include "analyzers/lift/build.h"

/* Where in the state. */
enum {
    X86_RAX = 0, /* 8 bytes each, in the order of their numbers in an encoding */
    X86_RCX = 8,
    X86_RDX = 16,
    X86_RBX = 24,
    X86_RSP = 32,
    X86_RBP = 40,
    X86_RSI = 48,
    X86_RDI = 56,
    X86_R8 = 64,
    X86_R11 = 88,
    X86_CF = 128, /* a byte each: truth */
    X86_PF,
    X86_AF,
    X86_ZF,
    X86_SF,
    X86_DF,
    X86_OF,
    X86_RFLAGS = 136, /* the other bits of rflags, where they are in it; 0 where a flag is */
    X86_SEL = 144,    /* selectors, 2 bytes each: es cs ss ds fs gs ldtr tr */
    X86_BASE = 160,   /* bases of es .. gs, 8 bytes each */
    X86_ES = 0,       /* which selector, which base */
    X86_CS = 1,
    X86_SS = 2,
    X86_DS = 3,
    X86_FS = 4,
    X86_GS = 5,
    X86_LDTR = 6,
    X86_TR = 7,
    X86_KERNEL_GS = 208,
    X86_CR = 216, /* cr0 cr2 cr3 cr4 cr8 xcr0 */
    X86_XCR0 = 256,
    X86_DR = 264, /* dr0 .. dr7 */
    X86_GDTR = 328,
    X86_IDTR = 344,
    X86_STAR = 360,
    X86_LSTAR = 368,
    X86_CSTAR = 376,
    X86_FMASK = 384,
    X86_EFER = 392,
    X86_SYSENTER_CS = 400,
    X86_SYSENTER_ESP = 408,
    X86_SYSENTER_EIP = 416,
    X86_TSC_AUX = 424,
    X86_MSR = 432, /* all other machine-specific registers */
    X86_PKRU = 440,
    X86_MXCSR = 448,
    X86_FPU_CW = 452,
    X86_FPU_SW = 454,
    X86_FPU_TAG = 456,
    X86_ST = 464,  /* st0 .. st7, 10 bytes each, by their distance from the top of the stack */
    X86_YMM = 544, /* 16 of 32 bytes */
    X86_STATE_END = X86_YMM + 16 * 32,
};

/* The instruction at hand. */
typedef struct AilX86 {
    AilBuild *b;
    const cs_x86 *x;
    unsigned how; /* as its table says */
    AilVar when;  /* flags are set only if this is true; AIL_NONE: always */
} AilX86;

/* What an instruction's id is lifted by; false: it is not modelled after all. */
typedef bool (*AilX86Lift)(AilX86 *l);
typedef struct AilX86Entry {
    AilX86Lift lift; /* NULL: not in this table */
    unsigned how;
} AilX86Entry;

/* By capstone's ids. */
extern const AilX86Entry ail_x86_integer[X86_INS_ENDING], ail_x86_moves[X86_INS_ENDING],
    ail_x86_shifts[X86_INS_ENDING], ail_x86_bits[X86_INS_ENDING], ail_x86_flow[X86_INS_ENDING],
    ail_x86_system[X86_INS_ENDING], ail_x86_control[X86_INS_ENDING],
    ail_x86_strings[X86_INS_ENDING], ail_x86_stack[X86_INS_ENDING], ail_x86_msr[X86_INS_ENDING],
    ail_x86_areas[X86_INS_ENDING];

extern const AilStateReg ail_x86_state[], ail_x86_others[];

/* Lift what capstone does not decode; its name, or NULL (x86_undecoded.c). b->insn is not there. */
const char *ail_x86_undecoded(AilBuild *b, const uint8_t *bytes, size_t size);
/* Parts of that (x86_msr.c). */
void ail_x86_read_pkru(AilX86 *l);
void ail_x86_write_pkru(AilX86 *l);
void ail_x86_read_pid(AilX86 *l, AilVar to);

/* --- registers (x86_state.c) --- */

/* Capstone's register; kind AIL_VAR_NONE: it is not in the state. */
AilVar ail_x86_reg(unsigned reg);
/* The low `size` bytes of the general register at `at` (X86_RAX ..). */
static inline AilVar ail_x86_gpr(unsigned at, unsigned size)
{
    return ail_state(at, size);
}
/* Capstone's segment register as a number, X86_ES ..; -1: it is none. */
int ail_x86_segment(unsigned reg);
static inline AilVar ail_x86_flag(unsigned at)
{
    return ail_state(at, 1);
}

/* --- operands (x86_operand.c) --- */

/* Bytes of the mode's addresses and stack: 2, 4, 8. */
unsigned ail_x86_word(const AilX86 *l);
/* A constant of so many bytes, cut to them. */
AilVar ail_x86_const(uint64_t value, unsigned size);

/* An operand that is read, written or both; what its address is made of may change in between. */
typedef struct AilX86Place {
    AilVar var;     /* register or constant */
    AilVar address; /* memory: 8 bytes; else kind AIL_VAR_NONE */
    unsigned size;
} AilX86Place;

/* Operand i; a memory operand's address is computed. */
AilX86Place ail_x86_place(AilX86 *l, unsigned i);
AilX86Place ail_x86_place_sized(AilX86 *l, unsigned i, unsigned size);
/* Memory at an address. */
AilX86Place ail_x86_memory(AilVar address, unsigned size);
AilVar ail_x86_get(AilX86 *l, AilX86Place p);
void ail_x86_set(AilX86 *l, AilX86Place p, AilVar v);
/* The value of operand i; the second: of `size` bytes, of a constant and of a register its low
 * ones. */
AilVar ail_x86_read(AilX86 *l, unsigned i);
AilVar ail_x86_read_sized(AilX86 *l, unsigned i, unsigned size);
/* Write a general register: 4 bytes zero the upper half. */
void ail_x86_set_gpr(AilX86 *l, AilVar reg, AilVar v);

/* Bytes of the instruction's addresses. */
unsigned ail_x86_address_size(const AilX86 *l);
/* The segment that its prefix says, else ds: of memory that no operand has an address of its own
 * for. */
unsigned ail_x86_data_segment(const AilX86 *l);
/* base + index * scale + disp, truncated; 8 bytes. Without the segment's base. */
AilVar ail_x86_offset(AilX86 *l, const cs_x86_op *op);
/* The address of an offset of at most 8 bytes in a segment, X86_ES .. */
AilVar ail_x86_in_segment(AilX86 *l, AilVar offset, unsigned segment);
/* The offset in cs of the next instruction, of `size` bytes: what a call keeps. */
AilVar ail_x86_return_offset(AilX86 *l, unsigned size);
/* The segment of memory operand `op`, and its address. */
unsigned ail_x86_segment_of(const cs_x86_op *op);
AilVar ail_x86_address(AilX86 *l, const cs_x86_op *op);
static inline const cs_x86_op *ail_x86_op(const AilX86 *l, unsigned i)
{
    return &l->x->operands[i];
}
/* Operands i and j are one register. */
bool ail_x86_same(const AilX86 *l, unsigned i, unsigned j);

/* --- stack (x86_operand.c) --- */

void ail_x86_push(AilX86 *l, AilVar v);
AilVar ail_x86_pop(AilX86 *l, unsigned size);
/* The stack pointer as wide as the mode uses it. */
AilVar ail_x86_sp(const AilX86 *l);

/* --- flags (x86_flags.c); all heed l->when --- */

void ail_x86_set_flag(AilX86 *l, unsigned flag, AilOpCode code, AilVar a, AilVar b);
void ail_x86_flag_copy(AilX86 *l, unsigned flag, AilVar v);
void ail_x86_flag_const(AilX86 *l, unsigned flag, bool value);
/* flag = bit `bit` of v */
void ail_x86_flag_bit(AilX86 *l, unsigned flag, AilVar v, unsigned bit);
/* pf, zf, sf of a result */
void ail_x86_flags_of(AilX86 *l, AilVar result);
/* and cf, af, of = 0: of a logical operation */
void ail_x86_flags_logic(AilX86 *l, AilVar result);
/* cf af of and those of a sum or difference r = a +- b (+- cf, if carry) */
void ail_x86_flags_sum(AilX86 *l, AilVar r, AilVar a, AilVar b, bool carry, bool keep_cf);
void ail_x86_flags_difference(AilX86 *l, AilVar r, AilVar a, AilVar b, bool carry, bool keep_cf);
/* Flags of 0 - 0 or x - x: all known. */
void ail_x86_flags_zero(AilX86 *l);
/* The most significant bit of v as truth. */
AilVar ail_x86_top_bit(AilX86 *l, AilVar v);

/* Condition of jcc, setcc, cmovcc by the low 4 bits of its opcode: truth. */
AilVar ail_x86_condition(AilX86 *l, unsigned cc);
/* rflags as pushf has it, 8 bytes; the flags of a byte each that v, of 1 .. 8 bytes, has; and these
 * with the rest, as popf loads it: without privilege not all */
AilVar ail_x86_flags_pack(AilX86 *l);
void ail_x86_flags_unpack(AilX86 *l, AilVar v);
void ail_x86_rflags_load(AilX86 *l, AilVar v);

/* dst = code(a) with an immediate second operand. */
AilVar ail_x86_do_const(AilX86 *l, AilOpCode code, AilVar a, uint64_t b);

/* --- what has no operation of its own (x86_operand.c) --- */

/* dst, which is returned, depends on a and b. */
AilVar ail_x86_mix(AilX86 *l, const char *name, AilVar dst, AilVar a, AilVar b);
/* All that the instruction loads, in one byte; and v into all that it stores. */
AilVar ail_x86_loads(AilX86 *l);
void ail_x86_stores(AilX86 *l, AilVar v);
/* Lifts to no operations: hints, fences, caches, interrupts' state of the processor. */
bool ail_x86_nothing(AilX86 *l);

/* --- segments (x86_control.c) --- */

/* Where operand 0 is a segment register, v goes there; false: it is none. */
bool ail_x86_to_segment(AilX86 *l, AilVar v);

#endif
