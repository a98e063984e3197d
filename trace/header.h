/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of metadata frames, parsed: header, chunk headers, index; and the header, written.
 */
#ifndef AIL_TRACE_HEADER_H
#define AIL_TRACE_HEADER_H

#include "formats/bytes.h"
#include "trace/trace.h"

/* A column as a chunk header describes it. */
typedef struct AilColumnPart {
    bool present;
    uint64_t raw_size; /* bytes, decompressed */
    uint64_t size;     /* bytes in the file */
} AilColumnPart;

typedef struct AilChunkHeader {
    uint64_t number, icount, insns, asid;
    uint64_t first; /* number of the chunk that its dictionary of blocks begins with */
    uint32_t n_flow, n_cuts, n_access;
    AilColumnPart column[AIL_N_COLUMNS];
    uint64_t size; /* bytes of all columns */
} AilChunkHeader;

/* Where a chunk begins in the file. */
typedef struct AilIndexEntry {
    uint64_t offset, icount, insns;
    uint64_t first; /* as in AilChunkHeader */
} AilIndexEntry;

/* A frame of the copy of all code columns. */
typedef struct AilCopyEntry {
    uint64_t offset; /* bytes from the index's end */
    uint64_t size;   /* bytes in the file */
    uint64_t first;  /* the chunk that it begins with */
    uint64_t n;      /* chunks that it has the code columns of */
} AilCopyEntry;

typedef struct AilIndex {
    AilIndexEntry *chunks; /* owned; NULL: there is no index */
    size_t n_chunks;
    AilCopyEntry *copies; /* owned */
    size_t n_copies;      /* 0: no copy was made */
} AilIndex;

/* Each is false for content that no writer wrote. Strings and tables of *info are owned by it:
 * release with ail_info_clear, those of an index with ail_index_clear. Of a header of a
 * format that is not read only `format` is set. */
bool ail_header_parse(AilCursor in, AilTraceInfo *info);
void ail_info_clear(AilTraceInfo *info);
bool ail_chunk_header_parse(AilCursor in, AilChunkHeader *head);
bool ail_index_parse(AilCursor in, AilIndex *index);
void ail_index_clear(AilIndex *index);
/* The frame of the copy that a dictionary begins with, which begins with chunk `first`; n_copies
 * when there is none. */
size_t ail_index_copy_of(const AilIndex *index, uint64_t first);

/* Append a header to `out`; info: of this version's format. */
void ail_header_put(AilBuf *out, const AilTraceInfo *info);

/* The tag that content begins with is `tag`. */
bool ail_has_tag(const AilBuf *content, const char *tag);

#endif
