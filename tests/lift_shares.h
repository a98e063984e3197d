/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How well the instructions of a trace are lifted, of any architecture: the share of executed
 * instructions per quality, and how often the bytes that an instruction's operations load and store
 * are not as many as the trace's accesses have. By mnemonic.
 */
#ifndef AIL_TESTS_LIFT_SHARES_H
#define AIL_TESTS_LIFT_SHARES_H

#include <stdio.h>

#include "analyzers/lift/lift.h"

typedef struct AilLiftRow {
    char mnemonic[32];
    AilLiftQuality quality;
    uint64_t executed;
    uint64_t differ;   /* of these */
    char example[128]; /* of those that differ, else any: its address and text, what it loaded and
                        * stored, and what it should have */
} AilLiftRow;

typedef struct AilLiftShares {
    uint64_t executed; /* instructions */
    uint64_t quality[AIL_LIFT_UNKNOWN + 1];
    uint64_t differ;
    size_t n_rows;
    AilLiftRow *rows; /* owned */
} AilLiftShares;

/* Count those of the trace's first `insns` instructions (whole chunks; 0: of all). */
AilStatus ail_lift_shares(const char *trace, uint64_t insns, AilLiftShares *out, AilError *err);
void ail_lift_shares_clear(AilLiftShares *s);

/* The totals, and up to n rows of what is conservative or unknown, of what is rough, and of those
 * that differ: the most frequent first. */
void ail_lift_shares_print(const AilLiftShares *s, unsigned n, FILE *to);

#endif
