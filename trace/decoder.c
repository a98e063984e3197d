/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/decoder.h"

#include "trace/codec.h"
#include "trace/reader_private.h"

#include <glib.h>

struct AilTraceDecoder {
    AilTraceReader *reader;
    AilError error;
    AilPackedChunk packed;
    AilBuf part[AIL_N_COLUMNS]; /* owned: the columns, decompressed */
    ZSTD_DCtx *zstd;            /* owned */
    AilDict *blocks;            /* owned: a view of those known when the chunk was fetched */
    AilCodec *codec;            /* owned */
    AilDecoded decoded;
};

AilTraceDecoder *ail_trace_decoder_new(AilTraceReader *reader)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    if (!zstd)
        return NULL;
    AilTraceDecoder *d = g_new0(AilTraceDecoder, 1);
    d->reader = reader;
    d->zstd = zstd;
    d->blocks = ail_dict_view_new();
    d->codec = ail_codec_new();
    return d;
}

void ail_trace_decoder_free(AilTraceDecoder *d)
{
    if (!d)
        return;
    for (int i = 0; i < AIL_N_COLUMNS; i++) {
        ail_buf_clear(&d->packed.frame[i]);
        ail_buf_clear(&d->part[i]);
    }
    ail_decoded_clear(&d->decoded);
    ail_codec_free(d->codec);
    ail_dict_view_free(d->blocks);
    ZSTD_freeDCtx(d->zstd);
    g_free(d);
}

const char *ail_trace_decoder_error(const AilTraceDecoder *d)
{
    return d->error.text;
}

AilStatus ail_trace_decoder_fetch(AilTraceDecoder *d)
{
    AilStatus status = ail_reader_fetch(d->reader, &d->packed);
    if (status == AIL_ERR)
        ail_error_copy(&d->error, &d->reader->error, NULL);
    ail_dict_view_update(d->blocks, d->reader->dict);
    return status;
}

static AilStatus damaged(AilTraceDecoder *d, const char *what)
{
    return ail_error_set(&d->error,
                         "%s: damaged: %s (chunk %" G_GUINT64_FORMAT
                         ", before byte %" G_GUINT64_FORMAT ")",
                         d->reader->source.name, what, d->packed.head.number, d->packed.end);
}

static AilStatus decompress(AilTraceDecoder *d)
{
    AilPackedChunk *p = &d->packed;
    for (int i = COLUMN_FLOW; i < AIL_N_COLUMNS; i++) {
        uint64_t size = p->head.column[i].raw_size;
        if (d->reader->columns & 1u << i &&
            (!ail_frame_get(&d->part[i], d->zstd, p->frame[i].data, p->frame[i].len, size) ||
             d->part[i].len != size))
            return ail_source_bad_column(&d->reader->source, p->at[i], &d->error);
    }
    return AIL_OK;
}

static AilCursor part_cursor(const AilTraceDecoder *d, int column)
{
    return ail_cursor(d->part[column].data, d->part[column].len);
}

static bool decode_accesses(AilTraceDecoder *d, uint32_t columns)
{
    AilCursor data = part_cursor(d, COLUMN_DATA), xlate = part_cursor(d, COLUMN_XLATE);
    return ail_access_decode(d->codec, d->blocks, part_cursor(d, COLUMN_ADDR),
                             columns & AIL_COL_DATA ? &data : NULL,
                             columns & AIL_COL_XLATE ? &xlate : NULL, &d->decoded);
}

static AilStatus decode_columns(AilTraceDecoder *d, uint32_t columns)
{
    AilChunk *c = &d->decoded.chunk;
    if (columns & AIL_COL_FLOW &&
        !ail_flow_decode(d->codec, part_cursor(d, COLUMN_FLOW), d->blocks, &d->decoded))
        return damaged(d, "the flow column makes no sense");
    if (columns & AIL_COL_ADDR && !decode_accesses(d, columns))
        return damaged(d, columns & AIL_COL_XLATE ? "the addr, data and xlate columns make no sense"
                                                  : "the addr and data columns make no sense");
    if (columns & AIL_COL_EVENT && !ail_event_decode(part_cursor(d, COLUMN_EVENT), &d->decoded))
        return damaged(d, "the event column makes no sense");
    if (columns & AIL_COL_SYNC) {
        if (d->part[COLUMN_SYNC].len != d->reader->info.sync_len)
            return damaged(d, "the sync column has another size than the header says");
        c->sync = d->part[COLUMN_SYNC].data;
        c->sync_len = (uint32_t)d->part[COLUMN_SYNC].len;
    }
    if (!(columns & AIL_COL_FLOW))
        c->n_flow = c->n_cuts = 0;
    if (!(columns & AIL_COL_ADDR))
        c->n_access = 0;
    return AIL_OK;
}

AilStatus ail_trace_decoder_decode(AilTraceDecoder *d, const AilChunk **chunk)
{
    const AilChunkHeader *head = &d->packed.head;
    d->decoded.chunk = (AilChunk){.number = head->number,
                                  .icount = head->icount,
                                  .insns = head->insns,
                                  .asid = head->asid,
                                  .n_flow = head->n_flow,
                                  .n_cuts = head->n_cuts,
                                  .n_access = head->n_access,
                                  .dict = d->blocks};
    *chunk = &d->decoded.chunk;
    AilStatus status = decompress(d);
    return status == AIL_OK ? decode_columns(d, d->reader->columns) : status;
}
