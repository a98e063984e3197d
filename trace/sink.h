/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the bytes of a trace go: a file, or a pipe that nobody may read from. */
#ifndef AIL_TRACE_SINK_H
#define AIL_TRACE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AilSink {
    int fd; /* borrowed */
    bool is_pipe;
    int stop_fd; /* owned; readable: do not wait for whoever reads from the pipe; -1: not open */
} AilSink;

/* Write to fd, which is borrowed, from now on. False: errno says why. */
bool ail_sink_open(AilSink *sink, int fd);
void ail_sink_close(AilSink *sink);

/* By one thread at a time. False: errno says why; ECANCELED after ail_sink_stop. */
bool ail_sink_write(const AilSink *sink, const uint8_t *data, size_t len);

/* From any thread: a write that waits for a reader fails, as does each that would wait. */
void ail_sink_stop(const AilSink *sink);

#endif
