/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The copy of the code columns at the trace's end: who wants to begin in the middle gets the blocks
 * from it, without going from chunk to chunk. It is used up in step with the dictionary, and who
 * comes by a chunk's own code column compares, so that all readers see the same blocks.
 */
#include "trace/reader_private.h"

#include "trace/codec.h"

static AilStatus bad_copy(AilTraceReader *r)
{
    return ail_reader_lost(r, "the copy of the code columns is not as it must be");
}

/* The frame must be as the index says, and it must be of the chunk that is wanted. */
static AilStatus parse_frame(AilTraceReader *r, const AilCopyEntry *entry)
{
    AilBlocksCopy *copy = &r->copy;
    AilCursor in = ail_cursor(copy->frame.data, copy->frame.len);
    ail_cursor_take(&in, 4);
    uint64_t first = ail_cursor_varint(&in);
    copy->left = ail_cursor_varint(&in);
    copy->rest = in;
    bool fits = !in.bad && first == r->n_learned && first == entry->first &&
                copy->left == entry->n &&
                r->source.offset == copy->at + entry->offset + entry->size;
    return fits ? AIL_OK : bad_copy(r);
}

/* Read the copy's next frame. Moves within the file. */
static AilStatus next_frame(AilTraceReader *r)
{
    AilBlocksCopy *copy = &r->copy;
    const AilCopyEntry *entry = &r->index.copies[copy->next++];
    bool trailer = false;
    if (ail_source_seek(&r->source, copy->at + entry->offset) != AIL_OK)
        return AIL_ERR;
    AilStatus status = ail_source_meta(&r->source, &copy->frame, &trailer);
    if (status == AIL_ERR)
        return AIL_ERR;
    if (status == AIL_END || trailer || !ail_has_tag(&copy->frame, AIL_TAG_BLOCKS))
        return bad_copy(r);
    return parse_frame(r, entry);
}

/* The code column of chunk n_learned in the copy; AIL_END when there is no copy. */
static AilStatus next_entry(AilTraceReader *r, AilCursor *entry)
{
    AilBlocksCopy *copy = &r->copy;
    AilStatus status = r->lost ? AIL_ERR : AIL_OK;
    if (status == AIL_OK && !copy->left)
        status = copy->next < r->index.n_copies ? next_frame(r) : AIL_END;
    if (status != AIL_OK)
        return status;
    uint64_t len = ail_cursor_varint(&copy->rest);
    const uint8_t *bytes = ail_cursor_take(&copy->rest, len);
    copy->left--;
    if (!bytes || (!copy->left && copy->rest.at != copy->rest.end))
        return bad_copy(r);
    *entry = ail_cursor(bytes, len);
    return AIL_OK;
}

AilStatus ail_reader_copy_learn(AilTraceReader *r, uint64_t to)
{
    AilCursor entry;
    AilStatus status = AIL_OK;
    while (r->n_learned < to && (status = next_entry(r, &entry)) == AIL_OK) {
        if (!ail_code_decode(entry, r->dict))
            return bad_copy(r);
        r->n_learned++;
    }
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

AilStatus ail_reader_copy_check(AilTraceReader *r)
{
    AilCursor entry = {0};
    uint64_t back = r->source.offset;
    AilStatus status = next_entry(r, &entry);
    if (status != AIL_OK && status != AIL_END)
        return AIL_ERR;
    size_t len = status == AIL_OK ? ail_cursor_left(&entry) : 0;
    if (status == AIL_OK && (len != r->code.len || memcmp(entry.at, r->code.data, len) != 0))
        return bad_copy(r);
    return r->source.offset == back ? AIL_OK : ail_source_seek(&r->source, back);
}
