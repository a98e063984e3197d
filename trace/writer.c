/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads take chunks as they come; each writes its result when its turn has come, so nothing
 * waits but the chunk whose elders are not done.
 */
#include "trace/writer.h"

#include "trace/encode.h"
#include "trace/header.h"
#include "trace/sink.h"
#include "trace/writer_tail.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <time.h>

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

AilTraceWriter *ail_trace_writer_new(void)
{
    AilTraceWriter *w = g_new0(AilTraceWriter, 1);
    w->sink.stop_fd = -1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &clock);
    pthread_condattr_destroy(&clock);
    g_queue_init(&w->jobs);
    return w;
}

/* Write bytes at the end of the file. With the lock held, which is let go meanwhile, by the thread
 * whose turn it is or when there is no other. */
static void append(AilTraceWriter *w, const AilBuf *bytes)
{
    if (w->failed)
        return;
    pthread_mutex_unlock(&w->lock);
    bool written = ail_sink_write(&w->sink, bytes->data, bytes->len);
    int why = errno;
    pthread_mutex_lock(&w->lock);
    if (!written && !w->failed) {
        w->failed = true;
        ail_error_set_errno(&w->error, why, "cannot write the trace at byte %" G_GUINT64_FORMAT,
                            w->sizes.total);
    }
    w->sizes.total += bytes->len;
}

static void fail(AilTraceWriter *w, const char *what)
{
    if (!w->failed)
        ail_error_set(&w->error, "%s", what);
    w->failed = true;
}

/* Wait for this chunk's turn, then write it. */
static void write_in_turn(AilTraceWriter *w, const Job *job, const AilBuf *bytes, bool encoded,
                          const uint64_t column[AIL_N_COLUMNS])
{
    pthread_mutex_lock(&w->lock);
    while (w->next_written != job->number)
        pthread_cond_wait(&w->changed, &w->lock);
    if (!encoded)
        fail(w, "zstd cannot compress a chunk");
    AilIndexEntry entry = {w->sizes.total, job->raw.icount, job->raw.insns,
                           ail_dict_first(job->dict)};
    append(w, bytes);
    if (!w->failed) {
        ail_tail_add_chunk(&w->tail, entry);
        w->sizes.insns += job->raw.insns;
        w->sizes.chunks++;
        for (int i = 0; i < AIL_N_COLUMNS; i++)
            w->sizes.column[i] += column[i];
    }
    w->next_written++;
    w->busy--;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static Job *take_job(AilTraceWriter *w)
{
    pthread_mutex_lock(&w->lock);
    while (g_queue_is_empty(&w->jobs) && !w->stopping)
        pthread_cond_wait(&w->changed, &w->lock);
    Job *job = g_queue_pop_head(&w->jobs);
    if (job)
        w->busy++;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void job_free(Job *job)
{
    ail_dict_unref(job->dict);
    g_free(job);
}

/* Index and trailer. With the lock held. */
static void put_end(AilTraceWriter *w)
{
    AilBuf out = {0};
    if (ail_tail_put(&w->tail, w->sizes.total, w->sizes.insns, &out))
        append(w, &out);
    else
        fail(w, "zstd cannot compress the index");
    ail_buf_clear(&out);
}

/* The last thread to leave completes the trace. */
static void leave(AilTraceWriter *w)
{
    pthread_mutex_lock(&w->lock);
    if (++w->exited == w->n_threads) {
        if (w->ending && !w->failed)
            put_end(w);
        w->ended = true;
    }
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void *encode_thread(void *user)
{
    AilTraceWriter *w = user;
    AilEncoder encoder;
    AilBuf bytes = {0};
    bool ready = ail_encoder_init(&encoder);
    for (Job *job; (job = take_job(w)); job_free(job)) {
        uint64_t column[AIL_N_COLUMNS] = {0};
        bytes.len = 0;
        bool encoded = ready && ail_encode_chunk(&encoder, job->dict, &job->raw, job->number,
                                                 w->columns, &bytes, column);
        if (job->release)
            job->release(job->user);
        write_in_turn(w, job, &bytes, encoded, column);
    }
    ail_encoder_clear(&encoder);
    ail_buf_clear(&bytes);
    leave(w);
    return NULL;
}

static void put_header(AilTraceWriter *w, const AilTraceInfo *info)
{
    AilBuf head = {0}, out = {0};
    ail_header_put(&head, info);
    pthread_mutex_lock(&w->lock);
    if (ail_frame_put_meta(&out, w->tail.zstd, &head))
        append(w, &out);
    else
        fail(w, "zstd cannot compress the header");
    pthread_mutex_unlock(&w->lock);
    ail_buf_clear(&head);
    ail_buf_clear(&out);
}

static AilStatus start_threads(AilTraceWriter *w, unsigned n)
{
    w->threads = g_new0(pthread_t, n);
    while (w->n_threads < n && !pthread_create(&w->threads[w->n_threads], NULL, encode_thread, w))
        w->n_threads++;
    /* Fewer than asked for will do. */
    return w->n_threads ? AIL_OK : ail_error_set(&w->error, "no thread can be started");
}

AilStatus ail_trace_writer_open(AilTraceWriter *w, int fd, const AilTraceInfo *info,
                                unsigned n_threads)
{
    if (!ail_sink_open(&w->sink, fd))
        return ail_error_set_errno(&w->error, errno, "cannot make an eventfd");
    w->columns = info->columns;
    w->dict = ail_dict_new(0);
    if (!ail_tail_init(&w->tail))
        return ail_error_set(&w->error, "zstd cannot be set up");
    put_header(w, info);
    if (w->failed)
        return AIL_ERR;
    return start_threads(w, n_threads);
}

static bool learn_blocks(AilTraceWriter *w, const AilRawChunk *raw)
{
    AilRawBlock def;
    uint32_t at = 0;
    for (const uint8_t *lengths;
         (lengths = ail_raw_next_block(raw->defs, raw->defs_len, &at, &def));) {
        if (def.id != ail_dict_count(w->dict) ||
            !ail_dict_add(w->dict, def.pc, def.mode, def.user, def.n_insns, lengths,
                          lengths + def.n_insns))
            return false;
    }
    return true;
}

/* With the lock held. */
static bool is_ready(AilTraceWriter *w)
{
    if (w->ending)
        return w->ended;
    return w->failed || g_queue_get_length(&w->jobs) + w->busy < w->n_threads + 1;
}

AilStatus ail_trace_writer_wait(AilTraceWriter *w, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_ms % 1000 * 1000000L;
    until.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    int late = 0;
    pthread_mutex_lock(&w->lock);
    while (!is_ready(w) && !late)
        late = pthread_cond_timedwait(&w->changed, &w->lock, &until);
    AilStatus status = w->failed ? AIL_ERR : is_ready(w) ? AIL_OK : AIL_END;
    pthread_mutex_unlock(&w->lock);
    return status;
}

AilStatus ail_trace_writer_add(AilTraceWriter *w, const AilRawChunk *raw,
                               void (*release)(void *user), void *user)
{
    if (raw->fresh) {
        ail_dict_unref(w->dict);
        w->dict = ail_dict_new(w->n_added);
    }
    bool known = learn_blocks(w, raw);
    if (known && w->columns & AIL_COL_CODE)
        ail_tail_add_code(&w->tail, raw);
    pthread_mutex_lock(&w->lock);
    if (!known)
        fail(w, "a captured chunk defines an impossible block");
    while (!is_ready(w))
        pthread_cond_wait(&w->changed, &w->lock);
    bool failed = w->failed;
    if (!failed) {
        Job *job = g_new(Job, 1);
        *job = (Job){*raw, w->n_added++, ail_dict_ref(w->dict), release, user};
        g_queue_push_tail(&w->jobs, job);
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    if (failed && release)
        release(user);
    return failed ? AIL_ERR : AIL_OK;
}

static void stop_threads(AilTraceWriter *w, bool end)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    w->ending |= end;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void join_threads(AilTraceWriter *w)
{
    for (unsigned i = 0; i < w->n_threads; i++)
        pthread_join(w->threads[i], NULL);
    w->n_threads = 0;
}

void ail_trace_writer_end(AilTraceWriter *w)
{
    stop_threads(w, true);
}

AilStatus ail_trace_writer_finish(AilTraceWriter *w)
{
    stop_threads(w, true);
    join_threads(w);
    return w->failed ? AIL_ERR : AIL_OK;
}

void ail_trace_writer_sizes(AilTraceWriter *w, AilTraceSizes *sizes)
{
    pthread_mutex_lock(&w->lock);
    *sizes = w->sizes;
    pthread_mutex_unlock(&w->lock);
}

const char *ail_trace_writer_error(const AilTraceWriter *w)
{
    return w->error.text;
}

void ail_trace_writer_free(AilTraceWriter *w)
{
    if (!w)
        return;
    ail_sink_stop(&w->sink);
    stop_threads(w, false);
    join_threads(w);
    ail_sink_close(&w->sink);
    g_free(w->threads);
    ail_dict_unref(w->dict);
    ail_tail_clear(&w->tail);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    g_free(w);
}
