/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting a piece out of a replay log: see ail_rrlog_cut. */
#include "formats/rrlog_private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <unistd.h>

#include "formats/bytes.h"

enum {
    INSNS_SIZE = 5, /* of an event of instructions */
    SHUTDOWN = 10,  /* for no cause; the others follow */
    END = 39,
};

/* What of the log is taken. */
typedef struct Span {
    uint64_t start;       /* bytes up to here are taken too */
    uint64_t from, to;    /* bytes that are taken as they are */
    uint32_t first, last; /* instructions before and behind them, 0 for none */
} Span;

/* The first event of instructions may have been executed in part. */
static AilStatus begin_span(AilRrlog *log, const AilRrlogCut *cut, Span *span)
{
    AilRrlogEvent e;
    span->start = cut->start;
    span->from = span->to = cut->offset;
    if (!cut->left && !cut->done)
        return AIL_OK;
    AilStatus s = ail_rrlog_next(log, &e);
    if (s != AIL_OK)
        return s;
    uint64_t all = e.kind == AIL_RRLOG_INSNS ? (uint64_t)e.value : 0;
    if (all < cut->left || all < cut->done)
        return ail_error_set(&log->err,
                             "%s: the snapshot's instructions are not there (offset %" PRIu64 ")",
                             log->path, cut->offset);
    span->first = (uint32_t)MIN(cut->left ? cut->left : all - cut->done, cut->insns);
    span->from = span->to = cut->offset + INSNS_SIZE;
    return AIL_OK;
}

static AilStatus find_span(AilRrlog *log, const AilRrlogCut *cut, Span *span)
{
    AilRrlogEvent e;
    AilStatus s = begin_span(log, cut, span);
    uint64_t done = span->first;
    while (s == AIL_OK && done < cut->insns) {
        s = ail_rrlog_next(log, &e);
        if (s != AIL_OK)
            break;
        if (e.kind == AIL_RRLOG_INSNS) {
            span->last = (uint32_t)MIN((uint64_t)e.value, cut->insns - done);
            span->to = e.offset;
            done += span->last;
        }
    }
    if (s == AIL_END)
        return ail_error_set(&log->err,
                             "%s: the log ends %" PRIu64 " instructions before the piece does",
                             log->path, cut->insns - done);
    /* QEMU writes its log in blocks: what is not there yet may come. */
    return s == AIL_ERR && log->live && log->short_of ? AIL_END : s;
}

static AilStatus put(int fd, const void *bytes, size_t len, const char *path, AilError *err)
{
    for (const uint8_t *p = bytes; len;) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ail_error_set_errno(err, errno, "%s", path);
        p += n;
        len -= (size_t)n;
    }
    return AIL_OK;
}

static void put_insns(AilBuf *b, uint32_t n)
{
    uint32_t be = GUINT32_TO_BE(n);
    if (!n)
        return;
    ail_buf_u8(b, 0);
    ail_buf_put(b, &be, sizeof be);
}

static AilStatus copy_range(AilRrlog *log, uint64_t at, uint64_t end, int to, const char *path)
{
    uint8_t bytes[65536];
    while (at < end) {
        ssize_t n = pread(log->fd, bytes, (size_t)MIN(sizeof bytes, end - at), (off_t)at);
        if (n <= 0)
            return ail_error_set_errno(&log->err, n ? errno : EIO, "%s", log->path);
        if (put(to, bytes, (size_t)n, path, &log->err) != AIL_OK)
            return AIL_ERR;
        at += (uint64_t)n;
    }
    return AIL_OK;
}

static AilStatus put_buf(AilRrlog *log, AilBuf *b, int to, const char *path)
{
    AilStatus s = put(to, b->data, b->len, path, &log->err);
    b->len = 0;
    return s;
}

static AilStatus write_span(AilRrlog *log, const Span *span, int64_t cause, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ail_error_set_errno(&log->err, errno, "%s", path);
    const uint8_t header[AIL_RRLOG_HEADER_SIZE] = {
        AIL_RRLOG_VERSION >> 24, (AIL_RRLOG_VERSION >> 16) & 0xff, (AIL_RRLOG_VERSION >> 8) & 0xff,
        AIL_RRLOG_VERSION & 0xff};
    AilBuf b = {0};
    ail_buf_put(&b, header, sizeof header);
    AilStatus s = put_buf(log, &b, fd, path);
    if (s == AIL_OK)
        s = copy_range(log, AIL_RRLOG_HEADER_SIZE, span->start, fd, path);
    put_insns(&b, span->first);
    if (s == AIL_OK)
        s = put_buf(log, &b, fd, path);
    if (s == AIL_OK)
        s = copy_range(log, span->from, span->to, fd, path);
    put_insns(&b, span->last);
    ail_buf_u8(&b, (uint8_t)(SHUTDOWN + cause));
    ail_buf_u8(&b, END);
    if (s == AIL_OK)
        s = put_buf(log, &b, fd, path);
    ail_buf_clear(&b);
    close(fd);
    return s;
}

AilStatus ail_rrlog_cut(const char *path, const AilRrlogCut *cut, const char *to, AilError *err)
{
    AilRrlog *log = ail_rrlog_new();
    Span span = {0};
    log->live = cut->live;
    AilStatus s = ail_rrlog_open(log, path, cut->offset, 0);
    if (s == AIL_ERR && log->live && log->short_of)
        s = AIL_END;
    if (s == AIL_OK)
        s = find_span(log, cut, &span);
    if (s == AIL_OK)
        s = write_span(log, &span, cut->cause, to);
    if (s == AIL_ERR)
        ail_error_copy(err, &log->err, NULL);
    ail_rrlog_free(log);
    return s;
}

AilStatus ail_rrlog_reach(const char *path, uint64_t offset, uint64_t *insns, AilError *err)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    log->live = true;
    AilStatus s = ail_rrlog_open(log, path, offset, 0);
    while (s == AIL_OK)
        s = ail_rrlog_next(log, &e);
    *insns = log->icount;
    if (s == AIL_ERR && !log->short_of)
        ail_error_copy(err, &log->err, NULL);
    else
        s = AIL_OK;
    ail_rrlog_free(log);
    return s;
}
