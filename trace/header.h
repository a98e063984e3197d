/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of metadata frames, parsed: header, chunk headers, index. */
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
    uint32_t n_flow, n_cuts, n_access;
    AilColumnPart column[6];
    uint64_t size; /* bytes of all columns */
} AilChunkHeader;

/* Where a chunk begins in the file. */
typedef struct AilIndexEntry {
    uint64_t offset, icount, insns;
} AilIndexEntry;

/* Each is false for content that no writer wrote. Strings and tables of *info are owned by it:
 * release with ail_info_clear. Of a header of another format only `format` is set. */
bool ail_header_parse(AilCursor in, AilTraceInfo *info);
void ail_info_clear(AilTraceInfo *info);
bool ail_chunk_header_parse(AilCursor in, AilChunkHeader *head);
/* *entries: owned by the caller (g_free). */
bool ail_index_parse(AilCursor in, AilIndexEntry **entries, size_t *n);

/* The tag that content begins with is `tag`. */
bool ail_has_tag(const AilBuf *content, const char *tag);

#endif
