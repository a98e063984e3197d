/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of lifters: instructions by their bytes, and their operations as text. */
#ifndef AIL_TESTS_LIFT_TEXT_H
#define AIL_TESTS_LIFT_TEXT_H

#include "analyzers/lift/lift.h"

/* An instruction and what it is lifted to. */
typedef struct AilLiftCase {
    AilMode mode;
    const char *bytes; /* hexadecimal */
    const char *text;  /* for people; versions of the disassembler differ */
    const char *ops;   /* "a; b; c", as ail_lift_print has them */
} AilLiftCase;

/* The operations of an instruction at 0x1000 that runs with or without privilege, as text, to be
 * freed. out may be NULL. */
char *ail_lift_text(AilLift *l, AilArch arch, AilMode mode, bool user, const char *bytes,
                    AilLifted *out);

/* Assert that each is lifted as it says, and neither conservatively nor to nothing known. */
void ail_lift_check(AilArch arch, const AilLiftCase *cases, size_t n);

/* An instruction by its word, and what it is lifted to. */
typedef struct AilLiftWord {
    uint32_t word;
    AilLiftQuality quality;
    const char *ops; /* as above */
} AilLiftWord;

/* Assert that each, of `size` bytes, is lifted as it says. */
void ail_lift_check_words(AilArch arch, AilMode mode, unsigned size, const AilLiftWord *words,
                          size_t n);

/* For one architecture, or the test fails. */
AilLift *ail_lift_must(AilArch arch);

#endif
