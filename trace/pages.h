/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the xlate column's encoder and decoder know of pages, in lockstep: which physical page each
 * virtual one is (docs/trace-format.md, "Xlate"). Both begin with nothing in each chunk. The replay
 * plugin shares where a page is kept: what it has asked QEMU for is what the tables hold.
 */
#ifndef AIL_TRACE_PAGES_H
#define AIL_TRACE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    AIL_PAGE_SHIFT = 12,
    AIL_PAGE_SLOT_BITS = 11, /* log2 of the slots: pages known at the same time */
    AIL_PAGE_KNOWN_BITS = 13,
    AIL_PAGE_NEAR_BITS = 10,
    AIL_PAGE_FAR_BITS = 6,
};

/* Page numbers have 52 bits. */
#define AIL_PAGE_MASK ((UINT64_C(1) << 52) - 1)
/* The frame (physical page) of what has none: no address in use is in it. */
#define AIL_FRAME_NONE AIL_PAGE_MASK

static inline uint64_t ail_page_hash(uint64_t key, unsigned bits)
{
    return key * 0x9e3779b97f4a7c15u >> (64 - bits);
}

/* Where a page is, in a table of 2^bits. Four neighbours are in one line of the processor's cache.
 */
static inline uint32_t ail_page_slot(uint64_t page, unsigned bits)
{
    return (uint32_t)(ail_page_hash(page >> 2, bits - 2) << 2 | (page & 3));
}

/* Whether an access of 2^log2_size bytes reaches into the page behind. */
static inline bool ail_page_crosses(uint64_t addr, unsigned log2_size)
{
    return (addr & 0xfff) + (1u << log2_size) > 0x1000;
}

/* key: the page and, above its bits, the epoch, so that the tables are emptied by one addition. */
typedef struct AilPageSlot {
    uint64_t key, frame;
} AilPageSlot;

/* The same for the decoder: what a slot's page is, if it has a physical one. */
typedef struct AilPageNow {
    uint64_t base;  /* its first virtual address; none: that of a page that has another slot */
    uint64_t delta; /* what is to be added to a virtual address */
} AilPageNow;

typedef struct AilKnownPage {
    uint64_t key, frame, other;
} AilKnownPage;

/* All zero before the first chunk. */
typedef struct AilPages {
    uint64_t epoch; /* above a page's bits */
    AilPageSlot slot[1 << AIL_PAGE_SLOT_BITS];
    AilPageNow now[1 << AIL_PAGE_SLOT_BITS];
    AilKnownPage known[1 << AIL_PAGE_KNOWN_BITS]; /* seen before: to guess from */
    uint64_t near[1 << AIL_PAGE_NEAR_BITS];       /* frame - page, for 2 MiB */
    uint64_t far[1 << AIL_PAGE_FAR_BITS];         /* and for 1 GiB */
    uint64_t last;                                /* frame learned last */
} AilPages;

/* Symbols, when a page is not in its slot. */
enum { XLATE_USUAL, XLATE_FAR, XLATE_LITERAL, XLATE_NONE, XLATE_SYMBOLS };
/* Streams. */
enum { X_RUNS, X_KINDS, X_LITERALS, X_CHANGES, X_STREAMS };

/* Begin a chunk. */
void ail_pages_reset(AilPages *p);
/* The frame that is guessed for a page that is not in its slot. */
uint64_t ail_pages_usual(AilPages *p, uint64_t page);
uint64_t ail_pages_far(AilPages *p, uint64_t page);
/* The page, which is not in its slot, is this frame. */
void ail_pages_add(AilPages *p, uint64_t page, uint64_t frame);
/* What the frame of a page that is in its slot is expected to change into, and that it did. */
uint64_t ail_pages_other(AilPages *p, uint64_t page);
void ail_pages_change(AilPages *p, uint64_t page, uint64_t frame);

static inline const AilPageSlot *ail_pages_slot(const AilPages *p, uint64_t page)
{
    return &p->slot[ail_page_slot(page, AIL_PAGE_SLOT_BITS)];
}

static inline bool ail_pages_has(const AilPages *p, uint64_t page)
{
    return ail_pages_slot(p, page)->key == (page | p->epoch);
}

#endif
