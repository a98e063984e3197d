/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes functions: takes them from disk, or has LLVM compile them. For one thread. */
#ifndef AIL_ANALYZERS_TAINT_JIT_MAKER_H
#define AIL_ANALYZERS_TAINT_JIT_MAKER_H

#include <stdatomic.h>

#include "analyzers/taint/jit.h"
#include "analyzers/taint/jit_cache.h"
#include "analyzers/taint/jit_module.h"

/* A function that is wanted, or there. */
typedef struct JitFunction {
    _Atomic(AilTaintCode *) code; /* NULL: not yet, or never */
    uint8_t content[AIL_JIT_KEY]; /* digest of what is to be compiled */

    /* what is compiled, until it is; owned */
    AilTaintProgram program;
    AilTaintShape *shape;
    unsigned n_shape;
    bool noting;
} JitFunction;

/* A function of which nothing is there yet; what it is made of is copied. */
JitFunction *jit_function_new(const AilTaintProgram *p, const AilTaintShape *shape,
                              unsigned n_shape, bool noting);
/* Drop what it is made of; and all of it (f may be NULL). */
void jit_function_drop(JitFunction *f);
void jit_function_free(JitFunction *f);
/* What tells it from others, but for the machine. */
void jit_function_digest(const AilTaintProgram *p, const AilTaintShape *shape, unsigned n_shape,
                         bool noting, uint8_t *key);

typedef struct JitMaker JitMaker;

/* Loads nothing yet. */
JitMaker *jit_maker_new(const AilTaintJitConfig *config);
void jit_maker_free(JitMaker *m); /* and the code that it made; may be NULL */

enum { JIT_BATCH = 8 };

/* Make n functions, at most JIT_BATCH: set their `code`, where they can be. Once `stop` is set it
 * begins to compile nothing more. */
void jit_maker_make(JitMaker *m, JitFunction **f, unsigned n, const atomic_bool *stop);

/* What was done: all but `programs` and runs. */
void jit_maker_count(const JitMaker *m, AilTaintJitCounts *counts);
const char *jit_maker_problem(const JitMaker *m);

#endif
