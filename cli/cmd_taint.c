/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

static GOptionEntry *options(void **state)
{
    return ail_analysis_cli_options(&ail_taint_ops, state);
}

static const AilExample examples[] = {
    {"ailurus taint boot.trace \"secret\"",
     "follows the text from wherever it passes through memory"},
    {"ailurus taint boot.trace --label-file=/etc/shadow",
     "shows what reads the file's bytes, decides by them, and writes them on"},
    {"ailurus taint boot.trace --label-net --uniform --json",
     "follows received packets, as JSON lines"},
    {"ailurus taint boot.trace --label-range=0x7ffe1000+16@120000000:pid=77 --memory",
     "follows 16 bytes of process 77 from then on, and lists where they are in the end"},
    {NULL, NULL},
};

const AilCommand ail_command_taint = {
    .name = "taint",
    .usage = "TRACE [TEXT...]",
    .summary = "Follow bytes: what read them, what they decided, where they went",
    .description =
        "Labels bytes where they come in, and follows them through registers and physical memory, "
        "so through the kernel, pipes, shared pages and other processes: each instruction that "
        "touches a labelled byte passes labels on to what it computes from it. Bytes that are "
        "overwritten, or computed from nothing but constants, lose them.\n\n"
        "It tells which instructions read labelled bytes, which branches they decided, and which "
        "system calls were given them. Depth is the number of computations between a source and "
        "what is told; a copy is none.\n\n"
        "The trace needs the columns flow, addr, data, xlate and event, which replay writes unless "
        "it is told otherwise. TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
