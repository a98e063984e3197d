/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/access_ops.h"

#include <glib.h>
#include <stdlib.h>

AilCodec *ail_codec_new(void)
{
    return g_new0(AilCodec, 1);
}

void ail_codec_free(AilCodec *c)
{
    if (!c)
        return;
    g_free(c->lengths);
    g_free(c->blocks);
    free(c->ops);
    ail_ops_free(c->reading);
    g_free(c->pages);
    for (int i = 0; i < AIL_STREAMS_MAX; i++)
        ail_buf_clear(&c->streams[i]);
    g_free(c);
}

void ail_array_reserve(void *array, size_t *cap, size_t count, size_t size)
{
    if (count <= *cap)
        return;
    size_t want = MAX(count, *cap + *cap / 2);
    void **p = array;
    *p = g_realloc_n(*p, want, size);
    *cap = want;
}

void ail_decoded_clear(AilDecoded *d)
{
    g_free(d->flow);
    g_free(d->cuts);
    g_free(d->access_end);
    g_free(d->addr);
    g_free(d->access_insn);
    g_free(d->access_info);
    g_free(d->value);
    g_free(d->wide);
    g_free(d->phys);
    g_free(d->crossings);
    g_free(d->events);
    g_free(d->spans);
    ail_buf_clear(&d->event_data);
    ail_buf_clear(&d->sync);
    *d = (AilDecoded){0};
}

void ail_streams_write(AilBuf *out, const AilBuf *streams, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ail_buf_varint(out, streams[i].len);
    for (size_t i = 0; i < n; i++)
        ail_buf_put(out, streams[i].data, streams[i].len);
}

const uint16_t *ail_codec_lengths(AilCodec *c, const AilDict *dict)
{
    uint32_t n = ail_dict_count(dict);
    if (c->lengths_of != ail_dict_first(dict))
        c->n_lengths = 0;
    c->lengths_of = ail_dict_first(dict);
    ail_array_reserve(&c->lengths, &c->lengths_cap, n, sizeof *c->lengths);
    for (; c->n_lengths < n; c->n_lengths++) {
        const AilBlock *b = ail_dict_get(dict, c->n_lengths);
        c->lengths[c->n_lengths] = AIL_LENGTH(b->n_insns, b->user);
    }
    return c->lengths;
}

AilBuf *ail_codec_streams(AilCodec *c, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        c->streams[first + i].len = 0;
    return &c->streams[first];
}

bool ail_streams_read(AilCursor in, AilCursor *streams, size_t n)
{
    uint64_t lens[AIL_STREAMS_MAX];
    for (size_t i = 0; i < n; i++)
        lens[i] = ail_cursor_varint(&in);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = ail_cursor_take(&in, lens[i]);
        streams[i] = ail_cursor(p, p ? lens[i] : 0);
    }
    return !in.bad && in.at == in.end;
}
