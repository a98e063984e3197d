/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus replay`: a recording becomes a trace. */
#include "cli/replaying.h"

#include "trace/dict.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define NAME "replay"

enum { MAX_CHUNK = 16 << 20, MAX_CHECKPOINTS = 1000 };

static GOptionEntry *options(void **state)
{
    AilReplaying *r = g_new0(AilReplaying, 1);
    *state = r;
    r->out_fd = r->stop.fd = -1;
    r->to = -1;
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &r->output, "write the trace here; - is stdout",
         "NAME.trace"},
        {"columns", 0, 0, G_OPTION_ARG_FILENAME, &r->columns,
         "only these, separated by commas: flow, addr, data, event, sync, xlate (default: all)",
         "LIST"},
        {"from", 0, 0, G_OPTION_ARG_INT64, &r->from,
         "trace from this instruction on, which keeps its number (default: 0)", "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &r->to,
         "where to end: the instruction behind the last (default: the recording's end)", "ICOUNT"},
        {"checkpoints", 0, 0, G_OPTION_ARG_INT, &r->checkpoints,
         "keep N states of the machine in NAME.rr.checkpoints, from which --from then starts", "N"},
        {"no-osi", 0, 0, G_OPTION_ARG_NONE, &r->no_osi,
         "do not follow the guest's operating system: no tasks, maps, system calls", NULL},
        {"profile", 0, 0, G_OPTION_ARG_FILENAME, &r->profile,
         "what its kernel does not tell itself is in this file (see ailurus osi)", "FILE"},
        {"check-xlate", 0, 0, G_OPTION_ARG_NONE, &r->check_xlate,
         "ask QEMU for the physical address of each access, and compare (slow)", NULL},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &r->force, "replace an existing trace", NULL},
        {"threads", 'j', 0, G_OPTION_ARG_INT, &r->threads, "encode with so many threads", "N"},
        {"stall-timeout", 0, 0, G_OPTION_ARG_INT, &r->stall,
         "give up after so many seconds without progress (default: 60)", "SECONDS"},
        {"chunk", 0, 0, G_OPTION_ARG_INT, &r->chunk,
         "instructions in a chunk, of which readers decode all (default: 4194304): fewer are "
         "sooner "
         "decoded, and make the trace larger",
         "N"},
        {"dictionary", 0, 0, G_OPTION_ARG_INT, &r->dictionary,
         "begin a new dictionary of blocks after so many (default: 524288): fewer take less memory "
         "in who reads the trace, and make it larger",
         "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &r->json, "print the result as JSON", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    r->entries = g_memdup2(table, sizeof table);
    return r->entries;
}

static void discard(void *state)
{
    AilReplaying *r = state;
    ail_stop_end(&r->stop);
    g_free(r->output);
    g_free(r->columns);
    g_free(r->profile);
    g_free(r->partial);
    g_free(r->entries);
    g_free(r);
}

static int check_options(AilReplaying *r, int argc, char **argv, uint32_t *columns)
{
    if (argc != 1)
        return ail_cli_usage(NAME, "wants one recording");
    if (r->checkpoints < 0 || r->checkpoints > MAX_CHECKPOINTS)
        return ail_cli_usage(NAME, "--checkpoints is 1 to %d", MAX_CHECKPOINTS);
    r->recording = argv[0];
    if (!r->output && r->checkpoints)
        return AIL_EXIT_OK;
    if (!r->output)
        return ail_cli_usage(NAME, "wants -o NAME.trace (or -o - for a pipe)");
    if (r->threads < 0 || r->threads > 12 || r->stall < 0)
        return ail_cli_usage(NAME, "--threads is 1 to 12, --stall-timeout a number of seconds");
    if (r->from < 0 || r->to < -1)
        return ail_cli_usage(NAME, "--from and --to must not be negative");
    if (r->chunk < 0 || r->chunk > MAX_CHUNK)
        return ail_cli_usage(NAME, "--chunk is 1 to %d instructions", MAX_CHUNK);
    if (r->dictionary < 0 || r->dictionary > AIL_DICT_MAX / 2)
        return ail_cli_usage(NAME, "--dictionary is 1 to %d blocks", AIL_DICT_MAX / 2);
    if (ail_replaying_to_stdout(r) && isatty(STDOUT_FILENO))
        return ail_cli_usage(NAME, "a trace is not for a terminal; pipe it into an analyzer");
    *columns = r->columns ? ail_columns_parse(r->columns) : (uint32_t)AIL_COL_ALL;
    if (!*columns)
        return ail_cli_usage(NAME, "--columns %s: known are flow, addr, data, event, sync, xlate",
                             r->columns);
    if (!ail_replaying_to_stdout(r) && !r->force && g_file_test(r->output, G_FILE_TEST_EXISTS))
        return ail_cli_fail(NAME, "%s exists; --force replaces it", r->output);
    return AIL_EXIT_OK;
}

/* With the recording unpacked anew: a replay leaves its folder in disorder. */
static int unpacked(AilReplaying *r, uint32_t columns, bool checkpoints)
{
    AilRecording recording;
    const char *beside = checkpoints                  ? r->recording
                         : ail_replaying_to_stdout(r) ? "./-"
                                                      : r->output;
    int status = ail_cli_open_recording(NAME, r->recording, beside, &r->stop, &recording);
    if (status == AIL_EXIT_OK)
        status = checkpoints ? ail_replaying_checkpoints(r, &recording)
                             : ail_replaying_trace(r, &recording, columns);
    ail_cli_close_recording(&recording);
    return status;
}

static int replay_recording(AilReplaying *r, uint32_t columns)
{
    int status = r->checkpoints ? unpacked(r, columns, true) : AIL_EXIT_OK;
    return status == AIL_EXIT_OK && r->output ? unpacked(r, columns, false) : status;
}

static int run(void *state, int argc, char **argv)
{
    AilReplaying *r = state;
    uint32_t columns = 0;
    int status = check_options(r, argc, argv, &columns);
    if (status == AIL_EXIT_OK && !ail_stop_begin(&r->stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    if (status == AIL_EXIT_OK)
        status = replay_recording(r, columns);
    discard(r);
    return status;
}

static const AilExample examples[] = {
    {"ailurus replay boot.rr -o boot.trace", "all columns, for all analyses"},
    {"ailurus replay boot.rr --columns flow,event -o boot.trace",
     "much faster and smaller: enough for asidstory and callstack"},
    {"ailurus replay boot.rr --from 5200000000 --to 5300000000 -o moment.trace",
     "only these instructions; they keep their numbers"},
    {"ailurus replay boot.rr --checkpoints 10",
     "keep ten states, so that each --from begins at the one before it"},
    {"ailurus replay boot.rr -o - | ailurus stringsearch - password",
     "search while replaying, without a trace on disk"},
    {NULL, NULL},
};

const AilCommand ail_command_replay = {
    .name = "replay",
    .usage = "NAME.rr -o NAME.trace",
    .summary = "Run a recording again, exactly, and write its trace",
    .description =
        "Starts the QEMU that made the recording, lets it execute the same instructions again, and "
        "writes what happens into a trace that all analyses read. The recording has all that is "
        "needed; no option of the machine is repeated.\n\n"
        "The trace appears under its name when it is whole; until then it is NAME.trace.partial. "
        "Should the replay be stopped or go wrong, the partial trace is kept, good up to its last "
        "whole chunk. A replay that ends early, differs from the recording or makes no progress is "
        "an error that names the instruction. What a replay that was killed left beside the "
        "output, a "
        "directory .ailurus-XXXXXX, is removed by the next one.\n\n"
        "With --from and --to only a part is traced. What is before is run without looking, which "
        "is "
        "two to four times as fast; what is behind is not run at all. The part has the events, "
        "blocks and accesses that the whole trace has there, under the same instruction "
        "numbers.\n\n"
        "With --checkpoints, the machine's state is kept at even distances in the folder "
        "NAME.rr.checkpoints. Each takes about as much as the memory that the guest uses. They are "
        "a "
        "cache, to be removed at any time: traces are the same with and without. Those of another "
        "recording, or damaged ones, are not used, which a note says.\n\n"
        "Columns: flow (which blocks ran), addr (addresses of memory accesses), data (their "
        "values), event (address spaces, exceptions, interrupts, console), sync (registers at "
        "regular places), xlate (physical addresses of memory accesses). addr, data and xlate "
        "imply flow; data and xlate imply addr.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
