/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace read by a crew of threads. Each of them takes the next chunk, decodes it and hands it to
 * its user, who may do a part of the work at once and another part in order of the chunks. What
 * comes out does not depend on the number of threads: when something fails, it is what would have
 * failed first with one thread, and no chunk after that one is committed in order.
 *
 * Memory: one packed and one decoded chunk for each thread.
 */
#ifndef AIL_TRACE_PARALLEL_H
#define AIL_TRACE_PARALLEL_H

#include "trace/reader.h"

enum { AIL_MAX_THREADS = 256 };

/* What is done with each chunk. `worker` numbers the threads from 0. */
typedef struct AilChunkJob {
    void *self; /* the first argument of each */

    /* Work that no other chunk matters to: by several threads at once, in any order. May be NULL.
     */
    void (*work)(void *self, unsigned worker, const AilChunk *chunk);

    /* Then this, never by two threads at once. AIL_END: no chunk after this one is wanted (only
     * when `ordered`). AIL_ERR and err set: the job has failed. */
    AilStatus (*commit)(void *self, unsigned worker, const AilChunk *chunk, AilError *err);

    /* Instead of commit, when an earlier chunk was the last: forget what `work` did. May be NULL.
     */
    void (*drop)(void *self, unsigned worker);

    /* Commit in order of the chunks. Otherwise as they come, and chunks after one that failed may
     * have been committed. */
    bool ordered;
} AilChunkJob;

/*
 * Run the job over all chunks of `reader`, opened and perhaps sought, with n_threads threads (1 to
 * AIL_MAX_THREADS; the caller's is one of them; fewer when the system refuses more).
 * AIL_END: the whole trace was read. AIL_OK: commit wanted no more. AIL_ERR and err set.
 */
AilStatus ail_parallel_run(AilTraceReader *reader, unsigned n_threads, const AilChunkJob *job,
                           AilError *err);

#endif
