/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of a plog as text, by its schema. Thread-safe. */
#ifndef AIL_FORMATS_PLOG_PRINT_H
#define AIL_FORMATS_PLOG_PRINT_H

#include "formats/plog.h"

#include <glib.h>

typedef enum {
    AIL_PLOG_AS_LINE, /* hotblocks pc=0x1000 user=true ... */
    AIL_PLOG_AS_JSON, /* what `ailurus ANALYSIS --json` prints, in another order */
} AilPlogStyle;

/* Append the entry to out: one line, without its end. Addresses are in hex, control characters
 * escaped. What the schema does not name is left out. AIL_ERR: its bytes are not as the schema
 * says; what was appended is of no use. */
AilStatus ail_plog_print(const AilPlogSchema *schema, const AilPlogEntry *e, AilPlogStyle style,
                         GString *out, AilError *err);

/* The record's type: the name of the analysis. Free with g_free. */
char *ail_plog_entry_type(const AilPlogSchema *schema, const AilPlogEntry *e);

#endif
