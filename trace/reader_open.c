/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a trace: the header, and where the chunks are. */
#include "trace/reader_private.h"

#include <glib.h>

static AilStatus read_header(AilTraceReader *r)
{
    bool trailer = false;
    AilStatus status = ail_source_meta(&r->source, &r->meta, &trailer);
    if (status == AIL_END)
        return ail_error_set(&r->error,
                             r->source.size || !r->source.seekable ? "%s: too short for a trace"
                                                                   : "%s: is empty",
                             r->source.name);
    if (status != AIL_OK)
        return status;
    if (trailer || !ail_has_tag(&r->meta, AIL_TAG_HEADER))
        return ail_error_set(&r->error, "%s: not a trace: no header", r->source.name);
    if (!ail_header_parse(ail_cursor(r->meta.data, r->meta.len), &r->info))
        return ail_reader_damaged(r, "an impossible header");
    if (r->info.format < AIL_FORMAT_OLDEST || r->info.format > AIL_FORMAT_VERSION)
        return ail_error_set(&r->error, "%s: trace format %u; this program reads formats %d to %d",
                             r->source.name, r->info.format, AIL_FORMAT_OLDEST, AIL_FORMAT_VERSION);
    return AIL_OK;
}

static AilStatus choose_columns(AilTraceReader *r, uint32_t needs, uint32_t wants)
{
    uint32_t missing = needs & ~r->info.columns;
    uint32_t columns = needs | (wants & r->info.columns);
    char names[64], has[64];
    if (missing)
        return ail_error_set(&r->error,
                             "%s: has no column %s (it has %s); replay the recording "
                             "with --columns that include it",
                             r->source.name, ail_columns_format(missing, names, sizeof names),
                             ail_columns_format(r->info.columns, has, sizeof has));
    /* What these columns are decoded with. */
    if (columns & (AIL_COL_DATA | AIL_COL_XLATE))
        columns |= AIL_COL_ADDR;
    if (columns & AIL_COL_ADDR)
        columns |= AIL_COL_FLOW;
    if (columns & AIL_COL_FLOW)
        columns |= AIL_COL_CODE;
    r->columns = columns;
    return AIL_OK;
}

/* Between the index and the trailer there are metadata frames, one after the other. */
static AilStatus check_tail(AilTraceReader *r)
{
    AilSource *s = &r->source;
    uint64_t end = s->size - AIL_TRAILER_SIZE;
    AilStatus status = AIL_OK;
    while (status == AIL_OK && s->offset < end) {
        status = ail_source_read(s, 8, &r->meta);
        if (status != AIL_OK)
            break;
        if (ail_get_le32(r->meta.data) != AIL_SKIPPABLE_META)
            return ail_reader_damaged(r, "no metadata between index and trailer");
        status = ail_source_skip(s, ail_get_le32(r->meta.data + 4));
    }
    if (status == AIL_END || (status == AIL_OK && s->offset != end))
        return ail_reader_damaged(r, "the trailer is not where the frames before it end");
    return status;
}

/* Use the index at the end, if the trace is whole. */
static AilStatus load_index(AilTraceReader *r, uint64_t first)
{
    AilSource *s = &r->source;
    bool trailer = false;
    if (s->size < AIL_TRAILER_SIZE)
        return AIL_END;
    if (ail_source_seek(s, s->size - AIL_TRAILER_SIZE) != AIL_OK)
        return AIL_ERR;
    if (ail_source_meta(s, &r->meta, &trailer) != AIL_OK || !trailer ||
        !ail_has_tag(&r->meta, AIL_TAG_END))
        return AIL_END;
    uint64_t index_at = ail_get_le64(r->meta.data + 8), insns = ail_get_le64(r->meta.data + 16);
    if (ail_get_le32(r->meta.data + 4) != r->info.format)
        return ail_reader_damaged(r, "the trailer is of another format than the header");
    if (index_at >= s->size || ail_source_seek(s, index_at) != AIL_OK ||
        ail_source_meta(s, &r->meta, &trailer) != AIL_OK || !ail_has_tag(&r->meta, AIL_TAG_INDEX) ||
        !ail_index_parse(ail_cursor(r->meta.data, r->meta.len), &r->index))
        return ail_reader_damaged(r, "the trailer points to no index");
    uint64_t after_index = s->offset;
    const AilIndex *index = &r->index;
    for (size_t i = 0; i < index->n_chunks; i++) {
        if (index->chunks[i].offset >= index_at)
            return ail_reader_damaged(r, "the index points outside the file");
        insns -= index->chunks[i].insns;
    }
    if (insns)
        return ail_reader_damaged(r, "the trailer counts other instructions than the index");
    if ((index->n_chunks ? index->chunks[0].offset : index_at) != first)
        return ail_reader_damaged(r, "the chunks do not begin behind the header");
    r->copy.at = after_index;
    r->index_at = index_at;
    r->complete = true;
    return check_tail(r);
}

/* Whether a chunk whose dictionary begins with chunk `first` may come behind those in `found`. */
static bool joins(const GArray *found, uint64_t first)
{
    return first == found->len ||
           (found->len && first == g_array_index(found, AilIndexEntry, found->len - 1).first);
}

/* The writer was killed: find the whole chunks by walking from one to the next. */
static AilStatus walk_chunks(AilTraceReader *r, uint64_t from)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(AilIndexEntry));
    AilStatus status = ail_source_seek(&r->source, from);
    while (status == AIL_OK) {
        AilChunkHeader head;
        bool trailer = false;
        AilIndexEntry entry = {.offset = r->source.offset};
        status = ail_source_meta(&r->source, &r->meta, &trailer);
        if (status != AIL_OK || trailer || !ail_has_tag(&r->meta, AIL_TAG_CHUNK))
            break;
        if (!ail_chunk_header_parse(ail_cursor(r->meta.data, r->meta.len), &head))
            status = ail_reader_damaged(r, "an impossible chunk header");
        else if (!joins(found, head.first))
            status = ail_reader_damaged(r, "a chunk of a dictionary that is not the one before's");
        else
            status = ail_source_skip(&r->source, head.size);
        entry.icount = head.icount;
        entry.insns = head.insns;
        entry.first = head.first;
        if (status == AIL_OK)
            g_array_append_val(found, entry);
    }
    r->index.n_chunks = found->len;
    r->index.chunks = (AilIndexEntry *)(void *)g_array_free(found, FALSE);
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

AilStatus ail_trace_reader_open(AilTraceReader *r, const char *path, uint32_t needs, uint32_t wants)
{
    r->icount = UINT64_MAX;
    AilStatus status = ail_source_open(&r->source, path, "a trace", &r->error);
    if (status == AIL_OK)
        status = read_header(r);
    if (status == AIL_OK)
        status = choose_columns(r, needs, wants);
    r->complete = !r->source.seekable;
    if (status != AIL_OK || !r->source.seekable)
        return status;
    uint64_t first = r->source.offset;
    AilError none = {{0}};
    status = load_index(r, first);
    if (status == AIL_END) {
        r->error = none; /* an unfinished trace is not a failure */
        status = walk_chunks(r, first);
    }
    return status == AIL_OK ? ail_source_seek(&r->source, first) : AIL_ERR;
}
