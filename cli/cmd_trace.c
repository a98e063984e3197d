/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus trace info|dump|verify|diff`: looking into traces. */
#include "cli/threads.h"
#include "cli/trace_tools.h"

#include <string.h>

static GOptionEntry *options(void **state)
{
    AilTraceOptions *o = g_new0(AilTraceOptions, 1);
    *state = o;
    o->to = -1;
    const GOptionEntry table[] = {
        {"from", 0, 0, G_OPTION_ARG_INT64, &o->from, "dump, diff: begin at this instruction",
         "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &o->to, "dump, diff: end before this instruction",
         "ICOUNT"},
        {"blocks", 0, 0, G_OPTION_ARG_NONE, &o->blocks,
         "dump: a line for each block instead of each instruction", NULL},
        {"events", 0, 0, G_OPTION_ARG_NONE, &o->events, "dump: events alone", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "info, verify, diff: print JSON", NULL},
        {"columns", 0, 0, G_OPTION_ARG_STRING, &o->columns, "verify, diff: these columns only",
         "LIST"},
        {"shift", 0, 0, G_OPTION_ARG_INT64, &o->shift,
         "diff: the second trace counts from here on: its instruction 0 is this one of the first",
         "ICOUNT"},
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
    bool diff = argc && !strcmp(argv[0], "diff");
    if (argc != (diff ? 3 : 2))
        status = ail_cli_usage("trace", diff ? "diff wants two traces"
                                             : "wants info, dump, verify or diff, and a trace");
    else if (o->from < 0 || (o->to >= 0 && o->to < o->from))
        status =
            ail_cli_usage("trace", "--from and --to are instruction counts, --from the smaller");
    else if (diff)
        status = ail_trace_diff_files(o, argv + 1);
    else if (!strcmp(argv[0], "info"))
        status = ail_trace_info(o, argv[1]);
    else if (!strcmp(argv[0], "dump"))
        status = ail_trace_dump(o, argv[1]);
    else if (!strcmp(argv[0], "verify"))
        status = ail_trace_verify(o, argv[1]);
    else
        status = ail_cli_usage("trace", "does not know '%s'; it does info, dump, verify and diff",
                               argv[0]);
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
    {"ailurus trace diff boot.trace again.trace",
     "whether two replays gave the same, and where each column first differs"},
    {"ailurus trace diff boot.trace part.trace --from 1000000 --to 2000000",
     "whether part.trace, of `replay --from 1000000 --to 2000000`, is what boot.trace has there"},
    {"ailurus trace diff boot.trace cut.trace --from 1000000 --to 2000000 --shift 1000000",
     "the same of a recording that `scissors --from 1000000 --to 2000000` has cut out"},
    {NULL, NULL},
};

const AilCommand ail_command_trace = {
    .name = "trace",
    .usage = "info|dump|verify FILE, or diff FILE FILE",
    .summary = "Show what is in a trace, print it, check it, compare two",
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
        "diff compares two traces column by column: which instructions ran (flow), what they are "
        "(code), the addresses, values and physical addresses of their accesses (addr, data, "
        "xlate), events, and the registers at the starts of chunks (sync) where both have one. How "
        "a trace is stored does not matter: chunks, and where the emulator's blocks end. Of "
        "each column that differs it shows the first place, as dump prints it, < in the first "
        "trace and > in the second. Columns that one of them does not have are left out. Where one "
        "begins or ends earlier counts as a difference, unless --from and --to leave it out. A "
        "part that was traced with introspection tells at its beginning of a system that was told "
        "of earlier in the whole: compare --columns=flow,addr,data,xlate. It "
        "exits with 0 if they are the same, 1 if not, 2 if they cannot be compared.\n\n"
        "FILE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
