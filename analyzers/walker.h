/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chunk, execution by execution, in the order in which everything happened: a cursor for loops
 * that want speed, and callbacks in the manner of PANDA's for analyses that want to be short.
 */
#ifndef AIL_ANALYZERS_WALKER_H
#define AIL_ANALYZERS_WALKER_H

#include "analyzers/analysis.h"

/* One execution of a block. */
typedef struct AilExec {
    const AilBlock *block;
    uint64_t icount; /* of its first instruction */
    uint64_t asid;
    uint32_t index;        /* in chunk->flow */
    uint32_t executed;     /* instructions that completed; less than n_insns when it was cut */
    uint32_t access_first; /* its accesses are access_first .. access_end - 1; */
    uint32_t access_end;   /* 0 and 0 without the addr column */
} AilExec;

/* One memory access. */
typedef struct AilAccess {
    uint64_t pc;     /* of the accessing instruction */
    uint64_t icount; /* of it */
    uint64_t asid;
    uint64_t addr;
    uint64_t value; /* low 8 bytes, zero-extended; 0 without the data column */
    uint64_t high;  /* upper 8 bytes of a 16-byte access */
    uint32_t size;  /* bytes: 1, 2, 4, 8, 16 */
    bool write;
} AilAccess;

/* All may be NULL. They are called in order of icount: events before the execution that they come
 * before; for each execution `block`, then its accesses. */
typedef struct AilWalker {
    void *self; /* the first argument of each */
    void (*block)(void *self, const AilExec *exec);
    void (*access)(void *self, const AilExec *exec, const AilAccess *access);
    void (*asid_changed)(void *self, uint64_t icount, uint64_t from, uint64_t to);
    void (*exception)(void *self, const AilEvent *event);
    void (*interrupt)(void *self, const AilEvent *event);
    void (*console)(void *self, const AilEvent *event);
    void (*other)(void *self, const AilEvent *event); /* every other type */
} AilWalker;

/* Call the walker's functions for all of chunk, which must have the flow column. */
void ail_walk(const AilWalker *walker, const AilChunk *chunk);

/* A position in the wide values of a chunk, for loops that visit the accesses in order. */
static inline uint64_t ail_wide_high(const AilChunk *chunk, uint32_t access, uint32_t *next)
{
    while (*next < chunk->n_wide && chunk->wide[*next].at < access)
        ++*next;
    return *next < chunk->n_wide && chunk->wide[*next].at == access ? chunk->wide[*next].high : 0;
}

#endif
