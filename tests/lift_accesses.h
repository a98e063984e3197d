/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds lifted instructions against a trace: whether the bytes that their operations load and store
 * are as many as those that QEMU loaded and stored, each time one was executed; and how well the
 * executed instructions are lifted.
 */
#ifndef AIL_TESTS_LIFT_ACCESSES_H
#define AIL_TESTS_LIFT_ACCESSES_H

#include "analyzers/lift/lift.h"

typedef struct AilLiftAccesses AilLiftAccesses;

/* What was found of a mnemonic. */
typedef struct AilLiftRow {
    const char *mnemonic;
    uint64_t executed[AIL_LIFT_UNKNOWN + 1]; /* instructions, by AilLiftQuality */
    uint64_t differ;                         /* of them, executions whose accesses differ */
    char example[160];                       /* one that differs: its text, and how it does */
} AilLiftRow;

/* Read the trace, which must have the columns flow and addr, up to instruction `to`. NULL and err
 * set: it cannot be read, or its instructions cannot be lifted. */
AilLiftAccesses *ail_lift_accesses_new(const char *trace, uint64_t to, AilError *err);
void ail_lift_accesses_free(AilLiftAccesses *a);

/* The sum of all rows; its mnemonic is NULL. */
const AilLiftRow *ail_lift_accesses_sum(const AilLiftAccesses *a);
/* Row i, the most executed one first; NULL: there are no more. */
const AilLiftRow *ail_lift_accesses_row(const AilLiftAccesses *a, unsigned i);

#endif
