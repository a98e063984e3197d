/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The example of docs/analyses.md: which instructions write to an address? */
#include <glib.h>
#include <inttypes.h>

#include "analyzers/walker.h"

typedef struct Writers {
    uint64_t addr;
    GHashTable *counts; /* pc -> how often; both owned */
} Writers;

static const AilOption options[] = {
    {"addr", "ADDRESS", "the address that is watched", AIL_OPTION_NUMBER, false, true},
    {NULL, NULL, NULL, 0, false, false},
};

static AilStatus check(const AilOptions *o, AilError *err)
{
    return ail_options_count(o, "addr") ? AIL_OK : ail_error_set(err, "give addr=ADDRESS");
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)err;
    Writers *w = g_new0(Writers, 1);
    (void)env;
    w->addr = ail_options_number(o, "addr", 0, 0);
    w->counts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return w;
}

static void add(Writers *w, uint64_t pc, uint64_t n)
{
    uint64_t *count = g_hash_table_lookup(w->counts, &pc);
    if (!count) {
        count = g_new0(uint64_t, 1);
        g_hash_table_insert(w->counts, g_memdup2(&pc, sizeof pc), count);
    }
    *count += n;
}

static void on_access(void *self, const AilExec *exec, const AilAccess *access)
{
    Writers *w = self;
    (void)exec;
    if (access->write && w->addr - access->addr < access->size)
        add(w, access->pc, 1);
}

static AilStatus chunk(void *self, const AilChunk *c, AilError *err)
{
    const AilWalker walker = {.self = self, .access = on_access};
    (void)err;
    ail_walk(&walker, c);
    return AIL_OK;
}

static AilStatus merge(void *self, void *other, AilError *err)
{
    GHashTableIter iter;
    gpointer pc, count;
    (void)err;
    g_hash_table_iter_init(&iter, ((Writers *)other)->counts);
    while (g_hash_table_iter_next(&iter, &pc, &count))
        add(self, *(uint64_t *)pc, *(uint64_t *)count);
    return AIL_OK;
}

static gint by_pc(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void print(AilOutput *out, uint64_t pc, uint64_t n)
{
    if (ail_output_is_json(out)) {
        ail_json_begin(out, "writers");
        ail_json_address(out, "pc", pc);
        ail_json_number(out, "writes", n);
        ail_json_end(out);
    } else {
        ail_output_text(out, "0x%-16" PRIx64 " %" PRIu64 " writes\n", pc, n);
    }
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Writers *w = self;
    (void)err;
    GList *pcs = g_list_sort(g_hash_table_get_keys(w->counts), by_pc);
    for (const GList *p = pcs; p; p = p->next)
        print(out, *(uint64_t *)p->data, *(uint64_t *)g_hash_table_lookup(w->counts, p->data));
    if (!pcs && !ail_output_is_json(out))
        ail_output_text(out, "Nothing writes to 0x%" PRIx64 ".\n", w->addr);
    g_list_free(pcs);
    return AIL_OK;
}

static void destroy(void *self)
{
    Writers *w = self;
    g_hash_table_destroy(w->counts);
    g_free(w);
}

static const AilAnalysisOps ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "writers",
    .summary = "Which instructions write to an address",
    .needs = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR,
    .order = AIL_MERGEABLE,
    .options = options,
    .check = check,
    .create = create,
    .chunk = chunk,
    .merge = merge,
    .finish = finish,
    .destroy = destroy,
};

const AilAnalysisOps *ail_analysis_module(void)
{
    return &ops;
}
