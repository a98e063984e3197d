/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a trace or plog, from a file or a pipe: frame by frame, with errors that say where.
 */
#ifndef AIL_FORMATS_SOURCE_H
#define AIL_FORMATS_SOURCE_H

#include "formats/frame.h"

typedef struct AilSource {
    int fd;           /* owned unless it is standard input */
    char *name;       /* owned; for messages */
    const char *what; /* borrowed: "a trace" */
    bool seekable;
    uint64_t offset; /* of the next byte */
    uint64_t size;   /* when seekable */
    ZSTD_DCtx *zstd; /* owned */
    AilBuf frame;    /* scratch: the compressed frame read last */
    AilError *error; /* borrowed: where failures are described */
} AilSource;

/* Open `path` ("-": standard input), which ought to be `what` ("a trace", a constant). */
AilStatus ail_source_open(AilSource *s, const char *path, const char *what, AilError *error);
void ail_source_close(AilSource *s);

/* Go to a byte offset; only when seekable. */
AilStatus ail_source_seek(AilSource *s, uint64_t offset);

/* Go past `len` bytes. */
AilStatus ail_source_skip(AilSource *s, uint64_t len);

/* Read the next len bytes into out as they are. AIL_END when the file ends before. */
AilStatus ail_source_read(AilSource *s, size_t len, AilBuf *out);

/* Read the column frame of `len` bytes that comes next into out, which must get raw_size bytes. */
AilStatus ail_source_column(AilSource *s, size_t len, size_t raw_size, AilBuf *out);

/* Say in *error that the frame of a column, at that byte, is damaged. Returns AIL_ERR. */
AilStatus ail_source_bad_column(const AilSource *s, uint64_t at, AilError *error);

/*
 * Read the next metadata frame: its content into out. AIL_END at the end of the file, or in the
 * middle of a frame that a killed writer left (s->offset is then where the frame began).
 * *trailer: set when it is the trailer, whose bytes are in out as they are.
 */
AilStatus ail_source_meta(AilSource *s, AilBuf *out, bool *trailer);

#endif
