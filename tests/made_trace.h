/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trace files of generated execution (raw_builder.h), always the same, in small chunks. */
#ifndef AIL_TESTS_MADE_TRACE_H
#define AIL_TESTS_MADE_TRACE_H

#include <stdbool.h>

#include "trace/writer.h"

/* A new file with a trace of so many chunks, all columns; finish false: as if its writer had been
 * killed. Returns its path, for made_trace_drop. Fails the test when it cannot be written. */
char *made_trace(int chunks, bool finish);

/* The chunks of such a trace written into fd, without its end. The writer is the caller's. */
AilTraceWriter *made_trace_into(int fd, int chunks);

/* Remove the file. */
void made_trace_drop(char *path);

#endif
