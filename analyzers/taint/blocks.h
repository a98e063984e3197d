/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs of a trace's blocks, each made when it is first needed. Kept by block id, for one
 * dictionary at a time. One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_BLOCKS_H
#define AIL_ANALYZERS_TAINT_BLOCKS_H

#include "analyzers/taint/program.h"
#include "trace/dict.h"

typedef struct AilTaintBlocks AilTaintBlocks;

/* What was lowered. */
typedef struct AilTaintBlocksCounts {
    uint64_t blocks;
    uint64_t insns; /* of these */
} AilTaintBlocksCounts;

/* flags: AIL_TAINT_*. NULL and err set: the architecture cannot be lifted. */
AilTaintBlocks *ail_taint_blocks_new(AilArch arch, unsigned flags, AilError *err);
/* b may be NULL. */
void ail_taint_blocks_free(AilTaintBlocks *b);

/* Chunks that follow have this dictionary. */
void ail_taint_blocks_use(AilTaintBlocks *b, const AilDict *dict);

/* For ail_taint_blocks_get. */
const AilTaintProgram *ail_taint_blocks_make(AilTaintBlocks *b, uint32_t id);

enum { AIL_TAINT_PAGE_BITS = 12, AIL_TAINT_PAGE = 1 << AIL_TAINT_PAGE_BITS };

/* For the inline function. */
struct AilTaintBlocks {
    const AilTaintProgram **page[AIL_DICT_MAX >> AIL_TAINT_PAGE_BITS]; /* owned */
    AilDict *dict; /* a reference; NULL: none yet */
    AilTaintLower *lower;
    AilTaintBlocksCounts counts;
};

/* The program of a block of the dictionary at hand. */
static inline const AilTaintProgram *ail_taint_blocks_get(AilTaintBlocks *b, uint32_t id)
{
    const AilTaintProgram **page = b->page[id >> AIL_TAINT_PAGE_BITS];
    const AilTaintProgram *p = page ? page[id & (AIL_TAINT_PAGE - 1)] : NULL;
    return p ? p : ail_taint_blocks_make(b, id);
}

#endif
