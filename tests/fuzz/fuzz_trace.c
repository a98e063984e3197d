/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces from strangers: lists of parts (parts.h), joined to a trace that gets past zstd. Whatever
 * they say, the reader must not do anything undefined, what it returns must keep the promises of
 * trace/trace.h, and a file, the same file by seeking, and a pipe must read alike.
 */
#include "tests/fuzz/input.h"
#include "tests/fuzz/parts.h"
#include "trace/reader.h"

#include <glib.h>
#include <unistd.h>

/* FNV-1a, over 64-bit words. */
static uint64_t mix(uint64_t h, uint64_t v)
{
    return (h ^ v) * 0x100000001b3u;
}

static uint64_t check_flow(const AilChunk *c, uint64_t h)
{
    uint64_t insns = 0;
    uint32_t cut = 0;
    for (uint32_t i = 0; i < c->n_flow; i++) {
        EXPECT(c->flow[i] < ail_dict_count(c->dict));
        const AilBlock *b = ail_dict_get(c->dict, c->flow[i]);
        uint32_t executed = b->n_insns;
        EXPECT(b->n_insns && b->mode < AIL_MODE_COUNT && b->start[b->n_insns] == b->size);
        if (cut < c->n_cuts && c->cuts[cut].at == i) {
            executed = c->cuts[cut++].executed;
            EXPECT(executed < b->n_insns);
        }
        insns += executed;
        h = mix(mix(h, b->pc), executed);
    }
    EXPECT(cut == c->n_cuts && insns == c->insns);
    return h;
}

static uint64_t check_accesses(const AilChunk *c, bool data, uint64_t h)
{
    uint32_t at = 0, wide = 0;
    for (uint32_t i = 0; i < c->n_flow; i++) {
        EXPECT(c->access_end[i] >= at && c->access_end[i] <= c->n_access);
        uint16_t n_insns = ail_dict_get(c->dict, c->flow[i])->n_insns;
        for (; at < c->access_end[i]; at++) {
            unsigned log2_size = c->access_info[at] & AIL_ACCESS_SIZE_SHIFT;
            EXPECT(c->access_insn[at] < n_insns && log2_size <= 4);
            h = mix(mix(h, c->addr[at]), c->access_info[at]);
            if (!data)
                continue;
            h = mix(h, c->value[at]);
            EXPECT(log2_size >= 3 || c->value[at] >> (8u << log2_size) == 0);
            if (log2_size < 4)
                continue;
            EXPECT(wide < c->n_wide && c->wide[wide].at == at);
            h = mix(h, c->wide[wide++].high);
        }
    }
    EXPECT(at == c->n_access && (!data || wide == c->n_wide));
    return h;
}

static uint64_t check_phys(const AilChunk *c, uint64_t h)
{
    uint32_t crossing = 0;
    for (uint32_t i = 0; i < c->n_access; i++) {
        uint32_t offset = c->addr[i] & 0xfff, size = 1u << (c->access_info[i] & 7);
        EXPECT(c->phys[i] == AIL_PHYS_NONE || (c->phys[i] & 0xfff) == offset);
        h = mix(h, c->phys[i]);
        if (offset + size <= 0x1000)
            continue;
        EXPECT(crossing < c->n_crossings && c->crossings[crossing].at == i);
        h = mix(h, c->crossings[crossing++].phys);
    }
    EXPECT(crossing == c->n_crossings);
    return h;
}

static uint64_t check_events(const AilChunk *c, uint64_t h)
{
    uint64_t at = c->icount, end = c->icount + c->insns;
    for (uint32_t i = 0; i < c->n_spans; i++) {
        EXPECT(c->spans[i].first == at && c->spans[i].user <= c->spans[i].insns);
        at += c->spans[i].insns;
        h = mix(h, c->spans[i].asid);
    }
    EXPECT(at == end);
    uint64_t icount = c->icount;
    uint32_t flow_index = 0;
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *e = &c->events[i];
        EXPECT(e->icount >= icount && e->icount <= end && e->flow_index >= flow_index);
        EXPECT(!e->data == !e->len && (!c->flow || e->flow_index <= c->n_flow));
        icount = e->icount;
        flow_index = e->flow_index;
        h = mix(mix(mix(h, e->icount), e->value), e->pc);
        for (uint32_t k = 0; k < e->len; k++)
            h = mix(h, e->data[k]);
    }
    return h;
}

static uint64_t check_chunk(const AilTraceReader *r, const AilChunk *c)
{
    uint32_t columns = ail_trace_reader_columns(r);
    uint64_t h = mix(c->icount, c->insns);
    if (columns & AIL_COL_FLOW)
        h = check_flow(c, h);
    if (columns & AIL_COL_ADDR)
        h = check_accesses(c, columns & AIL_COL_DATA, h);
    if (columns & AIL_COL_XLATE)
        h = check_phys(c, h);
    if (columns & AIL_COL_EVENT)
        h = check_events(c, h);
    for (uint32_t i = 0; i < c->sync_len; i++)
        h = mix(h, c->sync[i]);
    return h;
}

/* What was read: a hash for each chunk. */
typedef struct Seen {
    AilStatus status; /* the last */
    bool complete;
    unsigned n;
    uint64_t hash[PARTS_MAX];
    uint64_t icount[PARTS_MAX];
} Seen;

static void read_chunks(AilTraceReader *r, AilStatus status, Seen *seen)
{
    const AilChunk *c;
    seen->n = 0;
    while (status == AIL_OK && (status = ail_trace_reader_next(r, &c)) == AIL_OK) {
        EXPECT(seen->n < PARTS_MAX);
        seen->icount[seen->n] = c->icount;
        seen->hash[seen->n++] = c->insns ? check_chunk(r, c) : 0;
    }
    EXPECT(status != AIL_ERR || *ail_trace_reader_error(r));
    seen->status = status;
    seen->complete = ail_trace_reader_complete(r);
}

static void read_trace(const char *path, uint32_t columns, Seen *seen)
{
    AilTraceReader *r = ail_trace_reader_new();
    read_chunks(r, ail_trace_reader_open(r, path, 0, columns), seen);
    ail_trace_reader_free(r);
}

/* Chunks from the last to the first, each by seeking, must be what they were in order. */
static void read_backwards(const char *path, uint32_t columns, const Seen *seen)
{
    const AilChunk *c;
    AilTraceReader *r = ail_trace_reader_new();
    EXPECT(ail_trace_reader_open(r, path, 0, columns) == AIL_OK);
    for (unsigned i = seen->n; i--;) {
        if (!seen->hash[i]) /* no instructions: cannot be sought */
            continue;
        if (ail_trace_reader_seek(r, seen->icount[i]) != AIL_OK ||
            ail_trace_reader_next(r, &c) != AIL_OK)
            break; /* the index may point to anything: an error is good */
        EXPECT(c->icount == seen->icount[i] && check_chunk(r, c) == seen->hash[i]);
    }
    ail_trace_reader_free(r);
}

static void read_summary(const char *path, const Seen *seen)
{
    AilTraceSummary sum;
    AilTraceReader *r = ail_trace_reader_new();
    if (ail_trace_reader_open(r, path, 0, 0) == AIL_OK &&
        ail_trace_reader_summary(r, &sum) == AIL_OK && seen->status == AIL_END)
        EXPECT(sum.chunks == seen->n);
    ail_trace_reader_free(r);
}

/* Header, chunks, and the index that belongs to them: nothing that only a pipe comes across. */
static bool is_regular(const Parts *parts)
{
    bool regular = parts->n && parts->part[0].kind == PART_HEADER &&
                   !(parts->options & (OPTION_UNFINISHED | OPTION_CUT));
    for (unsigned i = 1; i < parts->n; i++) {
        PartKind kind = parts->part[i].kind;
        regular &= kind == PART_CHUNK || (i > 1 && kind >= PART_CODE && kind <= PART_XLATE);
    }
    return regular;
}

static void read_pipe(const AilBuf *trace, const Seen *file, bool regular)
{
    char path[INPUT_PATH];
    Seen piped;
    int fd = input_pipe(trace->data, trace->len, path);
    if (fd < 0)
        return;
    read_trace(path, AIL_COL_ALL, &piped);
    if (regular) {
        EXPECT(file->complete || file->status == AIL_ERR);
        EXPECT(piped.status == file->status);
        /* A file with an impossible index is not read at all. */
        EXPECT(piped.n == file->n || (file->status == AIL_ERR && !file->n));
        EXPECT(!memcmp(piped.hash, file->hash, file->n * sizeof *file->hash));
    }
    close(fd);
}

/* As a file, and another way, which the options choose: all of them would take too long. */
static void read_two_ways(const AilBuf *trace, const Parts *parts)
{
    char path[INPUT_PATH];
    Seen file, some;
    int fd = input_file(trace->data, trace->len, path);
    read_trace(path, AIL_COL_ALL, &file);
    switch (parts->options / OPTION_WAY % 4) {
    case 0:
        read_pipe(trace, &file, is_regular(parts));
        break;
    case 1:
        if (file.status == AIL_END)
            read_backwards(path, AIL_COL_ALL, &file);
        break;
    case 2:
        read_trace(path, AIL_COL_FLOW | AIL_COL_ADDR, &some);
        EXPECT(file.status != AIL_END || (some.status == AIL_END && some.n == file.n));
        break;
    default:
        read_summary(path, &file);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    Parts parts;
    AilBuf trace = {0};
    parts_read(&parts, data, len);
    parts_join(&parts, &trace);
    read_two_ways(&trace, &parts);
    ail_buf_clear(&trace);
    parts_clear(&parts);
    return 0;
}
