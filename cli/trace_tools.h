/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `ailurus trace`. Each returns an exit status. */
#ifndef AIL_CLI_TRACE_TOOLS_H
#define AIL_CLI_TRACE_TOOLS_H

#include "cli/cli.h"
#include "trace/trace.h"

typedef struct AilTraceOptions {
    gint64 from, to; /* icounts; to < 0: the end */
    gint64 shift;
    gboolean blocks, events, json;
    char *columns; /* NULL: all; owned */
    gint threads;
    GOptionEntry *entries; /* owned */
} AilTraceOptions;

int ail_trace_info(const AilTraceOptions *o, const char *path);
int ail_trace_dump(const AilTraceOptions *o, const char *path);
/* A line; strangers' bytes are quoted. */
void ail_trace_print_event(const AilEvent *e);
/* Print an instruction's disassembly on stdout, or its bytes where there is none. */
typedef struct AilDisassembly AilDisassembly;
AilDisassembly *ail_trace_disassembly_new(void);
void ail_trace_disassembly_free(AilDisassembly *d);
void ail_trace_print_insn(AilDisassembly *d, uint8_t mode, uint64_t pc, const uint8_t *bytes,
                          size_t size);
/* An access's value, as the processor sees it, and physical addresses. */
void ail_trace_print_value(AilArch arch, uint64_t value, uint64_t high, unsigned size);
void ail_trace_print_phys(const char *before, uint64_t phys);
/* Compare the two; as diff does, 0: the same, 1: not, 2: trouble. */
int ail_trace_diff_files(const AilTraceOptions *o, char **paths);
/* Say what --columns takes. */
int ail_trace_bad_columns(const char *given);
int ail_trace_verify(const AilTraceOptions *o, const char *path);

#endif
