/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/jit_worker.h"

#include <glib.h>
#include <string.h>

struct JitWorker {
    GHashTable *functions; /* owned: digest to JitFunction, which it owns; of the asking thread */
    GAsyncQueue *queue;    /* owned: of JitFunction; the worker itself: the end */
    GThread *thread;       /* NULL: not begun, as nothing was wanted */
    JitMaker *maker;       /* owned; the thread's */

    GMutex lock; /* for what follows */
    GCond done;
    uint64_t wanted, finished;
    atomic_bool stop;
};

static guint hash(gconstpointer key)
{
    guint h;
    memcpy(&h, key, sizeof h);
    return h;
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
    return !memcmp(a, b, AIL_JIT_KEY);
}

static void free_function(gpointer data)
{
    jit_function_free(data);
}

JitWorker *jit_worker_new(const AilTaintJitConfig *config)
{
    JitWorker *w = g_new0(JitWorker, 1);
    w->maker = jit_maker_new(config);
    w->functions = g_hash_table_new_full(hash, equal, NULL, free_function);
    w->queue = g_async_queue_new();
    g_mutex_init(&w->lock);
    g_cond_init(&w->done);
    return w;
}

void jit_worker_free(JitWorker *w)
{
    atomic_store(&w->stop, true);
    if (w->thread) {
        g_async_queue_push(w->queue, w);
        g_thread_join(w->thread);
    }
    jit_maker_free(w->maker);
    g_async_queue_unref(w->queue);
    g_hash_table_unref(w->functions);
    g_mutex_clear(&w->lock);
    g_cond_clear(&w->done);
    g_free(w);
}

/* As many as there are, at most JIT_BATCH, since the end may have to wait for them; false: the
 * end. */
static bool take_batch(JitWorker *w, JitFunction **batch, unsigned *n)
{
    gpointer next = g_async_queue_pop(w->queue);
    *n = 0;
    while (next && next != w) {
        batch[(*n)++] = next;
        next = *n < JIT_BATCH ? g_async_queue_try_pop(w->queue) : NULL;
    }
    return next != w;
}

static gpointer work(gpointer data)
{
    JitWorker *w = data;
    JitFunction *batch[JIT_BATCH];
    unsigned n;
    bool more = true;
    while (more) {
        more = take_batch(w, batch, &n);
        if (n && !atomic_load(&w->stop))
            jit_maker_make(w->maker, batch, n, &w->stop);
        for (unsigned i = 0; i < n; i++)
            jit_function_drop(batch[i]);
        g_mutex_lock(&w->lock);
        w->finished += n;
        g_cond_broadcast(&w->done);
        g_mutex_unlock(&w->lock);
    }
    return NULL;
}

/* --- asking --- */

JitFunction *jit_worker_want(JitWorker *w, const AilTaintProgram *p, const AilTaintShape *shape,
                             unsigned n_shape, bool noting)
{
    uint8_t key[AIL_JIT_KEY];
    jit_function_digest(p, shape, n_shape, noting, key);
    JitFunction *f = g_hash_table_lookup(w->functions, key);
    if (f)
        return f;
    f = jit_function_new(p, shape, n_shape, noting);
    g_hash_table_insert(w->functions, f->content, f);
    if (!w->thread)
        w->thread = g_thread_new("taint-jit", work, w);
    g_mutex_lock(&w->lock);
    w->wanted++;
    g_mutex_unlock(&w->lock);
    g_async_queue_push(w->queue, f);
    return f;
}

void jit_worker_wait(JitWorker *w)
{
    g_mutex_lock(&w->lock);
    while (w->finished < w->wanted)
        g_cond_wait(&w->done, &w->lock);
    g_mutex_unlock(&w->lock);
}

void jit_worker_count(const JitWorker *w, AilTaintJitCounts *counts)
{
    jit_maker_count(w->maker, counts);
    counts->programs = w->wanted;
}

const char *jit_worker_problem(const JitWorker *w)
{
    return jit_maker_problem(w->maker);
}
