/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fuzz_trace changes its inputs: inside a part or a stream, whose length is kept right. */
#include "tests/fuzz/input.h"
#include "tests/fuzz/parts.h"

/* Change bytes as libFuzzer does, and let them grow somewhat. */
static void mutate_bytes(AilBuf *bytes)
{
    ail_buf_reserve(bytes, 64);
    bytes->len = LLVMFuzzerMutate(bytes->data, bytes->len, bytes->len + 64);
}

/* Change one of the streams of a column. */
static bool mutate_stream(AilBuf *payload, unsigned n, unsigned which)
{
    AilCursor in = ail_cursor(payload->data, payload->len);
    uint64_t size[8];
    AilBuf out = {0}, streams = {0}, one = {0};
    for (unsigned i = 0; i < n; i++)
        size[i] = ail_cursor_varint(&in);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *p = ail_cursor_take(&in, size[i]);
        if (!p)
            break;
        one.len = 0;
        ail_buf_put(&one, p, size[i]);
        if (i == which)
            mutate_bytes(&one);
        ail_buf_varint(&out, one.len);
        ail_buf_put(&streams, one.data, one.len);
    }
    bool good = !in.bad;
    if (good) {
        ail_buf_put(&out, streams.data, streams.len);
        payload->len = 0;
        ail_buf_put(payload, out.data, out.len);
    }
    ail_buf_clear(&out);
    ail_buf_clear(&streams);
    ail_buf_clear(&one);
    return good;
}

/* Add a small number to one of the n numbers at the content's start. */
static void mutate_number(AilBuf *content, unsigned n, unsigned which, int64_t by)
{
    AilCursor in = ail_cursor(content->data, content->len);
    AilBuf out = {0};
    for (unsigned i = 0; i < n; i++) {
        uint64_t v = ail_cursor_varint(&in);
        ail_buf_varint(&out, i == which ? v + (uint64_t)by : v);
    }
    ail_buf_put(&out, in.at, ail_cursor_left(&in));
    content->len = 0;
    ail_buf_put(content, out.data, out.len);
    ail_buf_clear(&out);
}

static void mutate_part(Part *part, unsigned seed)
{
    unsigned n = part_streams(part->kind);
    unsigned numbers = part->kind == PART_CHUNK ? 8 : part->kind == PART_BLOCKS ? 2 : 0;
    if (numbers && seed % 4)
        mutate_number(&part->bytes, numbers, seed / 4 % numbers, (int64_t)(seed / 32 % 5) - 2);
    else if (!n || !(seed % 16) || !mutate_stream(&part->bytes, n, seed / 16 % n))
        mutate_bytes(&part->bytes);
}

static void swap_or_drop(Parts *parts, unsigned a, unsigned b, bool drop)
{
    Part was = parts->part[a];
    parts->part[a] = parts->part[b];
    parts->part[b] = was;
    if (drop)
        ail_buf_clear(&parts->part[--parts->n].bytes);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
    Parts parts;
    AilBuf out = {0};
    if (seed % 16 == 0)
        return LLVMFuzzerMutate(data, len, max);
    parts_read(&parts, data, len);
    unsigned a = parts.n ? seed / 256 % parts.n : 0, b = parts.n ? seed / 65536 % parts.n : 0;
    if (!parts.n || seed % 16 == 1)
        parts.options = (uint8_t)(seed / 256);
    else if (seed % 16 == 2)
        swap_or_drop(&parts, a, b, seed / 64 % 2);
    else
        mutate_part(&parts.part[a], seed / 16);
    parts_write(&parts, &out);
    size_t n = out.len < max ? out.len : max;
    memcpy(data, out.data, n);
    ail_buf_clear(&out);
    parts_clear(&parts);
    return n;
}
