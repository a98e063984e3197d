/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the question where bytes came from. */
#ifndef AIL_ANALYZERS_TAINT_TRAIL_PRIVATE_H
#define AIL_ANALYZERS_TAINT_TRAIL_PRIVATE_H

#include "analyzers/analysis.h"
#include "analyzers/taint/back.h"
#include "analyzers/taint/past.h"
#include "analyzers/taint/taint_private.h"
#include "analyzers/taint/trail.h"
#include "analyzers/taint/trail_print.h"
#include "trace/reader.h"

typedef struct Trail {
    const AilTrailQuestion *question;
    TaintRange range; /* what is asked for: memory, */
    char *reg;        /* or not NULL: a register; owned */
    AilTraceReader *r;
    const char *path;
    AilSymbolizer *symbolizer; /* borrowed, or NULL */
    AilGuest *guest;           /* owned, or the symbolizer's */
    bool own_guest;
    AilPast *past;
    AilTaintSpaces *spaces;
    AilBack *back;
    TrailPrint *print;
    size_t reads; /* reads before this one are to come */
    void (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
} Trail;

/* --- trail_question.c --- */
/* "rdi@123": a register, which is to be freed; else *reg is NULL and it is a range. False: neither.
 */
bool trail_parse(const char *what, TaintRange *range, char **reg);
/* Where a byte is as of an execution of the chunk, which is learned; false: not known. */
bool trail_find(const Trail *t, const AilChunk *chunk, uint32_t flow_index, uint64_t asid,
                uint64_t addr, uint64_t *phys);
/* Want what is asked for, as it is in this chunk, which has the moment. */
AilStatus trail_want(Trail *t, const AilChunk *chunk, AilError *err);

#endif
