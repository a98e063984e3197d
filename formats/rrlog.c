/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/rrlog_private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"

#define BUFFER_SIZE (1u << 18)

AilRrlog *ail_rrlog_new(void)
{
    AilRrlog *log = g_new0(AilRrlog, 1);
    log->fd = -1;
    return log;
}

void ail_rrlog_free(AilRrlog *log)
{
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    g_free(log->buf);
    g_free(log->path);
    g_free(log);
}

const char *ail_rrlog_error(const AilRrlog *log)
{
    return log->err.text;
}

uint64_t ail_rrlog_icount(const AilRrlog *log)
{
    return log->icount;
}

uint64_t ail_rrlog_offset(const AilRrlog *log)
{
    return log->buf_offset + log->at;
}

AilStatus ail_rrlog_fill(AilRrlog *log, size_t need)
{
    if (need > log->cap) {
        log->cap = need + BUFFER_SIZE;
        log->buf = g_realloc(log->buf, log->cap);
    }
    memmove(log->buf, log->buf + log->at, log->have - log->at);
    log->buf_offset += log->at;
    log->have -= log->at;
    log->at = 0;
    while (log->have < need) {
        ptrdiff_t n = log->source(log->user, log->buf + log->have, log->cap - log->have);
        if (n < 0)
            return ail_error_set_errno(&log->err, errno, "%s", log->path);
        if (n == 0)
            return AIL_END;
        log->have += (size_t)n;
    }
    return AIL_OK;
}

AilStatus ail_rrlog_need(AilRrlog *log, size_t len)
{
    if (G_LIKELY(log->have - log->at >= len))
        return AIL_OK;
    AilStatus s = ail_rrlog_fill(log, len);
    log->short_of = s == AIL_END;
    if (s == AIL_END)
        return ail_error_set(&log->err,
                             "%s: the log stops inside an event (offset %" PRIu64 ", after %" PRIu64
                             " instructions): the file was cut, or QEMU was killed while recording",
                             log->path, log->event_offset, log->icount);
    return s;
}

AilStatus ail_rrlog_damaged(AilRrlog *log, const char *what, uint64_t value)
{
    return ail_error_set(&log->err,
                         "%s: %s %" PRIu64 " (offset %" PRIu64 ", after %" PRIu64
                         " instructions): the log is damaged or not from QEMU 10.0",
                         log->path, what, value, log->event_offset, log->icount);
}

AilStatus ail_rrlog_next(AilRrlog *log, AilRrlogEvent *e)
{
    if (!log->source)
        return ail_error_set(&log->err, "no replay log is open");
    if (log->ended)
        return AIL_END;
    log->event_offset = log->buf_offset + log->at;
    if (G_UNLIKELY(log->at == log->have)) {
        AilStatus s = ail_rrlog_fill(log, 1);
        log->short_of = s == AIL_END;
        if (s == AIL_ERR)
            return s;
        if (s == AIL_END)
            return ail_error_set(&log->err,
                                 "%s: the log stops without its end event (offset %" PRIu64
                                 ", after %" PRIu64 " instructions): the file was cut, or QEMU was "
                                 "killed while recording",
                                 log->path, log->event_offset, log->icount);
    }
    *e = (AilRrlogEvent){
        .code = log->buf[log->at++], .icount = log->icount, .offset = log->event_offset};
    return ail_rrlog_read_event(log, e);
}

static AilStatus check_header(AilRrlog *log)
{
    if (ail_rrlog_fill(log, AIL_RRLOG_HEADER_SIZE) == AIL_ERR)
        return AIL_ERR;
    log->short_of = log->have < AIL_RRLOG_HEADER_SIZE;
    if (log->short_of)
        return ail_error_set(&log->err, "%s: not a replay log of QEMU: only %zu bytes", log->path,
                             log->have);
    uint32_t version = ail_get_be32(log->buf);
    log->at = AIL_RRLOG_HEADER_SIZE;
    /* QEMU fills the header in when it ends. */
    if (!version && log->live)
        return AIL_OK;
    if (!version)
        return ail_error_set(&log->err,
                             "%s: the replay log was never finished: QEMU was killed while "
                             "recording; record again",
                             log->path);
    if (version != AIL_RRLOG_VERSION)
        return ail_error_set(&log->err,
                             "%s: replay log version %#x, but this program reads %#x (QEMU 10.0)",
                             log->path, version, AIL_RRLOG_VERSION);
    return AIL_OK;
}

static ptrdiff_t read_file(void *user, void *buf, size_t size)
{
    ssize_t n;
    do
        n = read(((AilRrlog *)user)->fd, buf, size);
    while (n < 0 && errno == EINTR);
    return n;
}

static AilStatus begin(AilRrlog *log, AilRrlogSource *source, void *user)
{
    log->source = source;
    log->user = user;
    log->cap = BUFFER_SIZE;
    log->buf = g_malloc(log->cap);
    return check_header(log);
}

AilStatus ail_rrlog_open_stream(AilRrlog *log, const char *name, AilRrlogSource *source, void *user)
{
    if (log->path)
        return ail_error_set(&log->err, "%s: a log is already open", log->path);
    log->path = g_strdup(name);
    return begin(log, source, user);
}

AilStatus ail_rrlog_open(AilRrlog *log, const char *path, uint64_t offset, uint64_t icount)
{
    if (log->path)
        return ail_error_set(&log->err, "%s: a log is already open", log->path);
    log->path = g_strdup(path);
    /* Not to wait at a FIFO: only regular files are read. */
    log->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (log->fd < 0)
        return ail_error_set_errno(&log->err, errno, "%s", path);
    struct stat st;
    if (fstat(log->fd, &st) < 0)
        return ail_error_set_errno(&log->err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return ail_error_set(&log->err, "%s: not a regular file", path);
    if (begin(log, read_file, log) != AIL_OK)
        return AIL_ERR;
    log->icount = icount;
    if (offset <= AIL_RRLOG_HEADER_SIZE)
        return AIL_OK;
    log->short_of = offset > (uint64_t)st.st_size;
    if (log->short_of || lseek(log->fd, (off_t)offset, SEEK_SET) < 0)
        return ail_error_set(
            &log->err, "%s: offset %" PRIu64 " is past the end of the log (%" PRIu64 " bytes)",
            path, offset, (uint64_t)st.st_size);
    log->at = log->have = 0;
    log->buf_offset = offset;
    return AIL_OK;
}

AilStatus ail_rrlog_total(const char *path, uint64_t *total, AilError *err)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    AilStatus s = ail_rrlog_open(log, path, 0, 0);
    while (s == AIL_OK)
        s = ail_rrlog_next(log, &e);
    if (s == AIL_ERR)
        ail_error_copy(err, &log->err, NULL);
    *total = log->icount;
    ail_rrlog_free(log);
    return s == AIL_END ? AIL_OK : s;
}
