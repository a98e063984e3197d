/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/header.h"
#include "trace/writer_private.h"

#include <errno.h>
#include <glib.h>
#include <time.h>

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

static void put_header(AilTraceWriter *w, const AilTraceInfo *info)
{
    AilBuf head = {0}, out = {0};
    ail_header_put(&head, info);
    pthread_mutex_lock(&w->lock);
    if (ail_frame_put_meta(&out, w->tail.zstd, &head))
        writer_append(w, &out);
    else
        writer_fail(w, "zstd cannot compress the header");
    pthread_mutex_unlock(&w->lock);
    ail_buf_clear(&head);
    ail_buf_clear(&out);
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
    return writer_start_threads(w, n_threads);
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
        writer_fail(w, "a captured chunk defines an impossible block");
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

void ail_trace_writer_end(AilTraceWriter *w)
{
    writer_stop_threads(w, true);
}

AilStatus ail_trace_writer_finish(AilTraceWriter *w)
{
    writer_stop_threads(w, true);
    writer_join_threads(w);
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
    writer_stop_threads(w, false);
    writer_join_threads(w);
    ail_sink_close(&w->sink);
    g_free(w->threads);
    ail_dict_unref(w->dict);
    ail_tail_clear(&w->tail);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    g_free(w);
}
