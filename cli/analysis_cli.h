/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that run analyses share: options made from an analysis's own table, and one
 * pass with progress and results. */
#ifndef AIL_CLI_ANALYSIS_CLI_H
#define AIL_CLI_ANALYSIS_CLI_H

#include "analyzers/pass.h"
#include "analyzers/symbols.h"
#include "cli/results.h"

/* The options of the command that is the analysis `ops` as a program of its own: its own options
 * as --key=VALUE, --json, --plog and --threads. For AilCommand.options. */
GOptionEntry *ail_analysis_cli_options(const AilAnalysisOps *ops, void **state);
void ail_analysis_cli_discard(void *state);

/* AilCommand.run of such a command: argv is TRACE and the words of the analysis. */
int ail_analysis_cli_run(void *state, int argc, char **argv);

/* For commands that have such options, and then do something else than run the analysis: whether a
 * flag was given; the first option of the analysis that was, but for `except`, or NULL; where
 * results go, and the options for names, both owned by state. */
bool ail_analysis_cli_flag(const void *state, const char *key);
const char *ail_analysis_cli_given(const void *state, const char *except);
const AilResultOptions *ail_analysis_cli_results(const void *state);
struct AilNames *ail_analysis_cli_names(void *state);

/* --sysroot and --no-symbols. */
typedef struct AilNames {
    char *sysroot; /* owned */
    gboolean off;
    const char *command;
    AilSymbolizer *symbolizer; /* owned; of ail_names_begin */
} AilNames;

/* The two options, for a table of them: `options` has room for two. */
void ail_names_options(AilNames *names, GOptionEntry *options);
/* Have the pass name addresses, unless that is off. Returns an exit status. */
int ail_names_begin(const char *command, AilNames *names, AilPass *pass);
/* The same without a pass: names->symbolizer is to be given the events. */
int ail_names_open(const char *command, AilNames *names);
/* Once the pass is freed. Says on stderr if files of --sysroot were not the guest's. */
void ail_names_clear(AilNames *names);

/* Run the pass over trace `path`; results go where `to` says. threads: what ail_threads_option got.
 * Returns an exit status. */
int ail_analysis_cli_pass(const char *command, AilPass *pass, const char *path,
                          const AilResultOptions *to, gint threads);

/* The part of a pass that one machine of several does, and where it writes what it has seen. */
typedef struct AilShard {
    unsigned number, of; /* 1 to `of` */
    const char *result;  /* borrowed */
} AilShard;

/* Run one shard of the pass; or put the results of all together. Each returns an exit status. */
int ail_analysis_cli_shard(const char *command, AilPass *pass, const char *path,
                           const AilShard *shard, gint threads);
int ail_analysis_cli_merge(const char *command, AilPass *pass, const char *path,
                           const char *const *parts, const AilResultOptions *to);

/* A mistake in the options: `message` may start with the command's name. */
int ail_analysis_cli_usage(const char *command, const char *message);

#endif
