/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that compiles. */
#ifndef AIL_ANALYZERS_TAINT_JIT_WORKER_H
#define AIL_ANALYZERS_TAINT_JIT_WORKER_H

#include "analyzers/taint/jit_maker.h"

typedef struct JitWorker JitWorker;

JitWorker *jit_worker_new(const AilTaintJitConfig *config);
void jit_worker_free(JitWorker *w);

/* The function for a program and a shape; begins to make it when nobody asked before. Owned by the
 * worker, and lives as long. */
JitFunction *jit_worker_want(JitWorker *w, const AilTaintProgram *p, const AilTaintShape *shape,
                             unsigned n_shape, bool noting);
/* Until all that was wanted is done. */
void jit_worker_wait(JitWorker *w);

/* When there is nothing to be done. */
void jit_worker_count(const JitWorker *w, AilTaintJitCounts *counts);
const char *jit_worker_problem(const JitWorker *w);

#endif
