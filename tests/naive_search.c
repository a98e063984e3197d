/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/naive_search.h"

#include <stdlib.h>
#include <string.h>

typedef struct NaiveRun {
    uint64_t next, asid, icount;
    bool write;
    GString *state;
} NaiveRun;

struct Naive {
    const GPtrArray *patterns; /* of GString */
    GHashTable *taps;          /* key as text -> GString, owned */
    GPtrArray *runs;           /* of NaiveRun; owned */
    GHashTable *places;        /* key as text -> NaivePlace, owned */
    uint64_t window;
    GHashTable *found; /* of the access at hand: "PATTERN ADDRESS" -> via */
};

typedef struct NaivePlace {
    uint64_t first, last, matches;
    unsigned via;
} NaivePlace;

static void run_free(gpointer p)
{
    g_string_free(((NaiveRun *)p)->state, TRUE);
    g_free(p);
}

static void naive_byte(Naive *n, GString *state, uint8_t byte, uint64_t addr, unsigned via)
{
    g_string_append_c(state, (char)byte);
    for (guint i = 0; i < n->patterns->len; i++) {
        const GString *p = n->patterns->pdata[i];
        if (p->len > state->len || memcmp(p->str, state->str + state->len - p->len, p->len) != 0)
            continue;
        char *key = g_strdup_printf("%u %" G_GINT64_MODIFIER "x", i, addr);
        unsigned known = GPOINTER_TO_UINT(g_hash_table_lookup(n->found, key));
        g_hash_table_insert(n->found, key, GUINT_TO_POINTER(known | via));
    }
    for (gsize cut = 0;; cut++) { /* the longest end that a pattern begins with */
        for (guint i = 0; i < n->patterns->len; i++) {
            const GString *p = n->patterns->pdata[i];
            gsize len = state->len - cut;
            if (len <= p->len && memcmp(p->str, state->str + cut, len) == 0) {
                g_string_erase(state, 0, (gssize)cut);
                return;
            }
        }
    }
}

static void naive_feed(Naive *n, GString *state, const NaiveAccess *a, unsigned from, unsigned via)
{
    for (unsigned i = from; i < a->size; i++)
        naive_byte(n, state, a->bytes[i], a->addr + i, via);
}

static bool naive_agrees(const GString *state, const NaiveAccess *a, uint64_t n)
{
    gsize len = MIN(n, state->len);
    return memcmp(state->str + state->len - len, a->bytes + n - len, len) == 0;
}

static void naive_put(Naive *n, const NaiveAccess *a, uint64_t next, const GString *state)
{
    for (guint i = 0; i < n->runs->len; i++) {
        NaiveRun *run = n->runs->pdata[i];
        if (run->next == next && run->asid == a->asid && run->write == a->write &&
            g_string_equal(run->state, state))
            g_ptr_array_remove_index_fast(n->runs, i--);
    }
    NaiveRun *run = g_new0(NaiveRun, 1);
    *run = (NaiveRun){next, a->asid, a->icount, a->write,
                      g_string_new_len(state->str, (gssize)state->len)};
    g_ptr_array_add(n->runs, run);
}

/* before: the accesses of this execution before a, a itself last. */
static void naive_addresses(Naive *n, const NaiveAccess *a, const GArray *before)
{
    GString *best = g_string_new(NULL);
    naive_feed(n, best, a, 0, 2);
    for (guint i = 0; i < n->runs->len; i++) {
        NaiveRun *run = n->runs->pdata[i];
        uint64_t overlap = run->next - a->addr;
        bool over = a->icount - run->icount > n->window;
        if (!over && (overlap > a->size || run->asid != a->asid || run->write != a->write))
            continue;
        if (!over && naive_agrees(run->state, a, overlap)) {
            naive_feed(n, run->state, a, (unsigned)overlap, 2);
            if (run->state->len > best->len) {
                g_string_truncate(best, 0);
                g_string_append_len(best, run->state->str, (gssize)run->state->len);
            }
        }
        g_ptr_array_remove_index_fast(n->runs, i--);
    }
    uint64_t next = a->addr + a->size;
    if (best->len)
        naive_put(n, a, next, best);
    for (guint k = before->len - 1; a->size > 1 && k-- > 0 && best->len;) {
        const NaiveAccess *q = &g_array_index(before, NaiveAccess, k);
        uint64_t overlap = next - q->addr;
        if (q->write != a->write || overlap >= q->size || !naive_agrees(best, q, overlap))
            continue;
        naive_feed(n, best, q, (unsigned)overlap, 2);
        next = q->addr + q->size;
    }
    if (best->len && next != a->addr + a->size)
        naive_put(n, a, next, best);
    g_string_free(best, TRUE);
}

static void naive_count(Naive *n, const NaiveAccess *a)
{
    GHashTableIter iter;
    gpointer key, via;
    g_hash_table_iter_init(&iter, n->found);
    while (g_hash_table_iter_next(&iter, &key, &via)) {
        GString *text = g_string_new(NULL);
        const GString *p = n->patterns->pdata[atoi(key)];
        for (gsize i = 0; i < p->len; i++)
            g_string_append_printf(text, "%02x", (uint8_t)p->str[i]);
        char *place =
            g_strdup_printf("%s %s pc %" G_GINT64_MODIFIER "x caller %" G_GINT64_MODIFIER
                            "x asid %" G_GINT64_MODIFIER "x",
                            text->str, a->write ? "write" : "read", a->pc, a->caller, a->asid);
        NaivePlace *known = g_hash_table_lookup(n->places, place);
        if (!known) {
            known = g_new0(NaivePlace, 1);
            known->first = a->icount;
            g_hash_table_insert(n->places, g_strdup(place), known);
        }
        known->last = a->icount;
        known->matches++;
        known->via |= GPOINTER_TO_UINT(via);
        g_free(place);
        g_string_free(text, TRUE);
    }
    g_hash_table_remove_all(n->found);
}

void naive_access(Naive *n, const NaiveAccess *a, const GArray *before)
{
    char *key = g_strdup_printf("%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER
                                "x %" G_GINT64_MODIFIER "x %d",
                                a->pc, a->asid, a->caller, a->write);
    GString *tap = g_hash_table_lookup(n->taps, key);
    if (!tap) {
        tap = g_string_new(NULL);
        g_hash_table_insert(n->taps, g_strdup(key), tap);
    }
    naive_feed(n, tap, a, 0, 1);
    naive_addresses(n, a, before);
    naive_count(n, a);
    g_free(key);
}

static void text_free(gpointer p)
{
    g_string_free(p, TRUE);
}

Naive *naive_new(const GPtrArray *patterns, uint64_t window)
{
    Naive *n = g_new0(Naive, 1);
    n->patterns = patterns;
    n->window = window;
    n->taps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, text_free);
    n->runs = g_ptr_array_new_with_free_func(run_free);
    n->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    n->found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return n;
}

void naive_free(Naive *n)
{
    g_hash_table_destroy(n->taps);
    g_ptr_array_free(n->runs, TRUE);
    g_hash_table_destroy(n->places);
    g_hash_table_destroy(n->found);
    g_free(n);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *naive_report(const Naive *n)
{
    static const char *const via[] = {"", "instruction", "addresses", "both"};
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, n->places);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const NaivePlace *p = value;
        g_ptr_array_add(lines,
                        g_strdup_printf("%s first %" G_GUINT64_FORMAT " last %" G_GUINT64_FORMAT
                                        " matches %" G_GUINT64_FORMAT " via %s",
                                        (char *)key, p->first, p->last, p->matches, via[p->via]));
    }
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    char *text = g_strjoinv("\n", (char **)lines->pdata);
    g_ptr_array_free(lines, TRUE);
    return text;
}
