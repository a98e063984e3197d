/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's program asked of taint (guests/cases), against the answers that are known. */
#ifndef AIL_TESTS_TAINT_CASES_H
#define AIL_TESTS_TAINT_CASES_H

#include <glib.h>
#include <stdbool.h>

/* records: of JsonNode: what taint said of the trace; pointers: with --tainted-pointer. Returns how
 * many of the cases have other answers, each of which is told on stderr. */
guint ail_taint_cases_check(const GPtrArray *records, bool pointers);

/* The number of the question that the case of that name asks; -1: there is none. */
gint64 ail_taint_case_number(const char *name);

#endif
