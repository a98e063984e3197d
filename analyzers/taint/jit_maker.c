/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/jit_maker.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "analyzers/lift/llvm.h"

enum { CACHE_MAX = 64 << 20 };

struct JitMaker {
    char *module, *dir; /* owned */
    uint64_t cache_max;
    uint8_t built[AIL_JIT_KEY]; /* digest of the module's file */
    const AilTaintCompile *llvm;
    AilTaintCompiler *compiler; /* NULL: not loaded; owned, as are the next two */
    AilJitCache *cache;         /* NULL: none */
    GHashTable *linked;         /* names of files of the cache that are linked */
    uint64_t compiled, cached, failed, nanoseconds;
    AilError problem;
};

JitMaker *jit_maker_new(const AilTaintJitConfig *config)
{
    JitMaker *m = g_new0(JitMaker, 1);
    m->module = g_strdup(config->module);
    m->dir = g_strdup(config->cache);
    m->cache_max = config->cache_max ? config->cache_max : CACHE_MAX;
    m->linked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return m;
}

void jit_maker_free(JitMaker *m)
{
    if (!m)
        return;
    if (m->compiler)
        m->llvm->destroy(m->compiler);
    g_hash_table_unref(m->linked);
    ail_jit_cache_free(m->cache);
    g_free(m->module);
    g_free(m->dir);
    g_free(m);
}

/* Of this thread, in nanoseconds. */
static uint64_t cpu_time(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* --- LLVM --- */

/* What was compiled by another build of the module is not what this one makes. */
static AilStatus digest_module(JitMaker *m)
{
    g_autofree char *bytes = NULL;
    gsize len = 0, n = AIL_JIT_KEY;
    if (!g_file_get_contents(m->module, &bytes, &len, NULL))
        return ail_error_set(&m->problem, "%s cannot be read", m->module);
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(c, (const guchar *)bytes, (gssize)len);
    g_checksum_get_digest(c, m->built, &n);
    g_checksum_free(c);
    return AIL_OK;
}

static AilStatus load(JitMaker *m)
{
    if (m->compiler || *m->problem.text)
        return m->compiler ? AIL_OK : AIL_ERR;
    const AilLlvm *llvm = m->module ? ail_llvm_load(m->module, &m->problem) : NULL;
    m->llvm = llvm ? llvm->taint : NULL;
    if (m->llvm && digest_module(m) == AIL_OK)
        m->compiler = m->llvm->create(&m->problem);
    if (!m->compiler)
        return *m->problem.text ? AIL_ERR
                                : ail_error_set(&m->problem, "there is no module to compile with");
    m->cache = m->dir ? ail_jit_cache_new(m->dir, m->cache_max) : NULL;
    return AIL_OK;
}

/* The key on disk: the function, and all else that its code depends on. */
static void key_of(const JitMaker *m, const JitFunction *f, uint8_t *key)
{
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
    const char *target = m->llvm->target(m->compiler);
    gsize n = AIL_JIT_KEY;
    static const size_t layout[] = {sizeof(AilTaint),
                                    offsetof(AilTaint, state),
                                    offsetof(AilTaint, tainted),
                                    offsetof(AilTaint, shadow),
                                    sizeof(AilTaintAccess),
                                    offsetof(AilTaintAccess, phys),
                                    sizeof(AilTaintCalls),
                                    AIL_STATE_TEMP,
                                    AIL_TAINT_CELLS,
                                    AIL_SHADOW_FILTER_BITS};
    g_checksum_update(c, (const guchar *)layout, sizeof layout);
    g_checksum_update(c, m->built, sizeof m->built);
    g_checksum_update(c, (const guchar *)target, (gssize)strlen(target) + 1);
    g_checksum_update(c, f->content, sizeof f->content);
    g_checksum_get_digest(c, key, &n);
    g_checksum_free(c);
}

/* --- on disk --- */

/* The name of a function in an object: the file's, and its number there. */
static void name_function(char *name, size_t size, const char *file, unsigned number)
{
    g_snprintf(name, size, "t%.24s_%u", file, number);
}

static bool find_linked(JitMaker *m, JitFunction *f, const char *file, unsigned number)
{
    char name[40];
    name_function(name, sizeof name, file, number);
    AilTaintCode *code = m->llvm->find(m->compiler, name);
    atomic_store_explicit(&f->code, code, memory_order_release);
    return code != NULL;
}

/* From the cache; false: it is not there. */
static bool take_cached(JitMaker *m, JitFunction *f, const uint8_t *key)
{
    unsigned number = 0;
    const char *file = m->cache ? ail_jit_cache_find(m->cache, key, &number) : NULL;
    if (!file)
        return false;
    if (!g_hash_table_contains(m->linked, file)) {
        g_autofree char *name = g_strdup(file);
        GBytes *object = ail_jit_cache_load(m->cache, file);
        AilStatus status = AIL_ERR;
        if (object)
            status = m->llvm->link(m->compiler, g_bytes_get_data(object, NULL),
                                   g_bytes_get_size(object), &m->problem);
        g_bytes_unref(object);
        if (status != AIL_OK)
            return false;
        g_hash_table_add(m->linked, g_steal_pointer(&name));
    }
    return find_linked(m, f, file, number);
}

/* --- compiling --- */

static void compile(JitMaker *m, JitFunction **f, const uint8_t *keys, unsigned n)
{
    AilTaintJob jobs[JIT_BATCH];
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
    AilStatus status = m->llvm->compile(m->compiler, jobs, n, &object, &size, &m->problem);
    if (status == AIL_OK)
        status = m->llvm->link(m->compiler, object, size, &m->problem);
    if (status == AIL_OK && m->cache)
        ail_jit_cache_put(m->cache, file, keys, n, object, size);
    if (status == AIL_OK)
        g_hash_table_add(m->linked, g_strdup(file));
    for (unsigned i = 0; i < n; i++)
        *(status == AIL_OK && find_linked(m, f[i], file, i) ? &m->compiled : &m->failed) += 1;
    g_free(object);
    m->nanoseconds += cpu_time() - begin;
}

void jit_maker_make(JitMaker *m, JitFunction **f, unsigned n, const atomic_bool *stop)
{
    JitFunction *missing[JIT_BATCH];
    uint8_t keys[JIT_BATCH * AIL_JIT_KEY];
    unsigned n_missing = 0;
    if (load(m) != AIL_OK) {
        m->failed += n;
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        uint8_t *key = keys + n_missing * AIL_JIT_KEY;
        key_of(m, f[i], key);
        if (take_cached(m, f[i], key))
            m->cached++;
        else
            missing[n_missing++] = f[i];
    }
    if (n_missing && !atomic_load(stop))
        compile(m, missing, keys, n_missing);
}

void jit_maker_count(const JitMaker *m, AilTaintJitCounts *counts)
{
    counts->compiled = m->compiled;
    counts->cached = m->cached;
    counts->failed = m->failed;
    counts->nanoseconds = m->nanoseconds;
}

const char *jit_maker_problem(const JitMaker *m)
{
    return m->problem.text;
}
