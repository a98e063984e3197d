/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions, instructions, control, and calls. */
#include "analyzers/lift/llvm/emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void ail_emit_init(AilEmit *e, AilArch arch, LLVMContextRef context, LLVMModuleRef module)
{
    *e = (AilEmit){.arch = arch, .context = context, .module = module};
    e->builder = LLVMCreateBuilderInContext(context);
    e->places = g_hash_table_new(NULL, NULL);
}

void ail_emit_clear(AilEmit *e)
{
    if (e->builder)
        LLVMDisposeBuilder(e->builder);
    if (e->places)
        g_hash_table_unref(e->places);
}

/* --- functions and instructions --- */

static LLVMBasicBlockRef add_block(AilEmit *e, const char *name)
{
    return LLVMAppendBasicBlockInContext(e->context, e->function, name);
}

void ail_emit_begin(AilEmit *e, const char *name)
{
    LLVMTypeRef pointer = ail_emit_pointer(e);
    LLVMTypeRef params[] = {pointer, pointer};
    LLVMTypeRef type = LLVMFunctionType(ail_emit_int(e, 64), params, 2, false);
    e->function = LLVMAddFunction(e->module, name, type);
    e->state = LLVMGetParam(e->function, 0);
    e->memory = LLVMGetParam(e->function, 1);
    LLVMSetValueName2(e->state, "state", 5);
    LLVMSetValueName2(e->memory, "memory", 6);
    g_hash_table_remove_all(e->places);
    e->entry = add_block(e, "entry");
    e->next = add_block(e, "");
    e->begin = NULL;
}

void ail_emit_end(AilEmit *e, uint64_t pc)
{
    LLVMPositionBuilderAtEnd(e->builder, e->next);
    LLVMSetValueName2(LLVMBasicBlockAsValue(e->next), "end", 3);
    LLVMBuildRet(e->builder, ail_emit_number(e, 64, pc));
    /* Nobody goes there when the last instruction jumps. */
    if (!LLVMGetFirstUse(LLVMBasicBlockAsValue(e->next)) && e->begin)
        LLVMDeleteBasicBlock(e->next);
    LLVMBasicBlockRef first = LLVMGetNextBasicBlock(e->entry);
    LLVMPositionBuilderAtEnd(e->builder, e->entry);
    LLVMBuildBr(e->builder, first);
}

static bool is_begin(const AilEmit *e, const AilVar *to)
{
    return to->kind == AIL_VAR_CONST && to->value == e->insn->pc;
}

/* To an address: back to the instruction's own begin, or out. */
static LLVMBasicBlockRef way_to(AilEmit *e, const AilVar *to)
{
    if (is_begin(e, to))
        return e->begin;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->builder);
    LLVMBasicBlockRef out = LLVMInsertBasicBlockInContext(e->context, e->next, "out");
    LLVMPositionBuilderAtEnd(e->builder, out);
    LLVMBuildRet(e->builder, ail_emit_read_as(e, to, 64));
    LLVMPositionBuilderAtEnd(e->builder, here);
    return out;
}

static void jump(AilEmit *e, const AilOp *op)
{
    if (op->c.kind) {
        LLVMValueRef taken = ail_emit_truth(e, &op->c);
        LLVMBuildCondBr(e->builder, taken, way_to(e, &op->a), e->next);
    } else if (is_begin(e, &op->a)) {
        LLVMBuildBr(e->builder, e->begin);
    } else {
        LLVMBuildRet(e->builder, ail_emit_read_as(e, &op->a, 64));
    }
}

static void put_op(AilEmit *e, const AilOp *op)
{
    if (op->code == AIL_OP_JUMP) {
        jump(e, op);
    } else if (!ail_emit_memory(e, op)) {
        LLVMValueRef value = ail_emit_compute(e, op);
        if (value)
            ail_emit_write(e, &op->dst, value);
    }
}

/* What repeats: an iteration is in a block of its own, begun while there is something to count. */
static void begin_iteration(AilEmit *e)
{
    LLVMBasicBlockRef body = LLVMInsertBasicBlockInContext(e->context, e->next, "iteration");
    LLVMBuildCondBr(e->builder, ail_emit_truth(e, &e->insn->count), body, e->next);
    LLVMPositionBuilderAtEnd(e->builder, body);
}

static void end_iteration(AilEmit *e)
{
    if (e->insn->again.kind)
        LLVMBuildCondBr(e->builder, ail_emit_truth(e, &e->insn->again), e->begin, e->next);
    else
        LLVMBuildBr(e->builder, e->begin);
}

void ail_emit_insn(AilEmit *e, const AilLifted *insn)
{
    bool repeats = insn->flags & AIL_LIFT_REPEATS;
    char name[320];
    int len = snprintf(name, sizeof name, "0x%" PRIx64 " %s", insn->pc, insn->text);
    e->insn = insn;
    e->begin = e->next;
    e->n_temps = 0;
    memset(e->owner, 0xff, sizeof e->owner);
    LLVMSetValueName2(LLVMBasicBlockAsValue(e->begin), name, (size_t)len);
    e->next = add_block(e, "");
    LLVMPositionBuilderAtEnd(e->builder, e->begin);
    if (repeats)
        begin_iteration(e);
    for (unsigned i = 0; i < insn->n_ops; i++)
        put_op(e, &insn->ops[i]);
    LLVMBasicBlockRef last = LLVMGetInsertBlock(e->builder);
    if (repeats)
        end_iteration(e);
    else if (!LLVMGetBasicBlockTerminator(last))
        LLVMBuildBr(e->builder, e->next);
}

/* --- calls --- */

/* Attributes of LLVM 16 and later say by a number what memory a function uses; before, a name. */
static void make_pure(const AilEmit *e, LLVMValueRef function)
{
    unsigned kind = LLVMGetEnumAttributeKindForName("memory", 6);
    if (!kind)
        kind = LLVMGetEnumAttributeKindForName("readnone", 8);
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(e->context, kind, 0));
    kind = LLVMGetEnumAttributeKindForName("willreturn", 10);
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(e->context, kind, 0));
}

LLVMValueRef ail_emit_call(AilEmit *e, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                           unsigned n, bool pure)
{
    LLVMTypeRef params[4];
    for (unsigned i = 0; i < n; i++)
        params[i] = LLVMTypeOf(args[i]);
    LLVMTypeRef type =
        LLVMFunctionType(result ? result : LLVMVoidTypeInContext(e->context), params, n, false);
    LLVMValueRef function = LLVMGetNamedFunction(e->module, name);
    if (!function) {
        function = LLVMAddFunction(e->module, name, type);
        unsigned kind = LLVMGetEnumAttributeKindForName("nounwind", 8);
        LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                                LLVMCreateEnumAttribute(e->context, kind, 0));
        if (pure)
            make_pure(e, function);
    }
    return LLVMBuildCall2(e->builder, type, function, args, n, "");
}

LLVMValueRef ail_emit_intrinsic(AilEmit *e, const char *name, LLVMValueRef *args, unsigned n)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMTypeRef type = LLVMTypeOf(args[0]);
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(e->module, id, &type, 1);
    return LLVMBuildCall2(e->builder, LLVMIntrinsicGetType(e->context, id, &type, 1), function,
                          args, n, "");
}
