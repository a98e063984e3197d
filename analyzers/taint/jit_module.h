/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between jit.h and what compiles, which is in the module that uses LLVM (AilLlvm.taint). */
#ifndef AIL_ANALYZERS_TAINT_JIT_MODULE_H
#define AIL_ANALYZERS_TAINT_JIT_MODULE_H

#include "analyzers/taint/run.h"

/* What compiled code calls where it is not simple. */
typedef struct AilTaintCalls {
    /* Run the instruction as the interpreter does. */
    void (*insn)(AilTaint *t, const AilTaintProgram *p, unsigned insn, const AilTaintAccess *access,
                 unsigned n_access);
    /* ail_taint_load, ail_taint_store */
    void (*load)(AilTaint *t, const AilTaintAccess *access, unsigned n_access, unsigned from,
                 unsigned n, AilCell *to);
    void (*store)(AilTaint *t, const AilTaintAccess *access, unsigned n_access, unsigned at,
                  unsigned n, const AilCell *from);
    /* Tell the watch. */
    void (*branch)(AilTaint *t, unsigned insn, uint32_t target, AilCell cell);
    void (*saw)(AilTaint *t, unsigned insn, AilCell cell);
} AilTaintCalls;

/* A program, compiled for one shape of accesses: runs all of its instructions. */
typedef void AilTaintCode(AilTaint *t, const AilTaintProgram *p, const AilTaintAccess *access,
                          unsigned n_access, const AilTaintCalls *calls);

/* An access as far as the code depends on it. */
typedef struct AilTaintShape {
    uint16_t insn;
    uint8_t size, write;
} AilTaintShape;

/* What is to be compiled. The accesses of an instruction that repeats are not in the shape: there
 * may be any number, and no instruction behind it has any. */
typedef struct AilTaintJob {
    const AilTaintProgram *program;
    const AilTaintShape *shape;
    unsigned n_shape;
    bool noting; /* somebody watches instructions */
    char name[40];
} AilTaintJob;

/* For one thread. */
typedef struct AilTaintCompiler AilTaintCompiler;

typedef struct AilTaintCompile {
    AilTaintCompiler *(*create)(AilError *err);
    void (*destroy)(AilTaintCompiler *c); /* and its code; may be NULL */
    /* What else the code depends on: LLVM's version, the processor. Owned by c. */
    const char *(*target)(const AilTaintCompiler *c);
    /* Compile into one object; *bytes: free with g_free. */
    AilStatus (*compile)(AilTaintCompiler *c, const AilTaintJob *jobs, unsigned n, void **bytes,
                         size_t *size, AilError *err);
    /* Make an object's code ready to run, and find one of its functions; NULL: not there. */
    AilStatus (*link)(AilTaintCompiler *c, const void *bytes, size_t size, AilError *err);
    AilTaintCode *(*find)(AilTaintCompiler *c, const char *name);
} AilTaintCompile;

#endif
