/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/writer_tail.h"

#include "trace/codec.h"

enum {
    COPY_FRAME = 1 << 20, /* bytes, before compression, that are enough for a frame of the copy */
};

bool ail_tail_init(AilTail *t)
{
    *t = (AilTail){.zstd = ZSTD_createCCtx(),
                   .index = g_array_new(FALSE, FALSE, sizeof(AilIndexEntry)),
                   .copies = g_array_new(FALSE, FALSE, sizeof(AilCopyEntry))};
    return t->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(t->zstd, ZSTD_c_checksumFlag, 1));
}

void ail_tail_clear(AilTail *t)
{
    ZSTD_freeCCtx(t->zstd);
    if (t->index)
        g_array_unref(t->index);
    if (t->copies)
        g_array_unref(t->copies);
    ail_buf_clear(&t->entries);
    ail_buf_clear(&t->copy);
    *t = (AilTail){0};
}

/* Make a frame of the entries gathered so far. A copy that readers would not take is none. */
static void end_frame(AilTail *t)
{
    AilBuf content = {0};
    AilCopyEntry entry = {t->copy.len, 0, t->first, t->n};
    ail_buf_put(&content, AIL_TAG_BLOCKS, 4);
    ail_buf_varint(&content, t->first);
    ail_buf_varint(&content, t->n);
    ail_buf_put(&content, t->entries.data, t->entries.len);
    if (ZSTD_compressBound(content.len) > AIL_META_MAX ||
        !ail_frame_put_meta(&t->copy, t->zstd, &content))
        t->no_copy = true;
    entry.size = t->copy.len - entry.offset;
    g_array_append_val(t->copies, entry);
    ail_buf_clear(&content);
    t->first += t->n;
    t->n = 0;
    t->entries.len = 0;
}

void ail_tail_add_code(AilTail *t, const AilRawChunk *raw)
{
    AilBuf code = {0};
    if (t->no_copy)
        return;
    if (raw->fresh && t->n)
        end_frame(t);
    ail_code_encode(raw, &code);
    ail_buf_varint(&t->entries, code.len);
    ail_buf_put(&t->entries, code.data, code.len);
    ail_buf_clear(&code);
    t->n++;
    if (t->entries.len >= COPY_FRAME)
        end_frame(t);
}

void ail_tail_add_chunk(AilTail *t, AilIndexEntry entry)
{
    g_array_append_val(t->index, entry);
}

/* Where the frames of the copy are. */
static void put_copies(const AilTail *t, AilBuf *index)
{
    guint n = t->no_copy ? 0 : t->copies->len;
    ail_buf_varint(index, n);
    for (guint k = 0; k < n; k++) {
        const AilCopyEntry *e = &g_array_index(t->copies, AilCopyEntry, k);
        ail_buf_varint(index, e->size);
        ail_buf_varint(index, e->n);
    }
}

static bool put_index(AilTail *t, AilBuf *out)
{
    AilBuf index = {0};
    uint64_t offset = 0;
    ail_buf_put(&index, AIL_TAG_INDEX, 4);
    ail_buf_varint(&index, t->index->len);
    ail_buf_varint(&index, t->index->len ? g_array_index(t->index, AilIndexEntry, 0).icount : 0);
    for (guint i = 0; i < t->index->len; i++) {
        const AilIndexEntry *e = &g_array_index(t->index, AilIndexEntry, i);
        ail_buf_varint(&index, e->offset - offset);
        ail_buf_varint(&index, e->insns);
        ail_buf_varint(&index, i - e->first);
        offset = e->offset;
    }
    put_copies(t, &index);
    bool done = ail_frame_put_meta(out, t->zstd, &index);
    ail_buf_clear(&index);
    return done;
}

bool ail_tail_put(AilTail *t, uint64_t index_at, uint64_t insns, AilBuf *out)
{
    if (t->n)
        end_frame(t);
    if (!put_index(t, out))
        return false;
    if (!t->no_copy)
        ail_buf_put(out, t->copy.data, t->copy.len);
    ail_buf_le32(out, AIL_SKIPPABLE_TRAILER);
    ail_buf_le32(out, AIL_TRAILER_SIZE - 8);
    ail_buf_put(out, AIL_TAG_END, 4);
    ail_buf_le32(out, AIL_FORMAT_VERSION);
    ail_buf_le64(out, index_at);
    ail_buf_le64(out, insns);
    return true;
}
