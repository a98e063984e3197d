/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where did these bytes come from? The question of `ailurus taint --back`: reads a trace backwards
 * from a moment (taint/back.h) and tells each step. The trace must be in a file.
 */
#ifndef AIL_ANALYZERS_TAINT_TRAIL_H
#define AIL_ANALYZERS_TAINT_TRAIL_H

#include "analyzers/output.h"
#include "analyzers/symbols.h"

typedef struct AilTrailQuestion {
    const char *what;   /* "REGISTER@ICOUNT", or a range as --label-range has it */
    uint32_t max_steps; /* 0: all of them */
    bool pointers;      /* addresses count, too */
} AilTrailQuestion;

/* Whether `what` makes sense; AIL_ERR and err set if not. */
AilStatus ail_trail_check(const AilTrailQuestion *question, AilError *err);

/* symbolizer: NULL: without names; it is given the trace's events. progress: NULL, or called with
 * how many of how many instructions were read. */
AilStatus ail_trail_run(const AilTrailQuestion *question, const char *path,
                        AilSymbolizer *symbolizer, AilOutput *out,
                        void (*progress)(void *user, uint64_t done, uint64_t total), void *user,
                        AilError *err);

#endif
