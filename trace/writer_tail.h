/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a trace ends with: index, copy of the code columns, trailer. Gathered chunk by chunk. */
#ifndef AIL_TRACE_WRITER_TAIL_H
#define AIL_TRACE_WRITER_TAIL_H

#include "trace/frame.h"
#include "trace/header.h"
#include "trace/raw.h"

#include <glib.h>

typedef struct AilTail {
    ZSTD_CCtx *zstd; /* owned; whoever gathers code may use it in between */
    GArray *index;   /* owned; of AilIndexEntry */
    GArray *copies;  /* owned; of AilCopyEntry: the copy's finished frames */
    AilBuf entries;  /* owned: code columns that are in no frame of the copy yet */
    uint64_t first;  /* number of the chunk that the first of these belongs to */
    uint64_t n;      /* how many they are */
    AilBuf copy;     /* owned: these frames */
    bool no_copy;    /* it cannot be made */
} AilTail;

/* False when zstd cannot be set up. Release with ail_tail_clear in any case. */
bool ail_tail_init(AilTail *t);
void ail_tail_clear(AilTail *t);

/* Add the next chunk's blocks to the copy. Not for traces without a code column. */
void ail_tail_add_code(AilTail *t, const AilRawChunk *raw);

/* Add the next chunk to the index. May run while another thread adds code. */
void ail_tail_add_chunk(AilTail *t, AilIndexEntry entry);

/* Append everything to out; it will begin at byte index_at of the trace, which has so many
 * instructions. False when zstd fails. */
bool ail_tail_put(AilTail *t, uint64_t index_at, uint64_t insns, AilBuf *out);

#endif
