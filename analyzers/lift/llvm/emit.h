/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting operations down as LLVM IR. */
#ifndef AIL_ANALYZERS_LIFT_LLVM_EMIT_H
#define AIL_ANALYZERS_LIFT_LLVM_EMIT_H

#include <glib.h>
#include <llvm-c/Core.h>

#include "analyzers/lift/lift.h"

enum { AIL_EMIT_TEMPS = AIL_STATE_SIZE - AIL_STATE_TEMP };

/* What an operation of the instruction at hand has put into temporaries. */
typedef struct AilEmitTemp {
    LLVMValueRef value;
    unsigned at, size; /* at: from AIL_STATE_TEMP on */
} AilEmitTemp;

typedef struct AilEmit {
    AilArch arch;
    LLVMContextRef context; /* borrowed, as are all */
    LLVMModuleRef module;
    LLVMBuilderRef builder;

    /* The function at hand. */
    LLVMValueRef function, state, memory;
    LLVMBasicBlockRef entry; /* without an end until the function has one */
    GHashTable *places;      /* owned: at * 128 + size to a pointer into the state, made in entry */

    /* The instruction at hand. Temporaries are values, and never in memory. */
    const AilLifted *insn;
    LLVMBasicBlockRef begin, next; /* next: the instruction that follows */
    AilEmitTemp temps[AIL_LIFT_MAX_OPS];
    unsigned n_temps;
    int16_t owner[AIL_EMIT_TEMPS]; /* which of them a byte is of; -1: of none yet */
} AilEmit;

void ail_emit_init(AilEmit *e, AilArch arch, LLVMContextRef context, LLVMModuleRef module);
void ail_emit_clear(AilEmit *e);

/* Begin a function of that name, and end it: control that has not gone elsewhere goes to `pc`. */
void ail_emit_begin(AilEmit *e, const char *name);
void ail_emit_end(AilEmit *e, uint64_t pc);
/* Put down an instruction behind those before it. */
void ail_emit_insn(AilEmit *e, const AilLifted *insn);

/* --- between the files of this folder --- */

LLVMTypeRef ail_emit_int(const AilEmit *e, unsigned bits);
LLVMTypeRef ail_emit_pointer(const AilEmit *e); /* to bytes */
LLVMValueRef ail_emit_number(const AilEmit *e, unsigned bits, uint64_t value);

/* The value of an operand, an integer of its size; of `bits` bits, cut or zero-extended; whether it
 * is truth, i1. */
LLVMValueRef ail_emit_read(AilEmit *e, const AilVar *v);
LLVMValueRef ail_emit_read_as(AilEmit *e, const AilVar *v, unsigned bits);
LLVMValueRef ail_emit_truth(AilEmit *e, const AilVar *v);
void ail_emit_write(AilEmit *e, const AilVar *v, LLVMValueRef value);

/* Call a function that is declared with this name: void if result is NULL. pure: it depends on its
 * arguments alone. */
LLVMValueRef ail_emit_call(AilEmit *e, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                           unsigned n, bool pure);
LLVMValueRef ail_emit_intrinsic(AilEmit *e, const char *name, LLVMValueRef *args, unsigned n);

/* The result of an operation that computes (not of memory, not JUMP), as an integer. NULL: it does
 * not. */
LLVMValueRef ail_emit_compute(AilEmit *e, const AilOp *op);
/* One that has a function of its own, LANES and MIX. */
LLVMValueRef ail_emit_named(AilEmit *e, const AilOp *op);
/* Of memory; false: it is not one. */
bool ail_emit_memory(AilEmit *e, const AilOp *op);

#endif
