/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/codec_internal.h"

enum { SPANS, HEAD, DATA, N_STREAMS };

static void put_span(AilBuf *out, const AilSpan *span)
{
    ail_buf_varint(out, span->asid);
    ail_buf_varint(out, span->insns);
    ail_buf_varint(out, span->user);
}

/* Add executions [from, to) to the span. */
static void add_flow(AilSpan *span, const uint16_t *lengths, const AilRawFlow *flow, uint32_t from,
                     uint32_t to)
{
    uint64_t insns = 0, user = 0;
    for (uint32_t i = from; i < to; i++) {
        uint64_t length = lengths[(uint32_t)flow[i]];
        insns += length >> 1;
        user += length >> 1 & -(length & 1);
    }
    span->insns += insns;
    span->user += user;
}

/* Take off what cut executions before `to` did not execute; returns the first cut behind. */
static uint32_t take_off_cuts(AilSpan *span, const uint16_t *lengths, const AilRawChunk *raw,
                              uint32_t cut, uint32_t to)
{
    for (; cut < raw->n_cuts && raw->cuts[cut].at < to; cut++) {
        uint64_t length = lengths[(uint32_t)raw->flow[raw->cuts[cut].at]];
        uint64_t lost = (length >> 1) - raw->cuts[cut].executed;
        span->insns -= lost;
        span->user -= length & 1 ? lost : 0;
    }
    return cut;
}

/* Which address space ran for how long: found here, so that a reader needs no flow for it. */
static void encode_spans(const uint16_t *lengths, const AilRawChunk *raw, AilBuf *out)
{
    AilSpan span = {.asid = raw->asid};
    uint32_t at = 0, cut = 0;
    for (uint32_t i = 0; i <= raw->n_events; i++) {
        const AilRawEvent *event = &raw->events[i];
        if (i < raw->n_events && event->type != AIL_EVENT_ASID)
            continue;
        uint32_t to = i < raw->n_events ? event->flow_index : raw->n_flow;
        add_flow(&span, lengths, raw->flow, at, to);
        cut = take_off_cuts(&span, lengths, raw, cut, to);
        if (span.insns)
            put_span(out, &span);
        if (i < raw->n_events)
            span = (AilSpan){.asid = event->value};
        at = to;
    }
}

void ail_event_encode(AilCodec *c, const AilDict *dict, const AilRawChunk *raw, AilBuf *out)
{
    AilBuf streams[N_STREAMS] = {0};
    encode_spans(ail_codec_lengths(c, dict), raw, &streams[SPANS]);
    uint64_t icount = raw->icount;
    uint32_t flow_index = 0;
    for (uint32_t i = 0; i < raw->n_events; i++) {
        const AilRawEvent *e = &raw->events[i];
        AilBuf *head = &streams[HEAD];
        ail_buf_u8(head, e->type);
        ail_buf_varint(head, e->icount - icount);
        ail_buf_varint(head, e->flow_index - flow_index);
        ail_buf_varint(head, e->value + 1); /* so that "unknown" is 0 */
        ail_buf_varint(head, e->pc);
        ail_buf_varint(head, e->data_len);
        ail_buf_put(&streams[DATA], raw->event_data + e->data_at, e->data_len);
        icount = e->icount;
        flow_index = e->flow_index;
    }
    ail_streams_write(out, streams, N_STREAMS);
    for (int i = 0; i < N_STREAMS; i++)
        ail_buf_clear(&streams[i]);
}

static bool decode_spans(AilCursor *in, AilDecoded *d)
{
    uint64_t at = 0;
    uint32_t n = 0;
    while (in->at != in->end) {
        AilSpan span = {.asid = ail_cursor_varint(in), .first = d->chunk.icount + at};
        span.insns = ail_cursor_varint(in);
        span.user = ail_cursor_varint(in);
        if (in->bad || !span.insns || span.insns > d->chunk.insns - at || span.user > span.insns)
            return false;
        at += span.insns;
        ail_array_reserve(&d->spans, &d->spans_cap, n + 1, sizeof *d->spans);
        d->spans[n++] = span;
    }
    d->chunk.spans = d->spans;
    d->chunk.n_spans = n;
    return at == d->chunk.insns;
}

static bool decode_events(AilCursor *head, AilCursor *data, AilDecoded *d)
{
    uint64_t icount = d->chunk.icount, flow_index = 0;
    uint32_t n = 0;
    while (head->at != head->end) {
        AilEvent e = {.type = ail_cursor_u8(head)};
        uint64_t insns = ail_cursor_varint(head), executions = ail_cursor_varint(head);
        if (insns > d->chunk.icount + d->chunk.insns - icount ||
            executions > d->chunk.n_flow - flow_index)
            return false;
        icount += insns;
        flow_index += executions;
        e.icount = icount;
        e.value = ail_cursor_varint(head) - 1;
        e.pc = ail_cursor_varint(head);
        uint64_t len = ail_cursor_varint(head);
        e.data = len ? ail_cursor_take(data, len) : NULL;
        if (head->bad || data->bad)
            return false;
        e.flow_index = (uint32_t)flow_index;
        e.len = (uint32_t)len;
        ail_array_reserve(&d->events, &d->events_cap, n + 1, sizeof *d->events);
        d->events[n++] = e;
    }
    d->chunk.events = d->events;
    d->chunk.n_events = n;
    return data->at == data->end;
}

bool ail_event_decode(AilCursor in, AilDecoded *d)
{
    AilCursor s[N_STREAMS];
    if (!ail_streams_read(in, s, N_STREAMS) || !decode_spans(&s[SPANS], d))
        return false;
    /* The events' data must outlive the column's buffer. */
    size_t at = 0, len = ail_cursor_left(&s[DATA]);
    d->event_data.len = at;
    ail_buf_put(&d->event_data, s[DATA].at, len);
    s[DATA] = ail_cursor(d->event_data.data, len);
    return decode_events(&s[HEAD], &s[DATA], d);
}
