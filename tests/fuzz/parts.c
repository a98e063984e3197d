/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/parts.h"

#include "trace/frame.h"

unsigned part_streams(PartKind kind)
{
    static const uint8_t n[PART_KINDS] = {[PART_CODE] = 3, [PART_FLOW] = 4,  [PART_ADDR] = 6,
                                          [PART_DATA] = 8, [PART_EVENT] = 3, [PART_XLATE] = 4};
    return n[kind];
}

static bool is_column(PartKind kind)
{
    return kind >= PART_CODE && kind <= PART_XLATE;
}

static void add(Parts *parts, PartKind kind, const uint8_t *bytes, size_t len)
{
    if (parts->n == PARTS_MAX)
        return;
    Part *p = &parts->part[parts->n++];
    p->kind = kind;
    p->bytes = (AilBuf){0};
    ail_buf_put(&p->bytes, bytes, len);
}

void parts_read(Parts *parts, const uint8_t *data, size_t len)
{
    AilCursor in = ail_cursor(data, len);
    parts->n = 0;
    parts->options = ail_cursor_u8(&in);
    while (parts->n < PARTS_MAX && ail_cursor_left(&in) >= 5) {
        PartKind kind = (PartKind)(ail_cursor_u8(&in) % PART_KINDS);
        size_t size = ail_cursor_le32(&in);
        if (size > ail_cursor_left(&in))
            size = ail_cursor_left(&in);
        add(parts, kind, ail_cursor_take(&in, size), size);
    }
}

void parts_write(const Parts *parts, AilBuf *out)
{
    ail_buf_u8(out, parts->options);
    for (unsigned i = 0; i < parts->n; i++) {
        const Part *p = &parts->part[i];
        ail_buf_u8(out, (uint8_t)p->kind);
        ail_buf_le32(out, (uint32_t)p->bytes.len);
        ail_buf_put(out, p->bytes.data, p->bytes.len);
    }
}

void parts_clear(Parts *parts)
{
    for (unsigned i = 0; i < parts->n; i++)
        ail_buf_clear(&parts->part[i].bytes);
    parts->n = 0;
}

/* Joining */

typedef struct Joiner {
    AilBuf *trace;
    ZSTD_CCtx *zstd; /* owned */
    AilBuf index;    /* entries */
    AilBuf codes;    /* entries of the copy of the code columns, those not in `copy` yet */
    AilBuf copy;     /* its frames */
    AilBuf copies;   /* what the index says of them */
    uint64_t n_copies;
    bool frames; /* one for each chunk */
    uint64_t n_chunks, n_copied, last_offset, first_icount, insns;
} Joiner;

static void put_frame(Joiner *j, AilBuf *out, const char *tag, const AilBuf *content,
                      const AilBuf *more)
{
    AilBuf payload = {0};
    ail_buf_put(&payload, tag, 4);
    ail_buf_put(&payload, content->data, content->len);
    if (more)
        ail_buf_put(&payload, more->data, more->len);
    ail_frame_put_meta(out, j->zstd, &payload);
    ail_buf_clear(&payload);
}

static void put_meta(Joiner *j, const char *tag, const AilBuf *content, const AilBuf *more)
{
    put_frame(j, j->trace, tag, content, more);
}

/* A frame of the copy, of n chunks. */
static void put_copy(Joiner *j, const AilBuf *content, const AilBuf *more, uint64_t n)
{
    size_t before = j->copy.len;
    put_frame(j, &j->copy, AIL_TAG_BLOCKS, content, more);
    ail_buf_varint(&j->copies, j->copy.len - before);
    ail_buf_varint(&j->copies, n);
    j->n_copies++;
}

/* A frame of the code columns that are in none yet. */
static void end_copy_frame(Joiner *j)
{
    AilBuf head = {0};
    uint64_t n = j->n_chunks - j->n_copied;
    ail_buf_varint(&head, j->n_copied);
    ail_buf_varint(&head, n);
    put_copy(j, &head, &j->codes, n);
    j->n_copied = j->n_chunks;
    j->codes.len = 0;
    ail_buf_clear(&head);
}

static void copy_code(Joiner *j, const AilBuf *code)
{
    ail_buf_varint(&j->codes, code->len);
    ail_buf_put(&j->codes, code->data, code->len);
    if (j->frames)
        end_copy_frame(j);
}

static void index_chunk(Joiner *j, const Part *chunk)
{
    AilCursor in = ail_cursor(chunk->bytes.data, chunk->bytes.len);
    ail_cursor_varint(&in);
    uint64_t icount = ail_cursor_varint(&in), insns = ail_cursor_varint(&in);
    ail_cursor_varint(&in);
    uint64_t since = ail_cursor_varint(&in);
    if (!since && j->n_copied < j->n_chunks)
        end_copy_frame(j);
    if (!j->n_chunks++)
        j->first_icount = icount;
    ail_buf_varint(&j->index, j->trace->len - j->last_offset);
    ail_buf_varint(&j->index, insns);
    ail_buf_varint(&j->index, since);
    j->last_offset = j->trace->len;
    j->insns += insns;
}

/* A chunk part and the columns behind it; returns the index of the part after them. */
static unsigned put_chunk(Joiner *j, const Parts *parts, unsigned at)
{
    AilBuf sizes = {0}, frames = {0};
    const Part *chunk = &parts->part[at++];
    AilBuf code = {0}; /* borrowed */
    for (; at < parts->n && is_column(parts->part[at].kind); at++) {
        const Part *p = &parts->part[at];
        size_t before = frames.len;
        code = p->kind == PART_CODE ? p->bytes : code;
        ail_frame_put(&frames, j->zstd, &p->bytes);
        ail_buf_u8(&sizes, (uint8_t)(p->kind - PART_CODE));
        ail_buf_varint(&sizes, p->bytes.len);
        ail_buf_varint(&sizes, frames.len - before);
    }
    index_chunk(j, chunk);
    copy_code(j, &code);
    put_meta(j, AIL_TAG_CHUNK, &chunk->bytes, &sizes);
    ail_buf_put(j->trace, frames.data, frames.len);
    ail_buf_clear(&sizes);
    ail_buf_clear(&frames);
    return at;
}

/* Take the frames of another copy instead of the right one. */
static void take_copies(Joiner *j, const Parts *parts)
{
    j->copy.len = j->copies.len = 0;
    j->n_copies = 0;
    for (unsigned i = 0; i < parts->n; i++) {
        const AilBuf *content = &parts->part[i].bytes;
        if (parts->part[i].kind != PART_BLOCKS)
            continue;
        AilCursor in = ail_cursor(content->data, content->len);
        ail_cursor_varint(&in);
        put_copy(j, content, NULL, ail_cursor_varint(&in));
    }
}

/* What the header says, so that a trace of an older format is made as it was. */
static uint32_t format_of(const Parts *parts)
{
    for (unsigned i = 0; i < parts->n; i++) {
        const AilBuf *content = &parts->part[i].bytes;
        AilCursor in = ail_cursor(content->data, content->len);
        if (parts->part[i].kind == PART_HEADER && ail_cursor_varint(&in) == AIL_FORMAT_OLDEST)
            return AIL_FORMAT_OLDEST;
    }
    return AIL_FORMAT_VERSION;
}

static void put_trailer(Joiner *j, const Parts *parts, const Part *index)
{
    AilBuf content = {0};
    uint64_t offset = j->trace->len;
    if (!(parts->options & OPTION_COPY))
        take_copies(j, parts);
    else if (j->n_copied < j->n_chunks)
        end_copy_frame(j);
    ail_buf_varint(&content, j->n_chunks);
    ail_buf_varint(&content, j->first_icount);
    ail_buf_put(&content, j->index.data, j->index.len);
    ail_buf_varint(&content, j->n_copies);
    ail_buf_put(&content, j->copies.data, j->copies.len);
    put_meta(j, AIL_TAG_INDEX, index ? &index->bytes : &content, NULL);
    ail_buf_put(j->trace, j->copy.data, j->copy.len);
    ail_buf_le32(j->trace, AIL_SKIPPABLE_TRAILER);
    ail_buf_le32(j->trace, AIL_TRAILER_SIZE - 8);
    ail_buf_put(j->trace, AIL_TAG_END, 4);
    ail_buf_le32(j->trace, format_of(parts));
    ail_buf_le64(j->trace, offset);
    ail_buf_le64(j->trace, j->insns);
    ail_buf_clear(&content);
}

void parts_join(const Parts *parts, AilBuf *trace)
{
    Joiner j = {
        .trace = trace, .zstd = ZSTD_createCCtx(), .frames = parts->options & OPTION_FRAMES};
    const Part *index = NULL;
    ZSTD_CCtx_setParameter(j.zstd, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(j.zstd, ZSTD_c_compressionLevel, -5);
    trace->len = 0;
    for (unsigned i = 0; i < parts->n;) {
        const Part *p = &parts->part[i];
        if (p->kind == PART_CHUNK) {
            i = put_chunk(&j, parts, i);
            continue;
        }
        if (p->kind == PART_HEADER)
            put_meta(&j, AIL_TAG_HEADER, &p->bytes, NULL);
        else if (p->kind == PART_INDEX)
            index = p;
        else if (p->kind != PART_BLOCKS)
            ail_buf_put(trace, p->bytes.data, p->bytes.len);
        i++;
    }
    if (!(parts->options & OPTION_UNFINISHED))
        put_trailer(&j, parts, index);
    if (parts->options & OPTION_CUT)
        trace->len -= trace->len > 7 ? 7 : 0;
    ZSTD_freeCCtx(j.zstd);
    ail_buf_clear(&j.index);
    ail_buf_clear(&j.codes);
    ail_buf_clear(&j.copy);
    ail_buf_clear(&j.copies);
}

/* Splitting */

static bool split_columns(Parts *parts, AilCursor *in, AilCursor table, ZSTD_DCtx *zstd)
{
    AilBuf payload = {0};
    bool good = true;
    while (good && table.at != table.end) {
        uint8_t column = ail_cursor_u8(&table);
        size_t raw_size = ail_cursor_varint(&table), size = ail_cursor_varint(&table);
        const uint8_t *frame = ail_cursor_take(in, size);
        good = frame && ail_frame_get(&payload, zstd, frame, size, raw_size);
        if (good)
            add(parts, (PartKind)(PART_CODE + column), payload.data, payload.len);
    }
    ail_buf_clear(&payload);
    return good;
}

static bool content_is(const AilBuf *content, const char *tag)
{
    return !memcmp(content->data, tag, 4);
}

/* The metadata frame that comes next: header, chunk with its columns, index (which is left out) or
 * a frame of the copy. */
static bool split_meta(Parts *parts, AilCursor *in, AilBuf *content, ZSTD_DCtx *zstd, bool *end)
{
    uint32_t magic = ail_cursor_le32(in), size = ail_cursor_le32(in);
    *end = magic == AIL_SKIPPABLE_TRAILER;
    if (*end)
        return true;
    const uint8_t *frame = ail_cursor_take(in, size);
    if (magic != AIL_SKIPPABLE_META || !frame ||
        !ail_frame_get(content, zstd, frame, size, AIL_META_MAX) || content->len < 4)
        return false;
    if (content_is(content, AIL_TAG_INDEX))
        return true;
    if (!content_is(content, AIL_TAG_CHUNK)) {
        PartKind kind = content_is(content, AIL_TAG_HEADER) ? PART_HEADER : PART_BLOCKS;
        add(parts, kind, content->data + 4, content->len - 4);
        return true;
    }
    AilCursor c = ail_cursor(content->data + 4, content->len - 4);
    for (int i = 0; i < 8; i++)
        ail_cursor_varint(&c);
    add(parts, PART_CHUNK, content->data + 4, (size_t)(c.at - content->data) - 4);
    return split_columns(parts, in, c, zstd);
}

bool parts_split(Parts *parts, const uint8_t *trace, size_t len)
{
    AilCursor in = ail_cursor(trace, len);
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    AilBuf content = {0};
    bool good = true;
    parts->n = 0;
    parts->options = 0;
    for (bool end = false; good && !end;)
        good = split_meta(parts, &in, &content, zstd, &end);
    ail_buf_clear(&content);
    ZSTD_freeDCtx(zstd);
    return good;
}
