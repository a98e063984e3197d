/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/sources.h"

#include <string.h>

enum { MAX_SOURCES = 1 << 20 };

#define MAX_LABELS UINT32_C(0xfffffff0)

struct AilTaintSources {
    GArray *all; /* of AilTaintSource, by first label; owned */
    uint32_t next;
    uint64_t refused;
    bool uniform;
};

static void clear(gpointer p)
{
    AilTaintSource *source = p;
    g_free(source->name);
    g_free(source->comm);
}

AilTaintSources *ail_taint_sources_new(bool uniform)
{
    AilTaintSources *s = g_new0(AilTaintSources, 1);
    s->all = g_array_new(FALSE, FALSE, sizeof(AilTaintSource));
    g_array_set_clear_func(s->all, clear);
    s->uniform = uniform;
    return s;
}

void ail_taint_sources_free(AilTaintSources *s)
{
    if (!s)
        return;
    g_array_free(s->all, TRUE);
    g_free(s);
}

AilTaintSource *ail_taint_sources_add(AilTaintSources *s, const char *kind, const char *name,
                                      uint32_t bytes, uint64_t icount, uint32_t pid,
                                      const char *comm)
{
    uint32_t labels = s->uniform ? 1 : bytes;
    if (s->all->len >= MAX_SOURCES || MAX_LABELS - s->next < labels) {
        s->refused++;
        return NULL;
    }
    AilTaintSource source = {.kind = kind,
                             .name = g_strdup(name),
                             .icount = icount,
                             .first = s->next,
                             .n = labels,
                             .bytes = bytes,
                             .pid = pid,
                             .comm = g_strdup(comm)};
    s->next += labels;
    g_array_append_val(s->all, source);
    return &g_array_index(s->all, AilTaintSource, s->all->len - 1);
}

AilTaintSource *ail_taint_sources_extend(AilTaintSources *s, const char *kind)
{
    AilTaintSource *last =
        s->all->len ? &g_array_index(s->all, AilTaintSource, s->all->len - 1) : NULL;
    if (!last || strcmp(last->kind, kind) || s->next >= MAX_LABELS)
        return NULL;
    last->bytes++;
    last->n += !s->uniform;
    s->next += !s->uniform;
    return last;
}

uint32_t ail_taint_sources_label(const AilTaintSources *s, const AilTaintSource *source, uint32_t i)
{
    return source->first + (s->uniform ? 0 : i);
}

size_t ail_taint_sources_count(const AilTaintSources *s)
{
    return s->all->len;
}

const AilTaintSource *ail_taint_sources_at(const AilTaintSources *s, size_t i)
{
    return &g_array_index(s->all, AilTaintSource, i);
}

const AilTaintSource *ail_taint_sources_of(const AilTaintSources *s, uint32_t label)
{
    size_t from = 0, to = s->all->len;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        const AilTaintSource *source = ail_taint_sources_at(s, mid);
        if (label < source->first)
            to = mid;
        else if (label - source->first >= source->n)
            from = mid + 1;
        else
            return source;
    }
    return NULL;
}

uint64_t ail_taint_sources_refused(const AilTaintSources *s)
{
    return s->refused;
}

/* Labels first .. last of one source. */
static void describe(const AilTaintSources *s, const AilTaintSource *source, uint32_t first,
                     uint32_t last, GString *to)
{
    g_string_append_printf(to, "%s %s", source->kind, source->name);
    uint64_t offset = source->offset;
    if (s->uniform || source->bytes == 1)
        return;
    if (first == last)
        g_string_append_printf(to, "[%" G_GUINT64_FORMAT "]", offset + (first - source->first));
    else
        g_string_append_printf(to, "[%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "]",
                               offset + (first - source->first), offset + (last - source->first));
}

void ail_taint_sources_describe(const AilTaintSources *s, const AilSets *sets, uint32_t set,
                                unsigned most, GString *to)
{
    uint32_t n;
    unsigned parts = 0;
    const AilLabelRange *ranges = ail_sets_ranges(sets, set, &n);
    if (set == AIL_SET_ANY) {
        g_string_append(to, "more than could be kept apart");
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t label = ranges[i].first;;) {
            const AilTaintSource *source = ail_taint_sources_of(s, label);
            if (!source)
                break;
            if (parts == most) {
                g_string_append(to, ", ...");
                return;
            }
            uint32_t end = MIN(ranges[i].last, source->first + source->n - 1);
            g_string_append(to, parts++ ? ", " : "");
            describe(s, source, label, end, to);
            if (end == ranges[i].last)
                break;
            label = end + 1;
        }
}
