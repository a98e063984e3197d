/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the filter of starts. */
#ifndef AIL_ANALYZERS_STARTS_PRIVATE_H
#define AIL_ANALYZERS_STARTS_PRIVATE_H

#include "analyzers/starts.h"

/* A set of pairs of bytes: bit `first << 8 | second`. */
typedef struct PairSet {
    uint64_t words[1024];
} PairSet;

/* For the first or second byte of patterns, by each half of the byte: the groups (bits) of patterns
 * that have it. */
typedef struct HalfTable {
    uint8_t low[16], high[16];
} HalfTable;

/* May say too much, but not too little. */
typedef void StartsScan(const AilStarts *s, const uint64_t *values, size_t n, AilStartBits *bits);

struct AilStarts {
    HalfTable half[2];     /* of the first byte and of the second */
    bool first[256];       /* bytes that start a pattern, */
    bool second[256];      /* and that come second in one */
    uint32_t seconds[256]; /* by first byte: ail_starts_seconds */
    PairSet starts;        /* first two bytes; of a pattern of one byte all that start with it */
    StartsScan *scan;
};

/* Four values at a time, or NULL where the processor cannot. */
StartsScan *starts_vector_scan(void);

#endif
