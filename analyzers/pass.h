/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over a trace with any number of analyses in it. ail_pass_run does all of it for a trace
 * file or pipe; ail_pass_begin, _chunk and _finish are its parts, for whoever has the chunks from
 * somewhere else. A pass belongs to one thread.
 */
#ifndef AIL_ANALYZERS_PASS_H
#define AIL_ANALYZERS_PASS_H

#include "analyzers/analysis.h"

typedef struct AilPass AilPass;

/* Called after each chunk: done of total instructions (0: not known). */
typedef void (*AilPassProgress)(void *user, uint64_t done, uint64_t total);

/* A pass without analyses. Never NULL. */
AilPass *ail_pass_new(void);
void ail_pass_free(AilPass *pass);

/* Put an analysis into the pass. Takes over options (NULL: all at their defaults), also when it
 * fails: options that its check refuses, an analysis built for another version of the interface. */
AilStatus ail_pass_add(AilPass *pass, const AilAnalysisOps *ops, AilOptions *options);

/* The columns that the analyses need, or would like to have. */
uint32_t ail_pass_needs(const AilPass *pass);
uint32_t ail_pass_wants(const AilPass *pass);

/* Create the analyses for chunks that have `columns` (at least what they need). info and blocks
 * are copied shallowly and must outlive the pass, as must out. */
AilStatus ail_pass_begin(AilPass *pass, const AilTraceInfo *info, uint32_t columns,
                         const AilBlocks *blocks, AilOutput *out);
/* Give all of them the next chunk. AIL_END: none wants more. */
AilStatus ail_pass_chunk(AilPass *pass, const AilChunk *chunk);
/* Write all results, in the order in which the analyses were added. */
AilStatus ail_pass_finish(AilPass *pass);

/*
 * Read the trace `path` ("-": standard input) once, with the columns that are needed and those of
 * the wanted that it has, and do all of the above. progress may be NULL.
 * On a pipe the header cannot be looked at beforehand, so that only needed columns are read.
 */
AilStatus ail_pass_run(AilPass *pass, const char *path, AilOutput *out, AilPassProgress progress,
                       void *user);

/* What the last failure was, "" when there was none; and what the user should know although the
 * pass succeeded (the trace ends early), or "". Owned by the pass. */
const char *ail_pass_error(const AilPass *pass);
const char *ail_pass_warning(const AilPass *pass);

/* Where the parts report to, for ail_pass_run and its like. */
AilError *ail_pass_error_slot(AilPass *pass);
AilError *ail_pass_warning_slot(AilPass *pass);

#endif
