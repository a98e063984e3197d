/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generated executions for tests of the trace: pseudo-random, but the same for the same seed.
 * They have what real ones have: loops, blocks of all lengths, accesses of all sizes and
 * alignments, accesses that are made only sometimes and such that reach into another page, pages
 * that are mapped anew, cut executions, 16-byte values, events; and now and then a new dictionary
 * of blocks.
 */
#ifndef AIL_TESTS_RAW_BUILDER_H
#define AIL_TESTS_RAW_BUILDER_H

#include "formats/bytes.h"
#include "trace/raw.h"

#include <glib.h>

typedef struct RawBuilder {
    GRand *rand;
    uint32_t n_blocks; /* in the dictionary so far */
    uint64_t icount;
    uint64_t asid;
    GArray *n_insns;  /* uint16_t by block id */
    uint64_t mapping; /* what pages are mapped to: another when a page table changes */
} RawBuilder;

/* A chunk and the memory behind it. */
typedef struct RawChunk {
    AilRawChunk raw;
    GArray *flow, *cuts, *addr, *value, *wide, *what, *events, *xlate;
    AilBuf defs, event_data, sync;
} RawChunk;

enum { RAW_BUILDER_SYNC = 24 }; /* bytes of registers */

RawBuilder *raw_builder_new(uint32_t seed);
void raw_builder_free(RawBuilder *b);

/* What the builder maps a virtual page to, which changes with `mapping`, and for few pages only. */
uint64_t raw_builder_phys(uint64_t addr, uint64_t mapping);

/* The next chunk, with about n_flow executions. */
RawChunk *raw_builder_chunk(RawBuilder *b, uint32_t n_flow);
void raw_chunk_free(RawChunk *c);

#endif
