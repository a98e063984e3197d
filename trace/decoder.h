/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread's own share of reading a trace. Several decoders of one reader take chunks by turns:
 * fetching, which goes from one chunk to the next, is done by one thread at a time; decoding, which
 * is nearly all of the work, by all at once. trace/parallel.h does both for a crew of threads.
 */
#ifndef AIL_TRACE_DECODER_H
#define AIL_TRACE_DECODER_H

#include "trace/reader.h"

typedef struct AilTraceDecoder AilTraceDecoder;

/* A decoder for chunks of `reader`, which has been opened and outlives it. NULL: zstd cannot be set
 * up. A decoder belongs to one thread at a time. */
AilTraceDecoder *ail_trace_decoder_new(AilTraceReader *reader);
void ail_trace_decoder_free(AilTraceDecoder *d);

/*
 * Read the next chunk's bytes from the file. Uses the reader: the caller sees to it that nobody
 * else does meanwhile, except for looking up blocks. AIL_OK, AIL_END after the last chunk, AIL_ERR.
 */
AilStatus ail_trace_decoder_fetch(AilTraceDecoder *d);

/* Decode what was fetched last. *chunk is owned by the decoder and valid until the next call. May
 * run while others fetch and decode. */
AilStatus ail_trace_decoder_decode(AilTraceDecoder *d, const AilChunk **chunk);

/* What the last failure was. Owned by the decoder. */
const char *ail_trace_decoder_error(const AilTraceDecoder *d);

#endif
