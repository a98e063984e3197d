/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products, sums with a carry, quotients: what takes more than an instruction of LLVM's. */
#include "analyzers/lift/llvm/shape.h"

LLVMValueRef ail_emit_multiply_high(AilEmit *e, const AilOp *op, const AilShape *s)
{
    AilShape wide = {2 * s->bits, s->n, ail_shape_with(e, s, 2 * s->bits)};
    LLVMValueRef factor[2];
    for (unsigned i = 0; i < 2; i++) {
        factor[i] = ail_shape_read(e, i ? &op->b : &op->a, s);
        factor[i] = op->code == AIL_OP_MULHS ? LLVMBuildSExt(e->builder, factor[i], wide.type, "")
                                             : LLVMBuildZExt(e->builder, factor[i], wide.type, "");
    }
    LLVMValueRef product = LLVMBuildMul(e->builder, factor[0], factor[1], "");
    product = LLVMBuildLShr(e->builder, product, ail_shape_number(e, &wide, s->bits), "");
    return LLVMBuildTrunc(e->builder, product, s->type, "");
}

/* With truth c added to what is added, or taken away. */
LLVMValueRef ail_emit_with_carry(AilEmit *e, const AilOp *op, const AilShape *s)
{
    LLVMOpcode code = op->code == AIL_OP_ADDC ? LLVMAdd : LLVMSub;
    LLVMValueRef carry = LLVMBuildZExt(e->builder, ail_emit_truth(e, &op->c), s->type, "");
    LLVMValueRef sum = LLVMBuildBinOp(e->builder, code, ail_shape_read(e, &op->a, s),
                                      ail_shape_read(e, &op->b, s), "");
    return LLVMBuildBinOp(e->builder, code, sum, carry, "");
}

/* Where LLVM's division has no meaning, by 0 and the least number by -1, divide by 1 and correct
 * what comes out. */
LLVMValueRef ail_emit_divide(AilEmit *e, const AilOp *op)
{
    LLVMBuilderRef b = e->builder;
    bool is_signed = op->code == AIL_OP_DIVS || op->code == AIL_OP_REMS;
    bool quotient = op->code == AIL_OP_DIVU || op->code == AIL_OP_DIVS;
    unsigned bits = 8u * op->dst.size, all = op->c.kind ? 2 * bits : bits;
    LLVMTypeRef type = ail_emit_int(e, all);
    LLVMValueRef n = ail_emit_read_as(e, &op->a, all), d = ail_emit_read(e, &op->b);
    LLVMValueRef one = LLVMConstInt(type, 1, false), zero = LLVMConstNull(type);
    if (op->c.kind) {
        LLVMValueRef high = ail_emit_read_as(e, &op->c, all);
        high = LLVMBuildShl(b, high, LLVMConstInt(type, bits, false), "");
        n = LLVMBuildOr(b, n, high, "");
    }
    d = is_signed ? LLVMBuildSExt(b, d, type, "") : LLVMBuildZExt(b, d, type, "");
    LLVMValueRef by_zero = LLVMBuildICmp(b, LLVMIntEQ, d, zero, "");
    LLVMValueRef by_minus = LLVMBuildICmp(b, LLVMIntEQ, d, LLVMConstAllOnes(type), "");
    LLVMValueRef safe = LLVMBuildSelect(b, by_zero, one, d, "");
    if (is_signed)
        safe = LLVMBuildSelect(b, by_minus, one, safe, "");
    LLVMOpcode code =
        is_signed ? (quotient ? LLVMSDiv : LLVMSRem) : (quotient ? LLVMUDiv : LLVMURem);
    LLVMValueRef result = LLVMBuildBinOp(b, code, n, safe, "");
    if (is_signed)
        result = LLVMBuildSelect(b, by_minus, quotient ? LLVMBuildNeg(b, n, "") : zero, result, "");
    result = LLVMBuildSelect(b, by_zero, quotient ? zero : n, result, "");
    return LLVMBuildTrunc(b, result, ail_emit_int(e, bits), "");
}
