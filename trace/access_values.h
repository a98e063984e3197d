/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data column's part in the walk over all accesses, for access_decode.c. */
#ifndef AIL_TRACE_ACCESS_VALUES_H
#define AIL_TRACE_ACCESS_VALUES_H

#include "trace/access_ops.h"

typedef struct AilValues {
    AilCodec *c; /* borrowed, as is all else */
    AilOps *ops;
    AilDecoded *d;
    const uint64_t *addr; /* the chunk's addresses */
    AilRunsIn runs, wide_runs;
    AilCursor literals[4];
    AilLoads loads;
    uint32_t n_wide; /* upper halves decoded */
    bool bad;        /* a symbol that no encoder writes */
} AilValues;

/* False: `data` is no such column. */
bool ail_values_open(AilValues *values, AilCursor data);
/* Decode the values of accesses from..to-1, whose ops are listed in ops->list. */
void ail_values_decode(AilValues *values, uint32_t from, uint32_t to);
/* Whether nothing was wrong, and nothing is left. */
bool ail_values_done(const AilValues *values);

#endif
