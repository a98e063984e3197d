/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/expect.h"

#define KEEP (1u << 20)

static void forget(AilExpect *e, size_t n)
{
    memmove(e->seen.data, e->seen.data + n, e->seen.len - n);
    e->seen.len -= n;
    e->searched -= e->searched < n ? e->searched : n;
}

void ail_expect_clear(AilExpect *e)
{
    ail_buf_clear(&e->seen);
    e->searched = 0;
}

void ail_expect_feed(AilExpect *e, const void *bytes, size_t len)
{
    ail_buf_put(&e->seen, bytes, len);
    /* Twice as much, so that the bytes move seldom. */
    if (e->seen.len > 2 * KEEP)
        forget(e, e->seen.len - KEEP);
}

bool ail_expect_find(AilExpect *e, const char *text)
{
    size_t len = strlen(text), left = e->seen.len - e->searched;
    if (left < len)
        return false;
    const uint8_t *from = e->seen.data + e->searched;
    const uint8_t *hit = memmem(from, left, text, len);
    if (!hit) {
        e->searched = e->seen.len - (len - 1);
        return false;
    }
    forget(e, (size_t)(hit - e->seen.data) + len);
    e->searched = 0;
    return true;
}
