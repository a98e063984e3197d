/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the search of a chunk and what looks ahead in it; for these two files only. */
#ifndef AIL_ANALYZERS_CHUNKSEARCH_PRIVATE_H
#define AIL_ANALYZERS_CHUNKSEARCH_PRIVATE_H

#include "analyzers/chunksearch.h"

enum { AIL_ONWARD_BITS = 13 };

/* Accesses that begin with a second byte: by address and direction, hashed, a set of these bytes
 * (ail_starts_seconds). */
typedef struct AilOnward {
    uint32_t seconds[1 << AIL_ONWARD_BITS];
} AilOnward;

/* A part of the chunk: whole steps with more instructions than the window, or the last ones. */
typedef struct AilPart {
    AilOnward onward;
    uint32_t end; /* the access after it */
} AilPart;

typedef struct AilFinder {
    const AilStarts *starts;
    const AilMatcher *matcher;
    const AilClassPages *pages;
    const AilChunk *chunk;
    const AilSteps *steps;
    AilChunkSearch *out;
    size_t step;     /* the next step, */
    uint32_t at;     /* the execution after the one before it, */
    uint64_t begins; /* and that execution's icount */
    uint32_t flow;   /* the execution of the access at hand */
    uint32_t known;  /* an execution before that, */
    uint64_t icount; /* and its icount */
    uint64_t asid;
    uint32_t tail; /* runs that begin in this execution or later may go on after the chunk */
    uint32_t event, cut, wide; /* the next of each */
    uint32_t space;            /* the next event that may change the address space, */
    uint32_t space_ends;       /* and an access up to which none does */
    AilPart part[2];           /* that of the access at hand, and the next; */
    unsigned here;             /* the former's index; */
    size_t next_step;          /* the step after both */
    uint32_t next_flow;        /* and the execution */
    uint64_t window;
} AilFinder;

/* Go to the step behind the execution at hand. */
static inline void ail_finder_step(AilFinder *f)
{
    while (f->step < f->steps->n && f->at + f->steps->steps[f->step].blocks <= f->flow) {
        f->at += f->steps->steps[f->step].blocks;
        f->begins += f->steps->steps[f->step++].insns;
    }
}

static inline uint32_t ail_finder_first(const AilFinder *f)
{
    return f->flow ? f->chunk->access_end[f->flow - 1] : 0;
}

/* Begin with the first two parts. */
void ail_finder_begin(AilFinder *f);

/* Whether a stream that is in `state` is after access `next` where it would be if it had matched
 * nothing before, without a match that it would not have had. */
bool ail_finder_comes_to_nothing(AilFinder *f, uint32_t state, uint32_t next);

/* Whether a run of the last byte of p, which is access a, may go on. state: after that byte. */
bool ail_finder_goes_on(AilFinder *f, const AilPiece *p, uint32_t a, uint32_t state);

/* The next access, before the next step, that goes to the tap of access a; 0: not known. Up to the
 * next step there is one caller and one address space. */
uint32_t ail_finder_next_of_tap(AilFinder *f, uint32_t a);

#endif
