/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/jit_worker.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "analyzers/lift/llvm.h"

/* One batch is what its end may have to wait for. */
enum { BATCH = 8, CACHE_MAX = 64 << 20 };

/* To be raised when compiled code comes to be another for the same program. */
enum { CODE_VERSION = 2 };

struct JitWorker {
    char *module, *dir; /* owned */
    uint64_t cache_max;
    GHashTable *functions; /* owned: digest to JitFunction, which it owns; of the asking thread */
    GAsyncQueue *queue;    /* owned: of JitFunction; the worker itself: the end */
    GThread *thread;       /* NULL: not begun, as nothing was wanted */

    GMutex lock; /* for what follows */
    GCond done;
    uint64_t wanted, finished;
    atomic_bool stop;

    /* the thread's */
    const AilTaintCompile *llvm;
    AilTaintCompiler *compiler;
    AilJitCache *cache;
    GHashTable *linked; /* names of files of the cache that are linked */
    uint64_t compiled, cached, failed, nanoseconds;
    AilError problem;
};

static void drop_content(JitFunction *f)
{
    g_clear_pointer(&f->program.insns, g_free);
    g_clear_pointer(&f->program.steps, g_free);
    g_clear_pointer(&f->shape, g_free);
}

static void free_function(gpointer data)
{
    drop_content(data);
    g_free(data);
}

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

JitWorker *jit_worker_new(const AilTaintJitConfig *config)
{
    JitWorker *w = g_new0(JitWorker, 1);
    w->module = g_strdup(config->module);
    w->dir = g_strdup(config->cache);
    w->cache_max = config->cache_max ? config->cache_max : CACHE_MAX;
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
    if (w->compiler)
        w->llvm->destroy(w->compiler);
    if (w->linked)
        g_hash_table_unref(w->linked);
    ail_jit_cache_free(w->cache);
    g_async_queue_unref(w->queue);
    g_hash_table_unref(w->functions);
    g_mutex_clear(&w->lock);
    g_cond_clear(&w->done);
    g_free(w->module);
    g_free(w->dir);
    g_free(w);
}

/* --- keys --- */

static void put(GChecksum *c, const void *bytes, size_t size)
{
    g_checksum_update(c, bytes, (gssize)size);
}

static void put_number(GChecksum *c, uint64_t number)
{
    put(c, &number, sizeof number);
}

static void finish(GChecksum *c, uint8_t *key)
{
    gsize n = AIL_JIT_KEY;
    g_checksum_get_digest(c, key, &n);
    g_checksum_free(c);
}

/* All that the code depends on but for the machine. Structures are put member by member, as their
 * gaps may hold anything. */
static void digest(const AilTaintProgram *p, const AilTaintShape *shape, unsigned n_shape,
                   bool noting, uint8_t *key)
{
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
    put_number(c, p->n_insns);
    put_number(c, p->n_steps);
    put_number(c, n_shape);
    put_number(c, noting);
    for (unsigned i = 0; i <= p->n_insns; i++) {
        const AilTaintInsn *insn = &p->insns[i];
        put_number(c, insn->first);
        put_number(c, insn->n_load | (uint64_t)insn->n_store << 16 | (uint64_t)insn->flags << 32 |
                          (uint64_t)insn->predicated << 40);
    }
    for (unsigned i = 0; i < p->n_steps; i++) {
        const AilTaintStep *s = &p->steps[i];
        put_number(c, s->code | (uint64_t)s->lane << 8 | (uint64_t)s->n << 16 |
                          (uint64_t)s->dst << 32 | (uint64_t)s->a << 48);
        put_number(c, s->b);
    }
    for (unsigned i = 0; i < n_shape; i++)
        put_number(c,
                   shape[i].insn | (uint64_t)shape[i].size << 16 | (uint64_t)shape[i].write << 24);
    put(c, &p->writes, sizeof p->writes);
    finish(c, key);
}

/* And for the machine: the key on disk. */
static void key_of(const JitWorker *w, const JitFunction *f, uint8_t *key)
{
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
    const char *target = w->llvm->target(w->compiler);
    static const size_t layout[] = {sizeof(AilTaint),
                                    offsetof(AilTaint, state),
                                    offsetof(AilTaint, tainted),
                                    offsetof(AilTaint, shadow),
                                    sizeof(AilTaintAccess),
                                    offsetof(AilTaintAccess, phys),
                                    AIL_STATE_TEMP,
                                    AIL_TAINT_CELLS,
                                    AIL_SHADOW_FILTER_BITS,
                                    CODE_VERSION};
    put(c, layout, sizeof layout);
    put(c, AIL_VERSION, sizeof AIL_VERSION);
    put(c, target, strlen(target) + 1);
    put(c, f->content, sizeof f->content);
    finish(c, key);
}

/* --- on disk --- */

/* The name of a function in an object: the file's, and its number there. */
static void name_function(char *name, size_t size, const char *file, unsigned number)
{
    g_snprintf(name, size, "t%.24s_%u", file, number);
}

static bool find_linked(JitWorker *w, JitFunction *f, const char *file, unsigned number)
{
    char name[40];
    name_function(name, sizeof name, file, number);
    AilTaintCode *code = w->llvm->find(w->compiler, name);
    atomic_store_explicit(&f->code, code, memory_order_release);
    return code != NULL;
}

/* From the cache; false: it is not there. */
static bool take_cached(JitWorker *w, JitFunction *f, const uint8_t *key)
{
    unsigned number = 0;
    const char *file = w->cache ? ail_jit_cache_find(w->cache, key, &number) : NULL;
    if (!file)
        return false;
    if (!g_hash_table_contains(w->linked, file)) {
        g_autofree char *name = g_strdup(file);
        GBytes *object = ail_jit_cache_load(w->cache, file);
        AilStatus status = AIL_ERR;
        if (object)
            status = w->llvm->link(w->compiler, g_bytes_get_data(object, NULL),
                                   g_bytes_get_size(object), &w->problem);
        g_bytes_unref(object);
        if (status != AIL_OK)
            return false;
        g_hash_table_add(w->linked, g_steal_pointer(&name));
    }
    return find_linked(w, f, file, number);
}

/* --- compiling --- */

/* Of this thread, in nanoseconds. */
static uint64_t cpu_time(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void compile(JitWorker *w, JitFunction **f, const uint8_t *keys, unsigned n)
{
    AilTaintJob jobs[BATCH];
    void *object = NULL;
    size_t size = 0;
    uint64_t begin = cpu_time();
    g_autofree char *digits = g_compute_checksum_for_data(G_CHECKSUM_SHA256, keys, n * AIL_JIT_KEY);
    g_autofree char *file = g_strdup_printf("%.24s.code", digits);
    for (unsigned i = 0; i < n; i++) {
        jobs[i] = (AilTaintJob){.program = &f[i]->program,
                                .shape = f[i]->shape,
                                .n_shape = f[i]->n_shape,
                                .noting = f[i]->noting};
        name_function(jobs[i].name, sizeof jobs[i].name, file, i);
    }
    AilStatus status = w->llvm->compile(w->compiler, jobs, n, &object, &size, &w->problem);
    if (status == AIL_OK)
        status = w->llvm->link(w->compiler, object, size, &w->problem);
    if (status == AIL_OK && w->cache)
        ail_jit_cache_put(w->cache, file, keys, n, object, size);
    if (status == AIL_OK)
        g_hash_table_add(w->linked, g_strdup(file));
    for (unsigned i = 0; i < n; i++)
        *(status == AIL_OK && find_linked(w, f[i], file, i) ? &w->compiled : &w->failed) += 1;
    g_free(object);
    w->nanoseconds += cpu_time() - begin;
}

static AilStatus load(JitWorker *w)
{
    if (w->compiler || *w->problem.text)
        return w->compiler ? AIL_OK : AIL_ERR;
    const AilLlvm *llvm = w->module ? ail_llvm_load(w->module, &w->problem) : NULL;
    w->llvm = llvm ? llvm->taint : NULL;
    w->compiler = w->llvm ? w->llvm->create(&w->problem) : NULL;
    if (!w->compiler)
        return *w->problem.text ? AIL_ERR
                                : ail_error_set(&w->problem, "there is no module to compile with");
    w->linked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w->cache = w->dir ? ail_jit_cache_new(w->dir, w->cache_max) : NULL;
    return AIL_OK;
}

static void make(JitWorker *w, JitFunction **f, unsigned n)
{
    JitFunction *missing[BATCH];
    uint8_t keys[BATCH * AIL_JIT_KEY];
    unsigned n_missing = 0;
    if (load(w) != AIL_OK) {
        w->failed += n;
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        uint8_t *key = keys + n_missing * AIL_JIT_KEY;
        key_of(w, f[i], key);
        if (take_cached(w, f[i], key))
            w->cached++;
        else
            missing[n_missing++] = f[i];
    }
    if (n_missing && !atomic_load(&w->stop))
        compile(w, missing, keys, n_missing);
}

/* As many as there are, at most BATCH; false: the end. */
static bool take_batch(JitWorker *w, JitFunction **batch, unsigned *n)
{
    gpointer next = g_async_queue_pop(w->queue);
    *n = 0;
    while (next && next != w) {
        batch[(*n)++] = next;
        next = *n < BATCH ? g_async_queue_try_pop(w->queue) : NULL;
    }
    return next != w;
}

static gpointer work(gpointer data)
{
    JitWorker *w = data;
    JitFunction *batch[BATCH];
    unsigned n;
    bool more = true;
    while (more) {
        more = take_batch(w, batch, &n);
        if (n && !atomic_load(&w->stop))
            make(w, batch, n);
        for (unsigned i = 0; i < n; i++)
            drop_content(batch[i]);
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
    digest(p, shape, n_shape, noting, key);
    JitFunction *f = g_hash_table_lookup(w->functions, key);
    if (f)
        return f;
    f = g_new0(JitFunction, 1);
    memcpy(f->content, key, sizeof key);
    f->program =
        (AilTaintProgram){.n_insns = p->n_insns, .n_steps = p->n_steps, .writes = p->writes};
    f->program.insns = g_memdup2(p->insns, (p->n_insns + 1u) * sizeof *p->insns);
    f->program.steps = g_memdup2(p->steps, p->n_steps * sizeof *p->steps);
    f->shape = g_memdup2(shape, n_shape * sizeof *shape);
    f->n_shape = n_shape;
    f->noting = noting;
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
    counts->programs = w->wanted;
    counts->compiled = w->compiled;
    counts->cached = w->cached;
    counts->failed = w->failed;
    counts->nanoseconds = w->nanoseconds;
}

const char *jit_worker_problem(const JitWorker *w)
{
    return w->problem.text;
}
