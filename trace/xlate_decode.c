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
        c->pages = g_new(AilPages, 1);
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

/* An access's first page, or its second: what is known of it afterwards. */
static const AilPageSlot *touch_page(AilXlateIn *x, uint64_t page, uint64_t touch)
{
    const AilPageSlot *slot = ail_pages_slot(x->pages, page);
    if (slot->page != page)
        ail_pages_add(x->pages, page, missing_frame(x, page));
    if (touch == x->change) {
        uint64_t step = (uint64_t)ail_unzigzag(ail_cursor_varint(&x->changes));
        uint64_t frame = (ail_pages_other(x->pages, page) + step) & AIL_PAGE_MASK;
        ail_pages_change(x->pages, page, frame);
        next_change(x, touch, false);
    }
    return slot;
}

/* One access, whatever it is. */
static G_GNUC_NO_INLINE void decode_access(AilXlateIn *x, uint32_t i)
{
    AilDecoded *d = x->d;
    uint64_t addr = x->addr[i], page = addr >> AIL_PAGE_SHIFT;
    d->phys[i] = ail_slot_phys(touch_page(x, page, 2 * (uint64_t)i), addr);
    if (!ail_page_crosses(addr, d->access_info[i] & AIL_ACCESS_SIZE_SHIFT))
        return;
    page = (page + 1) & AIL_PAGE_MASK;
    const AilPageSlot *slot = touch_page(x, page, 2 * (uint64_t)i + 1);
    ail_array_reserve(&d->crossings, &d->crossings_cap, x->n_crossings + (size_t)1,
                      sizeof *d->crossings);
    d->crossings[x->n_crossings++] = (AilCrossing){i, ail_slot_phys(slot, page << AIL_PAGE_SHIFT)};
}

void ail_xlate_decode(AilXlateIn *x, uint32_t from, uint32_t to)
{
    const uint64_t *addr = x->addr;
    const uint8_t *info = x->d->access_info;
    uint64_t *phys = x->d->phys;
    AilPages *pages = x->pages;
    for (uint32_t i = from; i < to;) {
        uint32_t stop = (uint32_t)MIN((uint64_t)to, x->change / 2);
        for (; i < stop; i++) {
            uint64_t page = addr[i] >> AIL_PAGE_SHIFT;
            const AilPageSlot *slot = ail_pages_slot(pages, page);
            if (G_UNLIKELY(slot->page != page ||
                           ail_page_crosses(addr[i], info[i] & AIL_ACCESS_SIZE_SHIFT)))
                break;
            phys[i] = ail_slot_phys(slot, addr[i]);
        }
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
