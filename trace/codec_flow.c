/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which block follows: guessed from the last three blocks, else from the last one alone, else
 * written out. (Context prediction of control flow as in value predictors; the tables are small
 * enough to stay in a core's own cache.)
 */
#include "trace/codec_internal.h"

enum { RUNS, KINDS, LITERALS, CUTS, N_STREAMS };
enum { KIND_LAST = 1, KIND_LITERAL = 2 };

#define TABLE_MASK ((1u << AIL_FLOW_BITS) - 1)

static inline uint32_t history_slot(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t h = a * 0x9e3779b1u ^ b * 0x85ebca6bu ^ c * 0xc2b2ae35u;
    return h >> (32 - AIL_FLOW_BITS);
}

static void flow_reset(AilCodec *c)
{
    memset(c->by_history, 0, sizeof c->by_history);
    memset(c->by_last, 0, sizeof c->by_last);
}

static void encode_cuts(const AilRawChunk *raw, AilBuf *out)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < raw->n_cuts; i++) {
        ail_buf_varint(out, raw->cuts[i].at - at);
        ail_buf_varint(out, raw->cuts[i].executed);
        at = raw->cuts[i].at;
    }
}

void ail_flow_encode(AilCodec *c, const AilRawChunk *raw, AilBuf *out)
{
    AilRunsOut runs = {0};
    AilBuf literals = {0}, cuts = {0};
    uint32_t b1 = 0, b2 = 0, b3 = 0;
    flow_reset(c);
    for (uint32_t i = 0; i < raw->n_flow; i++) {
        uint32_t id = (uint32_t)raw->flow[i];
        uint32_t *guess = &c->by_history[history_slot(b1, b2, b3)];
        uint32_t *last = &c->by_last[b1 & TABLE_MASK];
        if (*guess == id) {
            ail_runs_put(&runs, 0);
        } else if (*last == id) {
            ail_runs_put(&runs, KIND_LAST);
        } else {
            ail_runs_put(&runs, KIND_LITERAL);
            ail_buf_varint(&literals, ail_zigzag((int64_t)id - (int64_t)b1));
        }
        *guess = *last = id;
        b3 = b2, b2 = b1, b1 = id;
    }
    encode_cuts(raw, &cuts);
    AilBuf *const streams[] = {&runs.lengths, &runs.symbols, &literals, &cuts};
    ail_streams_write(out, streams, N_STREAMS);
    for (int i = 0; i < N_STREAMS; i++)
        ail_buf_clear(streams[i]);
}

static bool decode_cuts(AilCursor *in, const AilDict *dict, AilDecoded *d)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < d->chunk.n_cuts; i++) {
        uint64_t step = ail_cursor_varint(in);
        uint64_t executed = ail_cursor_varint(in);
        if (in->bad || (i && !step) || step >= d->chunk.n_flow - at)
            return false;
        at += step;
        if (executed >= ail_dict_get(dict, d->flow[at])->n_insns)
            return false;
        d->cuts[i] = (AilCut){(uint32_t)at, (uint32_t)executed};
    }
    return in->at == in->end;
}

bool ail_flow_decode(AilCodec *c, AilCursor in, const AilDict *dict, AilDecoded *d)
{
    AilCursor s[N_STREAMS];
    if (!ail_streams_read(in, s, N_STREAMS))
        return false;
    AilRunsIn runs = {.lengths = s[RUNS], .symbols = s[KINDS]};
    ail_runs_next(&runs);
    ail_array_reserve(&d->flow, &d->flow_cap, d->chunk.n_flow, sizeof *d->flow);
    ail_array_reserve(&d->cuts, &d->cuts_cap, d->chunk.n_cuts, sizeof *d->cuts);

    uint32_t b1 = 0, b2 = 0, b3 = 0, known = ail_dict_count(dict);
    flow_reset(c);
    for (uint32_t i = 0; i < d->chunk.n_flow; i++) {
        uint32_t *guess = &c->by_history[history_slot(b1, b2, b3)];
        uint32_t *last = &c->by_last[b1 & TABLE_MASK];
        uint32_t id = *guess;
        uint8_t kind = ail_runs_get(&runs);
        if (kind == KIND_LAST)
            id = *last;
        else if (kind)
            id = (uint32_t)((int64_t)b1 + ail_unzigzag(ail_cursor_varint(&s[LITERALS])));
        if (id >= known || kind > KIND_LITERAL)
            return false;
        *guess = *last = id;
        d->flow[i] = id;
        b3 = b2, b2 = b1, b1 = id;
    }
    if (runs.symbols.bad || runs.lengths.bad || runs.symbols.at != runs.symbols.end ||
        s[LITERALS].bad || s[LITERALS].at != s[LITERALS].end)
        return false;
    d->chunk.flow = d->flow;
    d->chunk.cuts = d->cuts;
    return decode_cuts(&s[CUTS], dict, d);
}
