/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

static GOptionEntry *options(void **state)
{
    return ail_analysis_cli_options(&ail_asidstory_ops, state);
}

static const AilExample examples[] = {
    {"ailurus asidstory boot.trace", "draws who ran when, and lists each process"},
    {"ailurus asidstory boot.trace --top=10 --svg=boot.svg",
     "shows the ten that ran most and writes the picture to boot.svg"},
    {"ailurus replay boot.rr -o - --columns event | ailurus asidstory -",
     "does it while the recording is replayed"},
    {NULL, NULL},
};

const AilCommand ail_command_asidstory = {
    .name = "asidstory",
    .usage = "TRACE",
    .summary = "Show which process or address space ran when",
    .description =
        "Draws a picture of time: a row for each process (each thread of it) of the guest in the "
        "order "
        "in which they appear, shaded by its share of the instructions in each stretch of time; "
        "\"sh > ls\" in the table is a process that was called sh, then ls. If no kernel was found "
        "in the guest, or with --asid, rows are address spaces (ASID: CR3 on x86, TTBR0 on Arm). "
        "Below it are the instruction counts of each, its first and last "
        "instruction, and how much of it ran in the kernel and in user mode.\n\n"
        "Only the event column of the trace is read. TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
