/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which blocks have instructions that something is known of? Blocks overlap, so that an instruction
 * may be in several; those that start at the same address, of which there are many, are taken for
 * one, as long as the longest. What is asked for each execution is a byte; the work is done when an
 * instruction comes or goes.
 */
#ifndef AIL_ANALYZERS_TAPPED_H
#define AIL_ANALYZERS_TAPPED_H

#include "trace/dict.h"

typedef struct AilTapped AilTapped;

AilTapped *ail_tapped_new(void);
void ail_tapped_free(AilTapped *t);

/* Get to know the blocks of `dict`; chunks come in order. True: there are new ones, and nothing
 * counts any more. */
bool ail_tapped_learn(AilTapped *t, const AilDict *dict);

/* by: 1 or -1. The instruction at pc counts once more, or once less. */
void ail_tapped_count(AilTapped *t, uint64_t pc, int by);

/* Valid until the next ail_tapped_learn; for ail_tapped_is. */
typedef struct AilTappedBlocks {
    const uint32_t *start; /* by block id: a number for its address */
    const bool *any;       /* by that number */
} AilTappedBlocks;
AilTappedBlocks ail_tapped_blocks(const AilTapped *t);

/* Whether an instruction that counts lies in this block; perhaps also when one does not. */
static inline bool ail_tapped_is(AilTappedBlocks blocks, uint32_t id)
{
    return blocks.any[blocks.start[id]];
}

#endif
