/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks: the function around the instructions. */
#include "analyzers/taint/llvm/emit.h"

#include <stddef.h>

/* As ail_taint_refresh. */
static void emit_refresh(TaintEmit *e)
{
    const AilTaintMask *writes = &e->job->program->writes;
    for (unsigned w = 0; w < AIL_STATE_TEMP / 8 / 64; w++) {
        if (!writes->word[w])
            continue;
        LLVMValueRef at =
            place_at(e, e->taint, offsetof(AilTaint, tainted) + w * sizeof(uint64_t), e->i64);
        LLVMValueRef word = LLVMBuildLoad2(e->b, e->i64, at, "");
        word = LLVMBuildAnd(e->b, word, number64(e, ~writes->word[w]), "");
        for (uint64_t bits = writes->word[w]; bits; bits &= bits - 1) {
            unsigned r = (unsigned)__builtin_ctzll(bits);
            LLVMTypeRef type = cells_type(e, 8);
            LLVMValueRef v = LLVMBuildLoad2(e->b, type, state_at(e, (w * 64 + r) * 8, type), "");
            LLVMSetAlignment(v, sizeof(AilCell));
            LLVMValueRef bit = LLVMBuildZExt(e->b, cells_any(e, v), e->i64, "");
            word = LLVMBuildOr(e->b, word, LLVMBuildShl(e->b, bit, number64(e, r), ""), "");
        }
        LLVMBuildStore(e->b, word, at);
    }
}

static void begin(TaintEmit *e)
{
    LLVMTypeRef params[] = {e->pointer, e->pointer, e->pointer, e->i32, e->pointer};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(e->context), params, 5, false);
    LLVMTypeRef cells = LLVMArrayType(e->i64, AIL_VAR_MAX);
    e->function = LLVMAddFunction(e->module, e->job->name, type);
    e->taint = LLVMGetParam(e->function, 0);
    e->program = LLVMGetParam(e->function, 1);
    e->access = LLVMGetParam(e->function, 2);
    e->n_access = LLVMGetParam(e->function, 3);
    e->calls = LLVMGetParam(e->function, 4);
    LLVMPositionBuilderAtEnd(e->b, LLVMAppendBasicBlockInContext(e->context, e->function, "entry"));
    LLVMValueRef scratch = LLVMBuildAlloca(e->b, cells, "scratch");
    LLVMTypeRef i64_pointer = LLVMPointerType(e->i64, 0);
    LLVMSetAlignment(scratch, 64);
    e->scratch = LLVMBuildBitCast(e->b, scratch, e->pointer, "");
    e->filter = LLVMBuildLoad2(e->b, i64_pointer,
                               place_at(e, e->taint, offsetof(AilTaint, shadow), i64_pointer), "");
}

void taint_emit(TaintEmit *e, const AilTaintJob *job)
{
    e->job = job;
    e->first_access = 0;
    begin(e);
    for (e->index = 0; e->index < job->program->n_insns; e->index++)
        emit_insn(e);
    emit_refresh(e);
    LLVMBuildRetVoid(e->b);
}
