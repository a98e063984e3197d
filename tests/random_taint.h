/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taint and memory accesses made at random, always the same for the same seed, to run programs on.
 */
#ifndef AIL_TESTS_RANDOM_TAINT_H
#define AIL_TESTS_RANDOM_TAINT_H

#include <glib.h>

#include "analyzers/taint/run.h"

/* Accesses for all instructions of a program; mostly those that its steps expect, now and then
 * others, in two pages, or to what is not memory. Free with g_array_unref. */
GArray *random_accesses(const AilTaintProgram *p, GRand *rand);

/* Sets of labels for random_taint, the same for each new AilTaint. */
void random_sets(AilTaint *t);

/* Taint registers that the program touches and memory that is accessed, or nothing of it; what was
 * tainted is forgotten. */
void random_taint(AilTaint *t, const AilTaintProgram *p, const GArray *accesses, GRand *rand);

/* Where two differ, as a text to be freed with g_free; NULL: they are the same, in the registers
 * and the memory of these accesses. */
char *random_taint_compare(const AilTaint *a, const AilTaint *b, const GArray *accesses);

#endif
