/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

static GOptionEntry *options(void **state)
{
    return ail_analysis_cli_options(&ail_hotblocks_ops, state);
}

static const AilExample examples[] = {
    {"ailurus hotblocks boot.trace", "lists the twenty blocks in which most instructions ran"},
    {"ailurus hotblocks boot.trace --by=executions --top=100",
     "lists the hundred that were entered most often"},
    {"ailurus hotblocks boot.trace --top=0 --json | jq -r 'select(.user) | .pc'",
     "prints the address of every block that ran in user mode"},
    {NULL, NULL},
};

const AilCommand ail_command_hotblocks = {
    .name = "hotblocks",
    .usage = "TRACE",
    .summary = "Count how often each block of code ran",
    .description =
        "Lists blocks (straight runs of instructions, as the emulator translated them) with the "
        "number of times that they were entered, the instructions that ran in them, and their "
        "share of all instructions.\n\n"
        "Only the code and flow columns of the trace are read. TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
