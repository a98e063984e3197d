/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stringsearch finds, done naively, to hold it against: no filters, no automaton, no tables,
 * no chunks. A stream is the text of its last bytes, kept as far as a pattern begins with it.
 */
#ifndef AIL_TESTS_NAIVE_SEARCH_H
#define AIL_TESTS_NAIVE_SEARCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Naive Naive;

typedef struct NaiveAccess {
    uint64_t pc, icount, asid, caller, addr;
    uint8_t bytes[16];
    unsigned size, insn;
    bool write;
} NaiveAccess;

/* patterns: of GString; borrowed. */
Naive *naive_new(const GPtrArray *patterns, uint64_t window);
void naive_free(Naive *n);

/* Search an access. before: those of its execution so far (NaiveAccess), this one last. */
void naive_access(Naive *n, const NaiveAccess *a, const GArray *before);

/* All places, a line each, sorted; free with g_free. */
char *naive_report(const Naive *n);

#endif
