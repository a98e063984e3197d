/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

AilStatus ail_source_open(AilSource *s, const char *path, const char *what, AilError *error)
{
    bool is_stdin = !strcmp(path, "-");
    *s = (AilSource){.fd = -1, .name = g_strdup(is_stdin ? "standard input" : path)};
    s->what = what;
    s->error = error;
    s->zstd = ZSTD_createDCtx();
    if (!s->zstd)
        return ail_error_set(error, "zstd cannot be set up");
    s->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return ail_error_set_errno(error, errno, "%s", path);
    struct stat st;
    if (fstat(s->fd, &st) < 0)
        return ail_error_set_errno(error, errno, "%s", s->name);
    if (S_ISDIR(st.st_mode))
        return ail_error_set(error, "%s: is a folder, not %s", s->name, what);
    s->seekable = S_ISREG(st.st_mode) && lseek(s->fd, 0, SEEK_CUR) == 0;
    s->size = s->seekable ? (uint64_t)st.st_size : 0;
    return AIL_OK;
}

void ail_source_close(AilSource *s)
{
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    s->fd = -1;
    g_free(s->name);
    s->name = NULL;
    ZSTD_freeDCtx(s->zstd);
    s->zstd = NULL;
    ail_buf_clear(&s->frame);
}

AilStatus ail_source_seek(AilSource *s, uint64_t offset)
{
    if (lseek(s->fd, (off_t)offset, SEEK_SET) < 0)
        return ail_error_set_errno(s->error, errno, "%s: byte %" G_GUINT64_FORMAT, s->name, offset);
    s->offset = offset;
    return AIL_OK;
}

/* Read up to len bytes; short only at the end of the file. -1 on failure. */
static ssize_t read_some(AilSource *s, uint8_t *to, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = read(s->fd, to + got, len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            ail_error_set_errno(s->error, errno, "%s: byte %" G_GUINT64_FORMAT, s->name, s->offset);
            return -1;
        }
        if (n == 0)
            break;
        got += (size_t)n;
        s->offset += (size_t)n;
    }
    return (ssize_t)got;
}

AilStatus ail_source_skip(AilSource *s, uint64_t len)
{
    if (s->seekable)
        return s->offset + len > s->size ? AIL_END : ail_source_seek(s, s->offset + len);
    ail_buf_reserve(&s->frame, 65536);
    while (len) {
        ssize_t n = read_some(s, s->frame.data, MIN(len, 65536));
        if (n <= 0)
            return n < 0 ? AIL_ERR : AIL_END;
        len -= (uint64_t)n;
    }
    return AIL_OK;
}

AilStatus ail_source_read(AilSource *s, size_t len, AilBuf *out)
{
    if (s->seekable && len > s->size - s->offset)
        return AIL_END;
    out->len = 0;
    /* A pipe's length is not known: do not believe a huge length before its bytes are there. */
    while (out->len < len) {
        size_t step = MIN(len - out->len, (size_t)16 << 20);
        ail_buf_reserve(out, step);
        ssize_t n = read_some(s, out->data + out->len, step);
        if (n < 0)
            return AIL_ERR;
        out->len += (size_t)n;
        if ((size_t)n < step)
            return AIL_END;
    }
    return AIL_OK;
}

AilStatus ail_source_bad_column(const AilSource *s, uint64_t at, AilError *error)
{
    return ail_error_set(
        error, "%s: damaged: the column at byte %" G_GUINT64_FORMAT " does not decompress", s->name,
        at);
}

AilStatus ail_source_column(AilSource *s, size_t len, size_t raw_size, AilBuf *out)
{
    uint64_t at = s->offset;
    AilStatus status = ail_source_read(s, len, &s->frame);
    if (status != AIL_OK)
        return status;
    if (!ail_frame_get(out, s->zstd, s->frame.data, len, raw_size) || out->len != raw_size)
        return ail_source_bad_column(s, at, s->error);
    return AIL_OK;
}

AilStatus ail_source_meta(AilSource *s, AilBuf *out, bool *trailer)
{
    uint64_t at = s->offset;
    AilStatus status = ail_source_read(s, 8, &s->frame);
    if (status == AIL_OK) {
        uint32_t magic = ail_get_le32(s->frame.data), len = ail_get_le32(s->frame.data + 4);
        *trailer = magic == AIL_SKIPPABLE_TRAILER;
        if ((magic != AIL_SKIPPABLE_META && !*trailer) || len > AIL_META_MAX ||
            (*trailer && len != AIL_TRAILER_SIZE - 8))
            return at ? ail_error_set(s->error,
                                      "%s: damaged: no metadata at byte %" G_GUINT64_FORMAT,
                                      s->name, at)
                      : ail_error_set(s->error, "%s: not %s (byte 0)", s->name, s->what);
        status = ail_source_read(s, len, &s->frame);
    }
    if (status != AIL_OK) {
        s->offset = at;
        return status;
    }
    if (*trailer) {
        out->len = 0;
        ail_buf_put(out, s->frame.data, s->frame.len);
    } else if (!ail_frame_get(out, s->zstd, s->frame.data, s->frame.len, AIL_META_MAX)) {
        return ail_error_set(
            s->error, "%s: damaged: the metadata at byte %" G_GUINT64_FORMAT " does not decompress",
            s->name, at);
    }
    return AIL_OK;
}
