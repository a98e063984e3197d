/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/rrlog_builder.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

void rrlog_be32(AilBuf *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ail_buf_u8(b, (uint8_t)(v >> shift));
}

void rrlog_be64(AilBuf *b, uint64_t v)
{
    rrlog_be32(b, (uint32_t)(v >> 32));
    rrlog_be32(b, (uint32_t)v);
}

void rrlog_header(AilBuf *b)
{
    rrlog_be32(b, AIL_RRLOG_VERSION);
    rrlog_be64(b, 0);
}

void rrlog_insns(AilBuf *b, uint32_t n)
{
    ail_buf_u8(b, 0);
    rrlog_be32(b, n);
}

char *rrlog_file(const AilBuf *b)
{
    char *path = NULL;
    int fd = g_file_open_tmp("rrlog-XXXXXX", &path, NULL);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, b->data, b->len), (ssize_t)b->len);
    close(fd);
    return path;
}

void rrlog_drop(char *path)
{
    g_unlink(path);
    g_free(path);
}
