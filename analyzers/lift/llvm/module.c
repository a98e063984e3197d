/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of functions, and modules of IR. */
#include "analyzers/lift/llvm.h"

#include "analyzers/lift/llvm/emit.h"
#include "analyzers/lift/llvm/run.h"
#include "analyzers/taint/llvm/compile.h"

#include <errno.h>
#include <inttypes.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm/Config/llvm-config.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct AilIr {
    LLVMContextRef context; /* owned, as are all */
    LLVMModuleRef module;
    AilEmit emit;
    AilLift *lift;
    GHashTable *seen; /* address of a block to how many there are of it */
};

static void ir_free(AilIr *ir)
{
    if (!ir)
        return;
    ail_emit_clear(&ir->emit);
    ail_lift_free(ir->lift);
    g_hash_table_unref(ir->seen);
    LLVMDisposeModule(ir->module);
    LLVMContextDispose(ir->context);
    g_free(ir);
}

static AilIr *ir_new(AilArch arch, AilError *err)
{
    AilLift *lift = ail_lift_new(arch, err);
    if (!lift)
        return NULL;
    AilIr *ir = g_new0(AilIr, 1);
    ir->lift = lift;
    ir->context = LLVMContextCreate();
    ir->module = LLVMModuleCreateWithNameInContext("ailurus", ir->context);
    LLVMSetDataLayout(ir->module, "e-m:e-i64:64-n8:16:32:64-S128");
    ir->seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    ail_emit_init(&ir->emit, arch, ir->context, ir->module);
    return ir;
}

static AilStatus ir_add(AilIr *ir, const AilBlock *block, AilError *err)
{
    unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(ir->seen, &block->pc));
    uint64_t *key = g_memdup2(&block->pc, sizeof block->pc);
    g_hash_table_replace(ir->seen, key, GUINT_TO_POINTER(n + 1));
    char name[64];
    snprintf(name, sizeof name, "block_%" PRIx64 "_%u", block->pc, n);
    ail_emit_begin(&ir->emit, name);
    for (unsigned i = 0; i < block->n_insns; i++) {
        unsigned at = block->start[i];
        AilLifted insn;
        ail_lift_insn(ir->lift, block->mode, block->user, block->pc + at, block->bytes + at,
                      (size_t)(block->start[i + 1] - at), &insn);
        ail_emit_insn(&ir->emit, &insn);
    }
    ail_emit_end(&ir->emit, block->pc + block->size);
    if (LLVMVerifyFunction(ir->emit.function, LLVMReturnStatusAction))
        return ail_error_set(err, "%s: LLVM refuses what it was lifted to", name);
    return AIL_OK;
}

static AilStatus verify(LLVMModuleRef module, AilError *err)
{
    char *message = NULL;
    AilStatus status = AIL_OK;
    if (LLVMVerifyModule(module, LLVMReturnStatusAction, &message))
        status = ail_error_set(err, "LLVM refuses the module: %s", message);
    LLVMDisposeMessage(message);
    return status;
}

static AilStatus ir_verify(AilIr *ir, AilError *err)
{
    return verify(ir->module, err);
}

static char *ir_text(AilIr *ir)
{
    char *text = LLVMPrintModuleToString(ir->module);
    char *copy = g_strdup(text);
    LLVMDisposeMessage(text);
    return copy;
}

static AilStatus write_all(int fd, const char *bytes, size_t size, AilError *err)
{
    while (size) {
        ssize_t n = write(fd, bytes, MIN(size, 1u << 30));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ail_error_set_errno(err, errno, "cannot write");
        bytes += n;
        size -= (size_t)n;
    }
    return AIL_OK;
}

static AilStatus ir_write(AilIr *ir, int fd, AilError *err)
{
    LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(ir->module);
    AilStatus status = write_all(fd, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), err);
    LLVMDisposeMemoryBuffer(buffer);
    return status;
}

/* --- reading back --- */

/* Its default is to print, and to exit. */
static void ignore(LLVMDiagnosticInfoRef info, void *user)
{
    (void)info, (void)user;
}

static uint64_t count_functions(LLVMModuleRef module)
{
    uint64_t n = 0;
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        n += !LLVMIsDeclaration(f);
    return n;
}

static AilStatus bitcode_read(const char *path, uint64_t *functions, AilError *err)
{
    LLVMMemoryBufferRef buffer = NULL;
    LLVMModuleRef module = NULL;
    char *message = NULL;
    AilStatus status;
    if (LLVMCreateMemoryBufferWithContentsOfFile(path, &buffer, &message)) {
        status = ail_error_set(err, "%s: %s", path, message);
        LLVMDisposeMessage(message);
        return status;
    }
    LLVMContextRef context = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(context, ignore, NULL);
    if (LLVMParseBitcodeInContext2(context, buffer, &module)) {
        status = ail_error_set(err, "%s: not LLVM bitcode of this version", path);
    } else {
        status = verify(module, err);
        *functions = count_functions(module);
        LLVMDisposeModule(module);
    }
    LLVMDisposeMemoryBuffer(buffer);
    LLVMContextDispose(context);
    return status;
}

__attribute__((visibility("default"))) const AilLlvm *ail_llvm_module(void)
{
    static const AilLlvm table = {
        .abi = AIL_LLVM_ABI,
        .version = LLVM_VERSION_STRING,
        .ir_new = ir_new,
        .ir_free = ir_free,
        .ir_add = ir_add,
        .ir_verify = ir_verify,
        .ir_text = ir_text,
        .ir_write = ir_write,
        .bitcode_read = bitcode_read,
        .run_new = ail_run_new,
        .run_free = ail_run_free,
        .run_compile = ail_run_compile,
        .taint = &ail_taint_compile,
    };
    return &table;
}
