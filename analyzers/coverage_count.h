/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ran in a chunk, counted without knowing anything of earlier chunks: the chunk is divided
 * into spans, at the events that can change which program runs or where its code is, and for each
 * span there is how often each block ran and which followed which.
 *
 * Two executions are an edge when the second came right after the first: not when an event that
 * breaks the program's course (interrupt, exception, system call, signal, switch) lies between
 * them, the first was cut, or privilege changed. Going on behind a block that does not end in a
 * branch (it reached the end of a page, or as much as QEMU translates at once) is no edge.
 */
#ifndef AIL_ANALYZERS_COVERAGE_COUNT_H
#define AIL_ANALYZERS_COVERAGE_COUNT_H

#include "formats/bytes.h"
#include "trace/dict.h"

typedef struct AilRan {
    uint32_t id;
    uint64_t runs; /* whole ones */
    uint64_t on;   /* of these, went on behind its end without a branch */
} AilRan;

typedef struct AilFollowed {
    uint32_t from, to; /* block ids */
    uint64_t runs;
} AilFollowed;

/* Of executions that were cut: the first `executed` instructions, at least 1. */
typedef struct AilRanPart {
    uint32_t id, executed;
} AilRanPart;

typedef struct AilRanSpan {
    uint32_t event;               /* events before this one come before the span */
    uint32_t ran, followed, part; /* where the next span's begin */
} AilRanSpan;

typedef struct AilCount AilCount;

AilCount *ail_count_new(void);
void ail_count_free(AilCount *c);

/* Count a chunk; what was counted before is gone. One thread at a time. */
void ail_count_chunk(AilCount *c, const AilChunk *chunk);

/* The results, valid until the next chunk is counted. */
const AilRanSpan *ail_count_spans(const AilCount *c, uint32_t *n);
const AilRan *ail_count_ran(const AilCount *c);
const AilFollowed *ail_count_followed(const AilCount *c);
const AilRanPart *ail_count_parts(const AilCount *c);

/* Whether the block's last instruction can go somewhere else than behind it, or asks for another
 * privilege (coverage_branch.c). True for what cannot be told. */
bool ail_ends_with_branch(const AilBlock *block);

#endif
