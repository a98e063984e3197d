/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/plog_parts.h"

#include "analyzers/records.h"
#include "formats/plog_chunk.h"

void plog_part_take(AilCursor *in, PlogPart *part)
{
    part->kind = (PlogKind)(ail_cursor_u8(in) % PLOG_KINDS);
    part->len = ail_cursor_le32(in);
    part->len = MIN(part->len, ail_cursor_left(in));
    part->bytes = ail_cursor_take(in, part->len);
}

void plog_part_put(AilBuf *out, PlogKind kind, const void *bytes, size_t len)
{
    ail_buf_u8(out, (uint8_t)kind);
    ail_buf_le32(out, (uint32_t)len);
    ail_buf_put(out, bytes, len);
}

unsigned plog_parts(const uint8_t *data, size_t len)
{
    AilCursor in = ail_cursor(data, len);
    PlogPart part;
    unsigned n = 0;
    ail_cursor_u8(&in);
    for (; ail_cursor_left(&in) >= 5; n++)
        plog_part_take(&in, &part);
    return n;
}

typedef struct Joiner {
    AilBuf *plog;
    ZSTD_CCtx *zstd;
    PlogPart header, index; /* bytes NULL: no changes */
    AilBuf chunks;          /* the index's entries */
    uint64_t n, entries, last;
} Joiner;

static void put_meta(Joiner *j, const char *tag, const void *bytes, size_t len)
{
    AilBuf content = {0};
    ail_buf_put(&content, tag, 4);
    ail_buf_put(&content, bytes, len);
    ail_frame_put_meta(j->plog, j->zstd, &content);
    ail_buf_clear(&content);
}

static void put_head(Joiner *j, const PlogPart *schema)
{
    AilBuf head = {0};
    AilPlogSource own = ail_records_source();
    size_t len = schema->bytes ? schema->len : own.descriptor_len;
    ail_buf_varint(&head, AIL_PLOG_VERSION);
    ail_buf_varint(&head, 4);
    ail_buf_put(&head, "toolx", 4);
    ail_buf_varint(&head, 0);
    ail_buf_varint(&head, len);
    ail_buf_put(&head, schema->bytes ? schema->bytes : own.descriptor, len);
    put_meta(j, AIL_TAG_PLOG, head.data, head.len);
    ail_buf_clear(&head);
}

/* Change some of the numbers, which are all that is in `numbers`. */
static void change_numbers(AilBuf *numbers, const PlogPart *part)
{
    for (size_t i = 0; part->bytes && i + 1 < part->len; i += 2) {
        AilCursor in = ail_cursor(numbers->data, numbers->len);
        AilBuf out = {0};
        for (unsigned k = 0; in.at < in.end; k++) {
            uint64_t v = ail_cursor_varint(&in);
            ail_buf_varint(&out,
                           k == part->bytes[i] ? v + (uint64_t)(int8_t)part->bytes[i + 1] : v);
        }
        ail_buf_clear(numbers);
        *numbers = out;
    }
}

static void put_chunk(Joiner *j, const PlogPart *part)
{
    AilPlogChunk chunk;
    AilPlogEntry e;
    AilCursor in = ail_cursor(part->bytes, part->len);
    AilBuf raw = {0}, frame = {0}, head = {0};
    ail_buf_put(&raw, part->bytes, part->len);
    ail_frame_put(&frame, j->zstd, &raw);
    ail_plog_chunk_init(&chunk);
    while (ail_plog_chunk_next(&in, &e))
        ail_plog_chunk_count(&chunk, &e);
    chunk.raw_size = raw.len;
    chunk.size = frame.len;
    ail_plog_chunk_put(&chunk, &head);
    change_numbers(&head, &j->header);
    ail_buf_varint(&j->chunks, j->plog->len - j->last);
    ail_buf_put(&j->chunks, head.data, head.len);
    j->last = j->plog->len;
    j->n++;
    j->entries += chunk.entries;
    put_meta(j, AIL_TAG_ENTRIES, head.data, head.len);
    ail_buf_put(j->plog, frame.data, frame.len);
    j->header.bytes = NULL;
    ail_plog_chunk_clear(&chunk);
    ail_buf_clear(&raw);
    ail_buf_clear(&frame);
    ail_buf_clear(&head);
}

static void put_end(Joiner *j, uint8_t options)
{
    AilBuf index = {0};
    uint64_t at = j->plog->len;
    ail_buf_varint(&index, j->n);
    ail_buf_put(&index, j->chunks.data, j->chunks.len);
    change_numbers(&index, &j->index);
    if (!(options & PLOG_NO_INDEX))
        put_meta(j, AIL_TAG_INDEX, index.data, index.len);
    ail_buf_clear(&index);
    if (options & PLOG_NO_TRAILER)
        return;
    ail_buf_le32(j->plog, AIL_SKIPPABLE_TRAILER);
    ail_buf_le32(j->plog, AIL_TRAILER_SIZE - 8);
    ail_buf_put(j->plog, AIL_TAG_END, 4);
    ail_buf_le32(j->plog, AIL_PLOG_VERSION);
    ail_buf_le64(j->plog, at);
    ail_buf_le64(j->plog, j->entries);
}

static PlogPart find_part(AilCursor in, PlogKind kind)
{
    PlogPart part;
    while (ail_cursor_left(&in) >= 5) {
        plog_part_take(&in, &part);
        if (part.kind == kind)
            return part;
    }
    return (PlogPart){kind, NULL, 0};
}

void plog_join(const uint8_t *data, size_t len, AilBuf *plog)
{
    AilCursor in = ail_cursor(data, len);
    uint8_t options = ail_cursor_u8(&in);
    PlogPart schema = find_part(in, PLOG_SCHEMA);
    Joiner j = {.plog = plog, .zstd = ZSTD_createCCtx(), .index = find_part(in, PLOG_INDEX)};
    ZSTD_CCtx_setParameter(j.zstd, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(j.zstd, ZSTD_c_compressionLevel, -5);
    put_head(&j, &schema);
    while (ail_cursor_left(&in) >= 5) {
        PlogPart part;
        plog_part_take(&in, &part);
        if (part.kind == PLOG_ENTRIES)
            put_chunk(&j, &part);
        else if (part.kind == PLOG_HEADER)
            j.header = part;
        else if (part.kind == PLOG_RAW)
            ail_buf_put(plog, part.bytes, part.len);
    }
    put_end(&j, options);
    if (options & PLOG_CUT)
        plog->len -= MIN(plog->len, 7);
    ZSTD_freeCCtx(j.zstd);
    ail_buf_clear(&j.chunks);
}
