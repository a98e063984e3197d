/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The xlate column, read: for a chunk's accesses in order, once their addresses are known. */
#ifndef AIL_TRACE_XLATE_DECODE_H
#define AIL_TRACE_XLATE_DECODE_H

#include "trace/codec_internal.h"
#include "trace/pages.h"

typedef struct AilXlateIn {
    AilDecoded *d;
    const uint64_t *addr; /* the chunk's addresses */
    AilPages *pages;
    AilRunsIn runs;
    AilCursor literals, changes;
    uint64_t change; /* the touch of the next change, UINT64_MAX: none follows */
    uint32_t n_crossings;
    bool bad; /* what no encoder writes */
} AilXlateIn;

/* d and addr are set. */
bool ail_xlate_open(AilXlateIn *x, AilCodec *c, AilCursor in);
/* The accesses `from` to `to` - 1, behind those decoded before. */
void ail_xlate_decode(AilXlateIn *x, uint32_t from, uint32_t to);
/* Everything was used, and nothing was wrong. */
bool ail_xlate_done(const AilXlateIn *x);

#endif
