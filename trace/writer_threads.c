/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads take chunks as they come; each writes its result when its turn has come, so nothing
 * waits but the chunk whose elders are not done.
 */
#include "trace/encode.h"
#include "trace/writer_private.h"

#include <errno.h>
#include <glib.h>

void writer_append(AilTraceWriter *w, const AilBuf *bytes)
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

void writer_fail(AilTraceWriter *w, const char *what)
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
        writer_fail(w, "zstd cannot compress a chunk");
    AilIndexEntry entry = {w->sizes.total, job->raw.icount, job->raw.insns,
                           ail_dict_first(job->dict)};
    writer_append(w, bytes);
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
        writer_append(w, &out);
    else
        writer_fail(w, "zstd cannot compress the index");
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

AilStatus writer_start_threads(AilTraceWriter *w, unsigned n)
{
    w->threads = g_new0(pthread_t, n);
    while (w->n_threads < n && !pthread_create(&w->threads[w->n_threads], NULL, encode_thread, w))
        w->n_threads++;
    /* Fewer than asked for will do. */
    return w->n_threads ? AIL_OK : ail_error_set(&w->error, "no thread can be started");
}

void writer_stop_threads(AilTraceWriter *w, bool end)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    w->ending |= end;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

void writer_join_threads(AilTraceWriter *w)
{
    for (unsigned i = 0; i < w->n_threads; i++)
        pthread_join(w->threads[i], NULL);
    w->n_threads = 0;
}
