/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint of physical memory, a cell for each byte. Only lines of AIL_SHADOW_LINE bytes that have a
 * tainted byte are kept, so that memory goes with what is tainted. One thread at a time.
 *
 * A cell in memory also has, in its upper 16 bits, the value that its byte had, when that is known:
 * a byte that is read with another value was written behind the processor's back (by a device),
 * which ends its taint.
 */
#ifndef AIL_ANALYZERS_TAINT_SHADOW_H
#define AIL_ANALYZERS_TAINT_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzers/taint/program.h"

enum { AIL_SHADOW_LINE = 64, AIL_SHADOW_FILTER_BITS = 19 };

/* The bits of a cell that are taint; those that are the value, which is in bits 48 .. 55. */
#define AIL_CELL_TAINT     UINT64_C(0x0000ffffffffffff)
#define AIL_CELL_HAS_VALUE (UINT64_C(1) << 63)
enum { AIL_CELL_VALUE_SHIFT = 48 };

typedef struct AilShadow {
    uint64_t filter[1 << (AIL_SHADOW_FILTER_BITS - 6)]; /* bit page mod 2^19: has tainted bytes */
    uint64_t tainted;                                   /* bytes that are, now */
    struct AilShadowPages *pages;                       /* owned */
} AilShadow;

AilShadow *ail_shadow_new(void);
/* shadow may be NULL. */
void ail_shadow_free(AilShadow *shadow);

/* Whether there may be a tainted byte in the page of phys: false is certain. */
static inline bool ail_shadow_maybe(const AilShadow *shadow, uint64_t phys)
{
    uint64_t page = phys >> 12 & ((1 << AIL_SHADOW_FILTER_BITS) - 1);
    return shadow->filter[page >> 6] >> (page & 63) & 1;
}

/* Whether a byte of the lines of phys .. phys + n - 1 is tainted; in one page or two neighbours. */
bool ail_shadow_touches(const AilShadow *shadow, uint64_t phys, unsigned n);

/* The cell of a byte, value and all. */
AilCell ail_shadow_get(const AilShadow *shadow, uint64_t phys);
/* 0 ends its taint. */
void ail_shadow_set(AilShadow *shadow, uint64_t phys, AilCell cell);

/* Bytes that are tainted, now and at most so far; memory that is used for them, now and at most. */
typedef struct AilShadowCounts {
    uint64_t tainted, most_tainted;
    uint64_t memory, most_memory; /* bytes */
} AilShadowCounts;
AilShadowCounts ail_shadow_counts(const AilShadow *shadow);

/* Call fn for each tainted byte, in ascending order of addresses. It must not change the shadow. */
void ail_shadow_each(const AilShadow *shadow, void (*fn)(void *self, uint64_t phys, AilCell cell),
                     void *self);

#endif
