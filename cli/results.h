/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the results of analyses go: text or JSON to stdout, records into a plog, or two of them. */
#ifndef AIL_CLI_RESULTS_H
#define AIL_CLI_RESULTS_H

#include "analyzers/output.h"
#include "analyzers/records.h"
#include "cli/cli.h"

/* What the options say; both for GOptionEntry. */
typedef struct AilResultOptions {
    gboolean json;
    char *plog; /* owned; NULL: none */
} AilResultOptions;

/* The entries --json and --plog. */
GOptionEntry ail_results_json_option(AilResultOptions *o);
GOptionEntry ail_results_plog_option(AilResultOptions *o);

typedef struct AilResults {
    AilOutput *out;      /* owned */
    AilRecords *records; /* owned; NULL: no plog */
} AilResults;

/* Open them. Returns an exit status; close in any case. */
int ail_results_open(const char *command, const AilResultOptions *o, AilResults *r);

/* Close them. The plog gets its name if code, how the work went, is AIL_EXIT_OK. Returns code, or
 * how that went. */
int ail_results_close(const char *command, AilResults *r, int code);

#endif
