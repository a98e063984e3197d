/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The xlate column, written: docs/trace-format.md, "Xlate". */
#include "trace/codec_internal.h"
#include "trace/pages.h"

#include <glib.h>

typedef struct Encoder {
    AilPages *pages;
    AilBuf *streams;
    AilRunsOut runs;
    uint64_t changed; /* the touch of the last change */
} Encoder;

/* The page is not in its slot, which a decoder sees for itself. */
static void put_missing(Encoder *e, uint64_t page, uint64_t frame)
{
    if (ail_pages_usual(e->pages, page) == frame) {
        e->runs.zeros++;
    } else if (frame == AIL_FRAME_NONE) {
        ail_runs_end(&e->runs, XLATE_NONE);
    } else if (ail_pages_far(e->pages, page) == frame) {
        ail_runs_end(&e->runs, XLATE_FAR);
    } else {
        ail_runs_end(&e->runs, XLATE_LITERAL);
        ail_buf_varint(&e->streams[X_LITERALS], ail_zigzag((int64_t)(frame - e->pages->last)));
    }
    ail_pages_add(e->pages, page, frame);
}

static void put_change(Encoder *e, uint64_t touch, uint64_t page, uint64_t frame)
{
    AilBuf *out = &e->streams[X_CHANGES];
    ail_buf_varint(out, touch - e->changed);
    ail_buf_varint(out, ail_zigzag((int64_t)(frame - ail_pages_other(e->pages, page))));
    ail_pages_change(e->pages, page, frame);
    e->changed = touch;
}

static void put(Encoder *e, const AilRawChunk *raw, const AilRawXlate *x)
{
    uint64_t page = ((raw->addr[x->at] >> AIL_PAGE_SHIFT) + x->second) & AIL_PAGE_MASK;
    uint64_t frame = x->phys == AIL_PHYS_NONE ? AIL_FRAME_NONE : x->phys >> AIL_PAGE_SHIFT;
    const AilPageSlot *slot = ail_pages_slot(e->pages, page);
    if (!ail_pages_has(e->pages, page))
        put_missing(e, page, frame);
    else if (slot->frame != frame)
        put_change(e, 2 * (uint64_t)x->at + x->second, page, frame);
}

void ail_xlate_encode(AilCodec *c, const AilRawChunk *raw, AilBuf *out)
{
    AilBuf *streams = ail_codec_streams(c, 0, X_STREAMS);
    if (!c->pages)
        c->pages = g_new0(AilPages, 1);
    Encoder e = {.pages = c->pages,
                 .streams = streams,
                 .runs = {.lengths = &streams[X_RUNS], .symbols = &streams[X_KINDS]}};
    ail_pages_reset(c->pages);
    for (uint32_t i = 0; i < raw->n_xlate; i++)
        put(&e, raw, &raw->xlate[i]);
    ail_streams_write(out, streams, X_STREAMS);
}
