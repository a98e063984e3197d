/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of analyses on their way into a plog (formats/plog.h), by the schema that was assembled
 * from the analyses' fragments (*.plog in this folder). An AilOutput hands over what analyses write
 * as JSON: one description of a result serves both. One thread.
 */
#ifndef AIL_ANALYZERS_RECORDS_H
#define AIL_ANALYZERS_RECORDS_H

#include "formats/plog_builder.h"

typedef struct AilRecords AilRecords;

/* The schema of this program. */
AilPlogSource ail_records_source(void);

AilRecords *ail_records_new(void);

/* A plog that was not finished is removed. r may be NULL. */
void ail_records_free(AilRecords *r);

/* Begin the plog `path`, and finish it: ail_plog_writer_open and _finish. AIL_ERR and the message,
 * also when something that was written before could not be taken. */
AilStatus ail_records_open(AilRecords *r, const char *path);
AilStatus ail_records_finish(AilRecords *r);

const char *ail_records_error(const AilRecords *r); /* "" when nothing failed */
uint64_t ail_records_count(const AilRecords *r);    /* that were written */

/* A record, put together as by AilPlogBuilder, and added to the plog by its end. The first failure
 * is kept, and nothing is added after it. */
void ail_records_begin(AilRecords *r, const char *analysis);
void ail_records_put(AilRecords *r, const char *key, AilPlogValue value);
void ail_records_nest(AilRecords *r, const char *key, bool list);
void ail_records_unnest(AilRecords *r);
void ail_records_end(AilRecords *r);

#endif
