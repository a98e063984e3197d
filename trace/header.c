/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/header.h"

#include "trace/frame.h"

#include <glib.h>

bool ail_has_tag(const AilBuf *content, const char *tag)
{
    return content->len >= 4 && !memcmp(content->data, tag, 4);
}

/* Never NULL; a string with a zero byte in it, which would end there, makes *in bad. */
static char *take_string(AilCursor *in)
{
    uint64_t len = ail_cursor_varint(in);
    const uint8_t *p = ail_cursor_take(in, len);
    in->bad = in->bad || (len && memchr(p, 0, len));
    return g_strndup(in->bad || !len ? "" : (const char *)p, in->bad ? 0 : len);
}

static bool parse_regs(AilCursor *in, AilTraceInfo *info)
{
    uint64_t n = ail_cursor_varint(in);
    if (in->bad || n > ail_cursor_left(in))
        return false;
    AilReg *regs = g_new0(AilReg, n + 1);
    info->regs = regs;
    for (info->n_regs = 0; info->n_regs < n; info->n_regs++) {
        AilReg *r = &regs[info->n_regs];
        r->name = take_string(in);
        r->offset = info->sync_len;
        uint64_t size = ail_cursor_varint(in);
        if (size > 4096 || info->sync_len + size > 1 << 20) {
            g_free((char *)r->name);
            return false;
        }
        r->size = (uint32_t)size;
        info->sync_len += r->size;
    }
    return true;
}

/* Only columns that are known, and each with those that it is decoded with. */
static bool columns_fit(uint64_t columns, uint64_t format)
{
    uint64_t all = format < 4 ? AIL_COL_ALL & ~AIL_COL_XLATE : AIL_COL_ALL;
    return !(columns & ~all) &&
           (columns & AIL_COL_ADDR || !(columns & (AIL_COL_DATA | AIL_COL_XLATE))) &&
           (columns & AIL_COL_FLOW || !(columns & AIL_COL_ADDR)) &&
           (columns & AIL_COL_CODE || !(columns & AIL_COL_FLOW));
}

bool ail_header_parse(AilCursor in, AilTraceInfo *info)
{
    *info = (AilTraceInfo){0};
    ail_cursor_take(&in, 4);
    uint64_t format = ail_cursor_varint(&in);
    info->format = (uint32_t)MIN(format, UINT32_MAX);
    if (in.bad || format < AIL_FORMAT_OLDEST || format > AIL_FORMAT_VERSION)
        return !in.bad;
    uint64_t columns = ail_cursor_varint(&in), arch = ail_cursor_varint(&in);
    if (!columns_fit(columns, format) || arch == AIL_ARCH_NONE || arch >= AIL_ARCH_COUNT)
        return false;
    info->columns = (uint32_t)columns;
    info->arch = (AilArch)arch;
    info->tool = take_string(&in);
    info->recording = take_string(&in);
    info->machine = take_string(&in);
    return parse_regs(&in, info) && !in.bad;
}

static void put_string(AilBuf *out, const char *s)
{
    size_t len = s ? strlen(s) : 0;
    ail_buf_varint(out, len);
    ail_buf_put(out, s, len);
}

void ail_header_put(AilBuf *out, const AilTraceInfo *info)
{
    ail_buf_put(out, AIL_TAG_HEADER, 4);
    ail_buf_varint(out, AIL_FORMAT_VERSION);
    ail_buf_varint(out, info->columns);
    ail_buf_varint(out, info->arch);
    put_string(out, info->tool);
    put_string(out, info->recording);
    put_string(out, info->machine);
    ail_buf_varint(out, info->n_regs);
    for (uint32_t i = 0; i < info->n_regs; i++) {
        put_string(out, info->regs[i].name);
        ail_buf_varint(out, info->regs[i].size);
    }
}

void ail_info_clear(AilTraceInfo *info)
{
    for (uint32_t i = 0; i < info->n_regs; i++)
        g_free((char *)info->regs[i].name);
    g_free((AilReg *)info->regs);
    g_free((char *)info->tool);
    g_free((char *)info->recording);
    g_free((char *)info->machine);
    *info = (AilTraceInfo){0};
}

bool ail_chunk_header_parse(AilCursor in, AilChunkHeader *head)
{
    *head = (AilChunkHeader){0};
    ail_cursor_take(&in, 4);
    head->number = ail_cursor_varint(&in);
    head->icount = ail_cursor_varint(&in);
    head->insns = ail_cursor_varint(&in);
    head->asid = ail_cursor_varint(&in);
    uint64_t since = ail_cursor_varint(&in);
    uint64_t n_flow = ail_cursor_varint(&in), n_cuts = ail_cursor_varint(&in);
    uint64_t n_access = ail_cursor_varint(&in);
    if (n_flow > AIL_CHUNK_FLOW_MAX || n_cuts > n_flow || n_access > AIL_CHUNK_ACCESS_MAX ||
        head->insns > UINT64_MAX - head->icount || since > head->number)
        return false;
    head->first = head->number - since;
    head->n_flow = (uint32_t)n_flow;
    head->n_cuts = (uint32_t)n_cuts;
    head->n_access = (uint32_t)n_access;
    while (!in.bad && in.at != in.end) {
        uint8_t i = ail_cursor_u8(&in);
        uint64_t raw_size = ail_cursor_varint(&in), size = ail_cursor_varint(&in);
        if (i >= AIL_N_COLUMNS || head->column[i].present || raw_size > AIL_COLUMN_MAX ||
            size > AIL_COLUMN_MAX)
            return false;
        head->column[i] = (AilColumnPart){true, raw_size, size};
        head->size += size;
    }
    return !in.bad;
}

static bool parse_chunks(AilCursor *in, AilIndex *index)
{
    uint64_t count = ail_cursor_varint(in), icount = ail_cursor_varint(in), offset = 0;
    if (in->bad || count > ail_cursor_left(in) || (!count && icount))
        return false;
    index->chunks = g_new(AilIndexEntry, count + 1);
    for (uint64_t i = 0; i < count && !in->bad; i++) {
        offset += ail_cursor_varint(in);
        uint64_t insns = ail_cursor_varint(in), since = ail_cursor_varint(in);
        if (since && (!i || since != i - index->chunks[i - 1].first))
            return false;
        index->chunks[i] = (AilIndexEntry){offset, icount, insns, i - since};
        icount += insns;
    }
    index->n_chunks = count;
    return !in->bad;
}

/* Whether copies, if there are any, are of all chunks, and of no two dictionaries at once. */
static bool copies_fit(const AilIndex *index)
{
    uint64_t next = 0;
    for (size_t k = 0; k < index->n_copies; k++) {
        const AilCopyEntry *copy = &index->copies[k];
        if (!copy->n || copy->n > index->n_chunks - next ||
            index->chunks[next].first != index->chunks[next + copy->n - 1].first)
            return false;
        next += copy->n;
    }
    return !index->n_copies || next == index->n_chunks;
}

static bool parse_copies(AilCursor *in, AilIndex *index)
{
    uint64_t count = ail_cursor_varint(in), offset = 0, first = 0;
    if (in->bad || count > ail_cursor_left(in))
        return false;
    index->copies = g_new(AilCopyEntry, count + 1);
    for (uint64_t k = 0; k < count; k++) {
        uint64_t size = ail_cursor_varint(in), n = ail_cursor_varint(in);
        if (in->bad || size > AIL_META_MAX + 8u)
            return false;
        index->copies[k] = (AilCopyEntry){offset, size, first, n};
        offset += size;
        first += n;
    }
    index->n_copies = count;
    return !in->bad && in->at == in->end && copies_fit(index);
}

bool ail_index_parse(AilCursor in, AilIndex *index)
{
    *index = (AilIndex){0};
    ail_cursor_take(&in, 4);
    if (parse_chunks(&in, index) && parse_copies(&in, index))
        return true;
    ail_index_clear(index);
    return false;
}

void ail_index_clear(AilIndex *index)
{
    g_free(index->chunks);
    g_free(index->copies);
    *index = (AilIndex){0};
}

size_t ail_index_copy_of(const AilIndex *index, uint64_t first)
{
    size_t low = 0, high = index->n_copies;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->copies[middle].first < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
