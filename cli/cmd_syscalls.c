/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
#include "cli/analysis_cli.h"

#include <string.h>

/* As strace has them. */
static char short_name(const char *option)
{
    return !strcmp(option, "count")  ? 'c'
           : !strcmp(option, "fds")  ? 'y'
           : !strcmp(option, "size") ? 's'
                                     : 0;
}

static GOptionEntry *options(void **state)
{
    GOptionEntry *entries = ail_analysis_cli_options(&ail_syscalls_ops, state);
    for (GOptionEntry *e = entries; e->long_name; e++)
        if (short_name(e->long_name))
            e->short_name = short_name(e->long_name);
    return entries;
}

static const AilExample examples[] = {
    {"ailurus syscalls boot.trace", "prints every system call, in order of return"},
    {"ailurus syscalls boot.trace --comm=sshd --call=openat,read -y",
     "prints what sshd opens and reads, and which files descriptors are"},
    {"ailurus syscalls boot.trace --path='/etc/*' --errors",
     "prints the calls about files in /etc that failed"},
    {"ailurus syscalls boot.trace -c --pid=1", "counts the calls of process 1"},
    {NULL, NULL},
};

const AilCommand ail_command_syscalls = {
    .name = "syscalls",
    .usage = "TRACE",
    .summary = "Show the system calls of the guest's programs",
    .description =
        "Prints the guest's system calls as strace would: name, arguments, result. In front are "
        "the instruction count at which the call was made and the task that made it (its address "
        "space, if the guest's kernel is not known); behind it, in angle brackets, the "
        "instructions "
        "from there to its return, in whichever task they ran. Signals that reach a handler and "
        "the ends of tasks are lines, too.\n\n"
        "A call is printed when it returns, so lines are in order of return. The return of a fork "
        "in the child, and of a call made before the trace began, is a line with \"resumed\"; what "
        "had not returned when the trace ended comes last.\n\n"
        "Only the event column of the trace is read; ailurus replay writes the calls into it. "
        "TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = ail_analysis_cli_run,
    .discard = ail_analysis_cli_discard,
};
