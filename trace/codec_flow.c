/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which block follows: guessed from the last three blocks, else one of the two that last followed
 * the last block, else written out. (Context prediction of control flow as in value predictors; the
 * tables are small enough to stay in a core's own cache.)
 */
#include "trace/codec_internal.h"

#include <glib.h>

enum { RUNS, KINDS, LITERALS, CUTS, N_STREAMS };
enum { KIND_LAST = 1, KIND_OTHER = 2, KIND_LITERAL = 3 };

#define TABLE_MASK ((1u << AIL_FLOW_BITS) - 1)

/* A block's id and, above, its share in the hash as the last block: each look-up waits for the one
 * before, so that what can be done ahead of time is. */
static inline uint64_t hashed(uint32_t id)
{
    return (uint64_t)(id * 0x9e3779b1u) << 32 | id;
}

/* a: the last block, hashed; b, c: those before. */
static inline uint32_t history_slot(uint64_t a, uint32_t b, uint32_t c)
{
    uint32_t h = (uint32_t)(a >> 32) ^ (b * 0x85ebca6bu ^ c * 0xc2b2ae35u);
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

static inline void learn_successor(AilSuccessors *s, uint32_t id)
{
    s->other = s->last == id ? s->other : s->last;
    s->last = id;
}

void ail_flow_encode(AilCodec *c, const AilRawChunk *raw, AilBuf *out)
{
    AilBuf *streams = ail_codec_streams(c, 0, N_STREAMS);
    AilRunsOut runs = {.lengths = &streams[RUNS], .symbols = &streams[KINDS]};
    uint32_t b1 = 0, b2 = 0, b3 = 0;
    flow_reset(c);
    for (uint32_t i = 0; i < raw->n_flow; i++) {
        uint32_t id = (uint32_t)raw->flow[i];
        uint64_t *guess = &c->by_history[history_slot(hashed(b1), b2, b3)];
        AilSuccessors *after = &c->by_last[b1 & TABLE_MASK];
        if ((uint32_t)*guess == id) {
            runs.zeros++;
        } else if (after->last == id) {
            ail_runs_end(&runs, KIND_LAST);
        } else if (after->other == id) {
            ail_runs_end(&runs, KIND_OTHER);
        } else {
            ail_runs_end(&runs, KIND_LITERAL);
            ail_buf_varint(&streams[LITERALS], ail_zigzag((int64_t)id - (int64_t)b1));
        }
        *guess = hashed(id);
        learn_successor(after, id);
        b3 = b2, b2 = b1, b1 = id;
    }
    encode_cuts(raw, &streams[CUTS]);
    ail_streams_write(out, streams, N_STREAMS);
}

/* *insns: what the flow executes if no execution was cut; gets less what was not executed. */
static bool decode_cuts(AilCursor *in, const uint16_t *lengths, AilDecoded *d, uint64_t *insns)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < d->chunk.n_cuts; i++) {
        uint64_t step = ail_cursor_varint(in);
        uint64_t executed = ail_cursor_varint(in);
        if (in->bad || (i && !step) || step >= d->chunk.n_flow - at)
            return false;
        at += step;
        uint32_t n_insns = lengths[d->flow[at]] >> 1;
        if (executed >= n_insns)
            return false;
        *insns -= n_insns - executed;
        d->cuts[i] = (AilCut){(uint32_t)at, (uint32_t)executed};
    }
    return in->at == in->end;
}

/* The block that was not guessed from history; no block for a kind that no encoder writes. */
static uint32_t decode_miss(AilRunsIn *runs, AilCursor *literals, const AilSuccessors *after,
                            uint32_t b1)
{
    switch (ail_runs_symbol(runs)) {
    case KIND_LAST:
        return after->last;
    case KIND_OTHER:
        return after->other;
    case KIND_LITERAL:
        return (uint32_t)((int64_t)b1 + ail_unzigzag(ail_cursor_varint(literals)));
    default:
        return UINT32_MAX;
    }
}

typedef struct FlowIn {
    AilRunsIn runs;
    AilCursor literals;
    const uint16_t *lengths; /* by block id */
    uint32_t known;          /* blocks there are */
} FlowIn;

static bool decode_ids(AilCodec *c, FlowIn *in, uint32_t *flow, uint32_t n, uint64_t *insns)
{
    uint32_t b2 = 0, b3 = 0;
    uint64_t last = 0; /* hashed */
    const uint16_t *lengths = in->lengths;
    uint64_t zeros = in->runs.zeros, sum = 0;
    flow_reset(c);
    if (n && !in->known)
        return false; /* what is guessed first is block 0; all else that is, was here before */
    for (uint32_t i = 0; i < n; i++) {
        uint64_t *guess = &c->by_history[history_slot(last, b2, b3)], next = *guess;
        uint32_t b1 = (uint32_t)last, id = (uint32_t)next;
        AilSuccessors *after = &c->by_last[b1 & TABLE_MASK];
        if (G_UNLIKELY(!zeros--)) {
            id = decode_miss(&in->runs, &in->literals, after, b1);
            if (id >= in->known)
                return false;
            *guess = next = hashed(id);
            zeros = in->runs.zeros;
        }
        learn_successor(after, id);
        flow[i] = id;
        sum += lengths[id] >> 1;
        b3 = b2, b2 = b1, last = next;
    }
    *insns = sum;
    return ail_runs_done(&in->runs) && !in->literals.bad && in->literals.at == in->literals.end;
}

bool ail_flow_decode(AilCodec *c, AilCursor in, const AilDict *dict, AilDecoded *d)
{
    AilCursor s[N_STREAMS];
    uint64_t insns;
    if (!ail_streams_read(in, s, N_STREAMS))
        return false;
    FlowIn flow = {.runs = {.lengths = s[RUNS], .symbols = s[KINDS]},
                   .literals = s[LITERALS],
                   .lengths = ail_codec_lengths(c, dict),
                   .known = ail_dict_count(dict)};
    ail_runs_next(&flow.runs);
    ail_array_reserve(&d->flow, &d->flow_cap, d->chunk.n_flow, sizeof *d->flow);
    ail_array_reserve(&d->cuts, &d->cuts_cap, d->chunk.n_cuts, sizeof *d->cuts);
    if (!decode_ids(c, &flow, d->flow, d->chunk.n_flow, &insns) ||
        !decode_cuts(&s[CUTS], flow.lengths, d, &insns) || insns != d->chunk.insns)
        return false;
    d->chunk.flow = d->flow;
    d->chunk.cuts = d->cuts;
    return true;
}
