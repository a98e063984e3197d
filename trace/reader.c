/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/reader_private.h"

#include "trace/codec.h"

#include <glib.h>

AilTraceReader *ail_trace_reader_new(void)
{
    AilTraceReader *r = g_new0(AilTraceReader, 1);
    r->source.fd = -1;
    r->end = UINT64_MAX;
    r->dict = ail_dict_new(0);
    return r;
}

void ail_trace_reader_free(AilTraceReader *r)
{
    if (!r)
        return;
    ail_trace_decoder_free(r->decoder);
    ail_source_close(&r->source);
    ail_info_clear(&r->info);
    ail_dict_unref(r->dict);
    ail_buf_clear(&r->meta);
    ail_buf_clear(&r->code);
    ail_buf_clear(&r->copy.frame);
    ail_index_clear(&r->index);
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

uint32_t ail_trace_reader_columns(const AilTraceReader *r)
{
    return r->columns;
}

uint64_t ail_trace_reader_chunks(const AilTraceReader *r)
{
    return r->index.n_chunks;
}

uint64_t ail_trace_reader_total(const AilTraceReader *r)
{
    if (!r->index.n_chunks)
        return 0;
    const AilIndexEntry *last = &r->index.chunks[r->index.n_chunks - 1];
    return last->icount + last->insns;
}

bool ail_trace_reader_complete(const AilTraceReader *r)
{
    return r->complete;
}

void ail_reader_begin_dict(AilTraceReader *r, uint64_t first)
{
    ail_dict_unref(r->dict);
    r->dict = ail_dict_new(first);
    r->n_learned = first;
    r->copy.next = ail_index_copy_of(&r->index, first);
    r->copy.left = 0;
}

AilStatus ail_reader_lost(AilTraceReader *r, const char *what)
{
    r->lost = true;
    return ail_reader_damaged(r, what);
}

AilStatus ail_reader_damaged(AilTraceReader *r, const char *what)
{
    return ail_error_set(&r->error,
                         "%s: damaged: %s (chunk %" G_GUINT64_FORMAT
                         ", before byte %" G_GUINT64_FORMAT ")",
                         r->source.name, what, r->next, r->source.offset);
}

/* The source ends in or before the next chunk: with an index, which promises it, that is damage. */
static AilStatus ends_early(AilTraceReader *r)
{
    if (r->index.chunks)
        return ail_reader_damaged(r, "fewer chunks than the index says");
    r->complete = false; /* a pipe that ended without an index */
    return AIL_END;
}

/* Read on to the trailer: who writes into a pipe must not find it closed before the end. */
static AilStatus drain(AilTraceReader *r)
{
    bool trailer = false;
    AilStatus status = AIL_OK;
    while (status == AIL_OK && !trailer)
        status = ail_source_meta(&r->source, &r->meta, &trailer);
    if (status == AIL_END)
        r->complete = false;
    return status == AIL_ERR ? AIL_ERR : AIL_END;
}

/* A pipe has come to the index, r->meta: it must be of the chunks that were read. */
static AilStatus check_index(AilTraceReader *r)
{
    AilIndex index = {0};
    bool fits =
        ail_index_parse(ail_cursor(r->meta.data, r->meta.len), &index) && index.n_chunks == r->next;
    const AilIndexEntry *last = fits && r->next ? &index.chunks[r->next - 1] : NULL;
    fits = fits && (!last || (last->icount + last->insns == r->icount && last->first == r->first));
    ail_index_clear(&index);
    return fits ? drain(r) : ail_reader_damaged(r, "an index of other chunks");
}

/* Whether the chunk, whose header begins at byte `at` and ends here, is as the index says. */
static bool as_indexed(const AilTraceReader *r, const AilChunkHeader *head, uint64_t at)
{
    if (!r->index.chunks)
        return true;
    const AilIndexEntry *entry = &r->index.chunks[r->next];
    uint64_t end = r->source.offset + head->size;
    bool joins = r->next + 1 < r->index.n_chunks ? end == entry[1].offset
                                                 : !r->index_at || end == r->index_at;
    return joins && entry->offset == at && entry->icount == head->icount &&
           entry->insns == head->insns && entry->first == head->first;
}

static AilStatus check_header(AilTraceReader *r, const AilChunkHeader *head, uint64_t at)
{
    if (head->number != r->next || (r->icount != UINT64_MAX && head->icount != r->icount))
        return ail_reader_damaged(r, "a chunk out of order");
    if (head->first != r->next && (!r->next || head->first != r->first))
        return ail_reader_damaged(r, "a chunk of a dictionary that is not the one before's");
    for (int i = 0; i < AIL_N_COLUMNS; i++) {
        if (head->column[i].present != (r->info.columns >> i & 1))
            return ail_reader_damaged(r, "a chunk with other columns than the header says");
    }
    if (head->n_access && !(r->info.columns & AIL_COL_ADDR))
        return ail_reader_damaged(r, "a chunk with accesses, but no addr column");
    if (!as_indexed(r, head, at))
        return ail_reader_damaged(r, "a chunk that is not as the index says");
    return AIL_OK;
}

/* Read the next chunk's header; AIL_END at the index or at the end of what is there. */
static AilStatus next_header(AilTraceReader *r, AilChunkHeader *head)
{
    bool trailer = false;
    uint64_t at = r->source.offset;
    if (r->index.chunks && r->next >= MIN(r->index.n_chunks, r->end))
        return AIL_END; /* what follows is the index, or what a killed writer left */
    AilStatus status = ail_source_meta(&r->source, &r->meta, &trailer);
    if (status == AIL_END)
        return ends_early(r);
    if (status != AIL_OK)
        return status;
    if (trailer || ail_has_tag(&r->meta, AIL_TAG_INDEX)) {
        if (r->source.seekable) /* without chunks, what a killed writer left */
            return r->index.chunks ? ends_early(r) : AIL_END;
        return check_index(r);
    }
    if (!ail_has_tag(&r->meta, AIL_TAG_CHUNK) ||
        !ail_chunk_header_parse(ail_cursor(r->meta.data, r->meta.len), head))
        return ail_reader_damaged(r, "an impossible chunk header");
    return check_header(r, head, at);
}

/* Get the bytes of the columns in the set; the code column's are decompressed at once. */
static AilStatus read_columns(AilTraceReader *r, AilPackedChunk *p, uint32_t columns)
{
    AilStatus status = AIL_OK;
    for (int i = 0; i < AIL_N_COLUMNS && status == AIL_OK; i++) {
        const AilColumnPart *part = &p->head.column[i];
        p->at[i] = r->source.offset;
        if (!part->present)
            continue;
        if (!(columns & 1u << i))
            status = ail_source_skip(&r->source, part->size);
        else if (1u << i == AIL_COL_CODE)
            status = ail_source_column(&r->source, part->size, part->raw_size, &r->code);
        else
            status = ail_source_read(&r->source, part->size, &p->frame[i]);
    }
    p->end = r->source.offset;
    return status == AIL_END ? ends_early(r) : status;
}

/* Take the blocks of chunk n_learned, whose code column was read, into the dictionary. */
static AilStatus learn_chunk(AilTraceReader *r)
{
    if (ail_reader_copy_check(r) != AIL_OK)
        return AIL_ERR;
    if (!ail_code_decode(ail_cursor(r->code.data, r->code.len), r->dict))
        return ail_reader_lost(r, "the code column makes no sense");
    r->n_learned++;
    return AIL_OK;
}

/* Read one chunk; *wanted: it is not only passed on the way to the target. */
static AilStatus fetch_one(AilTraceReader *r, AilPackedChunk *p, bool *wanted)
{
    AilStatus status = next_header(r, &p->head);
    if (status != AIL_OK)
        return status;
    *wanted = r->next >= r->target;
    /* Code also of the chunks on the way, since later chunks refer to their blocks. */
    uint32_t columns = *wanted ? r->columns : r->columns & AIL_COL_CODE;
    if (columns & AIL_COL_CODE && p->head.first != ail_dict_first(r->dict))
        ail_reader_begin_dict(r, p->head.first);
    if (r->next < r->n_learned)
        columns &= ~(uint32_t)AIL_COL_CODE;
    status = read_columns(r, p, columns);
    if (status != AIL_OK)
        return status;
    if (columns & AIL_COL_CODE && learn_chunk(r) != AIL_OK)
        return AIL_ERR;
    r->next++;
    r->icount = p->head.icount + p->head.insns;
    r->first = p->head.first;
    return AIL_OK;
}

AilStatus ail_reader_fetch(AilTraceReader *r, AilPackedChunk *packed)
{
    AilStatus status = r->failed ? AIL_ERR : r->at_end ? AIL_END : AIL_OK;
    for (bool wanted = false; status == AIL_OK && !wanted;)
        status = fetch_one(r, packed, &wanted);
    r->failed |= status == AIL_ERR;
    r->at_end |= status == AIL_END;
    return status;
}

AilStatus ail_trace_reader_next(AilTraceReader *r, const AilChunk **chunk)
{
    if (!r->decoder)
        r->decoder = ail_trace_decoder_new(r);
    if (!r->decoder)
        return ail_error_set(&r->error, "zstd cannot be set up");
    AilStatus status = ail_trace_decoder_fetch(r->decoder);
    if (status == AIL_OK)
        status = ail_trace_decoder_decode(r->decoder, chunk);
    if (status == AIL_ERR)
        ail_error_set(&r->error, "%s", ail_trace_decoder_error(r->decoder));
    return status;
}

AilStatus ail_trace_reader_summary(AilTraceReader *r, AilTraceSummary *summary)
{
    AilChunkHeader head;
    AilStatus status;
    *summary = (AilTraceSummary){0};
    while ((status = next_header(r, &head)) == AIL_OK) {
        status = ail_source_skip(&r->source, head.size);
        if (status == AIL_END)
            status = ends_early(r);
        if (status != AIL_OK)
            break;
        if (!summary->chunks++)
            summary->first = head.icount;
        summary->insns += head.insns;
        summary->dictionaries += head.first == r->next;
        for (int i = 0; i < AIL_N_COLUMNS; i++)
            summary->column[i] += head.column[i].size;
        r->next++;
        r->icount = head.icount + head.insns;
        r->first = head.first;
    }
    r->at_end = true;
    summary->bytes = r->source.seekable ? r->source.size : r->source.offset;
    summary->complete = r->complete;
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}
