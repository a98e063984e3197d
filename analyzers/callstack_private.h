/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of callstack. */
#ifndef AIL_ANALYZERS_CALLSTACK_PRIVATE_H
#define AIL_ANALYZERS_CALLSTACK_PRIVATE_H

#include <glib.h>

#include "analyzers/analysis.h"
#include "analyzers/folded.h"
#include "analyzers/stacks.h"

typedef struct CallStack {
    AilAnalysisEnv env;
    AilClasses *classes;
    AilStacks *stacks;
    AilFolded *folded; /* NULL: not asked for */
    uint64_t version;  /* of stacks, that the folded context is of */
    uint64_t run;      /* instructions in that context, not yet counted */
    GArray *at;        /* of uint64_t: icounts wanted, ascending */
    guint next_at;
    GArray *matches; /* of uint64_t: icounts of string matches in this chunk, ascending */
    guint next_match;
    GArray *pcs;     /* of uint64_t: when-pc */
    uint64_t limit;  /* stacks to print for when-pc and on-match */
    uint64_t told;   /* of these, how many were */
    uint64_t missed; /* and how many were not */
    uint64_t max_depth;
    uint64_t printed;   /* stacks, of all kinds */
    uint64_t end;       /* icount after the last chunk */
    bool only_at;       /* nothing to do after the last of at */
    AilFrame **frames;  /* scratch, max_depth of them */
    GAsyncQueue *spare; /* of Prepared: to be filled again; owned */
} CallStack;

/* A stretch of a chunk: executions from `at` on, the first of which starts at icount. */
typedef struct Stretch {
    const AilChunk *chunk;
    uint32_t at;
    uint64_t icount;
} Stretch;

/* --- which stacks are printed (callstack_moments.c) --- */

/* Print those of the wanted icounts below `end`; those before the stretch were in a gap between two
 * chunks. */
void callstack_moments(CallStack *c, Stretch stretch, uint64_t end);
/* Those of the marked instructions of the block that runs next, and of the moments before them. */
void callstack_marked(CallStack *c, const Stretch *s);
/* The first icount that is asked for, UINT64_MAX when none is left. */
uint64_t callstack_next_moment(const CallStack *c);

#endif
