/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plogs with records of known content. */
#ifndef AIL_TESTS_MADE_PLOG_H
#define AIL_TESTS_MADE_PLOG_H

#include "analyzers/records.h"

#include <stdbool.h>

/* Put record number i together: one of hotblocks, callstack, stringsearch or "probe", which has no
 * type of its own, in turn. All but hotblocks have an icount, 10 * i. */
void made_plog_record(AilRecords *r, unsigned i);

/* What `ailurus plog --json` prints of it. Free with g_free. */
char *made_plog_json(unsigned i);

/* Write a plog of n records to `path`. */
void made_plog(const char *path, unsigned n);

#endif
