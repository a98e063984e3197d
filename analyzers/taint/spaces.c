/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/spaces.h"

#include <glib.h>

enum { RECENT = 4096 };

typedef struct Page {
    uint64_t asid, page; /* the key: virtual page number */
    uint64_t phys;       /* page number */
} Page;

struct AilTaintSpaces {
    GHashTable *pages;   /* Page -> itself; owned */
    GHashTable *back;    /* &Page.phys -> Page */
    Page recent[RECENT]; /* by page: what was learned last. phys + 1 is kept, 0: nothing */
};

static guint page_hash(gconstpointer p)
{
    const Page *page = p;
    uint64_t h =
        (page->asid ^ page->page * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    return (guint)(h >> 32);
}

static gboolean page_equal(gconstpointer a, gconstpointer b)
{
    const Page *x = a, *y = b;
    return x->asid == y->asid && x->page == y->page;
}

AilTaintSpaces *ail_taint_spaces_new(void)
{
    AilTaintSpaces *s = g_new0(AilTaintSpaces, 1);
    s->pages = g_hash_table_new_full(page_hash, page_equal, g_free, NULL);
    s->back = g_hash_table_new(g_int64_hash, g_int64_equal);
    return s;
}

void ail_taint_spaces_free(AilTaintSpaces *s)
{
    if (!s)
        return;
    g_hash_table_destroy(s->back);
    g_hash_table_destroy(s->pages);
    g_free(s);
}

static void learn(AilTaintSpaces *s, uint64_t asid, uint64_t page, uint64_t phys)
{
    Page key = {asid, page, phys}, *known = g_hash_table_lookup(s->pages, &key);
    if (known && known->phys == phys)
        return;
    if (!known) {
        known = g_memdup2(&key, sizeof key);
        g_hash_table_insert(s->pages, known, known);
    } else {
        if (g_hash_table_lookup(s->back, &known->phys) == known)
            g_hash_table_remove(s->back, &known->phys);
        known->phys = phys;
    }
    if (!g_hash_table_contains(s->back, &known->phys))
        g_hash_table_insert(s->back, &known->phys, known);
}

static void learn_recent(AilTaintSpaces *s, uint64_t asid, uint64_t addr, uint64_t phys)
{
    if (phys == UINT64_MAX)
        return;
    uint64_t page = addr >> 12, frame = phys >> 12;
    Page *recent = &s->recent[page % RECENT];
    if (recent->phys == frame + 1 && recent->page == page && recent->asid == asid)
        return;
    *recent = (Page){asid, page, frame + 1};
    learn(s, asid, page, frame);
}

void ail_taint_spaces_learn(AilTaintSpaces *s, const AilChunk *chunk, uint32_t from, uint32_t to,
                            uint64_t asid)
{
    for (uint32_t i = from; i < to; i++)
        learn_recent(s, asid, chunk->addr[i], ail_taint_phys(chunk, i));
}

bool ail_taint_spaces_find(const AilTaintSpaces *s, uint64_t asid, uint64_t addr, uint64_t *phys)
{
    Page key = {asid, addr >> 12, 0};
    const Page *page = g_hash_table_lookup(s->pages, &key);
    if (page)
        *phys = page->phys << 12 | (addr & 4095);
    return page != NULL;
}

bool ail_taint_spaces_reverse(const AilTaintSpaces *s, uint64_t phys, uint64_t *asid,
                              uint64_t *addr)
{
    uint64_t frame = phys >> 12;
    const Page *page = g_hash_table_lookup(s->back, &frame);
    if (!page)
        return false;
    *asid = page->asid;
    *addr = page->page << 12 | (phys & 4095);
    return true;
}

uint64_t ail_taint_phys(const AilChunk *chunk, uint32_t access)
{
    return chunk->phys[access];
}

uint64_t ail_taint_phys2(const AilChunk *chunk, uint32_t access)
{
    uint32_t from = 0, to = chunk->n_crossings;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (chunk->crossings[mid].at < access)
            from = mid + 1;
        else
            to = mid;
    }
    bool found = from < chunk->n_crossings && chunk->crossings[from].at == access;
    return found ? chunk->crossings[from].phys : UINT64_MAX;
}
