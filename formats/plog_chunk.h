/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of plogs: what headers and index say of a chunk. */
#ifndef AIL_FORMATS_PLOG_CHUNK_H
#define AIL_FORMATS_PLOG_CHUNK_H

#include "formats/frame.h"
#include "formats/plog.h"

#include <glib.h>

enum {
    AIL_PLOG_VERSION = 1,
    AIL_PLOG_CHUNK_SIZE = 1 << 16, /* bytes of entries after which a chunk ends */
    AIL_PLOG_CHUNK_MAX = AIL_PLOG_CHUNK_SIZE + AIL_PLOG_ENTRY_MAX + 16,
};

#define AIL_TAG_PLOG    "AILP"
#define AIL_TAG_ENTRIES "AILR"

/* How many entries there are of a record type. */
typedef struct AilPlogCount {
    uint32_t record;
    uint64_t n;
} AilPlogCount;

typedef struct AilPlogChunk {
    uint64_t offset; /* of its header in the file */
    uint64_t entries;
    uint64_t timed;    /* of these, with an icount */
    uint64_t min, max; /* of icounts, if there are */
    GArray *counts;    /* owned; of AilPlogCount, ascending */
    uint64_t raw_size; /* of its entries in bytes */
    uint64_t size;     /* of its frame in the file */
} AilPlogChunk;

/* One without entries, to be released with ail_plog_chunk_clear. */
void ail_plog_chunk_init(AilPlogChunk *chunk);
void ail_plog_chunk_clear(AilPlogChunk *chunk);

/* Count an entry. */
void ail_plog_chunk_count(AilPlogChunk *chunk, const AilPlogEntry *e);

/* All but the offset as bytes, and back: false when it is nothing that a writer says. *chunk was
 * initialised. */
void ail_plog_chunk_put(const AilPlogChunk *chunk, AilBuf *out);
bool ail_plog_chunk_get(AilPlogChunk *chunk, AilCursor *in);

/* Whether they say the same, but for the offset. */
bool ail_plog_chunk_equal(const AilPlogChunk *a, const AilPlogChunk *b);

/* Take the next entry of a chunk's bytes. False at the end, or in->bad. */
bool ail_plog_chunk_next(AilCursor *in, AilPlogEntry *e);

#endif
