/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/plog_chunk.h"

#include "formats/wire.h"

enum { COUNTS_MAX = 4096 };

static bool take_number(const AilWire *w, AilWireType type, bool *has, uint64_t *value)
{
    *has = true;
    *value = w->value;
    return w->type == type;
}

/* A field of the entry's own. */
static bool take_field(const AilWire *w, AilPlogEntry *e)
{
    switch (w->number) {
    case AIL_PLOG_ICOUNT:
        return take_number(w, AIL_WIRE_VARINT, &e->has_icount, &e->icount);
    case AIL_PLOG_ASID:
        return take_number(w, AIL_WIRE_64, &e->has_asid, &e->asid);
    case AIL_PLOG_PC:
        return take_number(w, AIL_WIRE_64, &e->has_pc, &e->pc);
    default:
        return true;
    }
}

bool ail_plog_entry_parse(AilCursor bytes, AilPlogEntry *e)
{
    AilWire w;
    bool good = true;
    *e = (AilPlogEntry){.bytes = bytes, .body = ail_cursor("", 0)};
    while (good && ail_wire_next(&bytes, &w)) {
        if (w.number < AIL_PLOG_OTHER) {
            good = take_field(&w, e);
            continue;
        }
        good = w.type == AIL_WIRE_BYTES && !e->record;
        e->record = w.number;
        e->body = w.bytes;
    }
    return good && !bytes.bad;
}

void ail_plog_chunk_init(AilPlogChunk *c)
{
    *c = (AilPlogChunk){.counts = g_array_new(FALSE, FALSE, sizeof(AilPlogCount))};
}

void ail_plog_chunk_clear(AilPlogChunk *c)
{
    if (c->counts)
        g_array_unref(c->counts);
    *c = (AilPlogChunk){0};
}

static void count_record(GArray *counts, uint32_t record)
{
    guint at = 0;
    while (at < counts->len && g_array_index(counts, AilPlogCount, at).record < record)
        at++;
    if (at == counts->len || g_array_index(counts, AilPlogCount, at).record != record) {
        AilPlogCount fresh = {record, 0};
        g_array_insert_val(counts, at, fresh);
    }
    g_array_index(counts, AilPlogCount, at).n++;
}

void ail_plog_chunk_count(AilPlogChunk *c, const AilPlogEntry *e)
{
    c->entries++;
    count_record(c->counts, e->record);
    if (!e->has_icount)
        return;
    c->min = c->timed ? MIN(c->min, e->icount) : e->icount;
    c->max = c->timed ? MAX(c->max, e->icount) : e->icount;
    c->timed++;
}

void ail_plog_chunk_put(const AilPlogChunk *c, AilBuf *out)
{
    uint32_t last = 0;
    ail_buf_varint(out, c->entries);
    ail_buf_varint(out, c->timed);
    ail_buf_varint(out, c->min);
    ail_buf_varint(out, c->max - c->min);
    ail_buf_varint(out, c->counts->len);
    for (guint i = 0; i < c->counts->len; i++) {
        const AilPlogCount *count = &g_array_index(c->counts, AilPlogCount, i);
        ail_buf_varint(out, count->record - last);
        ail_buf_varint(out, count->n);
        last = count->record;
    }
    ail_buf_varint(out, c->raw_size);
    ail_buf_varint(out, c->size);
}

/* Counts ascend and add up to the entries. */
static bool get_counts(AilPlogChunk *c, AilCursor *in)
{
    uint64_t n = ail_cursor_varint(in), sum = 0, record = 0;
    if (n > COUNTS_MAX)
        return false;
    for (uint64_t i = 0; i < n && !in->bad; i++) {
        uint64_t step = ail_cursor_varint(in), entries = ail_cursor_varint(in);
        if ((i && !step) || step > UINT32_MAX - record || !entries || entries > c->entries - sum)
            return false;
        record += step;
        sum += entries;
        AilPlogCount count = {(uint32_t)record, entries};
        g_array_append_val(c->counts, count);
    }
    return sum == c->entries;
}

bool ail_plog_chunk_get(AilPlogChunk *c, AilCursor *in)
{
    g_array_set_size(c->counts, 0);
    c->entries = ail_cursor_varint(in);
    c->timed = ail_cursor_varint(in);
    c->min = ail_cursor_varint(in);
    uint64_t span = ail_cursor_varint(in);
    bool good = c->timed <= c->entries && span <= UINT64_MAX - c->min &&
                (c->timed || !(c->min | span)) && get_counts(c, in);
    c->max = c->min + span;
    c->raw_size = ail_cursor_varint(in);
    c->size = ail_cursor_varint(in);
    return good && !in->bad && c->entries && c->entries <= c->raw_size &&
           c->raw_size <= AIL_PLOG_CHUNK_MAX && c->size <= ZSTD_compressBound(AIL_PLOG_CHUNK_MAX);
}

bool ail_plog_chunk_equal(const AilPlogChunk *a, const AilPlogChunk *b)
{
    AilBuf x = {0}, y = {0};
    ail_plog_chunk_put(a, &x);
    ail_plog_chunk_put(b, &y);
    bool equal = x.len == y.len && !memcmp(x.data, y.data, x.len);
    ail_buf_clear(&x);
    ail_buf_clear(&y);
    return equal;
}

bool ail_plog_chunk_next(AilCursor *in, AilPlogEntry *e)
{
    AilWire w;
    if (!ail_wire_next(in, &w))
        return false;
    in->bad = w.number != AIL_PLOG_ENTRY || w.type != AIL_WIRE_BYTES ||
              ail_cursor_left(&w.bytes) > AIL_PLOG_ENTRY_MAX || !ail_plog_entry_parse(w.bytes, e);
    return !in->bad;
}
