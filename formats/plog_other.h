/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records without a type of their own: AIL_PLOG_OTHER, a message that says itself what is in it,
 * for analyses whose schema is not built in. Its types are in formats/plog.proto.in; their numbers
 * are the same in every plog.
 */
#ifndef AIL_FORMATS_PLOG_OTHER_H
#define AIL_FORMATS_PLOG_OTHER_H

#include "formats/wire.h"

/* Fields of Other. */
enum { AIL_OTHER_ANALYSIS = 1, AIL_OTHER_MEMBER = 2 };

/* Fields of Member: a name, and one of the others. */
enum {
    AIL_OTHER_KEY = 1,
    AIL_OTHER_NUMBER = 2,  /* uint64 */
    AIL_OTHER_ADDRESS = 3, /* fixed64 */
    AIL_OTHER_TEXT = 4,
    AIL_OTHER_REAL = 5,   /* double */
    AIL_OTHER_FLAG = 6,   /* bool */
    AIL_OTHER_SIGNED = 7, /* sint64 */
    AIL_OTHER_LIST = 8,   /* Members */
    AIL_OTHER_OBJECT = 9, /* Members */
};

/* The field of Members. */
enum { AIL_OTHER_ELEMENT = 1 };

/* Whether it is a record of that analysis. */
static inline bool ail_plog_other_is(AilCursor body, const char *analysis)
{
    AilWire w;
    bool is = false;
    size_t len = strlen(analysis);
    while (ail_wire_next(&body, &w))
        if (w.number == AIL_OTHER_ANALYSIS && w.type == AIL_WIRE_BYTES)
            is = ail_cursor_left(&w.bytes) == len && !memcmp(w.bytes.at, analysis, len);
    return is;
}

#endif
