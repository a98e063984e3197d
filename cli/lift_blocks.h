/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The distinct blocks that a part of a trace executed, and how often. */
#ifndef AIL_CLI_LIFT_BLOCKS_H
#define AIL_CLI_LIFT_BLOCKS_H

#include <glib.h>

#include "analyzers/guest.h"
#include "trace/reader.h"

/* Which executions. */
typedef struct AilLiftWhich {
    uint64_t from, to; /* icounts; to: UINT64_MAX for the end */
    bool by_asid;
    uint64_t asid;
    int64_t pid; /* of the task that runs, or of its process; -1: any */
} AilLiftWhich;

typedef struct AilLiftBlock {
    AilBlock block; /* a copy; `id` is that of its first dictionary */
    uint64_t runs;
    uint64_t
        *stops; /* by instruction: runs that ended before it; NULL: all ran to the end. Owned */
} AilLiftBlock;

typedef struct AilLiftBlocks AilLiftBlocks;

AilLiftBlocks *ail_lift_blocks_new(const AilLiftWhich *which);
void ail_lift_blocks_free(AilLiftBlocks *b); /* may be NULL */

/* Read the trace, which has the flow column, and the event column if `which` wants it, on so many
 * threads. progress may be NULL. */
AilStatus ail_lift_blocks_read(AilLiftBlocks *b, AilTraceReader *reader, unsigned threads,
                               void (*progress)(void *user, uint64_t done), void *user,
                               AilError *err);

/* Those that ran, of AilLiftBlock, in order of address; owned by b. */
const GPtrArray *ail_lift_blocks_all(const AilLiftBlocks *b);

/* The guest as of the end of what was read. */
const AilGuest *ail_lift_blocks_guest(const AilLiftBlocks *b);

/* How often its instruction i was executed. */
uint64_t ail_lift_block_count(const AilLiftBlock *b, unsigned i);

#endif
