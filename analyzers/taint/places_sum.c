/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places summed up by function, module or process. */
#include <string.h>

#include "analyzers/taint/taint_private.h"

bool taint_by_parse(const char *text, TaintBy *by)
{
    static const char *const names[] = {"instruction", "function", "module", "process"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (!strcmp(text, names[i])) {
            *by = (TaintBy)i;
            return true;
        }
    return false;
}

static char *module_of(const TaintPlace *place)
{
    if (place->module)
        return g_strdup(place->module);
    return g_strdup(place->user ? "(no file)" : "[kernel]");
}

/* "memcpy+0x12 (libc.so.6)" -> "memcpy (libc.so.6)" */
static char *function_of(const TaintPlace *place)
{
    if (!place->name)
        return module_of(place);
    const char *plus = strstr(place->name, "+0x");
    if (!plus)
        return g_strdup(place->name);
    size_t digits = strspn(plus + 3, "0123456789abcdef");
    return g_strdup_printf("%.*s%s", (int)(plus - place->name), place->name, plus + 3 + digits);
}

static char *group_of(const TaintPlace *place, TaintBy by)
{
    switch (by) {
    case TAINT_BY_FUNCTION:
        return function_of(place);
    case TAINT_BY_MODULE:
        return module_of(place);
    default:
        return g_strdup("");
    }
}

static guint sum_hash(gconstpointer p)
{
    const TaintPlace *place = p;
    return g_str_hash(place->name) ^ place->pid * 31 ^ (guint)place->target;
}

static gboolean sum_equal(gconstpointer a, gconstpointer b)
{
    const TaintPlace *x = a, *y = b;
    return x->pid == y->pid && x->target == y->target && !strcmp(x->name, y->name);
}

static void sum_free(gpointer p)
{
    TaintPlace *sum = p;
    g_free(sum->name);
    g_free(sum->comm);
    g_free(sum);
}

static void add(GHashTable *sums, AilSets *sets, const TaintPlace *place, TaintBy by)
{
    TaintPlace key = {
        .pid = place->pid, .target = place->target, .sum = true, .name = group_of(place, by)};
    TaintPlace *sum = g_hash_table_lookup(sums, &key);
    if (sum) {
        g_free(key.name);
    } else {
        key.comm = g_strdup(place->comm);
        key.first = place->first;
        sum = g_memdup2(&key, sizeof key);
        g_hash_table_insert(sums, sum, sum);
    }
    sum->count += place->count;
    sum->first = MIN(sum->first, place->first);
    sum->last = MAX(sum->last, place->last);
    sum->depth = MAX(sum->depth, place->depth);
    sum->set = taint_sum(sets, sum->set, place->set);
}

GHashTable *taint_places_sum(GHashTable *places, AilSets *sets, TaintBy by)
{
    GHashTable *sums = g_hash_table_new_full(sum_hash, sum_equal, sum_free, NULL);
    GHashTableIter iter;
    gpointer place;
    g_hash_table_iter_init(&iter, places);
    while (g_hash_table_iter_next(&iter, &place, NULL))
        add(sums, sets, place, by);
    return sums;
}
