/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for patterns at ascending addresses (docs/analyses.md, "What stringsearch finds"), one
 * access at a time. All of a chunk: chunksearch.h.
 */
#ifndef AIL_ANALYZERS_RUNSEARCH_H
#define AIL_ANALYZERS_RUNSEARCH_H

#include "analyzers/matcher.h"
#include "analyzers/runs.h"
#include "trace/trace.h"

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

enum {
    AIL_RUNSEARCH_MAX_MATCHES = 64, /* of one access */
    /* Of the accesses of an execution before a piece, how many may be its continuation, */
    AIL_RUNSEARCH_BACKWARD = 16,
    /* and how far they begin before its end at most. */
    AIL_RUNSEARCH_OVERLAP = 16,
};

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

#endif
