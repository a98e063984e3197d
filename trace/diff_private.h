/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the comparison of traces. */
#ifndef AIL_TRACE_DIFF_PRIVATE_H
#define AIL_TRACE_DIFF_PRIVATE_H

#include "trace/diff.h"
#include "trace/reader.h"

/* What comes next in a trace. Of different things at the same instruction, the first here goes
 * first. */
typedef enum {
    AIL_NEXT_SYNC,    /* a chunk's start: registers */
    AIL_NEXT_EVENT,   /* an event */
    AIL_NEXT_ATTEMPT, /* accesses of an instruction that did not complete */
    AIL_NEXT_RUN,     /* instructions of one execution */
    AIL_NEXT_END,     /* nothing */
} AilDiffNext;

/* One of the traces, and where in it the comparison is. */
typedef struct AilDiffSide {
    AilTraceReader *reader;
    uint64_t shift;   /* what its icounts are more here than in itself */
    uint32_t columns; /* those that are looked at */

    const AilChunk *chunk; /* NULL: before the first and behind the last */
    bool ended;
    bool fresh;                                  /* at the chunk's start */
    bool begun;                                  /* a chunk was read, */
    uint64_t begin;                              /* which began there, by its own numbers */
    uint64_t icount;                             /* shifted; of the instruction that comes next */
    uint32_t exec;                               /* its execution, */
    uint32_t insn;                               /* its number in there, */
    uint32_t executed;                           /* of so many, */
    const AilBlock *block;                       /* and block */
    uint32_t event, cut, access, wide, crossing; /* next of each in the chunk */
} AilDiffSide;

/* Say what comes next, *at: at which instruction; UINT64_MAX for AIL_NEXT_END. AIL_ERR: the reader
 * has the message. */
AilStatus ail_diff_look(AilDiffSide *s, AilDiffNext *next, uint64_t *at);

/* Pass over what comes next, of a run n instructions. */
void ail_diff_take(AilDiffSide *s, AilDiffNext next, uint32_t n);

/* Instructions that are left in a run. */
static inline uint32_t ail_diff_left(const AilDiffSide *s)
{
    return s->executed - s->insn;
}

/* The access behind the last of the execution's; of the next instruction's. */
static inline uint32_t ail_diff_access_end(const AilDiffSide *s)
{
    return s->columns & AIL_COL_ADDR ? s->chunk->access_end[s->exec] : s->access;
}
uint32_t ail_diff_insn_end(const AilDiffSide *s);

/* The high half of access i's value, and the physical address of the second page that it reaches
 * into. False: it has none. */
bool ail_diff_high(AilDiffSide *s, uint32_t i, uint64_t *high);
static inline bool ail_diff_crossing(AilDiffSide *s, uint32_t i, uint64_t *phys)
{
    const AilCrossing *all = s->chunk->crossings;
    uint32_t n = s->chunk->n_crossings, at = s->crossing;
    while (at < n && all[at].at < i)
        at++;
    while (at && all[at - 1].at >= i)
        at--;
    s->crossing = at;
    if (at == n || all[at].at != i)
        return false;
    *phys = all[at].phys;
    return true;
}

/* What the trace has where it is. */
AilPlace ail_diff_place(AilDiffSide *s, AilPlaceKind kind);
AilPlace ail_diff_access_place(AilDiffSide *s, uint32_t access);

enum { AIL_DIFF_SIDES = 2 };

/* A stretch of the comparison, which one thread does. */
typedef struct AilDiffWalk {
    AilDiffSide side[AIL_DIFF_SIDES];
    uint64_t from, to; /* instructions of the first trace */
    bool first;        /* it begins where the user wants to begin, not where another one ends */
    const AilDiffAsk *ask;
    uint32_t open;         /* columns that did not differ so far */
    bool over;             /* one of the traces has ended before the other: nothing follows */
    AilColumnDiff *column; /* what was found; AIL_N_COLUMNS, owned by the caller */

    /* Blocks of the first trace's dictionary that are known to be the same as one of the second's:
     * its id + 1. */
    uint32_t *twin; /* owned */
    uint32_t n_twin;
    uint64_t dict[AIL_DIFF_SIDES]; /* what these dictionaries are: ail_dict_first + 1 */
    bool new_chunk;                /* they may be others now, or have more blocks */
    bool begun;                    /* the address space at the start was compared, or need not be */
} AilDiffWalk;

/* Note where a column differs first. Owns the events' data. */
void ail_diff_found(AilDiffWalk *w, uint32_t column, AilPlace a, AilPlace b);

/* Compare what is next in both sides: n instructions, which are passed over; the accesses up to
 * these ends, which are then next; an event; registers. */
void ail_diff_runs(AilDiffWalk *w, uint32_t n);
void ail_diff_accesses(AilDiffWalk *w, uint32_t end_a, uint32_t end_b);
void ail_diff_events(AilDiffWalk *w);
void ail_diff_registers(AilDiffWalk *w);

/* Compare from..to-1. AIL_OK, AIL_ERR: err has a reader's message. */
AilStatus ail_diff_walk(AilDiffWalk *w, AilError *err);

#endif
