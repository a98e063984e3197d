/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

static GOptionEntry *options(void **state)
{
    return ail_analysis_cli_options(&ail_callstack_ops, state);
}

static const AilExample examples[] = {
    {"ailurus callstack boot.trace --at=1000000", "prints the stack before instruction 1000000"},
    {"ailurus callstack boot.trace --when-pc=0xffffffff81234560 --limit=5",
     "prints it the first five times that this instruction runs"},
    {"ailurus callstack boot.trace --folded > boot.folded",
     "counts instructions by calling context, for flamegraph.pl or speedscope"},
    {NULL, NULL},
};

const AilCommand ail_command_callstack = {
    .name = "callstack",
    .usage = "TRACE (--at=ICOUNT | --when-pc=ADDRESS | --folded)",
    .summary = "Show call stacks at a moment, at an address, or of the whole run",
    .description =
        "Follows the calls and returns of every thread, in user mode, in the kernel and in "
        "interrupt handlers, and prints the call stack where it is asked for; or counts the "
        "instructions that ran in each calling context.\n\n"
        "Functions are shown by address and name (docs/processes.md; --sysroot for those of user "
        "code). Stacks are told apart by the addresses of their "
        "return addresses when the trace has the column addr, by return addresses alone when it "
        "does not, which may confuse threads that wait at the same place in a kernel.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
