/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plog taken apart, for fuzzing: fuzz_plog.c says how. */
#ifndef AIL_TESTS_FUZZ_PLOG_PARTS_H
#define AIL_TESTS_FUZZ_PLOG_PARTS_H

#include "formats/bytes.h"

typedef enum {
    PLOG_SCHEMA,  /* the descriptor, instead of that of this program */
    PLOG_ENTRIES, /* of a chunk, with the header that fits */
    PLOG_HEADER,  /* changes of numbers of the next chunk's header: (u8 which, i8 by)* */
    PLOG_INDEX,   /* and of the index */
    PLOG_RAW,     /* bytes as they are */
    PLOG_KINDS,
} PlogKind;

/* The lowest bits of the options. */
enum { PLOG_NO_INDEX = 1, PLOG_NO_TRAILER = 2, PLOG_CUT = 4 };

typedef struct PlogPart {
    PlogKind kind;
    const uint8_t *bytes; /* borrowed */
    size_t len;
} PlogPart;

/* Take a part, which any bytes are. */
void plog_part_take(AilCursor *in, PlogPart *part);
void plog_part_put(AilBuf *out, PlogKind kind, const void *bytes, size_t len);

/* How many parts there are behind the options. */
unsigned plog_parts(const uint8_t *data, size_t len);

/* Join them to a plog. */
void plog_join(const uint8_t *data, size_t len, AilBuf *plog);

/* Write the inputs that fuzzing starts from into the folder. */
void plog_seeds(const char *dir);

#endif
