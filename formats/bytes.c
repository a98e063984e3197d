/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/bytes.h"

#include <glib.h>

void ail_buf_reserve_slow(AilBuf *buf, size_t more)
{
    size_t want = buf->len + more;
    size_t cap = buf->cap ? buf->cap : 256;
    while (cap < want)
        cap *= 2;
    buf->data = g_realloc(buf->data, cap);
    buf->cap = cap;
}

void ail_buf_clear(AilBuf *buf)
{
    g_free(buf->data);
    *buf = (AilBuf){0};
}
