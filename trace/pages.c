/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/pages.h"

#include <string.h>

/* A page that is never in slot i. */
static uint64_t nowhere(uint32_t i)
{
    return (uint64_t)((i ^ 1) & 3) << AIL_PAGE_SHIFT;
}

void ail_pages_reset(AilPages *p)
{
    p->epoch += AIL_PAGE_MASK + 1;
    if (!p->epoch) { /* wrapped: old keys would look new */
        memset(p->slot, 0, sizeof p->slot);
        memset(p->known, 0, sizeof p->known);
        p->epoch = AIL_PAGE_MASK + 1;
    }
    for (uint32_t i = 0; i < 1 << AIL_PAGE_SLOT_BITS; i++)
        p->now[i].base = nowhere(i);
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
    return known->key == (page | p->epoch) ? known->frame
                                           : (page + *near_of(p, page)) & AIL_PAGE_MASK;
}

uint64_t ail_pages_far(AilPages *p, uint64_t page)
{
    return (page + *far_of(p, page)) & AIL_PAGE_MASK;
}

uint64_t ail_pages_other(AilPages *p, uint64_t page)
{
    const AilKnownPage *known = known_of(p, page);
    return known->key == (page | p->epoch) ? known->other : ail_pages_slot(p, page)->frame;
}

static void fill_slot(AilPages *p, uint64_t page, uint64_t frame)
{
    uint32_t i = ail_page_slot(page, AIL_PAGE_SLOT_BITS);
    p->slot[i] = (AilPageSlot){page | p->epoch, frame};
    p->now[i].base = frame == AIL_FRAME_NONE ? nowhere(i) : page << AIL_PAGE_SHIFT;
    p->now[i].delta = (frame - page) << AIL_PAGE_SHIFT;
}

void ail_pages_add(AilPages *p, uint64_t page, uint64_t frame)
{
    AilKnownPage *known = known_of(p, page);
    fill_slot(p, page, frame);
    if (known->key != (page | p->epoch))
        *known = (AilKnownPage){page | p->epoch, frame, frame};
    if (known->frame != frame)
        *known = (AilKnownPage){page | p->epoch, frame, known->frame};
    if (frame == AIL_FRAME_NONE)
        return;
    *near_of(p, page) = *far_of(p, page) = frame - page;
    p->last = frame;
}

void ail_pages_change(AilPages *p, uint64_t page, uint64_t frame)
{
    uint64_t before = ail_pages_slot(p, page)->frame;
    fill_slot(p, page, frame);
    *known_of(p, page) = (AilKnownPage){page | p->epoch, frame, before};
}
