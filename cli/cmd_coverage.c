/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

static GOptionEntry *options(void **state)
{
    return ail_analysis_cli_options(&ail_coverage_ops, state);
}

static const AilExample examples[] = {
    {"ailurus coverage boot.trace", "shows how much of which module ran, and for whom"},
    {"ailurus coverage boot.trace --comm=sshd --user --drcov=sshd.drcov",
     "writes what sshd ran for Lighthouse, with its libraries"},
    {"mkdir cov && ailurus coverage boot.trace --drcov=cov",
     "writes a file for each process into the folder cov"},
    {"ailurus coverage boot.trace --module='*/prog' --sysroot=guest --lcov=prog.info",
     "counts source lines; genhtml prog.info shows them"},
    {"ailurus coverage boot.trace --pid=120 --edges=edges.txt",
     "lists each branch that process 120 took, and how often"},
    {NULL, NULL},
};

const AilCommand ail_command_coverage = {
    .name = "coverage",
    .usage = "TRACE",
    .summary = "Show which code ran, by process and module",
    .description =
        "Counts basic blocks, edges between them, executed instructions and bytes of code that "
        "ran, "
        "for each program, shared library, kernel module, the kernel itself and code without a "
        "file: for all processes together, and for each. Without a kernel that Ailurus knows, an "
        "address space stands for a process and a range of addresses for a module.\n\n"
        "--drcov writes what Lighthouse, Cartographer and bncov read, --lcov counts by source line "
        "where the guest's programs are at hand with line numbers, --edges a list of branches. All "
        "of them have what the filters leave.\n\n"
        "The trace needs the flow and event columns. TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
