/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

bool ail_sink_open(AilSink *sink, int fd)
{
    struct stat st;
    sink->fd = fd;
    sink->is_pipe = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
    sink->stop_fd = eventfd(0, EFD_CLOEXEC);
    return sink->stop_fd >= 0;
}

void ail_sink_close(AilSink *sink)
{
    if (sink->stop_fd >= 0)
        close(sink->stop_fd);
    sink->stop_fd = -1;
}

void ail_sink_stop(const AilSink *sink)
{
    if (sink->stop_fd >= 0)
        eventfd_write(sink->stop_fd, 1);
}

/* False when there will be no waiting. */
static bool await_reader(const AilSink *sink)
{
    struct pollfd p[] = {{sink->fd, POLLOUT, 0}, {sink->stop_fd, POLLIN, 0}};
    while (poll(p, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    errno = ECANCELED;
    return !p[1].revents;
}

bool ail_sink_write(const AilSink *sink, const uint8_t *data, size_t len)
{
    while (len) {
        if (sink->is_pipe && !await_reader(sink))
            return false;
        /* A write of up to PIPE_BUF bytes to a pipe with room does not block. */
        ssize_t n = write(sink->fd, data, sink->is_pipe && len > PIPE_BUF ? PIPE_BUF : len);
        if (n < 0 && (errno == EINTR || (errno == EAGAIN && sink->is_pipe)))
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}
