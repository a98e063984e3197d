/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams of bytes whose beginning has matched a beginning of a pattern. A stream that has not is
 * not kept at all (it is the same as one that was never seen), so that there are few.
 *
 * Two kinds: a tap is what one instruction accesses, wherever in memory, in one address space, from
 * one caller, in one direction; a run is what any instructions access at ascending addresses.
 */
#ifndef AIL_ANALYZERS_TAPS_H
#define AIL_ANALYZERS_TAPS_H

#include <stdbool.h>
#include <stdint.h>

/* --- taps --- */

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

/* --- runs --- */

typedef struct AilRun {
    uint64_t next; /* the address that would continue it */
    uint64_t asid;
    uint64_t icount; /* of its last access */
    uint32_t state;  /* 0: this place is free */
    bool write;
} AilRun;

typedef struct AilRuns AilRuns;

enum { AIL_RUNS_WAYS = 8, AIL_RUNS_MAX = 1 << 14, AIL_RUNS_FILTER = 1 << 16 };

/* window: instructions after which a run that was not continued is over. */
AilRuns *ail_runs_new(uint64_t window);
void ail_runs_free(AilRuns *runs);
/* The AIL_RUNS_WAYS places in which runs are that continue at an address with this granule
 * (address / 16). Those in use may be of other granules. */
AilRun *ail_runs_bucket(AilRuns *runs, uint64_t granule);
/* Whether `run` is in use and goes on in the 16 bytes of the granule. Frees it when it is over. */
bool ail_runs_live(AilRuns *runs, AilRun *run, uint64_t granule, uint64_t icount);
void ail_runs_drop(AilRuns *runs, AilRun *run);
/* Keep a run; it replaces one that continues at the same address. */
void ail_runs_put(AilRuns *runs, const AilRun *run);
/* Free all that are over. */
void ail_runs_expire(AilRuns *runs, uint64_t icount);
uint64_t ail_runs_forgotten(const AilRuns *runs);

const uint16_t *ail_runs_filter(const AilRuns *runs);
static inline uint32_t ail_runs_place(uint64_t granule)
{
    return (uint32_t)(granule ^ granule >> 16 ^ granule >> 32) & (AIL_RUNS_FILTER - 1);
}

#endif
