/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taps.h"

#include <glib.h>
#include <string.h>

typedef struct Tap {
    AilTapKey key;
    uint64_t icount; /* when it was last set */
    uint32_t state;  /* 0: free */
} Tap;

/* Open addressing with linear probing, at most half full. */
struct AilTaps {
    Tap *table; /* owned */
    uint32_t mask, n;
    uint32_t *filter; /* owned */
    uint64_t forgotten;
};

AilTaps *ail_taps_new(void)
{
    AilTaps *t = g_new0(AilTaps, 1);
    t->mask = 1023;
    t->table = g_new0(Tap, t->mask + 1);
    t->filter = g_new0(uint32_t, AIL_TAPS_FILTER);
    return t;
}

void ail_taps_free(AilTaps *t)
{
    if (!t)
        return;
    g_free(t->table);
    g_free(t->filter);
    g_free(t);
}

static uint32_t tap_hash(const AilTapKey *k)
{
    uint64_t h = k->pc * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 29 ^ k->asid) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 32 ^ k->caller ^ k->write) * 0x94d049bb133111ebu;
    return (uint32_t)(h >> 32);
}

static bool same_key(const AilTapKey *a, const AilTapKey *b)
{
    return a->pc == b->pc && a->asid == b->asid && a->caller == b->caller && a->write == b->write;
}

/* The place of the key, or the free one where it would go. */
static uint32_t tap_find(const AilTaps *t, const AilTapKey *key)
{
    uint32_t at = tap_hash(key) & t->mask;
    while (t->table[at].state && !same_key(&t->table[at].key, key))
        at = (at + 1) & t->mask;
    return at;
}

uint32_t ail_taps_get(const AilTaps *t, const AilTapKey *key)
{
    return t->table[tap_find(t, key)].state;
}

/* Move later entries of the probe sequence up, so that no mark of deletion is needed. */
static void tap_remove(AilTaps *t, uint32_t hole)
{
    t->filter[ail_taps_place(t->table[hole].key.pc)]--;
    t->n--;
    for (uint32_t at = (hole + 1) & t->mask; t->table[at].state; at = (at + 1) & t->mask) {
        uint32_t home = tap_hash(&t->table[at].key) & t->mask;
        if (((at - home) & t->mask) >= ((at - hole) & t->mask)) {
            t->table[hole] = t->table[at];
            hole = at;
        }
    }
    t->table[hole].state = 0;
}

/* A new table with those that were set at `since` or later. */
static void tap_rebuild(AilTaps *t, uint32_t mask, uint64_t since)
{
    Tap *old = t->table;
    uint32_t old_mask = t->mask;
    t->table = g_new0(Tap, mask + 1);
    t->mask = mask;
    t->n = 0;
    memset(t->filter, 0, AIL_TAPS_FILTER * sizeof *t->filter);
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (!old[i].state)
            continue;
        if (old[i].icount < since) {
            t->forgotten++;
            continue;
        }
        t->table[tap_find(t, &old[i].key)] = old[i];
        t->filter[ail_taps_place(old[i].key.pc)]++;
        t->n++;
    }
    g_free(old);
}

static void tap_make_room(AilTaps *t, uint64_t icount)
{
    if (t->n < t->mask / 2)
        return;
    if (t->n < AIL_TAPS_MAX) {
        tap_rebuild(t, t->mask * 2 + 1, 0);
        return;
    }
    uint64_t oldest = icount;
    for (uint32_t i = 0; i <= t->mask; i++)
        if (t->table[i].state)
            oldest = MIN(oldest, t->table[i].icount);
    tap_rebuild(t, t->mask, oldest + (icount - oldest) / 2 + 1);
}

void ail_taps_set(AilTaps *t, const AilTapKey *key, uint32_t state, uint64_t icount)
{
    uint32_t at = tap_find(t, key);
    bool known = t->table[at].state;
    if (known && !state) {
        tap_remove(t, at);
    } else if (state) {
        if (!known) {
            tap_make_room(t, icount);
            at = tap_find(t, key);
            t->n++;
            t->filter[ail_taps_place(key->pc)]++;
        }
        t->table[at] = (Tap){*key, icount, state};
    }
}

uint64_t ail_taps_forgotten(const AilTaps *t)
{
    return t->forgotten;
}

const uint32_t *ail_taps_filter(const AilTaps *t)
{
    return t->filter;
}

struct AilRuns {
    AilRun table[AIL_RUNS_MAX];
    uint16_t filter[AIL_RUNS_FILTER];
    uint64_t window;
    uint64_t forgotten;
};

AilRuns *ail_runs_new(uint64_t window)
{
    AilRuns *r = g_new0(AilRuns, 1);
    r->window = window;
    return r;
}

void ail_runs_free(AilRuns *r)
{
    g_free(r);
}

AilRun *ail_runs_bucket(AilRuns *r, uint64_t granule)
{
    uint64_t h = granule * 0x9e3779b97f4a7c15u >> 40;
    return &r->table[h % (AIL_RUNS_MAX / AIL_RUNS_WAYS) * AIL_RUNS_WAYS];
}

void ail_runs_drop(AilRuns *r, AilRun *run)
{
    r->filter[ail_runs_place(run->next >> 4)]--;
    run->state = 0;
}

bool ail_runs_live(AilRuns *r, AilRun *run, uint64_t granule, uint64_t icount)
{
    if (run->state && icount - run->icount > r->window)
        ail_runs_drop(r, run);
    return run->state && run->next >> 4 == granule;
}

void ail_runs_put(AilRuns *r, const AilRun *run)
{
    AilRun *bucket = ail_runs_bucket(r, run->next >> 4), *to = bucket;
    for (unsigned i = 0; i < AIL_RUNS_WAYS; i++) {
        AilRun *b = &bucket[i];
        if (b->state && b->next == run->next && b->asid == run->asid && b->write == run->write) {
            to = b;
            break;
        }
        if (to->state && (!b->state || b->icount < to->icount))
            to = b;
    }
    bool same = to->state && to->next == run->next;
    if (to->state && !same && run->icount - to->icount <= r->window)
        r->forgotten++;
    if (to->state)
        ail_runs_drop(r, to);
    *to = *run;
    r->filter[ail_runs_place(run->next >> 4)]++;
}

void ail_runs_expire(AilRuns *r, uint64_t icount)
{
    for (uint32_t i = 0; i < AIL_RUNS_MAX; i++)
        if (r->table[i].state && icount - r->table[i].icount > r->window)
            ail_runs_drop(r, &r->table[i]);
}

uint64_t ail_runs_forgotten(const AilRuns *r)
{
    return r->forgotten;
}

const uint16_t *ail_runs_filter(const AilRuns *r)
{
    return r->filter;
}
