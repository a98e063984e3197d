/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What any instructions access at ascending addresses, in one address space, in one direction: a
 * run, a stream of bytes whose last ones have matched a beginning of a pattern. Others are not
 * kept, and a run that is not continued within a window of instructions is over.
 */
#ifndef AIL_ANALYZERS_RUNS_H
#define AIL_ANALYZERS_RUNS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct AilRun {
    uint64_t next; /* the address that would continue it */
    uint64_t asid;
    uint64_t icount; /* of its last access */
    uint32_t state;  /* 0: this place is free */
    bool write;
} AilRun;

typedef struct AilRuns AilRuns;

enum { AIL_RUNS_WAYS = 8, AIL_RUNS_MAX = 1 << 14, AIL_RUNS_FILTER = 1 << 14 };

/* window: instructions after which a run that was not continued is over. */
AilRuns *ail_runs_new(uint64_t window);
void ail_runs_free(AilRuns *runs);
/* What it was made with. */
uint64_t ail_runs_window(const AilRuns *runs);
/* The AIL_RUNS_WAYS places in which runs are that continue at an address with this granule
 * (address / 16). Those in use may be of other granules. */
AilRun *ail_runs_bucket(AilRuns *runs, uint64_t granule);
/* Of these, bit by place, those that continue in an access of `size` bytes at `addr` or at its end,
 * perhaps others, too. */
unsigned ail_runs_touched(const AilRuns *runs, uint64_t granule, uint64_t addr, uint32_t size);
/* Whether there is any that does. */
bool ail_runs_touch(const AilRuns *runs, uint64_t addr, uint32_t size);
/* Whether `run` is in use and goes on in the 16 bytes of the granule. Frees it when it is over. */
bool ail_runs_live(AilRuns *runs, AilRun *run, uint64_t granule, uint64_t icount);
void ail_runs_drop(AilRuns *runs, AilRun *run);
/* Keep a run; it replaces one that continues at the same address in the same state. Its icount is
 * now. */
void ail_runs_put(AilRuns *runs, const AilRun *run);
/* Free those that are known to be over, which takes little time. */
void ail_runs_drop_overdue(AilRuns *runs, uint64_t icount);
/* Free all that are over. */
void ail_runs_expire(AilRuns *runs, uint64_t icount);
/* Move all that are not over at icount to another place; this one is empty then. */
void ail_runs_move(AilRuns *runs, uint64_t icount, AilRuns *to);
/* Whether there are any. */
bool ail_runs_any(const AilRuns *runs);
/* How many there was no room for since this was asked last. */
uint64_t ail_runs_forgotten(AilRuns *runs);

/* For an access of up to 16 bytes at this address: 0 when no run continues in it or at its end. */
const uint16_t *ail_runs_filter(const AilRuns *runs);
static inline uint32_t ail_runs_place(uint64_t addr)
{
    return (uint32_t)((addr >> 4) * 0x9e3779b97f4a7c15u >> (64 - 14));
}

#endif
