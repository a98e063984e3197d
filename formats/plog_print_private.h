/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files that print plogs. */
#ifndef AIL_FORMATS_PLOG_PRINT_PRIVATE_H
#define AIL_FORMATS_PLOG_PRINT_PRIVATE_H

#include "formats/plog_other.h"
#include "formats/plog_print.h"

enum { AIL_PLOG_DEPTH_MAX = 32 }; /* messages in each other */

typedef struct AilPlogPrinter {
    AilPlogStyle style;
    GString *out;
} AilPlogPrinter;

/* How a value of that type is in a message. */
AilWireType ail_plog_wire_type(AilProtoType type);

/* Punctuation: a character; what is between members, unless this is the first; the key of one. */
void ail_plog_put_char(const AilPlogPrinter *p, char c);
void ail_plog_put_separator(const AilPlogPrinter *p, bool *first);
void ail_plog_put_key(const AilPlogPrinter *p, bool *first, const char *key);

/* Values: text in quotes; an address; anything but a message. */
void ail_plog_put_text(const AilPlogPrinter *p, const char *text);
void ail_plog_put_address(const AilPlogPrinter *p, uint64_t v);
void ail_plog_put_scalar(const AilPlogPrinter *p, AilProtoType type, const AilWire *w);

/* A copy of the bytes with an end; a zero byte within, which no writer of ours writes, becomes a
 * question mark. Free with g_free. */
char *ail_plog_text_of(AilCursor bytes);

/*
 * Records of AIL_PLOG_OTHER. Their analysis, to be freed with g_free; a member's key and value,
 * false when it is not as it should be; and all members, which are fields `number`, behind what is
 * there already: false for bytes that make no sense.
 */
char *ail_plog_other_name(AilCursor body);
bool ail_plog_other_member(AilCursor in, AilCursor *key, AilWire *value);
bool ail_plog_put_other(const AilPlogPrinter *p, AilCursor in, uint32_t number, bool list,
                        bool *first, unsigned depth);

#endif
