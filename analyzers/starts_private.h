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

/* The second bytes of patterns with the same first byte. */
typedef struct Seconds {
    uint8_t n; /* MAX_SECONDS + 1: more than there is room for */
    uint8_t bytes[15];
} Seconds;

enum { MAX_SECONDS = 15 };

/* May say too much, but not too little. */
typedef void StartsScan(const AilStarts *s, const uint64_t *values, size_t n, uint64_t *hits,
                        uint64_t *follows);

struct AilStarts {
    HalfTable half[2]; /* of the first byte and of the second */
    bool first[256];   /* bytes that start a pattern, */
    bool second[256];  /* and that come second in one */
    Seconds seconds[256];
    PairSet starts; /* first two bytes; of a pattern of one byte all that start with it */
    StartsScan *scan;
};

/* Four values at a time, or NULL where the processor cannot. */
StartsScan *starts_vector_scan(void);

#endif
