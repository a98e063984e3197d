/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one instruction accesses, wherever in memory, in one address space, from one caller, in one
 * direction: a tap, a stream of bytes whose last ones have matched a beginning of a pattern. A
 * stream that has not is not kept at all (it is the same as one that was never seen), so that there
 * are few. Their other kind: runs.h.
 */
#ifndef AIL_ANALYZERS_TAPS_H
#define AIL_ANALYZERS_TAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzers/tapped.h"

typedef struct AilTapKey {
    uint64_t pc;
    uint64_t asid;
    uint64_t caller;
    uint64_t write; /* 0 or 1 */
} AilTapKey;

typedef struct AilTaps AilTaps;

enum { AIL_TAPS_MAX = 1 << 20, AIL_TAPS_FILTER = 1 << 16 };

AilTaps *ail_taps_new(void);
void ail_taps_free(AilTaps *taps);
uint32_t ail_taps_get(const AilTaps *taps, const AilTapKey *key); /* 0: there is none */
/* state 0 removes it. icount: now; taps not used for longest are forgotten when there are more
 * than AIL_TAPS_MAX. */
void ail_taps_set(AilTaps *taps, const AilTapKey *key, uint32_t state, uint64_t icount);
uint64_t ail_taps_forgotten(const AilTaps *taps);

/* How many taps there are of instructions that share this place in the filter. */
const uint32_t *ail_taps_filter(const AilTaps *taps);
static inline uint32_t ail_taps_place(uint64_t pc)
{
    return (uint32_t)(pc ^ pc >> 16) & (AIL_TAPS_FILTER - 1);
}

/* Get to know the blocks of a chunk, before its first access; chunks come in order. */
void ail_taps_learn(AilTaps *taps, const AilDict *dict);
/* Which blocks have instructions with taps; for the chunk at hand. */
AilTappedBlocks ail_taps_blocks(const AilTaps *taps);
/* How many taps there are. */
uint32_t ail_taps_count(const AilTaps *taps);

#endif
