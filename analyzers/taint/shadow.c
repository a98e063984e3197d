/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/shadow.h"

#include <glib.h>
#include <string.h>

enum { LINES = 4096 / AIL_SHADOW_LINE };

typedef struct Line {
    AilCell cell[AIL_SHADOW_LINE];
    unsigned tainted; /* cells that are not 0 */
} Line;

typedef struct Page {
    uint64_t number;
    uint64_t has; /* bit i: line[i] is there */
    Line *line[LINES];
} Page;

struct AilShadowPages {
    GHashTable *by_number;  /* &Page.number -> Page, owned */
    Page *last;             /* that was asked for; NULL: none */
    unsigned *in_filter;    /* pages that share a bit of the filter; owned */
    AilShadowCounts counts; /* without `tainted`, which is in the shadow itself */
};

static void page_free(void *data)
{
    Page *page = data;
    for (unsigned i = 0; i < LINES; i++)
        g_free(page->line[i]);
    g_free(page);
}

AilShadow *ail_shadow_new(void)
{
    AilShadow *s = g_new0(AilShadow, 1);
    s->pages = g_new0(struct AilShadowPages, 1);
    s->pages->by_number = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, page_free);
    s->pages->in_filter = g_new0(unsigned, 1 << AIL_SHADOW_FILTER_BITS);
    return s;
}

void ail_shadow_free(AilShadow *s)
{
    if (!s)
        return;
    g_hash_table_destroy(s->pages->by_number);
    g_free(s->pages->in_filter);
    g_free(s->pages);
    g_free(s);
}

static Page *find_page(const AilShadow *s, uint64_t number)
{
    struct AilShadowPages *pages = s->pages;
    if (pages->last && pages->last->number == number)
        return pages->last;
    Page *page = g_hash_table_lookup(pages->by_number, &number);
    if (page)
        pages->last = page;
    return page;
}

static void account(AilShadow *s, int64_t memory)
{
    AilShadowCounts *c = &s->pages->counts;
    c->memory += (uint64_t)memory;
    c->most_memory = MAX(c->most_memory, c->memory);
}

static void set_filter(AilShadow *s, uint64_t number, int change)
{
    uint64_t bit = number & ((1 << AIL_SHADOW_FILTER_BITS) - 1);
    unsigned *count = &s->pages->in_filter[bit];
    *count += (unsigned)change;
    if (*count)
        s->filter[bit >> 6] |= UINT64_C(1) << (bit & 63);
    else
        s->filter[bit >> 6] &= ~(UINT64_C(1) << (bit & 63));
}

static Page *add_page(AilShadow *s, uint64_t number)
{
    Page *page = g_new0(Page, 1);
    page->number = number;
    g_hash_table_insert(s->pages->by_number, &page->number, page);
    set_filter(s, number, 1);
    account(s, sizeof *page);
    return page;
}

static void drop_page(AilShadow *s, Page *page)
{
    if (s->pages->last == page)
        s->pages->last = NULL;
    set_filter(s, page->number, -1);
    account(s, -(int64_t)sizeof *page);
    g_hash_table_remove(s->pages->by_number, &page->number);
}

bool ail_shadow_touches(const AilShadow *s, uint64_t phys, unsigned n)
{
    uint64_t end = phys + n - 1;
    for (uint64_t line = phys / AIL_SHADOW_LINE; line <= end / AIL_SHADOW_LINE; line++) {
        if (!ail_shadow_maybe(s, line * AIL_SHADOW_LINE))
            continue;
        const Page *page = find_page(s, line / LINES);
        if (page && page->has >> line % LINES & 1)
            return true;
    }
    return false;
}

AilCell ail_shadow_get(const AilShadow *s, uint64_t phys)
{
    if (!ail_shadow_maybe(s, phys))
        return 0;
    const Page *page = find_page(s, phys >> 12);
    const Line *line = page ? page->line[phys / AIL_SHADOW_LINE % LINES] : NULL;
    return line ? line->cell[phys % AIL_SHADOW_LINE] : 0;
}

static void end_taint(AilShadow *s, Page *page, unsigned index, unsigned at)
{
    Line *line = page->line[index];
    if (!line->cell[at])
        return;
    line->cell[at] = 0;
    s->tainted--;
    if (--line->tainted)
        return;
    g_free(line);
    page->line[index] = NULL;
    page->has &= ~(UINT64_C(1) << index);
    account(s, -(int64_t)sizeof *line);
    if (!page->has)
        drop_page(s, page);
}

static void taint(AilShadow *s, Page *page, unsigned index, unsigned at, AilCell cell)
{
    Line *line = page->line[index];
    if (!line) {
        line = page->line[index] = g_new0(Line, 1);
        page->has |= UINT64_C(1) << index;
        account(s, sizeof *line);
    }
    if (!line->cell[at]) {
        AilShadowCounts *c = &s->pages->counts;
        line->tainted++;
        s->tainted++;
        c->most_tainted = MAX(c->most_tainted, s->tainted);
    }
    line->cell[at] = cell;
}

void ail_shadow_set(AilShadow *s, uint64_t phys, AilCell cell)
{
    Page *page = ail_shadow_maybe(s, phys) ? find_page(s, phys >> 12) : NULL;
    unsigned index = phys / AIL_SHADOW_LINE % LINES, at = phys % AIL_SHADOW_LINE;
    if (cell)
        taint(s, page ? page : add_page(s, phys >> 12), index, at, cell);
    else if (page && page->line[index])
        end_taint(s, page, index, at);
}

AilShadowCounts ail_shadow_counts(const AilShadow *s)
{
    AilShadowCounts counts = s->pages->counts;
    counts.tainted = s->tainted;
    return counts;
}

static int by_number(const void *a, const void *b)
{
    const Page *x = *(Page *const *)a, *y = *(Page *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

void ail_shadow_each(const AilShadow *s, void (*fn)(void *self, uint64_t phys, AilCell cell),
                     void *self)
{
    guint n;
    GHashTable *pages = s->pages->by_number;
    void **keys = g_hash_table_get_keys_as_array(pages, &n);
    GPtrArray *sorted = g_ptr_array_sized_new(n);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(sorted, g_hash_table_lookup(pages, keys[i]));
    g_ptr_array_sort(sorted, by_number);
    for (guint i = 0; i < n; i++) {
        const Page *page = sorted->pdata[i];
        for (unsigned at = 0; at < 4096; at++) {
            const Line *line = page->line[at / AIL_SHADOW_LINE];
            AilCell cell = line ? line->cell[at % AIL_SHADOW_LINE] : 0;
            if (cell)
                fn(self, page->number << 12 | at, cell);
        }
    }
    g_ptr_array_free(sorted, TRUE);
    g_free(keys);
}
