/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cells steps read and write: for all who look at steps without running them. What AREA_LOAD
 * writes and AREA_STORE reads is in their areas, and in none of these. Thread-safe. */
#ifndef AIL_ANALYZERS_TAINT_STEPS_H
#define AIL_ANALYZERS_TAINT_STEPS_H

#include "analyzers/taint/program.h"

enum { AIL_STEP_READS = 2 };

/* The cells that it reads, temporaries and those that are always 0 too; returns how many ranges. A
 * step that changes cells in place reads them. */
unsigned ail_step_reads(const AilTaintStep *s, AilTaintCells reads[AIL_STEP_READS]);
/* The cells that it writes; n = 0: none. */
AilTaintCells ail_step_writes(const AilTaintStep *s);
/* Whether nothing is left of what these cells were. */
bool ail_step_overwrites(const AilTaintStep *s);

#endif
