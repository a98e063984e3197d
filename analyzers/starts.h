/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which values may a pattern start in? A filter for many patterns and many values at a time, in
 * front of the automaton (matcher.h): a value that it lets pass without a hit takes a stream that
 * has matched nothing to where it has matched nothing.
 *
 * It looks at the first two bytes of the patterns. On processors that can (x86 with AVX2), all
 * bytes of four values are looked up at once, by half bytes, in eight groups of patterns, as in
 * Teddy (Geoffrey Langdale, in Intel's Hyperscan). What that lets through is looked at in a table
 * of byte pairs. Once made, a filter is constant and may be used by several threads.
 */
#ifndef AIL_ANALYZERS_STARTS_H
#define AIL_ANALYZERS_STARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AilStarts AilStarts;

/* For n patterns of at least a byte each; they need not outlive the call. */
AilStarts *ail_starts_new(const uint8_t *const *patterns, const size_t *lengths, size_t n);
void ail_starts_free(AilStarts *s);

/* Do without what only some processors can. For comparisons. */
void ail_starts_use_plain(AilStarts *s);

/* Of 64 accesses, bit by access: */
typedef struct AilStartBits {
    uint64_t starts;  /* a pattern may start in it, */
    uint64_t pairs;   /* perhaps before its last byte; */
    uint64_t follows; /* it may begin with the second byte of a pattern */
} AilStartBits;

/*
 * For n accesses with these values (bytes in memory order, least significant first, zeros after
 * the last) and AilChunk.access_info: fill `bits`, which has room for n rounded up to 64. Of
 * 16-byte accesses these are the lower halves, which are taken to be cut off at their end.
 */
void ail_starts_find(const AilStarts *s, const uint64_t *values, const uint8_t *info, size_t n,
                     AilStartBits *bits);
/* Whether a pattern may start in this value of 8 bytes. */
bool ail_starts_in(const AilStarts *s, uint64_t value);

/* The second bytes of patterns that begin with `first`, as a set of ail_starts_second. */
uint32_t ail_starts_seconds(const AilStarts *s, uint8_t first);

/* The set of this byte (the lowest) and those that are not told from it. */
static inline uint32_t ail_starts_second(uint64_t byte)
{
    return 1u << (byte & 31);
}

#endif
