/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus trace info|dump|verify`: looking into a trace. */
#include "cli/threads.h"
#include "cli/trace_tools.h"

#include <string.h>

static GOptionEntry *options(void **state)
{
    AilTraceOptions *o = g_new0(AilTraceOptions, 1);
    *state = o;
    o->to = -1;
    const GOptionEntry table[] = {
        {"from", 0, 0, G_OPTION_ARG_INT64, &o->from, "dump: begin at this instruction", "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &o->to, "dump: end before this instruction", "ICOUNT"},
        {"blocks", 0, 0, G_OPTION_ARG_NONE, &o->blocks,
         "dump: a line for each block instead of each instruction", NULL},
        {"events", 0, 0, G_OPTION_ARG_NONE, &o->events, "dump: events alone", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "info, verify: print JSON", NULL},
        {"columns", 0, 0, G_OPTION_ARG_STRING, &o->columns, "verify: these columns only", "LIST"},
        ail_threads_option(&o->threads),
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    o->entries = g_memdup2(table, sizeof table);
    return o->entries;
}

static void discard(void *state)
{
    AilTraceOptions *o = state;
    g_free(o->columns);
    g_free(o->entries);
    g_free(o);
}

static int run(void *state, int argc, char **argv)
{
    AilTraceOptions *o = state;
    int status;
    if (argc != 2)
        status = ail_cli_usage("trace", "wants info, dump or verify, and one trace");
    else if (o->from < 0 || (o->to >= 0 && o->to < o->from))
        status =
            ail_cli_usage("trace", "--from and --to are instruction counts, --from the smaller");
    else if (!strcmp(argv[0], "info"))
        status = ail_trace_info(o, argv[1]);
    else if (!strcmp(argv[0], "dump"))
        status = ail_trace_dump(o, argv[1]);
    else if (!strcmp(argv[0], "verify"))
        status = ail_trace_verify(o, argv[1]);
    else
        status =
            ail_cli_usage("trace", "does not know '%s'; it does info, dump and verify", argv[0]);
    discard(state);
    return status;
}

static const AilExample examples[] = {
    {"ailurus trace info boot.trace", "what it was recorded from, its columns and their sizes"},
    {"ailurus trace dump boot.trace --from 1000000 --to 1000020",
     "twenty instructions with their memory accesses, and what happened between them"},
    {"ailurus trace dump boot.trace --blocks | less", "which blocks ran, from the beginning"},
    {"ailurus trace dump boot.trace --events | less", "what happened, without any instructions"},
    {"ailurus trace verify boot.trace", "read and check every byte"},
    {"ailurus trace verify boot.trace --columns=flow -j1 --json",
     "how fast one thread decodes the flow column"},
    {NULL, NULL},
};

const AilCommand ail_command_trace = {
    .name = "trace",
    .usage = "info|dump|verify FILE",
    .summary = "Show what is in a trace, print it, check it",
    .description =
        "info prints what the trace says of itself: the machine, the columns, how many "
        "instructions, chunks and bytes, and bytes an instruction of each column.\n\n"
        "dump prints the execution, one line an instruction: icount, privilege (u or k), address, "
        "disassembly, then its memory accesses as [address]=value for reads and [address]<-value "
        "for writes. Lines that begin with -- are events: address-space changes, exceptions, "
        "interrupts, console output, and what the guest's operating system did. "
        "Without --to it goes on to the end.\n\n"
        "verify reads the whole trace and checks all of it: every checksum, every column, the "
        "index, and that instruction counts add up. It says OK and exits with 0, or says what is "
        "wrong and where and exits with 1. It also says how fast it went: seconds, and millions of "
        "instructions decoded in one. A trace whose writer was killed is incomplete: it can "
        "be used up to its last whole chunk, and verify says up to where.\n\n"
        "FILE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
