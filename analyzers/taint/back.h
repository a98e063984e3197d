/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint backwards: from bytes that are wanted at a moment, back through the executions that made
 * them, to where they came from. Chunks are given in reverse order. Each instruction that wrote a
 * wanted byte becomes a step, and what it read is wanted instead, by that step. One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_BACK_H
#define AIL_ANALYZERS_TAINT_BACK_H

#include "analyzers/taint/engine.h"

typedef struct AilBack AilBack;

/* An instruction that wrote wanted bytes. Step 0 is who asked. */
typedef struct AilBackStep {
    uint32_t number;            /* from 1, later ones are earlier in time */
    AilTaintMoment at;          /* its block is valid during the call only */
    const AilLabelRange *users; /* numbers of the steps that wanted what it wrote */
    uint32_t n_users;           /* ranges */
    bool constant;              /* it read nothing: the bytes begin here */
    bool device;                /* the same, as it read from a device */
    bool rough;                 /* not modelled exactly: it may depend on less */
} AilBackStep;

typedef struct AilBackListener {
    void *self;
    void (*step)(void *self, const AilBackStep *step);
    /* A wanted byte had another value in memory before: a device wrote it between there and
     * icount. users: as in a step. */
    void (*device)(void *self, uint64_t icount, uint64_t phys, const AilLabelRange *users,
                   uint32_t n_users);
} AilBackListener;

/* flags: AIL_TAINT_*. max_steps: go no further than so many; 0: no limit. NULL and err set: the
 * architecture cannot be lifted. */
AilBack *ail_back_new(AilArch arch, unsigned flags, uint32_t max_steps,
                      const AilBackListener *listener, AilError *err);
/* b may be NULL. */
void ail_back_free(AilBack *b);

/* Want bytes of the state, or of memory, as they are at the moment where one begins. */
void ail_back_want_reg(AilBack *b, unsigned at, unsigned n);
void ail_back_want_memory(AilBack *b, uint64_t phys, unsigned n);
/* Which steps want the byte of memory now; *n ranges. */
const AilLabelRange *ail_back_wanted(const AilBack *b, uint64_t phys, uint32_t *n);

/* The chunk that comes next, which is the one before the last in the trace. Chunks need flow,
 * event, addr, xlate; data where there is. It must stay until the next is begun. */
void ail_back_begin(AilBack *b, const AilChunk *chunk);
/* Go back from `icount` to the beginning of the execution that has `begin`, or to the chunk's. Of
 * what was passed by already nothing is undone: icount is that of the question at first, then
 * UINT64_MAX will do. */
void ail_back_to(AilBack *b, uint64_t icount, uint64_t begin);

/* Whether there is nothing to look for any more, or the limit was reached. */
bool ail_back_done(const AilBack *b);
bool ail_back_limited(const AilBack *b);
/* Bytes that are wanted now: of memory, and of registers. */
uint64_t ail_back_wanted_memory(const AilBack *b);
unsigned ail_back_wanted_state(const AilBack *b);
uint32_t ail_back_steps(const AilBack *b);

#endif
