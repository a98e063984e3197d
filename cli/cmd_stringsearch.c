/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

static GOptionEntry *options(void **state)
{
    return ail_analysis_cli_options(&ail_stringsearch_ops, state);
}

static const AilExample examples[] = {
    {"ailurus stringsearch boot.trace \"Linux version\"", "lists every place that moved the text"},
    {"ailurus stringsearch boot.trace root shadow --utf16",
     "searches for two texts, in ASCII and UTF-16LE, in one pass"},
    {"ailurus stringsearch boot.trace --hex=\"7f 45 4c 46\" --json",
     "finds where ELF headers pass, as JSON lines"},
    {NULL, NULL},
};

const AilCommand ail_command_stringsearch = {
    .name = "stringsearch",
    .usage = "TRACE STRING...",
    .summary = "Find every place where a string passes through memory",
    .description =
        "Lists each place whose successive memory values spell a string, whatever the sizes of "
        "the accesses: the instruction's address, its caller, the address space, read or write, "
        "how often, and the instruction counts of the first and last match.\n\n"
        "Two kinds of succession count: what one instruction accesses, called from one place, "
        "wherever in memory (a loop that moves bytes); and what any instructions access at "
        "ascending addresses (an unrolled copy). Accesses may overlap, as they do in the copies "
        "of C libraries.\n\n"
        "The trace must have the columns code, flow, addr, data and event. TRACE may be - for "
        "standard input.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
