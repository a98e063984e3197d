/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/pages.h"

#include <string.h>

void ail_pages_reset(AilPages *p)
{
    memset(p->slot, 0xff, sizeof p->slot);
    memset(p->known, 0xff, sizeof p->known);
    memset(p->near, 0, sizeof p->near);
    memset(p->far, 0, sizeof p->far);
    p->last = 0;
}

static uint64_t *near_of(AilPages *p, uint64_t page)
{
    return &p->near[ail_page_hash(page >> 9, AIL_PAGE_NEAR_BITS)];
}

static uint64_t *far_of(AilPages *p, uint64_t page)
{
    return &p->far[ail_page_hash(page >> 18, AIL_PAGE_FAR_BITS)];
}

static AilKnownPage *known_of(AilPages *p, uint64_t page)
{
    return &p->known[ail_page_slot(page, AIL_PAGE_KNOWN_BITS)];
}

uint64_t ail_pages_usual(AilPages *p, uint64_t page)
{
    const AilKnownPage *known = known_of(p, page);
    return known->page == page ? known->frame : (page + *near_of(p, page)) & AIL_PAGE_MASK;
}

uint64_t ail_pages_far(AilPages *p, uint64_t page)
{
    return (page + *far_of(p, page)) & AIL_PAGE_MASK;
}

uint64_t ail_pages_other(AilPages *p, uint64_t page)
{
    const AilKnownPage *known = known_of(p, page);
    return known->page == page ? known->other : ail_slot_frame(ail_pages_slot(p, page));
}

static void fill_slot(AilPages *p, uint64_t page, uint64_t frame)
{
    uint64_t delta = frame == AIL_FRAME_NONE ? 1 : (frame - page) << AIL_PAGE_SHIFT;
    *ail_pages_slot(p, page) = (AilPageSlot){page, delta};
}

void ail_pages_add(AilPages *p, uint64_t page, uint64_t frame)
{
    AilKnownPage *known = known_of(p, page);
    fill_slot(p, page, frame);
    if (known->page != page)
        *known = (AilKnownPage){page, frame, frame};
    if (known->frame != frame)
        *known = (AilKnownPage){page, frame, known->frame};
    if (frame == AIL_FRAME_NONE)
        return;
    *near_of(p, page) = *far_of(p, page) = frame - page;
    p->last = frame;
}

void ail_pages_change(AilPages *p, uint64_t page, uint64_t frame)
{
    uint64_t before = ail_slot_frame(ail_pages_slot(p, page));
    fill_slot(p, page, frame);
    *known_of(p, page) = (AilKnownPage){page, frame, before};
}
