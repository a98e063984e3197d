/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of symbols that are nearly always 0 ("the first guess was right"): written as the
 * number of zeros before each other symbol, and that symbol. Encoder and decoder are inline: they
 * run once for each block and each memory access of a trace.
 */
#ifndef AIL_TRACE_RUNS_H
#define AIL_TRACE_RUNS_H

#include "formats/bytes.h"

typedef struct AilRunsOut {
    uint64_t zeros;  /* since the last other symbol */
    AilBuf *lengths; /* varint: zeros before each symbol; the run after the last is not written */
    AilBuf *symbols; /* a byte each, 1 .. 255 */
} AilRunsOut;

/* End the run of zeros with another symbol. */
static inline void ail_runs_end(AilRunsOut *out, uint8_t symbol)
{
    ail_buf_varint(out->lengths, out->zeros);
    ail_buf_u8(out->symbols, symbol);
    out->zeros = 0;
}

static inline void ail_runs_put(AilRunsOut *out, uint8_t symbol)
{
    if (symbol)
        ail_runs_end(out, symbol);
    else
        out->zeros++;
}

typedef struct AilRunsIn {
    uint64_t zeros; /* left before the next symbol */
    AilCursor lengths;
    AilCursor symbols;
} AilRunsIn;

static inline void ail_runs_next(AilRunsIn *in)
{
    in->zeros = in->lengths.at == in->lengths.end ? UINT64_MAX : ail_cursor_varint(&in->lengths);
}

static inline void ail_runs_open(AilRunsIn *in, AilCursor lengths, AilCursor symbols)
{
    *in = (AilRunsIn){.lengths = lengths, .symbols = symbols};
    ail_runs_next(in);
}

/* The symbol behind a run of zeros that is used up, and the run behind that. */
static inline uint8_t ail_runs_symbol(AilRunsIn *in)
{
    uint8_t symbol = ail_cursor_u8(&in->symbols);
    ail_runs_next(in);
    return symbol;
}

static inline uint8_t ail_runs_get(AilRunsIn *in)
{
    if (!in->zeros)
        return ail_runs_symbol(in);
    in->zeros--;
    return 0;
}

/* Nothing is left, and nothing was missing. */
static inline bool ail_runs_done(const AilRunsIn *in)
{
    return !in->lengths.bad && !in->symbols.bad && in->symbols.at == in->symbols.end &&
           in->lengths.at == in->lengths.end;
}

#endif
