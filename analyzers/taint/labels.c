/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of labels for the report: in words, and summed up. */
#include "analyzers/taint/taint_private.h"

enum { MOST = 256 /* parts */, SCATTERED = 64 /* ranges */ };

char *taint_describe(const Taint *t, uint32_t set, unsigned most)
{
    GString *to = g_string_new(NULL);
    ail_taint_sources_describe(t->sources, ail_taint_engine_taint(t->engine)->sets, set, most, to);
    return g_string_free(to, FALSE);
}

TaintLabels taint_labels(const Taint *t, uint32_t set, unsigned few)
{
    return (TaintLabels){taint_describe(t, set, few), taint_describe(t, set, MOST)};
}

void taint_labels_clear(TaintLabels *labels)
{
    g_free(labels->few);
    g_free(labels->all);
    *labels = (TaintLabels){NULL, NULL};
}

uint32_t taint_sum(AilSets *sets, uint32_t a, uint32_t b)
{
    uint32_t n;
    ail_sets_ranges(sets, a, &n);
    return n < SCATTERED ? ail_sets_union(sets, a, b) : a;
}
