/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/sets.h"

#include <glib.h>
#include <string.h>

enum { RECENT = 1 << 14 };

typedef struct Set {
    uint32_t at, n; /* ranges at .. at + n - 1 */
    uint32_t next;  /* of the same bucket; 0: none */
    uint32_t hash;
} Set;

/* A union that was asked for. */
typedef struct Recent {
    uint32_t a, b, set;
} Recent;

struct AilSets {
    GArray *sets;       /* of Set; 0 and 1 are not used; owned */
    GArray *ranges;     /* of AilLabelRange; owned */
    uint32_t *buckets;  /* owned */
    uint32_t n_buckets; /* a power of 2 */
    GArray *scratch;    /* of AilLabelRange; owned */
    Recent *recent;     /* RECENT; owned */
    size_t max_bytes;
    bool full;
};

static const AilLabelRange all_labels = {0, UINT32_MAX};

AilSets *ail_sets_new(size_t max_bytes)
{
    AilSets *s = g_new0(AilSets, 1);
    s->sets = g_array_new(FALSE, TRUE, sizeof(Set));
    g_array_set_size(s->sets, AIL_SET_ANY + 1);
    s->ranges = g_array_new(FALSE, FALSE, sizeof(AilLabelRange));
    s->scratch = g_array_new(FALSE, FALSE, sizeof(AilLabelRange));
    s->n_buckets = 1 << 10;
    s->buckets = g_new0(uint32_t, s->n_buckets);
    s->recent = g_new0(Recent, RECENT);
    s->max_bytes = max_bytes;
    return s;
}

void ail_sets_free(AilSets *s)
{
    if (!s)
        return;
    g_array_free(s->sets, TRUE);
    g_array_free(s->ranges, TRUE);
    g_array_free(s->scratch, TRUE);
    g_free(s->buckets);
    g_free(s->recent);
    g_free(s);
}

static Set *set_at(const AilSets *s, uint32_t set)
{
    return &g_array_index(s->sets, Set, set);
}

const AilLabelRange *ail_sets_ranges(const AilSets *s, uint32_t set, uint32_t *n)
{
    if (set == AIL_SET_ANY) {
        *n = 1;
        return &all_labels;
    }
    if (!set || set >= s->sets->len) {
        *n = 0;
        return NULL;
    }
    *n = set_at(s, set)->n;
    return &g_array_index(s->ranges, AilLabelRange, set_at(s, set)->at);
}

static uint32_t hash_of(const AilLabelRange *ranges, uint32_t n)
{
    uint64_t h = n;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ ((uint64_t)ranges[i].first << 32 | ranges[i].last)) * UINT64_C(0x9e3779b97f4a7c15),
        h ^= h >> 29;
    return (uint32_t)(h >> 32 ^ h);
}

static void rehash(AilSets *s)
{
    s->n_buckets *= 2;
    g_free(s->buckets);
    s->buckets = g_new0(uint32_t, s->n_buckets);
    for (uint32_t i = AIL_SET_ANY + 1; i < s->sets->len; i++) {
        uint32_t *bucket = &s->buckets[set_at(s, i)->hash & (s->n_buckets - 1)];
        set_at(s, i)->next = *bucket;
        *bucket = i;
    }
}

static bool has_room(AilSets *s, uint32_t n)
{
    size_t bytes = (s->ranges->len + (size_t)n) * sizeof(AilLabelRange) +
                   (s->sets->len + 1) * (sizeof(Set) + sizeof(uint32_t));
    if (bytes > s->max_bytes || s->ranges->len > UINT32_MAX - n)
        s->full = true;
    return !s->full;
}

/* The number of the set of these ranges, which may be a new one. */
static uint32_t intern(AilSets *s, const AilLabelRange *ranges, uint32_t n)
{
    uint32_t hash = hash_of(ranges, n);
    for (uint32_t i = s->buckets[hash & (s->n_buckets - 1)]; i; i = set_at(s, i)->next) {
        const Set *set = set_at(s, i);
        if (set->hash == hash && set->n == n &&
            !memcmp(&g_array_index(s->ranges, AilLabelRange, set->at), ranges, n * sizeof *ranges))
            return i;
    }
    if (!has_room(s, n))
        return AIL_SET_ANY;
    uint32_t *bucket = &s->buckets[hash & (s->n_buckets - 1)];
    Set set = {.at = s->ranges->len, .n = n, .next = *bucket, .hash = hash};
    g_array_append_vals(s->ranges, ranges, n);
    g_array_append_val(s->sets, set);
    *bucket = s->sets->len - 1;
    if (s->sets->len > s->n_buckets)
        rehash(s);
    return s->sets->len - 1;
}

uint32_t ail_sets_one(AilSets *s, uint32_t label)
{
    return ail_sets_range(s, label, label);
}

uint32_t ail_sets_range(AilSets *s, uint32_t first, uint32_t last)
{
    AilLabelRange range = {first, last};
    return intern(s, &range, 1);
}

static void append(GArray *to, AilLabelRange range)
{
    AilLabelRange *last = to->len ? &g_array_index(to, AilLabelRange, to->len - 1) : NULL;
    if (last && (last->last == UINT32_MAX || range.first <= last->last + 1))
        last->last = MAX(last->last, range.last);
    else
        g_array_append_val(to, range);
}

static uint32_t merge(AilSets *s, uint32_t a, uint32_t b)
{
    uint32_t n_a, n_b, i = 0, k = 0;
    const AilLabelRange *ra = ail_sets_ranges(s, a, &n_a), *rb = ail_sets_ranges(s, b, &n_b);
    g_array_set_size(s->scratch, 0);
    while (i < n_a || k < n_b) {
        bool from_a = k == n_b || (i < n_a && ra[i].first <= rb[k].first);
        append(s->scratch, from_a ? ra[i++] : rb[k++]);
    }
    return intern(s, (const AilLabelRange *)(void *)s->scratch->data, s->scratch->len);
}

uint32_t ail_sets_union(AilSets *s, uint32_t a, uint32_t b)
{
    if (a > b) {
        uint32_t t = a;
        a = b;
        b = t;
    }
    if (!a || a == b)
        return b;
    if (a == AIL_SET_ANY)
        return a;
    Recent *recent = &s->recent[(a * 0x9e3779b1u ^ b * 0x85ebca6bu) >> 18];
    if (recent->a != a || recent->b != b)
        *recent = (Recent){a, b, merge(s, a, b)};
    return recent->set;
}

bool ail_sets_share(const AilSets *s, uint32_t a, uint32_t b)
{
    uint32_t n_a, n_b, i = 0, k = 0;
    const AilLabelRange *ra = ail_sets_ranges(s, a, &n_a), *rb = ail_sets_ranges(s, b, &n_b);
    while (i < n_a && k < n_b)
        if (ra[i].last < rb[k].first)
            i++;
        else if (rb[k].last < ra[i].first)
            k++;
        else
            return true;
    return false;
}

bool ail_sets_has(const AilSets *s, uint32_t set, uint32_t label)
{
    uint32_t n;
    const AilLabelRange *ranges = ail_sets_ranges(s, set, &n);
    for (uint32_t from = 0, to = n; from < to;) {
        uint32_t mid = from + (to - from) / 2;
        if (label < ranges[mid].first)
            to = mid;
        else if (label > ranges[mid].last)
            from = mid + 1;
        else
            return true;
    }
    return false;
}

uint32_t ail_sets_count(const AilSets *s)
{
    return s->sets->len - AIL_SET_ANY - 1;
}

bool ail_sets_full(const AilSets *s)
{
    return s->full;
}
