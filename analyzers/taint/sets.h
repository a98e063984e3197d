/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of labels, each kept once and known by a number. 0 is the empty set. A set is kept as
 * ascending ranges of labels, as bytes with labels of their own mostly come together in ranges.
 *
 * Memory is bounded: when sets take more than their limit, unions that would be new become the set
 * AIL_SET_ANY, "any label at all", which contains every other one. One thread at a time.
 */
#ifndef AIL_ANALYZERS_TAINT_SETS_H
#define AIL_ANALYZERS_TAINT_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIL_SET_ANY 1

/* Labels first .. last. */
typedef struct AilLabelRange {
    uint32_t first, last;
} AilLabelRange;

typedef struct AilSets AilSets;

/* max_bytes: how much memory sets may take. */
AilSets *ail_sets_new(size_t max_bytes);
/* sets may be NULL. */
void ail_sets_free(AilSets *sets);

/* The set of that label alone. */
uint32_t ail_sets_one(AilSets *sets, uint32_t label);
/* The set of labels first .. last, first <= last. */
uint32_t ail_sets_range(AilSets *sets, uint32_t first, uint32_t last);
/* The set of what is in a or b: numbers that came from this object. */
uint32_t ail_sets_union(AilSets *sets, uint32_t a, uint32_t b);
/* Whether some label is in both. */
bool ail_sets_share(const AilSets *sets, uint32_t a, uint32_t b);
bool ail_sets_has(const AilSets *sets, uint32_t set, uint32_t label);

/* The ranges of a set, ascending and apart; *n: how many. Valid until the next call that may make a
 * set. AIL_SET_ANY: one of all labels. */
const AilLabelRange *ail_sets_ranges(const AilSets *sets, uint32_t set, uint32_t *n);
/* How many sets there are, the empty one not counted. */
uint32_t ail_sets_count(const AilSets *sets);
/* Whether the limit was reached. */
bool ail_sets_full(const AilSets *sets);

#endif
