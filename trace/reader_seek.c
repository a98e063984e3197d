/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going on somewhere else than where the reader is. */
#include "trace/reader_private.h"

#include <glib.h>

/* Have the blocks of the chunks before `to` in the dictionary. What the copy does not have of them
 * is in the chunks, which are passed on the way. */
static AilStatus learn_until(AilTraceReader *r, uint64_t to)
{
    uint64_t first = r->index.chunks[to].first;
    if (first != ail_dict_first(r->dict))
        ail_reader_begin_dict(r, first);
    return ail_reader_copy_learn(r, to);
}

/* Let chunk number `to` be the next one. */
static AilStatus seek_chunk(AilTraceReader *r, uint64_t to)
{
    bool code = r->columns & AIL_COL_CODE;
    r->target = to;
    r->failed = r->lost;
    r->at_end = to >= MIN(r->index.n_chunks, r->end);
    if (r->failed || r->at_end)
        return r->failed ? AIL_ERR : AIL_OK;
    r->failed = code && learn_until(r, to) != AIL_OK;
    if (r->failed)
        return AIL_ERR;
    r->next = code ? MIN(to, r->n_learned) : to;
    r->first = r->index.chunks[r->next].first;
    r->icount = UINT64_MAX;
    return ail_source_seek(&r->source, r->index.chunks[r->next].offset);
}

static AilStatus needs_index(AilTraceReader *r, const char *what)
{
    return r->index.chunks ? AIL_OK
                           : ail_error_set(&r->error, "%s: cannot %s a pipe", r->source.name, what);
}

AilStatus ail_trace_reader_seek(AilTraceReader *r, uint64_t icount)
{
    if (!r->index.chunks && icount == 0 && r->next == 0)
        return AIL_OK;
    if (needs_index(r, "seek on") != AIL_OK)
        return AIL_ERR;
    size_t low = 0, high = r->index.n_chunks;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->index.chunks[mid].icount + r->index.chunks[mid].insns <= icount)
            low = mid + 1;
        else
            high = mid;
    }
    return seek_chunk(r, low);
}

/* n * i / of without overflow. */
static uint64_t part_start(uint64_t n, uint64_t i, uint64_t of)
{
    return n / of * i + n % of * i / of;
}

AilStatus ail_trace_reader_part(AilTraceReader *r, unsigned i, unsigned n)
{
    if (needs_index(r, "read a part of") != AIL_OK)
        return AIL_ERR;
    r->end = part_start(r->index.n_chunks, i + 1ull, n);
    return seek_chunk(r, part_start(r->index.n_chunks, i, n));
}
