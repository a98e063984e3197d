/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many small records of one kind, put in order; those that are the same become one. Memory is
 * bounded: what does not fit is sorted and put into temporary files, which are merged when the rows
 * are read (external merge sort: Knuth, The Art of Computer Programming 3, 5.4).
 * An object belongs to one thread at a time.
 */
#ifndef AIL_ANALYZERS_ROWS_H
#define AIL_ANALYZERS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

/* What the rows are. All of it is borrowed, and constant. */
typedef struct AilRowKind {
    size_t size;                                  /* bytes of a row */
    int (*compare)(const void *a, const void *b); /* as for qsort; 0: the same */
    void (*fold)(void *into, const void *from);   /* add up two that are the same */
} AilRowKind;

typedef struct AilRows AilRows;

/* room: bytes of rows to be held in memory; 0: the usual, 32 MiB. Never NULL. */
AilRows *ail_rows_new(const AilRowKind *kind, size_t room);
void ail_rows_free(AilRows *rows); /* may be NULL */

/* AIL_ERR: a temporary file cannot be written. Not after ail_rows_each. */
AilStatus ail_rows_add(AilRows *rows, const void *row, AilError *err);

/* Call `each` for every row in order, as often as wanted. AIL_ERR: a temporary file cannot be
 * written or read, or `each` returned it. */
AilStatus ail_rows_each(AilRows *rows, AilStatus (*each)(void *user, const void *row), void *user,
                        AilError *err);

#endif
