/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of an analysis: key=value pairs checked against the table that the analysis declares.
 * `ailurus analyze TRACE -a stringsearch,string=key` and `ailurus stringsearch TRACE key` fill the
 * same object.
 */
#ifndef AIL_ANALYZERS_OPTIONS_H
#define AIL_ANALYZERS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

typedef enum {
    AIL_OPTION_FLAG,   /* given or not */
    AIL_OPTION_NUMBER, /* unsigned, decimal or 0x hexadecimal */
    AIL_OPTION_TEXT,   /* a string */
} AilOptionType;

/* One option that an analysis knows. */
typedef struct AilOption {
    const char *key;   /* "string" */
    const char *value; /* what its value is called in help: "TEXT"; NULL for a flag */
    const char *help;  /* one line */
    AilOptionType type;
    bool repeats; /* may be given several times */
    bool bare;    /* words without a key are values of this one */
} AilOption;

typedef struct AilOptions AilOptions;

/* An empty set for the options in `table` (ends with a NULL key; NULL: none; borrowed). `owner`
 * names the analysis in messages (borrowed). Never NULL; free with ail_options_free. */
AilOptions *ail_options_new(const char *owner, const AilOption *table);
void ail_options_free(AilOptions *o);

/* Add one; value NULL for a flag. AIL_ERR, with the options that exist, for an unknown key, a
 * value that does not fit or a second value where one is allowed. */
AilStatus ail_options_add(AilOptions *o, const char *key, const char *value, AilError *err);

/* Add a word without a key. AIL_ERR when the analysis takes none. */
AilStatus ail_options_add_bare(AilOptions *o, const char *word, AilError *err);

/* Add "key=value,key=value,flag"; a comma in a value is written "\,". */
AilStatus ail_options_parse(AilOptions *o, const char *text, AilError *err);

/* Number of values of `key`; the i-th of them (owned by o), or NULL. */
size_t ail_options_count(const AilOptions *o, const char *key);
const char *ail_options_text(const AilOptions *o, const char *key, size_t i);
bool ail_options_flag(const AilOptions *o, const char *key);
/* The i-th value as a number, or `fallback` when it was not given. */
uint64_t ail_options_number(const AilOptions *o, const char *key, size_t i, uint64_t fallback);

#endif
