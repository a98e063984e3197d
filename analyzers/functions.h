/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions by where they begin: which one has a place, and what it is called. One thread. */
#ifndef AIL_ANALYZERS_FUNCTIONS_H
#define AIL_ANALYZERS_FUNCTIONS_H

#include <glib.h>
#include <stdint.h>

typedef struct AilFunction {
    uint64_t at, size; /* 0: up to the next one */
    const char *name;  /* borrowed */
} AilFunction;

/* functions: of AilFunction. */
void ail_functions_sort(GArray *functions);

/* The function of the sorted ones that has `at`; NULL: none. Of several that begin at one place
 * that which has a size, of those the one with fewest "_" in front, then the first by name. */
const AilFunction *ail_functions_at(const GArray *functions, uint64_t at);

#endif
