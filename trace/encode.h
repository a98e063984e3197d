/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a raw chunk to the bytes in the file. One encoder belongs to one thread. */
#ifndef AIL_TRACE_ENCODE_H
#define AIL_TRACE_ENCODE_H

#include "trace/codec.h"
#include "trace/frame.h"

typedef struct AilEncoder {
    AilCodec *codec;                            /* owned */
    ZSTD_CCtx *zstd;                            /* owned */
    AilBuf column, other, frame[AIL_N_COLUMNS]; /* scratch */
} AilEncoder;

/* False when zstd cannot be set up. Release with ail_encoder_clear in any case. */
bool ail_encoder_init(AilEncoder *e);
void ail_encoder_clear(AilEncoder *e);

/* Append chunk `number`, whose blocks are in dict, with these columns, to out; sizes[i] gets the
 * bytes of column i. */
bool ail_encode_chunk(AilEncoder *e, const AilDict *dict, const AilRawChunk *raw, uint64_t number,
                      uint32_t columns, AilBuf *out, uint64_t sizes[AIL_N_COLUMNS]);

#endif
