/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for patterns at ascending addresses (docs/analyses.md, "What stringsearch finds"): one
 * access at a time, or all of a chunk. It does not depend on who accesses, so that chunks can be
 * searched in parallel: matches that start in an earlier chunk are found afterwards by continuing
 * that chunk's runs.
 */
#ifndef AIL_ANALYZERS_RUNSEARCH_H
#define AIL_ANALYZERS_RUNSEARCH_H

#include "analyzers/matcher.h"
#include "analyzers/runs.h"
#include "analyzers/starts.h"
#include "analyzers/steps.h"

/* An access's bytes. */
typedef struct AilPiece {
    uint64_t addr;
    union {
        uint8_t bytes[16];
        uint64_t halves[2];
    };
    uint8_t size; /* 1 to 16 */
    bool write;
} AilPiece;

/* wide: a position in chunk->wide, 0 at first; quick when accesses are near the one before. */
void ail_piece_of(AilPiece *piece, const AilChunk *chunk, uint32_t access, uint32_t *wide);

enum { AIL_RUNSEARCH_MAX_MATCHES = 64 }; /* of one access */

/* A match whose last byte (or, tail first, the byte that was missing) is in this access. */
typedef struct AilRunMatch {
    uint32_t access;
    uint32_t pattern;
    uint64_t addr; /* of the pattern's last byte */
} AilRunMatch;

/* Growing array; zero it before the first use. */
typedef struct AilRunMatches {
    AilRunMatch *all; /* owned */
    size_t n, cap;
} AilRunMatches;

/* An access and where it is. */
typedef struct AilWhere {
    const AilChunk *chunk;
    uint32_t access;
    uint32_t first; /* the first access of its execution */
    uint64_t icount;
    uint64_t asid;
    const AilPiece *piece; /* of the access */
    uint32_t *wide;        /* for ail_piece_of */
} AilWhere;

/*
 * Continue the runs that the access touches. fresh: begin new ones in it, too. Appends to found.
 * True: the stream goes on, `runs` has it.
 */
bool ail_runsearch_access(const AilMatcher *matcher, AilRuns *runs, const AilWhere *where,
                          bool fresh, AilRunMatches *found);

/* An access in which a pattern may start (for taps), or in which one was found to end. */
typedef struct AilHit {
    uint64_t pc;     /* of the accessing instruction */
    uint64_t icount; /* of it */
    uint32_t flow;   /* its execution */
    uint32_t access;
    AilPiece piece;
    bool starts; /* false: it has a match, but none starts in it */
} AilHit;

/* What a chunk has for a search, as far as it can be told without knowing those before it. Zero it
 * before the first use, set runs; it can be filled again and again. */
typedef struct AilChunkSearch {
    uint64_t *starts; /* bit by access: a pattern may start in it; owned */
    AilHit *hits;     /* in order; owned */
    size_t n_hits;
    AilRunMatches matches; /* in order of `access` */
    AilRuns *runs;         /* what goes on after the chunk; owned; empty before it */
    size_t words_cap, hits_cap;
} AilChunkSearch;

/* pages: for the chunk; steps: of it. */
void ail_chunk_search(AilChunkSearch *search, const AilStarts *starts, const AilMatcher *matcher,
                      const AilClassPages *pages, const AilChunk *chunk, const AilSteps *steps);
void ail_chunk_search_clear(AilChunkSearch *search);

/* Whether a pattern may start in this access. */
static inline bool ail_starts_at(const AilChunkSearch *s, uint32_t access)
{
    return s->starts[access / 64] >> (access % 64) & 1;
}

#endif
