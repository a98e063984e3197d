/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that compute: operands as integers or vectors of them, an instruction or two of
 * LLVM's, the result as an integer again. */
#include "analyzers/lift/llvm/emit.h"

#include "analyzers/lift/llvm/shape.h"

#include <stdio.h>

/* --- shapes --- */

static LLVMTypeRef shaped(const AilEmit *e, unsigned bits, unsigned n)
{
    LLVMTypeRef type = ail_emit_int(e, bits);
    return n > 1 ? LLVMVectorType(type, n) : type;
}

AilShape ail_shape_of(const AilEmit *e, const AilVar *v, unsigned lane)
{
    unsigned size = v->size, n = lane && lane < size && size % lane == 0 ? size / lane : 1;
    return (AilShape){8 * size / n, n, shaped(e, 8 * size / n, n)};
}

LLVMTypeRef ail_shape_with(const AilEmit *e, const AilShape *s, unsigned bits)
{
    return shaped(e, bits, s->n);
}

LLVMValueRef ail_shape_number(const AilEmit *e, const AilShape *s, uint64_t value)
{
    LLVMValueRef lanes[AIL_VAR_MAX];
    for (unsigned i = 0; i < s->n; i++)
        lanes[i] = ail_emit_number(e, s->bits, value);
    return s->n > 1 ? LLVMConstVector(lanes, s->n) : lanes[0];
}

LLVMValueRef ail_shape_read(AilEmit *e, const AilVar *v, const AilShape *s)
{
    LLVMValueRef value = ail_emit_read(e, v);
    return s->n > 1 ? LLVMBuildBitCast(e->builder, value, s->type, "") : value;
}

LLVMValueRef ail_shape_splat(AilEmit *e, const AilShape *s, LLVMValueRef value)
{
    if (s->n == 1)
        return value;
    LLVMTypeRef i32 = ail_emit_int(e, 32);
    LLVMValueRef one =
        LLVMBuildInsertElement(e->builder, LLVMGetUndef(s->type), value, LLVMConstNull(i32), "");
    return LLVMBuildShuffleVector(e->builder, one, LLVMGetUndef(s->type),
                                  LLVMConstNull(LLVMVectorType(i32, s->n)), "");
}

/* --- plain ones --- */

static const struct {
    bool binary; /* LLVM's instruction `op` of a and b */
    LLVMOpcode op;
    const char *intrinsic; /* or its function of a and b */
    const char *unary;     /* or of a alone */
} plain[AIL_OP_COUNT] = {
    [AIL_OP_AND] = {.binary = true, .op = LLVMAnd}, [AIL_OP_OR] = {.binary = true, .op = LLVMOr},
    [AIL_OP_XOR] = {.binary = true, .op = LLVMXor}, [AIL_OP_ADD] = {.binary = true, .op = LLVMAdd},
    [AIL_OP_SUB] = {.binary = true, .op = LLVMSub}, [AIL_OP_MUL] = {.binary = true, .op = LLVMMul},
    [AIL_OP_MINU] = {.intrinsic = "llvm.umin"},     [AIL_OP_MINS] = {.intrinsic = "llvm.smin"},
    [AIL_OP_MAXU] = {.intrinsic = "llvm.umax"},     [AIL_OP_MAXS] = {.intrinsic = "llvm.smax"},
    [AIL_OP_POPCNT] = {.unary = "llvm.ctpop"},      [AIL_OP_BITREV] = {.unary = "llvm.bitreverse"},
};

static LLVMValueRef put_plain(AilEmit *e, const AilOp *op, const AilShape *s)
{
    LLVMValueRef args[2] = {ail_shape_read(e, &op->a, s)};
    if (plain[op->code].unary)
        return ail_emit_intrinsic(e, plain[op->code].unary, args, 1);
    args[1] = ail_shape_read(e, &op->b, s);
    if (plain[op->code].intrinsic)
        return ail_emit_intrinsic(e, plain[op->code].intrinsic, args, 2);
    return LLVMBuildBinOp(e->builder, plain[op->code].op, args[0], args[1], "");
}

/* --- one operand --- */

static LLVMValueRef swap_bytes(AilEmit *e, const AilShape *s, LLVMValueRef a)
{
    if (s->bits == 8)
        return a;
    if (s->bits % 16 == 0)
        return ail_emit_intrinsic(e, "llvm.bswap", &a, 1);
    /* LLVM turns pairs of bytes only: one more byte in front, and off behind. */
    LLVMTypeRef wide = ail_shape_with(e, s, s->bits + 8);
    AilShape w = {s->bits + 8, s->n, wide};
    a = LLVMBuildZExt(e->builder, a, wide, "");
    a = ail_emit_intrinsic(e, "llvm.bswap", &a, 1);
    a = LLVMBuildLShr(e->builder, a, ail_shape_number(e, &w, 8), "");
    return LLVMBuildTrunc(e->builder, a, s->type, "");
}

static LLVMValueRef parity(AilEmit *e, LLVMValueRef a)
{
    LLVMValueRef ones = ail_emit_intrinsic(e, "llvm.ctpop", &a, 1);
    LLVMValueRef odd = LLVMBuildTrunc(e->builder, ones, ail_emit_int(e, 1), "");
    return LLVMBuildZExt(e->builder, LLVMBuildNot(e->builder, odd, ""), ail_emit_int(e, 8), "");
}

static LLVMValueRef put_unary(AilEmit *e, const AilOp *op, const AilShape *s)
{
    LLVMValueRef a = ail_shape_read(e, &op->a, s);
    LLVMValueRef with_truth[] = {a, ail_emit_number(e, 1, 0)}; /* 0: no poison */
    switch (op->code) {
    case AIL_OP_NOT:
        return LLVMBuildNot(e->builder, a, "");
    case AIL_OP_NEG:
        return LLVMBuildNeg(e->builder, a, "");
    case AIL_OP_ABS:
        return ail_emit_intrinsic(e, "llvm.abs", with_truth, 2);
    case AIL_OP_CLZ:
        return ail_emit_intrinsic(e, "llvm.ctlz", with_truth, 2);
    case AIL_OP_CTZ:
        return ail_emit_intrinsic(e, "llvm.cttz", with_truth, 2);
    case AIL_OP_BSWAP:
        return swap_bytes(e, s, a);
    default: /* AIL_OP_COPY */
        return a;
    }
}

static LLVMValueRef extend(AilEmit *e, const AilOp *op, const AilShape *s)
{
    AilShape from = {8u * op->a.size / s->n, s->n, NULL};
    from.type = ail_shape_with(e, s, from.bits);
    LLVMValueRef a = ail_shape_read(e, &op->a, &from);
    if (op->code == AIL_OP_SEXT)
        return LLVMBuildSExt(e->builder, a, s->type, "");
    return LLVMBuildZExt(e->builder, a, s->type, "");
}

/* --- two --- */

static LLVMValueRef compare(AilEmit *e, const AilOp *op)
{
    static const LLVMIntPredicate predicates[] = {LLVMIntEQ,  LLVMIntNE,  LLVMIntULT,
                                                  LLVMIntULE, LLVMIntSLT, LLVMIntSLE};
    bool truth = op->dst.size == 1;
    AilShape s = ail_shape_of(e, &op->a, truth ? 0 : op->lane);
    LLVMValueRef is =
        LLVMBuildICmp(e->builder, predicates[op->code - AIL_OP_EQ], ail_shape_read(e, &op->a, &s),
                      ail_shape_read(e, &op->b, &s), "");
    if (truth)
        return LLVMBuildZExt(e->builder, is, ail_emit_int(e, 8u * op->dst.size), "");
    return LLVMBuildSExt(e->builder, is, s.type, "");
}

/* --- others --- */

static LLVMValueRef put_select(AilEmit *e, const AilOp *op)
{
    LLVMValueRef truth = ail_emit_truth(e, &op->c);
    LLVMValueRef a = ail_emit_read(e, &op->a), b = ail_emit_read(e, &op->b);
    return LLVMBuildSelect(e->builder, truth, a, b, "");
}

static LLVMValueRef and_not(AilEmit *e, const AilOp *op)
{
    LLVMValueRef a = ail_emit_read(e, &op->a), b = ail_emit_read(e, &op->b);
    return LLVMBuildAnd(e->builder, a, LLVMBuildNot(e->builder, b, ""), "");
}

/* A byte of dst: that of a which b's byte numbers; 0: a has none of that number. */
static LLVMValueRef look_up(AilEmit *e, const AilOp *op)
{
    LLVMBuilderRef b = e->builder;
    AilShape from = ail_shape_of(e, &op->a, 1), to = ail_shape_of(e, &op->dst, 1);
    LLVMValueRef table = ail_shape_read(e, &op->a, &from), index = ail_shape_read(e, &op->b, &to);
    LLVMValueRef all = LLVMConstNull(to.type), zero = ail_emit_number(e, 8, 0);
    LLVMValueRef size = ail_emit_number(e, 8, op->a.size);
    for (unsigned i = 0; i < to.n; i++) {
        LLVMValueRef at = ail_emit_number(e, 32, i);
        LLVMValueRef which = LLVMBuildExtractElement(b, index, at, "");
        LLVMValueRef is = LLVMBuildICmp(b, LLVMIntULT, which, size, "");
        which = LLVMBuildSelect(b, is, which, zero, "");
        LLVMValueRef byte = LLVMBuildExtractElement(b, table, which, "");
        byte = LLVMBuildSelect(b, is, byte, zero, "");
        all = LLVMBuildInsertElement(b, all, byte, at, "");
    }
    return all;
}

LLVMValueRef ail_emit_named(AilEmit *e, const AilOp *op)
{
    const AilVar *operands[] = {&op->a, &op->b, &op->c};
    bool lanes = op->code == AIL_OP_LANES;
    LLVMValueRef args[3];
    unsigned n = 0;
    GString *name = g_string_new(NULL);
    g_string_printf(name, "ailurus.%s.%s", lanes ? "lanes" : "mix", op->name ? op->name : "?");
    if (lanes)
        g_string_append_printf(name, ".%u", 8 * op->lane);
    g_string_append_printf(name, ".i%u", 8 * op->dst.size);
    for (unsigned i = 0; i < G_N_ELEMENTS(operands); i++) {
        if (!operands[i]->kind)
            continue;
        g_string_append_printf(name, ".i%u", 8 * operands[i]->size);
        args[n++] = ail_emit_read(e, operands[i]);
    }
    LLVMValueRef result =
        ail_emit_call(e, name->str, ail_emit_int(e, 8u * op->dst.size), args, n, lanes);
    g_string_free(name, TRUE);
    return result;
}

static LLVMValueRef compute(AilEmit *e, const AilOp *op, const AilShape *s)
{
    switch (op->code) {
    case AIL_OP_COPY:
    case AIL_OP_NOT:
    case AIL_OP_NEG:
    case AIL_OP_ABS:
    case AIL_OP_CLZ:
    case AIL_OP_CTZ:
    case AIL_OP_BSWAP:
        return put_unary(e, op, s);
    case AIL_OP_ZEXT:
    case AIL_OP_SEXT:
        return extend(e, op, s);
    case AIL_OP_SELECT:
        return put_select(e, op);
    case AIL_OP_ANDN:
        return and_not(e, op);
    case AIL_OP_ADDC:
    case AIL_OP_SUBC:
        return ail_emit_with_carry(e, op, s);
    case AIL_OP_MULHU:
    case AIL_OP_MULHS:
        return ail_emit_multiply_high(e, op, s);
    case AIL_OP_DIVU:
    case AIL_OP_DIVS:
    case AIL_OP_REMU:
    case AIL_OP_REMS:
        return ail_emit_divide(e, op);
    case AIL_OP_EQ:
    case AIL_OP_NE:
    case AIL_OP_LTU:
    case AIL_OP_LEU:
    case AIL_OP_LTS:
    case AIL_OP_LES:
        return compare(e, op);
    case AIL_OP_SHL:
    case AIL_OP_SHR:
    case AIL_OP_SAR:
    case AIL_OP_ROL:
    case AIL_OP_ROR:
        return ail_emit_shift(e, op, s);
    case AIL_OP_FUNNEL:
        return ail_emit_funnel(e, op);
    case AIL_OP_BIT:
        return ail_emit_bit(e, op);
    case AIL_OP_PARITY:
        return parity(e, ail_emit_read(e, &op->a));
    case AIL_OP_TABLE:
        return look_up(e, op);
    case AIL_OP_LANES:
    case AIL_OP_MIX:
        return ail_emit_named(e, op);
    default:
        return NULL;
    }
}

LLVMValueRef ail_emit_compute(AilEmit *e, const AilOp *op)
{
    if (!op->dst.size || op->code >= AIL_OP_COUNT)
        return NULL;
    AilShape s = ail_shape_of(e, &op->dst, op->lane);
    bool is_plain = plain[op->code].binary || plain[op->code].intrinsic || plain[op->code].unary;
    LLVMValueRef value = is_plain ? put_plain(e, op, &s) : compute(e, op, &s);
    if (!value)
        return NULL;
    return LLVMBuildBitCast(e->builder, value, ail_emit_int(e, 8u * op->dst.size), "");
}
