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

/* A stretch of accesses made in one address space. */
typedef struct Stretch {
    uint32_t from, to;
    bool wanted;
} Stretch;

static uint32_t access_at(const AilChunk *chunk, uint32_t flow_index)
{
    return flow_index ? chunk->access_end[flow_index - 1] : 0;
}

static GArray *stretches_of(const AilChunk *chunk, uint64_t asid)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(Stretch));
    Stretch s = {.wanted = chunk->asid == asid || chunk->asid == (asid ^ 0x1000)};
    for (uint32_t i = 0; i < chunk->n_events; i++) {
        const AilEvent *e = &chunk->events[i];
        if (e->type != AIL_EVENT_ASID)
            continue;
        s.to = access_at(chunk, e->flow_index);
        g_array_append_val(all, s);
        s.from = s.to;
        s.wanted = e->value == asid || e->value == (asid ^ 0x1000);
    }
    s.to = chunk->n_access;
    g_array_append_val(all, s);
    return all;
}

static bool is_in(const AilChunk *chunk, uint32_t i, uint64_t addr, uint64_t *phys)
{
    uint64_t at = chunk->addr[i] >> 12 == addr >> 12 ? ail_taint_phys(chunk, i) : UINT64_MAX;
    if (at == UINT64_MAX)
        return false;
    *phys = (at & ~UINT64_C(4095)) | (addr & 4095);
    return true;
}

bool ail_taint_spaces_near(const AilChunk *chunk, uint32_t flow_index, uint64_t asid, uint64_t addr,
                           uint64_t *phys)
{
    GArray *all = stretches_of(chunk, asid);
    uint32_t now = access_at(chunk, flow_index);
    bool found = false;
    for (guint k = all->len; k-- > 0 && !found;) {
        const Stretch *s = &g_array_index(all, Stretch, k);
        for (uint32_t i = MIN(s->to, now); s->wanted && i-- > s->from && !found;)
            found = is_in(chunk, i, addr, phys);
    }
    for (guint k = 0; k < all->len && !found; k++) {
        const Stretch *s = &g_array_index(all, Stretch, k);
        for (uint32_t i = MAX(s->from, now); s->wanted && i < s->to && !found; i++)
            found = is_in(chunk, i, addr, phys);
    }
    g_array_free(all, TRUE);
    return found;
}
