/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of writer.h. */
#ifndef AIL_TRACE_WRITER_PRIVATE_H
#define AIL_TRACE_WRITER_PRIVATE_H

#include <glib.h>
#include <pthread.h>

#include "trace/dict.h"
#include "trace/sink.h"
#include "trace/writer.h"
#include "trace/writer_tail.h"

typedef struct Job {
    AilRawChunk raw;
    uint64_t number;
    AilDict *dict; /* owned: a reference */
    void (*release)(void *user);
    void *user;
} Job;

struct AilTraceWriter {
    AilSink sink;
    uint32_t columns;
    AilDict *dict;      /* owned: a reference; grown by add, read by the threads */
    pthread_t *threads; /* owned */
    unsigned n_threads;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    GQueue jobs; /* of Job, owned */
    unsigned busy;
    bool stopping, ending; /* no job follows; and then the trace is to be completed */
    unsigned exited;       /* threads that have no more to do */
    bool ended;            /* everything is written, or has failed */
    uint64_t n_added, next_written;
    AilTraceSizes sizes;
    bool failed;
    AilError error;

    AilTail tail; /* its index guarded by the lock, all else only used by the caller's thread */
};

/* Write bytes at the end of the file. With the lock held, which is let go meanwhile, by the thread
 * whose turn it is or when there is no other. */
void writer_append(AilTraceWriter *w, const AilBuf *bytes);
/* Nothing more is written; with the lock held, or when there is no thread. */
void writer_fail(AilTraceWriter *w, const char *what);

AilStatus writer_start_threads(AilTraceWriter *w, unsigned n);
/* No job follows; end: and then the trace is to be completed. */
void writer_stop_threads(AilTraceWriter *w, bool end);
void writer_join_threads(AilTraceWriter *w);

#endif
