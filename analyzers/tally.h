/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts by block, whatever dictionaries the blocks were in: the same code at the same address is
 * one row. Memory is bounded: what does not fit is sorted and put into temporary files, which are
 * merged when the rows are read.
 * An object belongs to one thread at a time.
 */
#ifndef AIL_ANALYZERS_TALLY_H
#define AIL_ANALYZERS_TALLY_H

#include "formats/error.h"
#include "trace/trace.h"

typedef struct AilTallyRow {
    uint64_t pc;
    uint64_t code; /* 64-bit FNV-1a hash of the block's bytes: tells code from other code at pc */
    uint64_t runs, insns;
    uint16_t n_insns;
    uint8_t mode; /* AilMode */
    bool user;
} AilTallyRow;

typedef struct AilTally AilTally;

/* room: rows to be held in memory, at least 1; 0: the usual, which take less than 64 MiB. */
AilTally *ail_tally_new(uint32_t room);
void ail_tally_free(AilTally *t);

/* The row of a block, with nothing counted yet. */
AilTallyRow ail_tally_row(const AilBlock *block);

/* Add row's counts to those of the same block. AIL_ERR: a temporary file cannot be written. */
AilStatus ail_tally_add(AilTally *t, const AilTallyRow *row, AilError *err);

/* Call `each` for every row, in order of address; nothing can be added afterwards. AIL_ERR: a
 * temporary file cannot be written or read, or `each` returned it. */
AilStatus ail_tally_each(AilTally *t, AilStatus (*each)(void *user, const AilTallyRow *row),
                         void *user, AilError *err);

/* The order in which ail_tally_each goes, as for qsort; equal: the same block. */
int ail_tally_compare(const AilTallyRow *a, const AilTallyRow *b);

#endif
