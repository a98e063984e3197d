/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels that a branch depended on. Kept apart from sets that taint is made of: all of them in one
 * set, label by label, would leave as many sets behind. */
#include <string.h>

#include "analyzers/taint/taint_private.h"

struct TaintDecided {
    GByteArray *labels, *sets; /* bits: labels; sets that were added; owned */
    bool any;                  /* all labels */
};

TaintDecided *taint_decided_new(void)
{
    TaintDecided *d = g_new0(TaintDecided, 1);
    d->labels = g_byte_array_new();
    d->sets = g_byte_array_new();
    return d;
}

void taint_decided_free(TaintDecided *d)
{
    if (!d)
        return;
    g_byte_array_free(d->labels, TRUE);
    g_byte_array_free(d->sets, TRUE);
    g_free(d);
}

static bool has(const GByteArray *bits, uint32_t i)
{
    return i / 8 < bits->len && bits->data[i / 8] >> i % 8 & 1;
}

static void add(GByteArray *bits, uint32_t i)
{
    guint len = bits->len;
    if (i / 8 >= len) {
        g_byte_array_set_size(bits, i / 8 + 1);
        memset(bits->data + len, 0, bits->len - len);
    }
    bits->data[i / 8] |= (guint8)(1 << i % 8);
}

void taint_decided_add(TaintDecided *d, const AilSets *sets, uint32_t set)
{
    uint32_t n;
    const AilLabelRange *ranges = ail_sets_ranges(sets, set, &n);
    d->any |= set == AIL_SET_ANY;
    if (d->any || has(d->sets, set))
        return;
    add(d->sets, set);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t label = ranges[i].first; label <= ranges[i].last; label++)
            add(d->labels, label);
}

bool taint_decided_has(const TaintDecided *d, uint32_t label)
{
    return d->any || has(d->labels, label);
}
