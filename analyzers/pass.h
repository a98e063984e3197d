/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over a trace with any number of analyses in it. ail_pass_run does all of it for a trace
 * file or pipe; ail_pass_begin, _chunk and _finish are its parts, for whoever has the chunks from
 * somewhere else. A pass belongs to one thread; while it runs it may use more of its own.
 */
#ifndef AIL_ANALYZERS_PASS_H
#define AIL_ANALYZERS_PASS_H

#include "analyzers/analysis.h"

typedef struct AilPass AilPass;
typedef struct AilSymbolizer AilSymbolizer; /* analyzers/symbols.h */

/* Called after each chunk: done of total instructions (0: not known). */
typedef void (*AilPassProgress)(void *user, uint64_t done, uint64_t total);

/* A pass without analyses. Never NULL. */
AilPass *ail_pass_new(void);
void ail_pass_free(AilPass *pass);

/* Put an analysis into the pass. Takes over options (NULL: all at their defaults), also when it
 * fails: options that its check refuses, an analysis built for another version of the interface. */
AilStatus ail_pass_add(AilPass *pass, const AilAnalysisOps *ops, AilOptions *options);

/* Have it name addresses for the analyses: it is given the trace's events, and must outlive the
 * pass. Before the pass begins. */
void ail_pass_set_symbolizer(AilPass *pass, AilSymbolizer *symbolizer);

/* The columns that the analyses need, or would like to have. */
uint32_t ail_pass_needs(const AilPass *pass);
uint32_t ail_pass_wants(const AilPass *pass);

/* Create the analyses for chunks that have `columns` (at least what they need). info and blocks
 * are copied shallowly and must outlive the pass, as must out. */
AilStatus ail_pass_begin(AilPass *pass, const AilTraceInfo *info, uint32_t columns, AilOutput *out);
/* Give all of them the next chunk. AIL_END: none wants more. */
AilStatus ail_pass_chunk(AilPass *pass, const AilChunk *chunk);
/* Write all results, in the order in which the analyses were added. */
AilStatus ail_pass_finish(AilPass *pass);

/* Use n threads in ail_pass_run (1 to AIL_MAX_THREADS of trace/parallel.h; 1 unless this is
 * called). Results are the same for any number. */
void ail_pass_set_threads(AilPass *pass, unsigned n);

/*
 * Read the trace `path` ("-": standard input) once, with the columns that are needed and those of
 * the wanted that it has, and do all of the above. progress may be NULL; it is called from the
 * threads of the pass, never from two at once nor while an analysis writes.
 */
AilStatus ail_pass_run(AilPass *pass, const char *path, AilOutput *out, AilPassProgress progress,
                       void *user);

/*
 * The same on several machines. Each does one part of about equally many chunks, `shard` of n (1 to
 * n, n up to AIL_MAX_SHARDS), and writes what it has seen to the file `result`; then one merges the
 * files (NULL-terminated, in any order, all n of them) and writes what one run would have. All of
 * them have a pass with the same analyses and options, and the trace in a file. Analyses must be
 * able to save what they have seen.
 */
enum { AIL_MAX_SHARDS = 100000 };
AilStatus ail_pass_run_shard(AilPass *pass, const char *path, unsigned shard, unsigned n,
                             const char *result, AilPassProgress progress, void *user);
AilStatus ail_pass_merge(AilPass *pass, const char *path, const char *const *results,
                         AilOutput *out);

/* What the last failure was, "" when there was none; and what the user should know although the
 * pass succeeded (the trace ends early), or "". Owned by the pass. */
const char *ail_pass_error(const AilPass *pass);
const char *ail_pass_warning(const AilPass *pass);

#endif
