/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/xlate_decode.h"

#include <glib.h>

/* Where the next change is, when the one at `from` was the last; at first, from 0. */
static void next_change(AilXlateIn *x, uint64_t from, bool first)
{
    if (x->changes.at == x->changes.end) {
        x->change = UINT64_MAX;
        return;
    }
    uint64_t step = ail_cursor_varint(&x->changes);
    x->bad = x->bad || (!step && !first) || step > UINT32_MAX * UINT64_C(2);
    x->change = x->bad ? UINT64_MAX : from + step;
}

bool ail_xlate_open(AilXlateIn *x, AilCodec *c, AilCursor in)
{
    AilCursor s[X_STREAMS];
    AilDecoded *d = x->d;
    if (!ail_streams_read(in, s, X_STREAMS))
        return false;
    ail_runs_open(&x->runs, s[X_RUNS], s[X_KINDS]);
    x->literals = s[X_LITERALS];
    x->changes = s[X_CHANGES];
    ail_array_reserve(&d->phys, &d->phys_cap, d->chunk.n_access, sizeof *d->phys);
    if (!c->pages)
        c->pages = g_new0(AilPages, 1);
    x->pages = c->pages;
    ail_pages_reset(x->pages);
    next_change(x, 0, true);
    return true;
}

static uint64_t missing_frame(AilXlateIn *x, uint64_t page)
{
    switch (ail_runs_get(&x->runs)) {
    case XLATE_USUAL:
        return ail_pages_usual(x->pages, page);
    case XLATE_FAR:
        return ail_pages_far(x->pages, page);
    case XLATE_LITERAL:
        return (x->pages->last + (uint64_t)ail_unzigzag(ail_cursor_varint(&x->literals))) &
               AIL_PAGE_MASK;
    case XLATE_NONE:
        return AIL_FRAME_NONE;
    default:
        x->bad = true;
        return AIL_FRAME_NONE;
    }
}

/* An access's first page, or its second: where it is. */
static uint64_t touch_page(AilXlateIn *x, uint64_t page, uint64_t touch)
{
    const AilPageSlot *slot = ail_pages_slot(x->pages, page);
    if (!ail_pages_has(x->pages, page))
        ail_pages_add(x->pages, page, missing_frame(x, page));
    if (touch == x->change) {
        uint64_t step = (uint64_t)ail_unzigzag(ail_cursor_varint(&x->changes));
        uint64_t frame = (ail_pages_other(x->pages, page) + step) & AIL_PAGE_MASK;
        ail_pages_change(x->pages, page, frame);
        next_change(x, touch, false);
    }
    return slot->frame == AIL_FRAME_NONE ? AIL_PHYS_NONE : slot->frame << AIL_PAGE_SHIFT;
}

/* One access, whatever it is. */
static G_GNUC_NO_INLINE void decode_access(AilXlateIn *x, uint32_t i)
{
    AilDecoded *d = x->d;
    uint64_t addr = x->addr[i], page = addr >> AIL_PAGE_SHIFT;
    d->phys[i] = touch_page(x, page, 2 * (uint64_t)i) | (addr & 0xfff);
    if (!ail_page_crosses(addr, d->access_info[i] & AIL_ACCESS_SIZE_SHIFT))
        return;
    uint64_t second = touch_page(x, (page + 1) & AIL_PAGE_MASK, 2 * (uint64_t)i + 1);
    ail_array_reserve(&d->crossings, &d->crossings_cap, x->n_crossings + (size_t)1,
                      sizeof *d->crossings);
    d->crossings[x->n_crossings++] = (AilCrossing){i, second};
}

/* Accesses within one page that has its slot, from `from` on; returns the first that is another. */
static uint32_t decode_usual(AilXlateIn *x, uint32_t from, uint32_t to)
{
    const uint64_t *addr = x->addr;
    const uint8_t *info = x->d->access_info;
    uint64_t *phys = x->d->phys;
    const AilPageNow *pages = x->pages->now;
    uint32_t i = from;
    for (; i < to; i++) {
        uint64_t at = addr[i], room = 0x1000 - (UINT64_C(1) << (info[i] & AIL_ACCESS_SIZE_SHIFT));
        const AilPageNow *page = &pages[ail_page_slot(at >> AIL_PAGE_SHIFT, AIL_PAGE_SLOT_BITS)];
        if (G_UNLIKELY(at - page->base > room))
            break;
        phys[i] = at + page->delta;
    }
    return i;
}

void ail_xlate_decode(AilXlateIn *x, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to;) {
        i = decode_usual(x, i, (uint32_t)MIN((uint64_t)to, x->change / 2));
        if (i < to)
            decode_access(x, i++);
    }
    /* A change that no touch was for. */
    x->bad = x->bad || x->change < 2 * (uint64_t)to;
}

bool ail_xlate_done(const AilXlateIn *x)
{
    return !x->bad && x->change == UINT64_MAX && ail_runs_done(&x->runs) && !x->literals.bad &&
           x->literals.at == x->literals.end && !x->changes.bad;
}
