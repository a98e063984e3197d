/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codecs, one for each column: raw chunk -> bytes that compress well -> arrays. What the bytes
 * mean is specified in docs/trace-format.md. A codec starts afresh in every chunk, so chunks can
 * be encoded and decoded in parallel; an object of scratch memory saves allocating for each.
 *
 * Encoders cannot fail. Decoders check everything and return false for bytes that no encoder
 * wrote; the caller says where.
 */
#ifndef AIL_TRACE_CODEC_H
#define AIL_TRACE_CODEC_H

#include "formats/bytes.h"
#include "trace/dict.h"
#include "trace/raw.h"

/* A decoded chunk and the memory that its arrays are in, reused from chunk to chunk. */
typedef struct AilDecoded {
    AilChunk chunk;
    /* Owned arrays behind chunk's pointers, with their capacities in elements. */
    uint32_t *flow;
    AilCut *cuts;
    uint32_t *access_end;
    uint64_t *addr;
    uint16_t *access_insn;
    uint8_t *access_info;
    uint64_t *value;
    AilWide *wide;
    uint64_t *phys;
    AilCrossing *crossings;
    AilEvent *events;
    AilSpan *spans;
    AilBuf event_data;
    AilBuf sync;
    size_t flow_cap, cuts_cap, end_cap, access_cap, insn_cap, info_cap, value_cap, wide_cap,
        phys_cap, crossings_cap, events_cap, spans_cap;
} AilDecoded;

void ail_decoded_clear(AilDecoded *d);

/* Make *array hold at least `count` elements of `size` bytes; *cap is updated. */
void ail_array_reserve(void *array, size_t *cap, size_t count, size_t size);

/* Predictor tables of all codecs, for one thread and one trace. */
typedef struct AilCodec AilCodec;
AilCodec *ail_codec_new(void);
void ail_codec_free(AilCodec *c);

/* Append a column's bytes for `raw` to `out`. dict must hold every block that raw refers to. */
void ail_code_encode(const AilRawChunk *raw, AilBuf *out);
void ail_flow_encode(AilCodec *c, const AilRawChunk *raw, AilBuf *out);
void ail_access_encode(AilCodec *c, const AilDict *dict, const AilRawChunk *raw, AilBuf *addr,
                       AilBuf *data /* NULL: no data column */);
void ail_event_encode(AilCodec *c, const AilDict *dict, const AilRawChunk *raw, AilBuf *out);
void ail_xlate_encode(AilCodec *c, const AilRawChunk *raw, AilBuf *out);

/* Append the blocks that `in` defines to dict. */
bool ail_code_decode(AilCursor in, AilDict *dict);
/* Fill d's arrays; d->chunk.icount, insns, asid, n_flow, n_cuts, n_access are set before. The
 * executed instructions must add up to insns. */
bool ail_flow_decode(AilCodec *c, AilCursor in, const AilDict *dict, AilDecoded *d);
/* data, xlate: NULL when they are not wanted. */
bool ail_access_decode(AilCodec *c, const AilDict *dict, AilCursor addr, const AilCursor *data,
                       const AilCursor *xlate, AilDecoded *d);
bool ail_event_decode(AilCursor in, AilDecoded *d);

#endif
