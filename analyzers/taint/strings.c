/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings as sources: stringsearch runs along, and what it finds is labelled where it is. */
#include <string.h>

#include "analyzers/builtin.h"
#include "analyzers/taint/taint_private.h"

struct TaintStrings {
    Taint *taint;
    AilOptions *options; /* of the search; owned */
    AilBus *bus;         /* owned */
    void *search;        /* an instance of stringsearch; owned */
    GArray *matches;     /* of AilStringMatch, of the chunk at hand; owned */
    guint next;          /* the first that is not labelled */
};

static const char *const keys[][2] = {{"label-string", "string"}, {"label-hex", "hex"}};

/* The search's options of ours; NULL: no string is asked for. */
static AilOptions *search_options(const AilOptions *ours, AilError *err)
{
    AilOptions *o = ail_options_new("taint", ail_stringsearch_ops.options);
    size_t n = 0;
    for (unsigned k = 0; k < G_N_ELEMENTS(keys); k++)
        for (size_t i = 0; i < ail_options_count(ours, keys[k][0]); i++, n++)
            ail_options_add(o, keys[k][1], ail_options_text(ours, keys[k][0], i), err);
    if (n && ail_options_flag(ours, "utf16"))
        ail_options_add(o, "utf16", NULL, err);
    if (n)
        return o;
    ail_options_free(o);
    return NULL;
}

AilStatus taint_strings_check(const AilOptions *options, AilError *err)
{
    AilOptions *o = search_options(options, err);
    AilStatus status = o ? ail_stringsearch_ops.check(o, err) : AIL_OK;
    ail_options_free(o);
    return status;
}

static void on_match(void *self, const AilBusEvent *event)
{
    TaintStrings *s = self;
    g_array_append_vals(s->matches, (const AilStringMatch *)(const void *)event, 1);
}

TaintStrings *taint_strings_new(Taint *t, const AilOptions *options, AilError *err)
{
    TaintStrings *s = g_new0(TaintStrings, 1);
    s->taint = t;
    s->matches = g_array_new(FALSE, FALSE, sizeof(AilStringMatch));
    s->bus = ail_bus_new();
    ail_bus_subscribe(ail_bus_topic(s->bus, AIL_TOPIC_STRING_MATCH), on_match, s);
    s->options = search_options(options, err);
    AilAnalysisEnv env = t->env;
    env.bus = s->bus;
    env.symbols = NULL;
    s->search = s->options ? ail_stringsearch_ops.create(&env, s->options, err) : NULL;
    if (s->search)
        return s;
    taint_strings_free(s);
    return NULL;
}

void taint_strings_free(TaintStrings *s)
{
    if (!s)
        return;
    if (s->search)
        ail_stringsearch_ops.destroy(s->search);
    ail_options_free(s->options);
    ail_bus_free(s->bus);
    g_array_free(s->matches, TRUE);
    g_free(s);
}

void *taint_strings_prepare(const TaintStrings *s, const AilChunk *chunk)
{
    return ail_stringsearch_ops.prepare(s->search, chunk);
}

/* When it is labelled: what is read, before its last byte is; what is written, after it was. */
static uint64_t when(const AilStringMatch *m)
{
    return m->base.icount + (m->write ? 1 : 0);
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    uint64_t x = when(a), y = when(b);
    return x < y ? -1 : x > y;
}

AilStatus taint_strings_take(TaintStrings *s, const AilChunk *chunk, void *prepared, AilError *err)
{
    if (s->next == s->matches->len) { /* what was due at the end of the chunk before is done */
        g_array_set_size(s->matches, 0);
        s->next = 0;
    }
    AilStatus status = ail_stringsearch_ops.take(s->search, chunk, prepared, err);
    g_array_sort(s->matches, by_time);
    return status;
}

/* Whether the byte has the label of byte i of this string, from where it was seen before. */
static bool is_copy(const Taint *t, const char *string, uint32_t i, uint64_t addr)
{
    uint64_t phys;
    uint32_t n;
    AilTaint *taint = ail_taint_engine_taint(t->engine);
    if (!ail_taint_engine_phys(t->engine, addr, &phys))
        return false;
    uint32_t set = ail_cell_set(ail_shadow_get(taint->shadow, phys));
    const AilLabelRange *ranges = ail_sets_ranges(taint->sets, set, &n);
    for (uint32_t k = 0; k < n; k++) {
        const AilTaintSource *source = ail_taint_sources_of(t->sources, ranges[k].first);
        bool same = source && !strcmp(source->name, string);
        if (same && (source->n == 1 || ranges[k].first - source->first == i))
            return true;
    }
    return false;
}

static void label(TaintStrings *s, const AilStringMatch *m)
{
    Taint *t = s->taint;
    uint32_t bytes = m->ascending ? m->length : 1, copied = 0;
    for (uint32_t i = 0; i < bytes; i++)
        copied += is_copy(t, m->string, m->ascending ? i : m->length - 1, m->addr - bytes + 1 + i);
    if (copied == bytes)
        return;
    AilTaintSource *source = taint_source(t, "string", m->string, bytes);
    if (source)
        taint_label_virtual(t, source, m->addr - bytes + 1, bytes);
}

uint64_t taint_strings_due(TaintStrings *s, uint64_t icount)
{
    for (; s->next < s->matches->len; s->next++) {
        const AilStringMatch *m = &g_array_index(s->matches, AilStringMatch, s->next);
        if (when(m) > icount)
            return when(m);
        label(s, m);
    }
    return UINT64_MAX;
}
