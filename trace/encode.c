/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/encode.h"

bool ail_encoder_init(AilEncoder *e)
{
    *e = (AilEncoder){.codec = ail_codec_new(), .zstd = ZSTD_createCCtx()};
    return e->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel, 3)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_checksumFlag, 1));
}

void ail_encoder_clear(AilEncoder *e)
{
    ail_codec_free(e->codec);
    ZSTD_freeCCtx(e->zstd);
    ail_buf_clear(&e->column);
    ail_buf_clear(&e->other);
    for (int i = 0; i < AIL_N_COLUMNS; i++)
        ail_buf_clear(&e->frame[i]);
}

/* Most of the data column is literals that hardly compress: there, level 3 costs half of the
 * encoder's time. */
static int level_of(int column)
{
    return column == COLUMN_DATA ? 2 : 3;
}

static bool put_column(AilEncoder *e, int column, AilBuf *payload,
                       uint64_t raw_sizes[AIL_N_COLUMNS])
{
    raw_sizes[column] = payload->len;
    size_t set = ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel, level_of(column));
    bool done = !ZSTD_isError(set) && ail_frame_put(&e->frame[column], e->zstd, payload);
    payload->len = 0;
    return done;
}

static bool encode_columns(AilEncoder *e, const AilDict *dict, const AilRawChunk *raw,
                           uint32_t columns, uint64_t raw_sizes[AIL_N_COLUMNS])
{
    bool done = true;
    for (int i = 0; i < AIL_N_COLUMNS; i++)
        e->frame[i].len = 0;
    if (columns & AIL_COL_CODE) {
        ail_code_encode(raw, &e->column);
        done = done && put_column(e, COLUMN_CODE, &e->column, raw_sizes);
    }
    if (columns & AIL_COL_FLOW) {
        ail_flow_encode(e->codec, raw, &e->column);
        done = done && put_column(e, COLUMN_FLOW, &e->column, raw_sizes);
    }
    if (columns & AIL_COL_ADDR) {
        ail_access_encode(e->codec, dict, raw, &e->column,
                          columns & AIL_COL_DATA ? &e->other : NULL);
        done = done && put_column(e, COLUMN_ADDR, &e->column, raw_sizes);
        if (columns & AIL_COL_DATA)
            done = done && put_column(e, COLUMN_DATA, &e->other, raw_sizes);
    }
    if (columns & AIL_COL_EVENT) {
        ail_event_encode(e->codec, dict, raw, &e->column);
        done = done && put_column(e, COLUMN_EVENT, &e->column, raw_sizes);
    }
    if (columns & AIL_COL_SYNC) {
        ail_buf_put(&e->column, raw->sync, raw->sync_len);
        done = done && put_column(e, COLUMN_SYNC, &e->column, raw_sizes);
    }
    if (columns & AIL_COL_XLATE) {
        ail_xlate_encode(e->codec, raw, &e->column);
        done = done && put_column(e, COLUMN_XLATE, &e->column, raw_sizes);
    }
    return done;
}

bool ail_encode_chunk(AilEncoder *e, const AilDict *dict, const AilRawChunk *raw, uint64_t number,
                      uint32_t columns, AilBuf *out, uint64_t sizes[AIL_N_COLUMNS])
{
    uint64_t raw_sizes[AIL_N_COLUMNS] = {0};
    if (!encode_columns(e, dict, raw, columns, raw_sizes))
        return false;
    AilBuf *head = &e->column;
    head->len = 0;
    ail_buf_put(head, AIL_TAG_CHUNK, 4);
    ail_buf_varint(head, number);
    ail_buf_varint(head, raw->icount);
    ail_buf_varint(head, raw->insns);
    ail_buf_varint(head, raw->asid);
    ail_buf_varint(head, number - ail_dict_first(dict));
    ail_buf_varint(head, raw->n_flow);
    ail_buf_varint(head, raw->n_cuts);
    ail_buf_varint(head, columns & AIL_COL_ADDR ? raw->n_access : 0);
    for (uint8_t i = 0; i < AIL_N_COLUMNS; i++) {
        if (!(columns & 1u << i))
            continue;
        ail_buf_u8(head, i);
        ail_buf_varint(head, raw_sizes[i]);
        ail_buf_varint(head, e->frame[i].len);
    }
    bool done = ail_frame_put_meta(out, e->zstd, head);
    head->len = 0;
    for (int i = 0; i < AIL_N_COLUMNS; i++) {
        sizes[i] = e->frame[i].len;
        ail_buf_put(out, e->frame[i].data, e->frame[i].len);
    }
    return done;
}
