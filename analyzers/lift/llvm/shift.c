/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shifts and rotations. LLVM's shifts by a lane's bits or more have no meaning; ours do. */
#include "analyzers/lift/llvm/shape.h"

static bool power_of_2(unsigned n)
{
    return !(n & (n - 1));
}

/* The count as it is for LLVM: below the bits; *beyond: whether it was not, i1 or a vector of them;
 * NULL: it never is. */
static LLVMValueRef count_of(AilEmit *e, const AilVar *v, const AilShape *s, LLVMValueRef *beyond)
{
    LLVMBuilderRef b = e->builder;
    *beyond = NULL;
    if (v->kind == AIL_VAR_CONST && v->value < s->bits)
        return ail_shape_number(e, s, v->value);
    bool each = s->n > 1 && 8u * v->size == s->bits * s->n;
    AilShape from = each ? *s : ail_shape_of(e, v, 0);
    LLVMValueRef count = ail_shape_read(e, v, &from);
    LLVMValueRef limit = ail_shape_number(e, &from, s->bits);
    /* A count of few bits may not be able to reach them. */
    if (from.bits > 31 || s->bits < 1u << from.bits) {
        *beyond = LLVMBuildICmp(b, LLVMIntUGE, count, limit, "");
        count = LLVMBuildSelect(b, *beyond, LLVMConstNull(from.type), count, "");
    }
    if (each)
        return count;
    LLVMTypeRef lane = ail_emit_int(e, s->bits);
    count = from.bits > s->bits ? LLVMBuildTrunc(b, count, lane, "")
                                : LLVMBuildZExt(b, count, lane, "");
    return ail_shape_splat(e, s, count);
}

/* Modulo the bits. */
static LLVMValueRef turn_of(AilEmit *e, const AilVar *v, const AilShape *s)
{
    LLVMBuilderRef b = e->builder;
    if (v->kind == AIL_VAR_CONST)
        return ail_shape_number(e, s, v->value % s->bits);
    if (s->n > 1 && 8u * v->size == s->bits * s->n)
        return ail_shape_read(e, v, s);
    LLVMTypeRef lane = ail_emit_int(e, s->bits);
    LLVMValueRef count = ail_emit_read(e, v);
    if (8u * v->size > s->bits) {
        if (!power_of_2(s->bits))
            count = LLVMBuildURem(b, count, LLVMConstInt(LLVMTypeOf(count), s->bits, false), "");
        count = LLVMBuildTrunc(b, count, lane, "");
    } else {
        count = LLVMBuildZExt(b, count, lane, "");
    }
    return ail_shape_splat(e, s, count);
}

LLVMValueRef ail_emit_shift(AilEmit *e, const AilOp *op, const AilShape *s)
{
    LLVMBuilderRef b = e->builder;
    LLVMValueRef a = ail_shape_read(e, &op->a, s), beyond;
    if (op->code == AIL_OP_ROL || op->code == AIL_OP_ROR) {
        LLVMValueRef args[] = {a, a, turn_of(e, &op->b, s)};
        return ail_emit_intrinsic(e, op->code == AIL_OP_ROL ? "llvm.fshl" : "llvm.fshr", args, 3);
    }
    LLVMValueRef count = count_of(e, &op->b, s, &beyond), none = LLVMConstNull(s->type), result;
    if (op->code == AIL_OP_SHL) {
        result = LLVMBuildShl(b, a, count, "");
    } else if (op->code == AIL_OP_SHR) {
        result = LLVMBuildLShr(b, a, count, "");
    } else {
        result = LLVMBuildAShr(b, a, count, "");
        none = LLVMBuildAShr(b, a, ail_shape_number(e, s, s->bits - 1), "");
    }
    return beyond ? LLVMBuildSelect(b, beyond, none, result, "") : result;
}

LLVMValueRef ail_emit_funnel(AilEmit *e, const AilOp *op)
{
    AilShape s = ail_shape_of(e, &op->dst, 0);
    LLVMValueRef args[] = {ail_emit_read(e, &op->a), ail_emit_read(e, &op->b),
                           turn_of(e, &op->c, &s)};
    return ail_emit_intrinsic(e, "llvm.fshr", args, 3);
}

LLVMValueRef ail_emit_bit(AilEmit *e, const AilOp *op)
{
    AilShape s = ail_shape_of(e, &op->a, 0);
    LLVMValueRef beyond, a = ail_emit_read(e, &op->a);
    LLVMValueRef count = count_of(e, &op->b, &s, &beyond);
    LLVMValueRef bit = LLVMBuildLShr(e->builder, a, count, "");
    if (beyond)
        bit = LLVMBuildSelect(e->builder, beyond, LLVMConstNull(s.type), bit, "");
    bit = LLVMBuildTrunc(e->builder, bit, ail_emit_int(e, 1), "");
    return LLVMBuildZExt(e->builder, bit, ail_emit_int(e, 8), "");
}
