/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of a replay log, for people and for programs, on standard output. */
#ifndef AIL_CLI_LOG_PRINT_H
#define AIL_CLI_LOG_PRINT_H

#include "formats/rrlog.h"

/* A line of headings, and one for an event. */
void ail_log_print_heading(void);
void ail_log_print_event(const AilRrlogEvent *e);

/* An event as a JSON object, with all of its payload in hex. */
void ail_log_print_json(const AilRrlogEvent *e);

/* How many events there were, and how much of the log they take. */
typedef struct AilLogTally {
    uint64_t events[AIL_RRLOG_END + 1], bytes[AIL_RRLOG_END + 1]; /* by kind */
    uint64_t insns;
} AilLogTally;

void ail_log_print_tally(const AilLogTally *tally);
void ail_log_print_tally_json(const AilLogTally *tally);

#endif
