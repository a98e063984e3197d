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
    AilTapped *blocks; /* owned */
};

AilTaps *ail_taps_new(void)
{
    AilTaps *t = g_new0(AilTaps, 1);
    t->mask = 1023;
    t->table = g_new0(Tap, t->mask + 1);
    t->filter = g_new0(uint32_t, AIL_TAPS_FILTER);
    t->blocks = ail_tapped_new();
    return t;
}

void ail_taps_free(AilTaps *t)
{
    if (!t)
        return;
    g_free(t->table);
    g_free(t->filter);
    ail_tapped_free(t->blocks);
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

static void count_in(AilTaps *t, uint64_t pc)
{
    t->n++;
    t->filter[ail_taps_place(pc)]++;
    ail_tapped_count(t->blocks, pc, 1);
}

static void count_out(AilTaps *t, uint64_t pc)
{
    t->n--;
    t->filter[ail_taps_place(pc)]--;
    ail_tapped_count(t->blocks, pc, -1);
}

/* Move later entries of the probe sequence up, so that no mark of deletion is needed. */
static void tap_remove(AilTaps *t, uint32_t hole)
{
    count_out(t, t->table[hole].key.pc);
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
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (!old[i].state)
            continue;
        if (old[i].icount < since) {
            t->forgotten++;
            count_out(t, old[i].key.pc);
            continue;
        }
        t->table[tap_find(t, &old[i].key)] = old[i];
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
            count_in(t, key->pc);
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

void ail_taps_learn(AilTaps *t, const AilDict *dict)
{
    if (!ail_tapped_learn(t->blocks, dict))
        return;
    for (uint32_t i = 0; i <= t->mask; i++)
        if (t->table[i].state)
            ail_tapped_count(t->blocks, t->table[i].key.pc, 1);
}

AilTappedBlocks ail_taps_blocks(const AilTaps *t)
{
    return ail_tapped_blocks(t->blocks);
}

uint32_t ail_taps_count(const AilTaps *t)
{
    return t->n;
}
