/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a search can do with a chunk without knowing those before it, so that chunks can be searched
 * in parallel: find the accesses in which a pattern may start, and the matches at ascending
 * addresses. Those that start in an earlier chunk are found afterwards by continuing that chunk's
 * runs.
 */
#ifndef AIL_ANALYZERS_CHUNKSEARCH_H
#define AIL_ANALYZERS_CHUNKSEARCH_H

#include "analyzers/runsearch.h"
#include "analyzers/starts.h"
#include "analyzers/steps.h"

/* An access in which a pattern may start (for taps), or in which one was found to end. */
typedef struct AilHit {
    uint64_t pc;   /* of the accessing instruction */
    uint32_t flow; /* its execution */
    uint32_t access;
    AilPiece piece;
    bool starts; /* false: it has a match, but none starts in it */
} AilHit;

/* What a chunk has for a search, as far as it can be told without knowing those before it. Zero it
 * before the first use, set runs; it can be filled again and again. */
typedef struct AilChunkSearch {
    AilStartBits *bits; /* by 64 accesses; without those starts that come to nothing; owned */
    AilHit *hits;       /* in order; owned */
    size_t n_hits;
    AilRunMatches matches; /* in order of `access` */
    AilRuns *runs;         /* what goes on after the chunk; owned; empty before it */
    size_t bits_cap, hits_cap;
} AilChunkSearch;

/* pages: for the chunk; steps: of it. */
void ail_chunk_search(AilChunkSearch *search, const AilStarts *starts, const AilMatcher *matcher,
                      const AilClassPages *pages, const AilChunk *chunk, const AilSteps *steps);
void ail_chunk_search_clear(AilChunkSearch *search);

/* Whether a pattern may start in this access. */
static inline bool ail_starts_at(const AilChunkSearch *s, uint32_t access)
{
    return s->bits[access / 64].starts >> (access % 64) & 1;
}

#endif
