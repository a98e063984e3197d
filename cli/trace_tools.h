/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `ailurus trace`. Each returns an exit status. */
#ifndef AIL_CLI_TRACE_TOOLS_H
#define AIL_CLI_TRACE_TOOLS_H

#include "cli/cli.h"
#include "trace/trace.h"

typedef struct AilTraceOptions {
    gint64 from, to; /* icounts; to < 0: the end */
    gboolean blocks, events, json;
    char *columns; /* NULL: all; owned */
    gint threads;
    GOptionEntry *entries; /* owned */
} AilTraceOptions;

int ail_trace_info(const AilTraceOptions *o, const char *path);
int ail_trace_dump(const AilTraceOptions *o, const char *path);
/* A line; strangers' bytes are quoted. */
void ail_trace_print_event(const AilEvent *e);
int ail_trace_verify(const AilTraceOptions *o, const char *path);

#endif
