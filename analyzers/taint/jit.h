/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint programs, compiled. What runs often is compiled by LLVM on a thread of its own, and does
 * exactly what the interpreter (run.h) does, which runs all else. What was compiled is kept on
 * disk, so that the next run need not compile it again.
 *
 * A program is compiled for the shape of its accesses: which instruction makes them, their sizes,
 * and whether they write. One thread; the programs that it is given are for no other AilTaintJit.
 */
#ifndef AIL_ANALYZERS_TAINT_JIT_H
#define AIL_ANALYZERS_TAINT_JIT_H

#include "analyzers/taint/run.h"

typedef struct AilTaintJit AilTaintJit;

typedef struct AilTaintJitConfig {
    const char *module; /* ailurus-llvm.so; it is loaded when something is to be compiled */
    const char *cache;  /* folder for what was compiled, made when it is not there; NULL: none */
    uint64_t cache_max; /* bytes that it may hold; 0: the usual */
    uint64_t hot;       /* executions, and instructions run in them, for each instruction of a
                           program, after which it is compiled; 0: the usual, and only where it
                           gains something */
} AilTaintJitConfig;

/* config is copied. Never NULL: when something cannot be, all is interpreted. */
AilTaintJit *ail_taint_jit_new(const AilTaintJitConfig *config);
/* Waits for what is being compiled, but not for what is yet to be. j may be NULL. */
void ail_taint_jit_free(AilTaintJit *j);

/* The folder of this user for what was compiled; free with g_free. */
char *ail_taint_jit_cache_dir(void);

/* Run a whole execution of a block: as ail_taint_run for all of its instructions. */
void ail_taint_jit_run(AilTaintJit *j, AilTaint *t, const AilTaintProgram *p,
                       const AilTaintAccess *access, unsigned n_access);

/* Wait until all is compiled that was hot so far. */
void ail_taint_jit_wait(AilTaintJit *j);

typedef struct AilTaintJitCounts {
    uint64_t compiled_runs, interpreted_runs;
    uint64_t programs;    /* that were hot, each with each of its shapes */
    uint64_t compiled;    /* of these, by us */
    uint64_t cached;      /* of these, found on disk */
    uint64_t failed;      /* of these, neither: they are interpreted */
    uint64_t nanoseconds; /* of a processor, for compiling */
} AilTaintJitCounts;

/* Not while something is being compiled: see ail_taint_jit_wait. */
AilTaintJitCounts ail_taint_jit_counts(const AilTaintJit *j);

/* Why nothing could be compiled, or ""; likewise. Owned by j. */
const char *ail_taint_jit_problem(const AilTaintJit *j);

#endif
