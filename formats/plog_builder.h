/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of a plog, put together member by member as JSON is, by a schema: a member goes into the
 * field of its name. Numbers go into uint64 and uint32 fields, signed ones into sint64, addresses
 * into fixed64, the others into double, bool and string. `icount`, `asid` and `pc` of a record are
 * those of its entry; a record that begins at `first_icount` has its entry there. An analysis that
 * the schema has no record type for gets a record of AIL_PLOG_OTHER.
 *
 * What does not fit into the schema is told by ail_plog_builder_end. One thread.
 */
#ifndef AIL_FORMATS_PLOG_BUILDER_H
#define AIL_FORMATS_PLOG_BUILDER_H

#include "formats/plog.h"

typedef struct AilPlogBuilder AilPlogBuilder;

typedef enum {
    AIL_PLOG_NUMBER,
    AIL_PLOG_SIGNED,
    AIL_PLOG_ADDRESS,
    AIL_PLOG_REAL,
    AIL_PLOG_FLAG,
    AIL_PLOG_TEXT,
} AilPlogKind;

typedef struct AilPlogValue {
    AilPlogKind kind;
    union {
        uint64_t number; /* or address; of a flag 0 or 1 */
        int64_t integer; /* signed */
        double real;
        const char *text; /* made valid UTF-8 */
    };
} AilPlogValue;

/* schema is borrowed. */
AilPlogBuilder *ail_plog_builder_new(const AilPlogSchema *schema);
void ail_plog_builder_free(AilPlogBuilder *b); /* may be NULL */

/* Begin an entry with a record of that analysis. */
void ail_plog_builder_begin(AilPlogBuilder *b, const char *analysis);

/* Add a member; key NULL within a list. */
void ail_plog_builder_put(AilPlogBuilder *b, const char *key, AilPlogValue value);

/* Begin a list or an object; what follows until its end is in it. */
void ail_plog_builder_open(AilPlogBuilder *b, const char *key, bool list);
void ail_plog_builder_close(AilPlogBuilder *b);

/* The entry, borrowed until the next begin; NULL and err set when the record is not as the schema
 * says. */
const AilBuf *ail_plog_builder_end(AilPlogBuilder *b, AilError *err);

#endif
