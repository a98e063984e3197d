/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a plog: the header with its schema, and the index. */
#include "formats/plog_read_private.h"

enum { CHUNK_MIN = 32 }; /* bytes: a header and a frame take more */

AilStatus ail_plog_damaged(AilPlogReader *r, const char *what)
{
    return ail_error_set(&r->error, "%s: damaged: %s (before byte %" G_GUINT64_FORMAT ")",
                         r->source.name, what, r->source.offset);
}

bool ail_plog_has_tag(const AilPlogReader *r, const char *tag, AilCursor *in)
{
    *in = ail_cursor(r->meta.data, r->meta.len);
    const uint8_t *p = ail_cursor_take(in, 4);
    return p && !memcmp(p, tag, 4);
}

static void clear_chunk(gpointer p)
{
    ail_plog_chunk_clear(p);
}

GArray *ail_plog_chunks_new(void)
{
    GArray *chunks = g_array_new(FALSE, FALSE, sizeof(AilPlogChunk));
    g_array_set_clear_func(chunks, clear_chunk);
    return chunks;
}

/* A string without zeros; owned by the caller, NULL when there is none. */
static char *take_text(AilCursor *in)
{
    uint64_t len = ail_cursor_varint(in);
    const uint8_t *p = len <= ail_cursor_left(in) ? ail_cursor_take(in, len) : NULL;
    in->bad |= !p;
    return p && !memchr(p, 0, len) ? g_strndup((const char *)p, len) : NULL;
}

static AilStatus take_schema(AilPlogReader *r, AilCursor *in)
{
    AilError why = {""};
    uint64_t len = ail_cursor_varint(in);
    const uint8_t *p = len <= ail_cursor_left(in) ? ail_cursor_take(in, len) : NULL;
    if (!p)
        return ail_plog_damaged(r, "an impossible header");
    ail_buf_put(&r->descriptor, p, len);
    r->schema = ail_plog_schema_new(p, len, &why);
    return r->schema
               ? AIL_OK
               : ail_error_set(&r->error, "%s: damaged: its schema: %s", r->source.name, why.text);
}

AilStatus ail_plog_read_head(AilPlogReader *r)
{
    AilCursor in;
    bool trailer = false;
    AilStatus status = ail_source_meta(&r->source, &r->meta, &trailer);
    if (status == AIL_END)
        return ail_error_set(&r->error, "%s: too short for a plog", r->source.name);
    if (status != AIL_OK)
        return status;
    if (trailer || !ail_plog_has_tag(r, AIL_TAG_PLOG, &in))
        return ail_error_set(&r->error, "%s: not a plog: no header", r->source.name);
    uint64_t version = ail_cursor_varint(&in);
    if (!in.bad && version != AIL_PLOG_VERSION)
        return ail_error_set(&r->error,
                             "%s: plog format %" G_GUINT64_FORMAT "; this program reads format %d",
                             r->source.name, version, AIL_PLOG_VERSION);
    r->tool = take_text(&in);
    r->text = take_text(&in);
    if (!r->tool || !r->text)
        return ail_plog_damaged(r, "an impossible header");
    status = take_schema(r, &in);
    r->first = r->source.offset;
    return status;
}

bool ail_plog_index_get(const AilPlogReader *r, uint64_t max, GArray *chunks)
{
    AilCursor in;
    if (!ail_plog_has_tag(r, AIL_TAG_INDEX, &in))
        return false;
    uint64_t n = ail_cursor_varint(&in), offset = 0;
    if (n > max)
        return false;
    for (uint64_t i = 0; i < n && !in.bad; i++) {
        AilPlogChunk chunk;
        ail_plog_chunk_init(&chunk);
        uint64_t step = ail_cursor_varint(&in);
        bool good = step && step <= UINT64_MAX - offset && ail_plog_chunk_get(&chunk, &in);
        chunk.offset = offset += step;
        g_array_append_val(chunks, chunk); /* which owns it now */
        if (!good)
            return false;
    }
    return !in.bad && in.at == in.end;
}

/* Read the trailer. AIL_END: there is none, or none that ends the file. */
static AilStatus read_trailer(AilPlogReader *r, uint64_t *entries)
{
    AilSource *s = &r->source;
    AilCursor in;
    bool trailer = false;
    if (s->size < r->first + AIL_TRAILER_SIZE)
        return AIL_END;
    if (ail_source_seek(s, s->size - AIL_TRAILER_SIZE) != AIL_OK)
        return AIL_ERR;
    if (ail_source_meta(s, &r->meta, &trailer) != AIL_OK || !trailer ||
        !ail_plog_has_tag(r, AIL_TAG_END, &in))
        return AIL_END;
    if (ail_cursor_le32(&in) != AIL_PLOG_VERSION)
        return ail_plog_damaged(r, "the trailer is of another format than the header");
    r->index_at = ail_cursor_le64(&in);
    *entries = ail_cursor_le64(&in);
    return AIL_OK;
}

static AilStatus check_index(AilPlogReader *r, uint64_t entries)
{
    for (guint i = 0; i < r->chunks->len; i++) {
        const AilPlogChunk *c = &g_array_index(r->chunks, AilPlogChunk, i);
        if (c->offset >= r->index_at)
            return ail_plog_damaged(r, "the index points outside the file");
        entries -= c->entries;
    }
    if (entries)
        return ail_plog_damaged(r, "the trailer counts other entries than the index");
    if ((r->chunks->len ? g_array_index(r->chunks, AilPlogChunk, 0).offset : r->index_at) !=
        r->first)
        return ail_plog_damaged(r, "the chunks do not begin behind the header");
    return AIL_OK;
}

AilStatus ail_plog_read_index(AilPlogReader *r)
{
    AilSource *s = &r->source;
    AilError none = {""};
    uint64_t entries = 0;
    bool trailer = false;
    AilStatus status = read_trailer(r, &entries);
    if (status == AIL_OK) {
        if (r->index_at < r->first || r->index_at >= s->size ||
            ail_source_seek(s, r->index_at) != AIL_OK ||
            ail_source_meta(s, &r->meta, &trailer) != AIL_OK || trailer ||
            !ail_plog_index_get(r, r->index_at / CHUNK_MIN, r->chunks) ||
            s->offset != s->size - AIL_TRAILER_SIZE)
            return ail_plog_damaged(r, "the trailer points to no index");
        r->indexed = r->complete = true;
        status = check_index(r, entries);
    } else if (status == AIL_END) {
        r->error = none; /* an unfinished plog is not a failure */
        status = AIL_OK;
    }
    return status == AIL_OK ? ail_source_seek(s, r->first) : AIL_ERR;
}
