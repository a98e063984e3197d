/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts of a guest of our own (tests/guests/baremetal/README.md), as lists of values, with its
 * symbols resolved. For tests: a file that cannot be read or a symbol that is not there fails the
 * running test.
 */
#ifndef AIL_TESTS_FACTS_H
#define AIL_TESTS_FACTS_H

#include <criterion/parameterized.h>
#include <glib.h>
#include <stdint.h>

/* By value: the process of a test does not share the memory of the one that lists them. */
typedef struct AilGuestName {
    char text[24]; /* "x86-count" */
} AilGuestName;

/* All guests that have facts, as parameters (AilGuestName) for a parameterized test. */
struct criterion_test_params ail_facts_guests(void);

typedef struct AilFacts AilFacts;

/* The facts of guest "x86-count", say. Free with ail_facts_free. */
AilFacts *ail_facts_load(const char *guest);
void ail_facts_free(AilFacts *facts);

/* Where the guest's program is: what -kernel loads, or -bios. Owned by facts. */
const char *ail_facts_elf(const AilFacts *facts);

/* Options of `ailurus record` for the guest's machine, the last of which wants ail_facts_elf. */
const char *ail_facts_machine(const char *guest);

/* The address that a symbol, symbol+offset or number stands for. */
uint64_t ail_facts_address(const AilFacts *facts, const char *text);

/* Where the measured part begins and ends. */
uint64_t ail_facts_begin(const AilFacts *facts);
uint64_t ail_facts_end(const AilFacts *facts);

/* The values behind the n-th line of this key, split at blanks into at most max_values strings (the
 * last one keeps its blanks), or NULL when there are not so many lines. Free with g_strfreev. */
char **ail_facts_line(const AilFacts *facts, const char *key, unsigned n, int max_values);

/* The number behind the only line of this key. */
uint64_t ail_facts_number(const AilFacts *facts, const char *key);

/* All that the guest prints on its serial port, with "\n" line ends. Free with g_free. */
char *ail_facts_serial(const AilFacts *facts);

#endif
