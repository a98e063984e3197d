/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/parallel.h"

#include "trace/decoder.h"

#include <glib.h>
#include <pthread.h>

/*
 * Two locks: a thread that waits for the bytes of the next chunk (a pipe may be slow) must not keep
 * others from committing what they have.
 */
typedef struct Crew {
    AilTraceReader *reader;
    const AilChunkJob *job;
    pthread_mutex_t fetching; /* guards reader and n_fetched */
    uint64_t n_fetched;       /* the number that the next chunk gets */
    pthread_mutex_t lock;     /* guards all below */
    pthread_cond_t turned;
    uint64_t turn;  /* the chunk that may be committed, when they are committed in order */
    uint64_t limit; /* chunks from this one on are not wanted */
    bool failed;    /* the one before limit failed, in the way that `error` says */
    AilError error;
} Crew;

typedef struct Worker {
    Crew *crew;
    AilTraceDecoder *decoder; /* owned */
    pthread_t thread;
    unsigned index;
    uint64_t number; /* of its chunk */
} Worker;

static bool wanted(Crew *crew, uint64_t number)
{
    pthread_mutex_lock(&crew->lock);
    bool yes = number < crew->limit;
    pthread_mutex_unlock(&crew->lock);
    return yes;
}

/* AIL_END when there is no chunk left that is wanted. A failure counts as the chunk it befell. */
static AilStatus fetch(Worker *w)
{
    Crew *crew = w->crew;
    AilStatus status = AIL_END;
    pthread_mutex_lock(&crew->fetching);
    if (wanted(crew, crew->n_fetched))
        status = ail_trace_decoder_fetch(w->decoder);
    if (status != AIL_END)
        w->number = crew->n_fetched++;
    pthread_mutex_unlock(&crew->fetching);
    return status;
}

/* Chunk number `last` is the last one. With the lock held. */
static void stop_after(Crew *crew, uint64_t last, AilStatus status, const AilError *err)
{
    if (last >= crew->limit)
        return; /* one thread would not have come that far */
    crew->limit = last + 1;
    crew->failed = status == AIL_ERR;
    crew->error = *err;
}

/* chunk: NULL when it could not be had, for the reason that err has. */
static AilStatus commit(Worker *w, const AilChunk *chunk, AilError *err)
{
    const AilChunkJob *job = w->crew->job;
    return chunk ? job->commit(job->self, w->index, chunk, err) : AIL_ERR;
}

static void commit_in_order(Worker *w, const AilChunk *chunk, AilError *err)
{
    Crew *crew = w->crew;
    pthread_mutex_lock(&crew->lock);
    while (crew->turn != w->number && w->number < crew->limit)
        pthread_cond_wait(&crew->turned, &crew->lock);
    bool mine = w->number < crew->limit;
    pthread_mutex_unlock(&crew->lock);
    if (!mine) {
        if (chunk && crew->job->drop)
            crew->job->drop(crew->job->self, w->index);
        return;
    }
    AilStatus status = commit(w, chunk, err);
    pthread_mutex_lock(&crew->lock);
    if (status != AIL_OK)
        stop_after(crew, w->number, status, err);
    crew->turn++;
    pthread_cond_broadcast(&crew->turned);
    pthread_mutex_unlock(&crew->lock);
}

static void commit_as_it_comes(Worker *w, const AilChunk *chunk, AilError *err)
{
    pthread_mutex_lock(&w->crew->lock);
    AilStatus status = commit(w, chunk, err);
    if (status != AIL_OK)
        stop_after(w->crew, w->number, status, err);
    pthread_mutex_unlock(&w->crew->lock);
}

static void *run_worker(void *arg)
{
    Worker *w = arg;
    const AilChunkJob *job = w->crew->job;
    AilStatus status;
    while ((status = fetch(w)) != AIL_END) {
        const AilChunk *chunk = NULL;
        AilError err = {""};
        if (status == AIL_OK)
            status = ail_trace_decoder_decode(w->decoder, &chunk);
        if (status != AIL_OK) {
            chunk = NULL;
            ail_error_set(&err, "%s", ail_trace_decoder_error(w->decoder));
        } else if (job->work) {
            job->work(job->self, w->index, chunk);
        }
        if (job->ordered)
            commit_in_order(w, chunk, &err);
        else
            commit_as_it_comes(w, chunk, &err);
    }
    return NULL;
}

/* Start threads for workers 1 and up; returns how many workers there are then. */
static unsigned start_workers(Worker *workers, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]))
            return i;
    return n;
}

static AilStatus run_crew(Crew *crew, Worker *workers, unsigned n)
{
    unsigned started = start_workers(workers, n);
    run_worker(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    return crew->failed ? AIL_ERR : crew->limit <= crew->n_fetched ? AIL_OK : AIL_END;
}

AilStatus ail_parallel_run(AilTraceReader *reader, unsigned n_threads, const AilChunkJob *job,
                           AilError *err)
{
    Crew crew = {.reader = reader,
                 .job = job,
                 .fetching = PTHREAD_MUTEX_INITIALIZER,
                 .lock = PTHREAD_MUTEX_INITIALIZER,
                 .turned = PTHREAD_COND_INITIALIZER,
                 .limit = UINT64_MAX};
    unsigned n = CLAMP(n_threads, 1, AIL_MAX_THREADS);
    Worker *workers = g_new0(Worker, n);
    AilStatus status = AIL_OK;
    for (unsigned i = 0; i < n && status == AIL_OK; i++) {
        workers[i] = (Worker){.crew = &crew, .decoder = ail_trace_decoder_new(reader), .index = i};
        if (!workers[i].decoder)
            status = ail_error_set(&crew.error, "zstd cannot be set up");
    }
    if (status == AIL_OK)
        status = run_crew(&crew, workers, n);
    if (status == AIL_ERR)
        ail_error_copy(err, &crew.error, NULL);
    for (unsigned i = 0; i < n; i++)
        ail_trace_decoder_free(workers[i].decoder);
    g_free(workers);
    return status;
}
