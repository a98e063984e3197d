/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts by source line, as lcov has them in its .info files (geninfo(1)): for each source file SF,
 * its lines as DA:LINE,COUNT, then their number LF, those that ran LH, end_of_record. Lines come
 * from the DWARF line tables of programs, read by libdw. A line's count is that of the instruction
 * of it that ran most.
 * Paths are the guest's: what they name is looked for in one folder only. Programs may come from
 * strangers. An object belongs to one thread at a time.
 */
#ifndef AIL_FORMATS_LCOV_H
#define AIL_FORMATS_LCOV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/error.h"

typedef struct AilLcov AilLcov;
typedef struct AilLcovModule AilLcovModule;

AilLcov *ail_lcov_new(void);    /* never NULL */
void ail_lcov_free(AilLcov *l); /* may be NULL */

/* The lines of program `path` in folder `root`, or in the file of its debugging information,
 * ROOT/usr/lib/debug/.build-id/XX/YYYY.debug. NULL: there are none. Owned by l; with it, all lines
 * that have code count 0 at least. */
AilLcovModule *ail_lcov_open(AilLcov *l, const char *root, const char *path);

/* The instruction at this offset from where the program's first byte is in memory ran so often. */
void ail_lcov_count(AilLcovModule *m, uint64_t offset, uint64_t runs);

/* Whether any program had lines. */
bool ail_lcov_any(const AilLcov *l);

AilStatus ail_lcov_write(const AilLcov *l, FILE *file, AilError *err);

#endif
