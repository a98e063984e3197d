/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/reader.h"

#include "trace/codec.h"
#include "trace/header.h"
#include "trace/source.h"

#include <glib.h>

struct AilTraceReader {
    AilSource source;
    AilError error;
    AilTraceInfo info;
    uint32_t columns; /* wanted */
    AilDict *dict;    /* owned */
    AilCodec *codec;  /* owned */
    AilDecoded decoded;
    AilBuf meta, part[6];
    AilIndexEntry *index; /* owned; NULL on a pipe */
    size_t n_index;
    uint64_t next;      /* number of the chunk that comes next in the file */
    uint64_t target;    /* number of the first chunk to return: the ones before give their blocks */
    uint64_t n_learned; /* chunks whose blocks are in the dictionary */
    uint64_t icount;    /* where the chunk that comes next must begin, or UINT64_MAX */
    bool at_end, complete;
};

AilTraceReader *ail_trace_reader_new(void)
{
    AilTraceReader *r = g_new0(AilTraceReader, 1);
    r->source.fd = -1;
    r->dict = ail_dict_new();
    r->codec = ail_codec_new();
    return r;
}

void ail_trace_reader_free(AilTraceReader *r)
{
    if (!r)
        return;
    ail_source_close(&r->source);
    ail_info_clear(&r->info);
    ail_dict_free(r->dict);
    ail_codec_free(r->codec);
    ail_decoded_clear(&r->decoded);
    ail_buf_clear(&r->meta);
    for (int i = 0; i < 6; i++)
        ail_buf_clear(&r->part[i]);
    g_free(r->index);
    g_free(r);
}

const char *ail_trace_reader_error(const AilTraceReader *r)
{
    return r->error.text;
}

const AilTraceInfo *ail_trace_reader_info(const AilTraceReader *r)
{
    return &r->info;
}

uint64_t ail_trace_reader_total(const AilTraceReader *r)
{
    if (!r->n_index)
        return 0;
    const AilIndexEntry *last = &r->index[r->n_index - 1];
    return last->icount + last->insns;
}

bool ail_trace_reader_complete(const AilTraceReader *r)
{
    return r->complete;
}

const AilBlock *ail_trace_reader_block(const AilTraceReader *r, uint32_t id)
{
    return ail_dict_get(r->dict, id);
}

uint32_t ail_trace_reader_n_blocks(const AilTraceReader *r)
{
    return ail_dict_count(r->dict);
}

static AilStatus damaged(AilTraceReader *r, const char *what)
{
    return ail_error_set(&r->error,
                         "%s: damaged: %s (chunk %" G_GUINT64_FORMAT
                         ", before byte %" G_GUINT64_FORMAT ")",
                         r->source.name, what, r->next, r->source.offset);
}

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
    if (trailer || !ail_has_tag(&r->meta, AIL_TAG_HEADER) ||
        !ail_header_parse(ail_cursor(r->meta.data, r->meta.len), &r->info))
        return ail_error_set(&r->error, "%s: not a trace: no header", r->source.name);
    if (r->info.format != AIL_FORMAT_VERSION)
        return ail_error_set(&r->error, "%s: trace format %u; this program reads format %d",
                             r->source.name, r->info.format, AIL_FORMAT_VERSION);
    return AIL_OK;
}

static AilStatus check_columns(AilTraceReader *r, uint32_t wanted)
{
    if (wanted == AIL_COL_PRESENT)
        wanted = r->info.columns;
    uint32_t missing = wanted & ~r->info.columns;
    char names[64], has[64];
    if (missing)
        return ail_error_set(&r->error,
                             "%s: has no column %s (it has %s); replay the recording "
                             "with --columns that include it",
                             r->source.name, ail_columns_format(missing, names, sizeof names),
                             ail_columns_format(r->info.columns, has, sizeof has));
    /* What the wanted columns are decoded with. */
    if (wanted & AIL_COL_DATA)
        wanted |= AIL_COL_ADDR;
    if (wanted & AIL_COL_ADDR)
        wanted |= AIL_COL_FLOW;
    if (wanted & AIL_COL_FLOW)
        wanted |= AIL_COL_CODE;
    r->columns = wanted;
    return AIL_OK;
}

/* Use the index at the end, if the trace is whole. */
static AilStatus load_index(AilTraceReader *r)
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
    if (ail_get_le32(r->meta.data + 4) != AIL_FORMAT_VERSION)
        return damaged(r, "the trailer is of another format than the header");
    if (index_at >= s->size || ail_source_seek(s, index_at) != AIL_OK ||
        ail_source_meta(s, &r->meta, &trailer) != AIL_OK || !ail_has_tag(&r->meta, AIL_TAG_INDEX) ||
        !ail_index_parse(ail_cursor(r->meta.data, r->meta.len), &r->index, &r->n_index))
        return damaged(r, "the trailer points to no index");
    for (size_t i = 0; i < r->n_index; i++) {
        if (r->index[i].offset >= index_at)
            return damaged(r, "the index points outside the file");
        insns -= r->index[i].insns;
    }
    if (insns)
        return damaged(r, "the trailer counts other instructions than the index");
    r->complete = true;
    return AIL_OK;
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
            status = damaged(r, "an impossible chunk header");
        else
            status = ail_source_skip(&r->source, head.size);
        entry.icount = head.icount;
        entry.insns = head.insns;
        if (status == AIL_OK)
            g_array_append_val(found, entry);
    }
    r->n_index = found->len;
    r->index = (AilIndexEntry *)(void *)g_array_free(found, FALSE);
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

AilStatus ail_trace_reader_open(AilTraceReader *r, const char *path, uint32_t columns)
{
    r->icount = UINT64_MAX;
    AilStatus status = ail_source_open(&r->source, path, &r->error);
    if (status == AIL_OK)
        status = read_header(r);
    if (status == AIL_OK)
        status = check_columns(r, columns);
    r->complete = !r->source.seekable;
    if (status != AIL_OK || !r->source.seekable)
        return status;
    uint64_t first = r->source.offset;
    AilError none = {{0}};
    status = load_index(r);
    if (status == AIL_END) {
        r->error = none; /* an unfinished trace is not a failure */
        status = walk_chunks(r, first);
    }
    return status == AIL_OK ? ail_source_seek(&r->source, first) : AIL_ERR;
}

/* Read the next chunk's header; AIL_END at the index or at the end of what is there. */
static AilStatus next_header(AilTraceReader *r, AilChunkHeader *head)
{
    bool trailer = false;
    if (r->index && r->next >= r->n_index)
        return AIL_END; /* what follows is the index, or what a killed writer left */
    AilStatus status = ail_source_meta(&r->source, &r->meta, &trailer);
    if (status == AIL_END && !r->source.seekable)
        r->complete = false; /* a pipe that ended without an index */
    if (status != AIL_OK)
        return status;
    if (trailer || ail_has_tag(&r->meta, AIL_TAG_INDEX))
        return AIL_END;
    if (!ail_has_tag(&r->meta, AIL_TAG_CHUNK) ||
        !ail_chunk_header_parse(ail_cursor(r->meta.data, r->meta.len), head))
        return damaged(r, "an impossible chunk header");
    if (head->number != r->next || (r->icount != UINT64_MAX && head->icount != r->icount))
        return damaged(r, "a chunk out of order");
    const AilIndexEntry *entry = r->index ? &r->index[r->next] : NULL;
    if (entry && (entry->icount != head->icount || entry->insns != head->insns))
        return damaged(r, "a chunk that is not as the index says");
    for (int i = 0; i < 6; i++) {
        if (head->column[i].present != (r->info.columns >> i & 1))
            return damaged(r, "a chunk with other columns than the header says");
    }
    return AIL_OK;
}

/* Get the wanted columns' bytes; code always, since later chunks refer to its blocks. */
static AilStatus read_columns(AilTraceReader *r, const AilChunkHeader *head, uint32_t wanted)
{
    AilStatus status = AIL_OK;
    for (int i = 0; i < 6 && status == AIL_OK; i++) {
        const AilColumnPart *part = &head->column[i];
        if (!part->present)
            continue;
        if (wanted & 1u << i)
            status = ail_source_column(&r->source, part->size, part->raw_size, &r->part[i]);
        else
            status = ail_source_skip(&r->source, part->size);
    }
    if (status == AIL_END && !r->source.seekable)
        r->complete = false;
    return status;
}

static AilCursor part_cursor(const AilTraceReader *r, int column)
{
    return ail_cursor(r->part[column].data, r->part[column].len);
}

/* Executed instructions must add up to what the chunk's header says. */
static bool count_fits(const AilTraceReader *r)
{
    const AilChunk *c = &r->decoded.chunk;
    uint64_t n = 0;
    for (uint32_t i = 0; i < c->n_flow; i++)
        n += ail_dict_get(r->dict, c->flow[i])->n_insns;
    for (uint32_t i = 0; i < c->n_cuts; i++)
        n -= ail_dict_get(r->dict, c->flow[c->cuts[i].at])->n_insns - c->cuts[i].executed;
    return n == c->insns;
}

static AilStatus decode_columns(AilTraceReader *r, const AilChunkHeader *head)
{
    AilDecoded *d = &r->decoded;
    uint32_t want = r->columns;
    d->chunk = (AilChunk){.number = head->number,
                          .icount = head->icount,
                          .insns = head->insns,
                          .asid = head->asid,
                          .n_flow = head->n_flow,
                          .n_cuts = head->n_cuts,
                          .n_access = head->n_access};
    if (want & AIL_COL_FLOW &&
        !(ail_flow_decode(r->codec, part_cursor(r, 1), r->dict, d) && count_fits(r)))
        return damaged(r, "the flow column makes no sense");
    AilCursor data = part_cursor(r, 3);
    if (want & AIL_COL_ADDR && !ail_access_decode(r->codec, r->dict, part_cursor(r, 2),
                                                  want & AIL_COL_DATA ? &data : NULL, d))
        return damaged(r, "the addr and data columns make no sense");
    if (want & AIL_COL_EVENT && !ail_event_decode(part_cursor(r, 4), d))
        return damaged(r, "the event column makes no sense");
    if (want & AIL_COL_SYNC) {
        if (r->part[5].len != r->info.sync_len)
            return damaged(r, "the sync column has another size than the header says");
        d->chunk.sync = r->part[5].data;
        d->chunk.sync_len = (uint32_t)r->part[5].len;
    }
    if (!(want & AIL_COL_FLOW))
        d->chunk.n_flow = d->chunk.n_cuts = 0;
    if (!(want & AIL_COL_ADDR))
        d->chunk.n_access = 0;
    return AIL_OK;
}

AilStatus ail_trace_reader_next(AilTraceReader *r, const AilChunk **chunk)
{
    while (!r->at_end) {
        AilChunkHeader head = {0};
        AilStatus status = next_header(r, &head);
        bool wanted = r->next >= r->target;
        uint32_t columns = wanted ? r->columns : r->columns & AIL_COL_CODE;
        if (r->next < r->n_learned)
            columns &= ~(uint32_t)AIL_COL_CODE;
        if (status == AIL_OK)
            status = read_columns(r, &head, columns);
        if (status == AIL_END)
            break;
        if (status == AIL_OK && columns & AIL_COL_CODE &&
            !ail_code_decode(part_cursor(r, 0), r->dict))
            status = damaged(r, "the code column makes no sense");
        if (status == AIL_OK && wanted)
            status = decode_columns(r, &head);
        if (status != AIL_OK)
            return AIL_ERR;
        r->next++;
        r->n_learned = MAX(r->n_learned, r->next);
        r->icount = head.icount + head.insns;
        if (wanted) {
            *chunk = &r->decoded.chunk;
            return AIL_OK;
        }
    }
    r->at_end = true;
    return AIL_END;
}

AilStatus ail_trace_reader_summary(AilTraceReader *r, AilTraceSummary *summary)
{
    AilChunkHeader head;
    AilStatus status;
    *summary = (AilTraceSummary){0};
    while ((status = next_header(r, &head)) == AIL_OK) {
        status = ail_source_skip(&r->source, head.size);
        if (status != AIL_OK)
            break;
        if (!summary->chunks++)
            summary->first = head.icount;
        summary->insns += head.insns;
        for (int i = 0; i < 6; i++)
            summary->column[i] += head.column[i].size;
        r->next++;
        r->icount = head.icount + head.insns;
    }
    r->at_end = true;
    summary->bytes = r->source.seekable ? r->source.size : r->source.offset;
    summary->complete = r->complete;
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

AilStatus ail_trace_reader_seek(AilTraceReader *r, uint64_t icount)
{
    if (!r->index) {
        if (icount == 0 && r->next == 0)
            return AIL_OK;
        return ail_error_set(&r->error, "%s: cannot seek on a pipe", r->source.name);
    }
    size_t low = 0, high = r->n_index;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->index[mid].icount + r->index[mid].insns <= icount)
            low = mid + 1;
        else
            high = mid;
    }
    r->target = low;
    r->at_end = low == r->n_index;
    if (r->at_end)
        return AIL_OK;
    /* Blocks are defined once: chunks between the last one that gave its blocks and the target
     * are passed on the way. */
    r->next = r->columns & AIL_COL_CODE ? MIN(low, r->n_learned) : low;
    r->icount = UINT64_MAX;
    return ail_source_seek(&r->source, r->index[r->next].offset);
}
