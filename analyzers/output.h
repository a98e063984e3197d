/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an analysis writes its results: text for a person, and records, which become JSON, one
 * object a line, or go into a plog. An analysis asks which of them are wanted and writes those, the
 * records with ail_json_*. Write errors are kept and told by ail_output_check. Not thread-safe on
 * one object.
 */
#ifndef AIL_ANALYZERS_OUTPUT_H
#define AIL_ANALYZERS_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/error.h"

/* What goes to the file; with AIL_OUTPUT_NONE there is only a plog. */
typedef enum { AIL_OUTPUT_TEXT, AIL_OUTPUT_JSON, AIL_OUTPUT_NONE } AilOutputKind;

typedef enum { AIL_STYLE_PLAIN, AIL_STYLE_HEADING, AIL_STYLE_DIM, AIL_STYLE_STRONG } AilStyle;

typedef struct AilOutput AilOutput;
struct AilRecords; /* records.h */

/*
 * Output to `file` (borrowed). width: columns to fit text to; 0: the terminal's when file is one,
 * else $COLUMNS, else 100. Colours are used when file is a terminal, unless $NO_COLOR is set.
 */
AilOutput *ail_output_new(FILE *file, AilOutputKind kind, unsigned width);
void ail_output_free(AilOutput *out);

/* Have fn(user) called before anything is written: a progress line has to go first. */
void ail_output_on_write(AilOutput *out, void (*fn)(void *user), void *user);

/* Have records go to a plog, too; NULL: no more. Borrowed. */
void ail_output_set_records(AilOutput *out, struct AilRecords *records);

/* What is wanted, which may be both. */
bool ail_output_wants_text(const AilOutput *out);
bool ail_output_wants_records(const AilOutput *out);

/* The same as ail_output_wants_records: for analyses that write either records or text. */
bool ail_output_is_json(const AilOutput *out);
bool ail_output_is_utf8(const AilOutput *out); /* the locale can show block characters */
unsigned ail_output_width(const AilOutput *out);

/* Text: printf; no newline is added. */
void ail_output_text(AilOutput *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same in a style, which colours carry and a file does not. */
void ail_output_styled(AilOutput *out, AilStyle style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Records: an object is begun, filled and ended; it becomes one line of JSON or an entry of a plog,
 * whose fields are in the analysis's .plog. `analysis` is its first member.
 * Nested arrays and objects are begun with a key inside an object, with NULL inside an array.
 */
void ail_json_begin(AilOutput *out, const char *analysis);
void ail_json_end(AilOutput *out);
void ail_json_text(AilOutput *out, const char *key, const char *value); /* made valid UTF-8 */
void ail_json_number(AilOutput *out, const char *key, uint64_t value);
void ail_json_signed(AilOutput *out, const char *key, int64_t value);
void ail_json_address(AilOutput *out, const char *key, uint64_t value); /* "0x..." */
void ail_json_real(AilOutput *out, const char *key, double value);
void ail_json_bool(AilOutput *out, const char *key, bool value);
void ail_json_array(AilOutput *out, const char *key);
void ail_json_array_end(AilOutput *out);
void ail_json_object(AilOutput *out, const char *key);
void ail_json_object_end(AilOutput *out);

/* Flush; AIL_ERR when anything could not be written. */
AilStatus ail_output_check(AilOutput *out, AilError *err);

#endif
