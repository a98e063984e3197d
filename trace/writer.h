/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a trace: chunks go in as captured, are encoded by threads of the writer's own, and come
 * out in order. Calls on one writer must come from one thread at a time.
 */
#ifndef AIL_TRACE_WRITER_H
#define AIL_TRACE_WRITER_H

#include "formats/error.h"
#include "trace/raw.h"

typedef struct AilTraceWriter AilTraceWriter;

AilTraceWriter *ail_trace_writer_new(void);

/* Release everything, without waiting for whoever reads from a pipe. A trace that was not finished
 * keeps its whole chunks: readers find them without the index. w may be NULL. */
void ail_trace_writer_free(AilTraceWriter *w);

/*
 * Begin a trace on file descriptor fd (borrowed; a file or a pipe, written from its current
 * position, which must be the start). info: what the header says; info->columns is the set to
 * write. n_threads: encoding threads, at least 1.
 */
AilStatus ail_trace_writer_open(AilTraceWriter *w, int fd, const AilTraceInfo *info,
                                unsigned n_threads);

/*
 * Add a chunk. It is encoded later: *raw and its arrays must stay as they are until `release` has
 * been called with `user`, from a thread of the writer's. Blocks while all threads are busy.
 * A failure to write (a full disk) is reported by this or a later call; `release` is called then
 * too.
 */
AilStatus ail_trace_writer_add(AilTraceWriter *w, const AilRawChunk *raw,
                               void (*release)(void *user), void *user);

/* No chunk follows: have the index and the trailer written behind those that were added. */
void ail_trace_writer_end(AilTraceWriter *w);

/* Wait at most timeout_ms until ail_trace_writer_add would not block, or, after
 * ail_trace_writer_end, until everything is written. AIL_END: it is not so yet. AIL_ERR: writing
 * has failed. */
AilStatus ail_trace_writer_wait(AilTraceWriter *w, int timeout_ms);

/* End the trace, if that was not done, and wait until everything is written. The trace is complete
 * after AIL_OK. */
AilStatus ail_trace_writer_finish(AilTraceWriter *w);

/* Bytes written so far, in all and by column (indexed by the bit number of AIL_COL_*). */
typedef struct AilTraceSizes {
    uint64_t total;
    uint64_t column[AIL_N_COLUMNS];
    uint64_t insns;
    uint64_t chunks;
} AilTraceSizes;
void ail_trace_writer_sizes(AilTraceWriter *w, AilTraceSizes *sizes);

const char *ail_trace_writer_error(const AilTraceWriter *w);

#endif
