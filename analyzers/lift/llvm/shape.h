/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operands cut into lanes. */
#ifndef AIL_ANALYZERS_LIFT_LLVM_SHAPE_H
#define AIL_ANALYZERS_LIFT_LLVM_SHAPE_H

#include "analyzers/lift/llvm/emit.h"

typedef struct AilShape {
    unsigned bits, n; /* n lanes of so many bits */
    LLVMTypeRef type; /* an integer when n is 1, else a vector */
} AilShape;

/* That of an operand in lanes of `lane` bytes; 0, or not a part of its size: one lane. */
AilShape ail_shape_of(const AilEmit *e, const AilVar *v, unsigned lane);
/* The type of as many lanes, of other bits. */
LLVMTypeRef ail_shape_with(const AilEmit *e, const AilShape *s, unsigned bits);
/* A constant in each lane. */
LLVMValueRef ail_shape_number(const AilEmit *e, const AilShape *s, uint64_t value);
LLVMValueRef ail_shape_read(AilEmit *e, const AilVar *v, const AilShape *s);
/* The value, an integer of a lane's bits, in each. */
LLVMValueRef ail_shape_splat(AilEmit *e, const AilShape *s, LLVMValueRef value);

/* arith.c: MULHU, MULHS; ADDC, SUBC; DIVU, DIVS, REMU, REMS. */
LLVMValueRef ail_emit_multiply_high(AilEmit *e, const AilOp *op, const AilShape *s);
LLVMValueRef ail_emit_with_carry(AilEmit *e, const AilOp *op, const AilShape *s);
LLVMValueRef ail_emit_divide(AilEmit *e, const AilOp *op);

/* shift.c: SHL, SHR, SAR, ROL, ROR; FUNNEL; BIT. */
LLVMValueRef ail_emit_shift(AilEmit *e, const AilOp *op, const AilShape *s);
LLVMValueRef ail_emit_funnel(AilEmit *e, const AilOp *op);
LLVMValueRef ail_emit_bit(AilEmit *e, const AilOp *op);

#endif
