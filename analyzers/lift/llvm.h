/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLVM IR from lifted instructions, and instructions run from it. libLLVM is large and slow to
 * load, so it is used by a module alone, ailurus-llvm.so, that is loaded when somebody wants it:
 * what is here goes through a table of its functions.
 *
 * A block becomes a function, "block_<pc, hexadecimal>_<n>", where n tells blocks of one address
 * apart (0, 1, ..):
 *
 *   i64 (i8 *state, i8 *memory)
 *
 * It reads and writes the state as lift.h has it, bytes at constant places, and returns the address
 * of the next instruction. Each instruction has a basic block of its own, whose name is its address
 * and text. What it does not define is declared, and whoever uses the IR defines it; `memory` is
 * only handed through to it:
 *
 *   iN   ailurus.load.iN(i8 *memory, i64 address)
 *   void ailurus.store.iN(i8 *memory, i64 address, iN value)
 *   iN   ailurus.lanes.NAME.L.iN.iA..(iA a, ..)   AIL_OP_LANES; L is the lane in bits
 *   iN   ailurus.mix.NAME.iN.iA..(iA a, ..)       AIL_OP_MIX
 *   i8   ailurus.loads(i8 *memory)                AIL_OP_LOADS
 *   void ailurus.stores(i8 *memory, i8 value)     AIL_OP_STORES
 *   i64  ailurus.area(i8 *memory)                 least address that the instruction accesses
 *
 * Division: a quotient by 0 is 0, its remainder the dividend; the least number by -1 is itself.
 */
#ifndef AIL_ANALYZERS_LIFT_LLVM_H
#define AIL_ANALYZERS_LIFT_LLVM_H

#include "analyzers/lift/lift.h"

/* LLVM IR of some blocks; for one thread at a time. */
typedef struct AilIr AilIr;

/* Memory for an instruction that is run. `memory` is what the function was called with. */
typedef struct AilRunMemory {
    /* Bytes at address .. address + size - 1. */
    void (*load)(void *memory, uint64_t address, void *bytes, uint32_t size);
    void (*store)(void *memory, uint64_t address, const void *bytes, uint32_t size);
} AilRunMemory;

/* An instruction, compiled for the processor that we run on: it changes the state (AIL_STATE_SIZE
 * bytes) and the memory, and returns the address of the next instruction. */
typedef uint64_t AilRunInsn(uint8_t *state, void *memory);

/* Compiled instructions; for one thread at a time. */
typedef struct AilRun AilRun;

/* The table of functions. */
typedef struct AilLlvm {
    uint32_t abi;        /* AIL_LLVM_ABI */
    const char *version; /* of LLVM, "14.0.6" */

    /* No blocks. NULL and err set: the architecture cannot be lifted. */
    AilIr *(*ir_new)(AilArch arch, AilError *err);
    void (*ir_free)(AilIr *ir); /* may be NULL */
    /* Add the function of a block. */
    AilStatus (*ir_add)(AilIr *ir, const AilBlock *block, AilError *err);
    /* Have LLVM check all of it. */
    AilStatus (*ir_verify)(AilIr *ir, AilError *err);
    /* As text; free with g_free. */
    char *(*ir_text)(AilIr *ir);
    /* As bitcode, appended to the file. */
    AilStatus (*ir_write)(AilIr *ir, int fd, AilError *err);
    /* Read bitcode and have LLVM check it: how many functions it defines. */
    AilStatus (*bitcode_read)(const char *path, uint64_t *functions, AilError *err);

    /* memory is copied. */
    AilRun *(*run_new)(AilArch arch, const AilRunMemory *memory, AilError *err);
    void (*run_free)(AilRun *run); /* and all that it compiled; may be NULL */
    /* Compile an instruction; lives as long as run. An instruction that repeats does so until it is
     * done. NULL and err set: it has operations that no computation stands for (LANES, MIX, ..). */
    AilRunInsn *(*run_compile)(AilRun *run, const AilLifted *insn, AilError *err);

    const struct AilTaintCompile *taint; /* analyzers/taint/jit_module.h */
} AilLlvm;

enum { AIL_LLVM_ABI = 2 };

/*
 * Load the module from file `path`; once it is loaded it stays. NULL and err set: there is none, or
 * it is of another version of ours. From any thread.
 */
const AilLlvm *ail_llvm_load(const char *path, AilError *err);

/* Where the module is that belongs to the program that runs: in ../lib/ailurus beside it, or as it
 * was installed. Free with free; NULL: not there. */
char *ail_llvm_find(void);

/* What the module defines, by this name. */
#define AIL_LLVM_ENTRY "ail_llvm_module"
const AilLlvm *ail_llvm_module(void);

#endif
