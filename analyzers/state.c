/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/state.h"

#include <glib.h>

#include "formats/bytes.h"

struct AilState {
    AilBuf bytes;
    AilCursor at;
};

AilState *ail_state_new(void)
{
    return g_new0(AilState, 1);
}

AilState *ail_state_of(const void *bytes, size_t len)
{
    AilState *s = ail_state_new();
    ail_buf_put(&s->bytes, bytes, len);
    s->at = ail_cursor(s->bytes.data, s->bytes.len);
    return s;
}

void ail_state_free(AilState *s)
{
    if (s)
        ail_buf_clear(&s->bytes);
    g_free(s);
}

void ail_state_put(AilState *s, uint64_t number)
{
    ail_buf_varint(&s->bytes, number);
}

void ail_state_put_bytes(AilState *s, const void *bytes, size_t len)
{
    ail_buf_varint(&s->bytes, len);
    ail_buf_put(&s->bytes, bytes, len);
}

uint64_t ail_state_take(AilState *s)
{
    return ail_cursor_varint(&s->at);
}

const void *ail_state_take_bytes(AilState *s, size_t *len)
{
    *len = ail_cursor_varint(&s->at);
    const void *p = ail_cursor_take(&s->at, *len);
    if (!p)
        *len = 0;
    return p;
}

bool ail_state_bad(const AilState *s)
{
    return s->at.bad;
}

bool ail_state_done(const AilState *s)
{
    return !s->at.bad && s->at.at == s->at.end;
}

const void *ail_state_bytes(const AilState *s, size_t *len)
{
    *len = s->bytes.len;
    return s->bytes.data;
}
