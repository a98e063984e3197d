/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the plog reader. */
#ifndef AIL_FORMATS_PLOG_READ_PRIVATE_H
#define AIL_FORMATS_PLOG_READ_PRIVATE_H

#include "formats/plog_chunk.h"
#include "formats/source.h"

struct AilPlogReader {
    AilSource source;
    AilError error;
    char *tool, *text; /* owned */
    AilBuf descriptor; /* owned */
    AilPlogSchema *schema;
    uint64_t first;    /* where the first chunk is */
    bool indexed;      /* the chunks are known from an index */
    GArray *chunks;    /* of AilPlogChunk, owned: of the index, or those that were passed */
    uint64_t index_at; /* with an index: where it is */
    guint next;        /* number of the chunk that comes next */
    bool complete;     /* the trailer was seen */
    AilPlogFilter filter;
    uint32_t record;  /* what filter.type is; 0: any */
    AilBuf meta, raw; /* owned: the metadata read last; the entries of the chunk at hand */
    AilCursor rest;   /* what is left of these */
    bool at_end, failed;
    uint64_t decompressed;
};

/* Describe a defect near where the reader is. Returns AIL_ERR. */
AilStatus ail_plog_damaged(AilPlogReader *r, const char *what);

/* Whether the metadata read last has that tag; *in: what is behind it. */
bool ail_plog_has_tag(const AilPlogReader *r, const char *tag, AilCursor *in);

/* The index, as read last: append its chunks, at most max, to `chunks`; false when it makes no
 * sense. */
bool ail_plog_index_get(const AilPlogReader *r, uint64_t max, GArray *chunks);

/* An array of chunks. */
GArray *ail_plog_chunks_new(void);

/* Read the header, and the index when the file can be sought in and has one. */
AilStatus ail_plog_read_head(AilPlogReader *r);
AilStatus ail_plog_read_index(AilPlogReader *r);

/* Read the next chunk that may hold what is wanted. AIL_END: there is none. */
AilStatus ail_plog_read_chunk(AilPlogReader *r);

#endif
