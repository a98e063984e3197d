/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects from programs, and their code, by LLVM's target machine and ORC. */
#include "analyzers/taint/llvm/emit.h"

#include "analyzers/taint/llvm/compile.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm/Config/llvm-config.h>
#include <string.h>

struct AilTaintCompiler {
    LLVMTargetMachineRef machine; /* owned, as are all */
    LLVMOrcLLJITRef jit;
    char *target;
};

static AilStatus take_error(LLVMErrorRef error, AilError *err)
{
    char *message = LLVMGetErrorMessage(error);
    ail_error_set(err, "LLVM: %s", message);
    LLVMDisposeErrorMessage(message);
    return AIL_ERR;
}

static void destroy(AilTaintCompiler *c)
{
    if (!c)
        return;
    if (c->machine)
        LLVMDisposeTargetMachine(c->machine);
    if (c->jit)
        LLVMConsumeError(LLVMOrcDisposeLLJIT(c->jit));
    g_free(c->target);
    g_free(c);
}

static void ignore(void *user, LLVMErrorRef error)
{
    (void)user;
    LLVMConsumeError(error);
}

static AilStatus create_machine(AilTaintCompiler *c, AilError *err)
{
    char *triple = LLVMGetDefaultTargetTriple(), *cpu = LLVMGetHostCPUName();
    char *features = LLVMGetHostCPUFeatures(), *message = NULL;
    LLVMTargetRef target;
    c->target = g_strdup_printf("%s %s %s %s", LLVM_VERSION_STRING, triple, cpu, features);
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        ail_error_set(err, "LLVM: %s", message);
        LLVMDisposeMessage(message);
    } else {
        c->machine = LLVMCreateTargetMachine(target, triple, cpu, features, LLVMCodeGenLevelNone,
                                             LLVMRelocPIC, LLVMCodeModelDefault);
    }
    LLVMDisposeMessage(triple);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    return c->machine ? AIL_OK : AIL_ERR;
}

static AilTaintCompiler *create(AilError *err)
{
    AilTaintCompiler *c = g_new0(AilTaintCompiler, 1);
    if (LLVMInitializeNativeTarget() || LLVMInitializeNativeAsmPrinter() ||
        create_machine(c, err) != AIL_OK) {
        destroy(c);
        return NULL;
    }
    LLVMErrorRef error = LLVMOrcCreateLLJIT(&c->jit, NULL);
    if (error) {
        c->jit = NULL;
        take_error(error, err);
        destroy(c);
        return NULL;
    }
    LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(c->jit), ignore, NULL);
    return c;
}

static const char *target(const AilTaintCompiler *c)
{
    return c->target;
}

/* --- compiling --- */

static void set_layout(const AilTaintCompiler *c, LLVMModuleRef module)
{
    char *triple = LLVMGetTargetMachineTriple(c->machine);
    LLVMTargetDataRef data = LLVMCreateTargetDataLayout(c->machine);
    char *layout = LLVMCopyStringRepOfTargetData(data);
    LLVMSetTarget(module, triple);
    LLVMSetDataLayout(module, layout);
    LLVMDisposeMessage(layout);
    LLVMDisposeTargetData(data);
    LLVMDisposeMessage(triple);
}

static AilStatus emit_object(AilTaintCompiler *c, LLVMModuleRef module, void **bytes, size_t *size,
                             AilError *err)
{
    LLVMMemoryBufferRef buffer = NULL;
    char *message = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(c->machine, module, LLVMObjectFile, &message,
                                            &buffer)) {
        ail_error_set(err, "LLVM: %s", message);
        LLVMDisposeMessage(message);
        return AIL_ERR;
    }
    *size = LLVMGetBufferSize(buffer);
    *bytes = g_memdup2(LLVMGetBufferStart(buffer), *size);
    LLVMDisposeMemoryBuffer(buffer);
    return AIL_OK;
}

static AilStatus compile(AilTaintCompiler *c, const AilTaintJob *jobs, unsigned n, void **bytes,
                         size_t *size, AilError *err)
{
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = LLVMModuleCreateWithNameInContext("taint", context);
    TaintEmit *e = g_new0(TaintEmit, 1);
    AilStatus status = AIL_OK;
    set_layout(c, module);
    e->context = context;
    e->module = module;
    e->b = LLVMCreateBuilderInContext(context);
    e->i1 = LLVMInt1TypeInContext(context);
    e->i32 = LLVMInt32TypeInContext(context);
    e->i64 = LLVMInt64TypeInContext(context);
    e->pointer = LLVMPointerType(LLVMInt8TypeInContext(context), 0);
    for (unsigned i = 0; i < n && status == AIL_OK; i++) {
        taint_emit(e, &jobs[i]);
        if (LLVMVerifyFunction(e->function, LLVMReturnStatusAction))
            status = ail_error_set(err, "LLVM refuses a compiled taint program");
    }
    LLVMDisposeBuilder(e->b);
    g_free(e);
    if (status == AIL_OK)
        status = emit_object(c, module, bytes, size, err);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
    return status;
}

/* --- linking --- */

static AilStatus link_object(AilTaintCompiler *c, const void *bytes, size_t size, AilError *err)
{
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, size, "taint");
    LLVMErrorRef error =
        LLVMOrcLLJITAddObjectFile(c->jit, LLVMOrcLLJITGetMainJITDylib(c->jit), buffer);
    return error ? take_error(error, err) : AIL_OK;
}

static AilTaintCode *find(AilTaintCompiler *c, const char *name)
{
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef error = LLVMOrcLLJITLookup(c->jit, &address, name);
    AilTaintCode *code;
    if (error) {
        LLVMConsumeError(error);
        return NULL;
    }
    *(void **)&code = (void *)(uintptr_t)address;
    return code;
}

const AilTaintCompile ail_taint_compile = {
    .create = create,
    .destroy = destroy,
    .target = target,
    .compile = compile,
    .link = link_object,
    .find = find,
};
