/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading plogs: by the index, or, without one, from chunk to chunk. */
#include "formats/plog_read_private.h"

#include "formats/plog_other.h"

AilPlogReader *ail_plog_reader_new(void)
{
    AilPlogReader *r = g_new0(AilPlogReader, 1);
    r->source.fd = -1;
    r->chunks = ail_plog_chunks_new();
    r->rest = ail_cursor("", 0);
    r->filter.to = UINT64_MAX;
    return r;
}

void ail_plog_reader_free(AilPlogReader *r)
{
    if (!r)
        return;
    ail_source_close(&r->source);
    ail_plog_schema_free(r->schema);
    g_array_unref(r->chunks);
    ail_buf_clear(&r->descriptor);
    ail_buf_clear(&r->meta);
    ail_buf_clear(&r->raw);
    g_free(r->tool);
    g_free(r->text);
    g_free(r);
}

AilStatus ail_plog_reader_open(AilPlogReader *r, const char *path)
{
    AilStatus status = ail_source_open(&r->source, path, "a plog", &r->error);
    if (status == AIL_OK)
        status = ail_plog_read_head(r);
    if (status == AIL_OK && r->source.seekable)
        status = ail_plog_read_index(r);
    r->failed = status != AIL_OK;
    return status;
}

AilStatus ail_plog_reader_select(AilPlogReader *r, const AilPlogFilter *filter)
{
    if (r->failed)
        return AIL_ERR;
    if (!r->source.seekable && r->next)
        return ail_error_set(&r->error, "%s: cannot begin anew on a pipe", r->source.name);
    r->filter = *filter;
    r->record = 0;
    if (filter->type) {
        const AilPlogField *f =
            ail_plog_message_field(ail_plog_schema_entry(r->schema), filter->type);
        r->record = f && f->number >= AIL_PLOG_RECORDS ? f->number : AIL_PLOG_OTHER;
    }
    r->rest = ail_cursor("", 0);
    r->at_end = false;
    if (!r->next)
        return AIL_OK;
    r->next = 0;
    if (!r->indexed)
        g_array_set_size(r->chunks, 0);
    return ail_source_seek(&r->source, r->first);
}

/* Whether some entry of the chunk may be wanted. */
static bool may_hold(const AilPlogReader *r, const AilPlogChunk *c)
{
    const AilPlogFilter *f = &r->filter;
    if (f->timed && (!c->timed || c->max < f->from || c->min >= f->to))
        return false;
    bool found = !r->record;
    for (guint i = 0; i < c->counts->len && !found; i++)
        found = g_array_index(c->counts, AilPlogCount, i).record == r->record;
    return found;
}

static bool is_wanted(const AilPlogReader *r, const AilPlogEntry *e)
{
    const AilPlogFilter *f = &r->filter;
    if (f->timed && (!e->has_icount || e->icount < f->from || e->icount >= f->to))
        return false;
    if (r->record && e->record != r->record)
        return false;
    return r->record != AIL_PLOG_OTHER || ail_plog_other_is(e->body, f->type);
}

/* The entries are what was said of them. */
static AilStatus check_entries(AilPlogReader *r, const AilPlogChunk *said)
{
    AilPlogChunk chunk;
    AilPlogEntry e;
    AilCursor in = ail_cursor(r->raw.data, r->raw.len);
    ail_plog_chunk_init(&chunk);
    while (ail_plog_chunk_next(&in, &e))
        ail_plog_chunk_count(&chunk, &e);
    chunk.raw_size = r->raw.len;
    chunk.size = said->size;
    bool equal = !in.bad && ail_plog_chunk_equal(&chunk, said);
    ail_plog_chunk_clear(&chunk);
    if (in.bad)
        return ail_plog_damaged(r, "bytes that are no entry");
    return equal ? AIL_OK : ail_plog_damaged(r, "a chunk with other entries than its header says");
}

static AilStatus read_entries(AilPlogReader *r, const AilPlogChunk *c)
{
    AilSource *s = &r->source;
    AilStatus status = ail_source_read(s, c->size, &s->frame);
    if (status != AIL_OK)
        return status;
    if (!ail_frame_get(&r->raw, s->zstd, s->frame.data, c->size, c->raw_size))
        return ail_plog_damaged(r, "a chunk that does not decompress");
    r->decompressed += r->raw.len;
    return check_entries(r, c);
}

/* The chunk header in r->meta. */
static AilStatus parse_header(AilPlogReader *r, AilPlogChunk *c)
{
    AilCursor in;
    if (!ail_plog_has_tag(r, AIL_TAG_ENTRIES, &in) || !ail_plog_chunk_get(c, &in) ||
        in.at != in.end)
        return ail_plog_damaged(r, "an impossible chunk header");
    return AIL_OK;
}

/* Read the chunk that the index has at r->next. */
static AilStatus read_indexed(AilPlogReader *r, AilPlogChunk *scratch)
{
    AilSource *s = &r->source;
    const AilPlogChunk *c = &g_array_index(r->chunks, AilPlogChunk, r->next);
    uint64_t end = r->next + 1 < r->chunks->len ? c[1].offset : r->index_at;
    bool trailer = false;
    if (ail_source_seek(s, c->offset) != AIL_OK)
        return AIL_ERR;
    AilStatus status = ail_source_meta(s, &r->meta, &trailer);
    if (status == AIL_OK)
        status = parse_header(r, scratch);
    if (status == AIL_OK && (!ail_plog_chunk_equal(c, scratch) || s->offset + c->size != end))
        return ail_plog_damaged(r, "a chunk that is not as the index says");
    if (status == AIL_OK)
        status = read_entries(r, c);
    return status == AIL_END ? ail_plog_damaged(r, "a chunk that is not there") : status;
}

static AilStatus next_indexed(AilPlogReader *r)
{
    while (r->next < r->chunks->len &&
           !may_hold(r, &g_array_index(r->chunks, AilPlogChunk, r->next)))
        r->next++;
    if (r->next == r->chunks->len)
        return AIL_END;
    AilPlogChunk scratch;
    ail_plog_chunk_init(&scratch);
    AilStatus status = read_indexed(r, &scratch);
    ail_plog_chunk_clear(&scratch);
    r->next++;
    return status;
}

static bool equal_chunks(const GArray *a, const GArray *b)
{
    bool equal = a->len == b->len;
    for (guint i = 0; i < a->len && equal; i++) {
        const AilPlogChunk *x = &g_array_index(a, AilPlogChunk, i);
        const AilPlogChunk *y = &g_array_index(b, AilPlogChunk, i);
        equal = x->offset == y->offset && ail_plog_chunk_equal(x, y);
    }
    return equal;
}

/* The trailer behind an index that begins at byte `at`, and nothing behind it. */
static AilStatus check_trailer(AilPlogReader *r, uint64_t at)
{
    AilCursor in;
    bool trailer = false;
    uint64_t entries = 0;
    AilStatus status = ail_source_meta(&r->source, &r->meta, &trailer);
    if (status != AIL_OK)
        return status;
    for (guint i = 0; i < r->chunks->len; i++)
        entries += g_array_index(r->chunks, AilPlogChunk, i).entries;
    if (!trailer || !ail_plog_has_tag(r, AIL_TAG_END, &in) ||
        ail_cursor_le32(&in) != AIL_PLOG_VERSION || ail_cursor_le64(&in) != at ||
        ail_cursor_le64(&in) != entries)
        return ail_plog_damaged(r, "a trailer that does not fit");
    status = ail_source_read(&r->source, 1, &r->meta);
    r->complete = status == AIL_END;
    return status == AIL_OK ? ail_plog_damaged(r, "bytes behind the trailer") : status;
}

/* Without an index to read by, what is in the file is compared with the one behind it. */
static AilStatus check_end(AilPlogReader *r, uint64_t at)
{
    GArray *chunks = ail_plog_chunks_new();
    bool good = ail_plog_index_get(r, r->chunks->len, chunks) && equal_chunks(chunks, r->chunks);
    g_array_unref(chunks);
    return good ? check_trailer(r, at) : ail_plog_damaged(r, "an index that does not fit");
}

/* Read the chunk whose header is in r->meta, or pass it. *wanted: which of the two. */
static AilStatus walk_chunk(AilPlogReader *r, uint64_t at, bool *wanted)
{
    AilPlogChunk c;
    ail_plog_chunk_init(&c);
    AilStatus status = parse_header(r, &c);
    c.offset = at;
    *wanted = status == AIL_OK && may_hold(r, &c);
    if (*wanted)
        status = read_entries(r, &c);
    else if (status == AIL_OK)
        status = ail_source_skip(&r->source, c.size);
    if (status != AIL_OK) {
        ail_plog_chunk_clear(&c);
        return status;
    }
    g_array_append_val(r->chunks, c);
    r->next++;
    return AIL_OK;
}

static AilStatus next_walked(AilPlogReader *r)
{
    AilStatus status = AIL_OK;
    for (bool wanted = false; status == AIL_OK && !wanted;) {
        AilCursor in;
        bool trailer = false;
        uint64_t at = r->source.offset;
        status = ail_source_meta(&r->source, &r->meta, &trailer);
        if (status != AIL_OK)
            break;
        if (trailer)
            return ail_plog_damaged(r, "a trailer without an index");
        if (ail_plog_has_tag(r, AIL_TAG_INDEX, &in))
            return check_end(r, at);
        status = walk_chunk(r, at, &wanted);
    }
    return status;
}

AilStatus ail_plog_reader_next(AilPlogReader *r, AilPlogEntry *e)
{
    AilStatus status = r->failed ? AIL_ERR : r->at_end ? AIL_END : AIL_OK;
    while (status == AIL_OK) {
        while (ail_plog_chunk_next(&r->rest, e))
            if (is_wanted(r, e))
                return AIL_OK;
        status = r->indexed ? next_indexed(r) : next_walked(r);
        if (status == AIL_OK)
            r->rest = ail_cursor(r->raw.data, r->raw.len);
    }
    r->failed |= status == AIL_ERR;
    r->at_end |= status == AIL_END;
    return status;
}

bool ail_plog_reader_complete(const AilPlogReader *r)
{
    return r->complete;
}

const AilPlogSchema *ail_plog_reader_schema(const AilPlogReader *r)
{
    return r->schema;
}

const char *ail_plog_reader_text(const AilPlogReader *r)
{
    return r->text;
}

const char *ail_plog_reader_tool(const AilPlogReader *r)
{
    return r->tool;
}

const uint8_t *ail_plog_reader_descriptor(const AilPlogReader *r, size_t *len)
{
    *len = r->descriptor.len;
    return r->descriptor.data;
}

uint64_t ail_plog_reader_decompressed(const AilPlogReader *r)
{
    return r->decompressed;
}

const char *ail_plog_reader_error(const AilPlogReader *r)
{
    return r->error.text;
}
