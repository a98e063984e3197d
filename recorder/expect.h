/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for texts in a stream of output, each after the one before. Not thread-safe. */
#ifndef AIL_RECORDER_EXPECT_H
#define AIL_RECORDER_EXPECT_H

#include "formats/bytes.h"

/* The output since the last text that was found, as far back as 1 MiB. Zero-initialise; release
 * with ail_expect_clear. */
typedef struct AilExpect {
    AilBuf seen;
    size_t searched; /* bytes of `seen` in which the text does not begin */
} AilExpect;

void ail_expect_clear(AilExpect *e);

/* Append output. */
void ail_expect_feed(AilExpect *e, const void *bytes, size_t len);

/* Whether `text` (at least one byte) has come; if so, what is up to its end is forgotten. Ask for
 * one text until it comes before asking for another. */
bool ail_expect_find(AilExpect *e, const char *text);

#endif
