/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions compiled and run, by LLVM's ORC. */
#include "analyzers/lift/llvm/run.h"

#include "analyzers/lift/llvm/emit.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Target.h>
#include <stdio.h>
#include <string.h>

struct AilRun {
    AilArch arch;
    AilRunMemory memory;
    LLVMOrcLLJITRef jit; /* owned */
    unsigned n;          /* instructions compiled so far */
};

static AilStatus take_error(LLVMErrorRef error, AilError *err)
{
    char *message = LLVMGetErrorMessage(error);
    ail_error_set(err, "LLVM: %s", message);
    LLVMDisposeErrorMessage(message);
    return AIL_ERR;
}

void ail_run_free(AilRun *run)
{
    if (!run)
        return;
    if (run->jit)
        LLVMConsumeError(LLVMOrcDisposeLLJIT(run->jit));
    g_free(run);
}

/* LLVM's default is to print what went wrong; we are told anyway. */
static void ignore(void *user, LLVMErrorRef error)
{
    (void)user;
    LLVMConsumeError(error);
}

/* What the compiled code may call: division of 128 bits is the compiler's run-time library's. */
static AilStatus find_helpers(AilRun *run, AilError *err)
{
    LLVMOrcDefinitionGeneratorRef generator;
    LLVMErrorRef error = LLVMOrcCreateDynamicLibrarySearchGeneratorForPath(
        &generator, "libgcc_s.so.1", LLVMOrcLLJITGetGlobalPrefix(run->jit), NULL, NULL);
    if (error)
        return take_error(error, err);
    LLVMOrcJITDylibAddGenerator(LLVMOrcLLJITGetMainJITDylib(run->jit), generator);
    LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(run->jit), ignore,
                                            NULL);
    return AIL_OK;
}

AilRun *ail_run_new(AilArch arch, const AilRunMemory *memory, AilError *err)
{
    if (LLVMInitializeNativeTarget() || LLVMInitializeNativeAsmPrinter()) {
        ail_error_set(err, "LLVM: cannot compile for this processor");
        return NULL;
    }
    AilRun *run = g_new0(AilRun, 1);
    run->arch = arch;
    run->memory = *memory;
    LLVMErrorRef error = LLVMOrcCreateLLJIT(&run->jit, NULL);
    if (error) {
        run->jit = NULL;
        take_error(error, err);
    }
    if (error || find_helpers(run, err) != AIL_OK) {
        ail_run_free(run);
        return NULL;
    }
    return run;
}

/* --- the functions that the instruction calls --- */

static LLVMValueRef address_of(const AilEmit *e, uint64_t function, LLVMTypeRef type)
{
    return LLVMConstIntToPtr(ail_emit_number(e, 64, function), LLVMPointerType(type, 0));
}

/* Call load or store of `memory` with a place for the bytes. */
static void call_memory(AilEmit *e, LLVMValueRef f, uint64_t function, LLVMValueRef bytes,
                        unsigned size)
{
    LLVMTypeRef pointer = ail_emit_pointer(e);
    LLVMTypeRef params[] = {pointer, ail_emit_int(e, 64), pointer, ail_emit_int(e, 32)};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(e->context), params, 4, false);
    LLVMValueRef args[] = {LLVMGetParam(f, 0), LLVMGetParam(f, 1),
                           LLVMBuildBitCast(e->builder, bytes, pointer, ""),
                           ail_emit_number(e, 32, size)};
    LLVMBuildCall2(e->builder, type, address_of(e, function, type), args, 4, "");
}

static void define_access(const AilRun *run, AilEmit *e, LLVMValueRef f, bool store)
{
    LLVMBasicBlockRef block = LLVMAppendBasicBlockInContext(e->context, f, "");
    LLVMPositionBuilderAtEnd(e->builder, block);
    LLVMTypeRef signature = LLVMGlobalGetValueType(f);
    LLVMTypeRef type = store ? LLVMTypeOf(LLVMGetParam(f, 2)) : LLVMGetReturnType(signature);
    LLVMValueRef bytes = LLVMBuildAlloca(e->builder, type, "");
    unsigned size = LLVMGetIntTypeWidth(type) / 8;
    if (store) {
        LLVMBuildStore(e->builder, LLVMGetParam(f, 2), bytes);
        call_memory(e, f, (uintptr_t)run->memory.store, bytes, size);
        LLVMBuildRetVoid(e->builder);
    } else {
        call_memory(e, f, (uintptr_t)run->memory.load, bytes, size);
        LLVMBuildRet(e->builder, LLVMBuildLoad2(e->builder, type, bytes, ""));
    }
    LLVMSetLinkage(f, LLVMInternalLinkage);
}

/* AIL_ERR: there is one that nobody can define. */
static AilStatus define_calls(const AilRun *run, AilEmit *e, const AilLifted *insn, AilError *err)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(e->module); f; f = LLVMGetNextFunction(f)) {
        size_t len;
        const char *name = LLVMGetValueName2(f, &len);
        if (!LLVMIsDeclaration(f) || g_str_has_prefix(name, "llvm."))
            continue;
        bool store = g_str_has_prefix(name, "ailurus.store.i");
        if (!store && !g_str_has_prefix(name, "ailurus.load.i"))
            return ail_error_set(err, "%s: what %s computes is not known", insn->text, name);
        define_access(run, e, f, store);
    }
    return AIL_OK;
}

/* --- compiling --- */

static AilStatus emit(AilRun *run, AilEmit *e, const AilLifted *insn, const char *name,
                      AilError *err)
{
    LLVMSetDataLayout(e->module, LLVMOrcLLJITGetDataLayoutStr(run->jit));
    LLVMSetTarget(e->module, LLVMOrcLLJITGetTripleString(run->jit));
    ail_emit_begin(e, name);
    ail_emit_insn(e, insn);
    ail_emit_end(e, insn->pc + insn->size);
    if (LLVMVerifyFunction(e->function, LLVMReturnStatusAction))
        return ail_error_set(err, "%s: LLVM refuses what it was lifted to", insn->text);
    return define_calls(run, e, insn, err);
}

static AilRunInsn *find(AilRun *run, const char *name, AilError *err)
{
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef error = LLVMOrcLLJITLookup(run->jit, &address, name);
    if (error) {
        take_error(error, err);
        return NULL;
    }
    AilRunInsn *function;
    *(void **)&function = (void *)(uintptr_t)address;
    return function;
}

AilRunInsn *ail_run_compile(AilRun *run, const AilLifted *insn, AilError *err)
{
    LLVMOrcThreadSafeContextRef shared = LLVMOrcCreateNewThreadSafeContext();
    LLVMContextRef context = LLVMOrcThreadSafeContextGetContext(shared);
    LLVMModuleRef module = LLVMModuleCreateWithNameInContext("insn", context);
    AilRunInsn *function = NULL;
    char name[32];
    AilEmit *e = g_new(AilEmit, 1);
    snprintf(name, sizeof name, "insn_%u", run->n++);
    ail_emit_init(e, run->arch, context, module);
    AilStatus status = emit(run, e, insn, name, err);
    ail_emit_clear(e);
    g_free(e);
    if (status == AIL_OK) {
        LLVMErrorRef error =
            LLVMOrcLLJITAddLLVMIRModule(run->jit, LLVMOrcLLJITGetMainJITDylib(run->jit),
                                        LLVMOrcCreateNewThreadSafeModule(module, shared));
        if (error)
            take_error(error, err);
        else
            function = find(run, name, err);
    } else {
        LLVMDisposeModule(module);
    }
    LLVMOrcDisposeThreadSafeContext(shared);
    return function;
}
