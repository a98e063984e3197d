/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace taken apart, for fuzzing: what is in its frames, without compression and checksums, which
 * no random change gets past. A list of parts is itself a few bytes, which any bytes at all are:
 *
 *     u8 options   (u8 kind, le32 length, length bytes)*
 */
#ifndef AIL_TESTS_FUZZ_PARTS_H
#define AIL_TESTS_FUZZ_PARTS_H

#include "formats/bytes.h"

#include <stdbool.h>

typedef enum {
    PART_HEADER, /* content of the header behind its tag */
    PART_CHUNK,  /* the numbers of a chunk header; its columns' sizes are known from the parts */
    PART_CODE,   /* payload of a column, which belongs to the chunk part before it */
    PART_FLOW,
    PART_ADDR,
    PART_DATA,
    PART_EVENT,
    PART_SYNC,
    PART_XLATE,
    PART_INDEX,  /* content of the index behind its tag, instead of the right one */
    PART_BLOCKS, /* content of a frame of a copy of the code columns behind its tag; not with
                    OPTION_COPY */
    PART_RAW,    /* bytes as they are */
    PART_KINDS,
} PartKind;

enum {
    OPTION_UNFINISHED = 1, /* no index and no trailer */
    OPTION_CUT = 2,        /* the last bytes are missing */
    OPTION_WAY = 4,        /* times 0 .. 3: how it is read beside in order from a file */
    OPTION_COPY = 16,      /* the right copy of the code columns is behind the index */
    OPTION_FRAMES = 32,    /* it has a frame for each chunk, not one for all */
};

enum { PARTS_MAX = 64 };

typedef struct Part {
    PartKind kind;
    AilBuf bytes; /* owned */
} Part;

typedef struct Parts {
    uint8_t options;
    unsigned n;
    Part part[PARTS_MAX];
} Parts;

/* Lists of parts from and to bytes. Bytes beyond PARTS_MAX parts are ignored. */
void parts_read(Parts *parts, const uint8_t *data, size_t len);
void parts_write(const Parts *parts, AilBuf *out);
void parts_clear(Parts *parts);

/* The trace that consists of these parts. */
void parts_join(const Parts *parts, AilBuf *trace);

/* The parts of a whole trace that a writer made; false if it is none. */
bool parts_split(Parts *parts, const uint8_t *trace, size_t len);

/* How many streams the payload of such a part has; 0 for none. */
unsigned part_streams(PartKind kind);

#endif
