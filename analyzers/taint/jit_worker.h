/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that compiles. */
#ifndef AIL_ANALYZERS_TAINT_JIT_WORKER_H
#define AIL_ANALYZERS_TAINT_JIT_WORKER_H

#include <stdatomic.h>

#include "analyzers/taint/jit.h"
#include "analyzers/taint/jit_cache.h"
#include "analyzers/taint/jit_module.h"

/* A function that is wanted, or there. Owned by the worker, and lives as long. */
typedef struct JitFunction {
    _Atomic(AilTaintCode *) code; /* NULL: not yet, or never */
    uint8_t content[AIL_JIT_KEY]; /* digest of what is to be compiled */

    /* what is compiled, until it is; owned */
    AilTaintProgram program;
    AilTaintShape *shape;
    unsigned n_shape;
    bool noting;
} JitFunction;

typedef struct JitWorker JitWorker;

JitWorker *jit_worker_new(const AilTaintJitConfig *config);
void jit_worker_free(JitWorker *w);

/* The function for a program and a shape; begins to make it when nobody asked before. */
JitFunction *jit_worker_want(JitWorker *w, const AilTaintProgram *p, const AilTaintShape *shape,
                             unsigned n_shape, bool noting);
/* Until all that was wanted is done. */
void jit_worker_wait(JitWorker *w);

/* When there is nothing to be done. */
void jit_worker_count(const JitWorker *w, AilTaintJitCounts *counts);
const char *jit_worker_problem(const JitWorker *w);

#endif
