/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus scissors`: a piece of a recording as a recording of its own. */
#include "cli/around.h"
#include "cli/recording.h"
#include "cli/rerun.h"
#include "replayer/scissors.h"

#include <inttypes.h>
#include <string.h>

#define NAME "scissors"

typedef struct Scissors {
    GOptionEntry *entries;
    char *output, *trace, *string, *pc;
    gint64 from, to, margin;
    gint stall;
    gboolean force, json;
    AilStop stop;
    AilProgress *bar;
} Scissors;

static GOptionEntry *options(void **state)
{
    Scissors *x = g_new0(Scissors, 1);
    *state = x;
    x->stop.fd = -1;
    x->to = x->from = -1;
    x->margin = 1000000;
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &x->output, "write the piece here", "NAME.rr"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &x->force, "replace an existing recording", NULL},
        {"from", 0, 0, G_OPTION_ARG_INT64, &x->from, "first instruction (default 0)", "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &x->to,
         "where to end: the instruction behind the last (default: the recording's end)", "ICOUNT"},
        {"around-string", 0, 0, G_OPTION_ARG_FILENAME, &x->string,
         "cut around the first time that this text passes through memory; wants --trace", "TEXT"},
        {"around-pc", 0, 0, G_OPTION_ARG_FILENAME, &x->pc,
         "cut around the first execution of the instruction here; wants --trace", "ADDRESS"},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME, &x->trace, "the recording's trace, to look in",
         "NAME.trace"},
        {"margin", 0, 0, G_OPTION_ARG_INT64, &x->margin,
         "instructions before and behind that moment (default 1000000)", "N"},
        {"stall-timeout", 0, 0, G_OPTION_ARG_INT, &x->stall,
         "give up when a replay makes no progress for so long (default 60)", "SECONDS"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &x->json, "print the result as a JSON object", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    x->entries = g_memdup2(table, sizeof table);
    return x->entries;
}

static void discard(void *state)
{
    Scissors *x = state;
    ail_stop_end(&x->stop);
    g_free(x->output);
    g_free(x->trace);
    g_free(x->string);
    g_free(x->pc);
    g_free(x->entries);
    g_free(x);
}

static bool progress(void *user, uint64_t icount, uint64_t total)
{
    Scissors *x = user;
    ail_progress_update(x->bar, icount, total);
    return !ail_stop_wanted(&x->stop);
}

static bool packing(void *user, uint64_t done, uint64_t total)
{
    Scissors *x = user;
    ail_progress_bytes(x->bar, done, total);
    return !ail_stop_wanted(&x->stop);
}

static int check_options(const Scissors *x, int argc)
{
    if (argc != 1)
        return ail_cli_usage(NAME, "wants one recording");
    if (!x->output)
        return ail_cli_usage(NAME, "wants -o NAME.rr");
    bool around = x->string || x->pc;
    if (x->margin < 1 || x->stall < 0)
        return ail_cli_usage(NAME, "--margin is at least 1, --stall-timeout not negative");
    if (around && (x->from >= 0 || x->to >= 0 || (x->string && x->pc)))
        return ail_cli_usage(NAME, "--from and --to, --around-string and --around-pc exclude each "
                                   "other");
    if (around != (x->trace != NULL))
        return ail_cli_usage(NAME, "--around-string and --around-pc look in the trace of --trace");
    if (!x->force && g_file_test(x->output, G_FILE_TEST_EXISTS))
        return ail_cli_fail(NAME, "%s exists; --force replaces it", x->output);
    return AIL_EXIT_OK;
}

static void print_result(const Scissors *x, const AilManifest *m, uint64_t from, uint64_t to,
                         uint64_t bytes)
{
    if (x->json) {
        printf("{\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",\"instructions\":%" PRIu64
               ",\"archive_bytes\":%" PRIu64 "}\n",
               from, to, m->instructions, bytes);
        return;
    }
    char *size = g_format_size(bytes);
    printf("%s: %" PRIu64 " instructions, %" PRIu64 " to %" PRIu64 " of the recording, %s\n",
           x->output, m->instructions, from, to, size);
    g_free(size);
}

static void searching(void *user, uint64_t done, uint64_t total)
{
    ail_progress_update(((Scissors *)user)->bar, done, total);
}

/* The moment that was asked for, and what is around it. Nothing has been written yet, so that
 * signals may end the program. */
static int find_span(Scissors *x, const char *path)
{
    AilError error = {{0}};
    AilManifest *manifest = NULL;
    char identity[AIL_RR_IDENTITY_SIZE], *end = NULL;
    uint64_t at = 0, margin = (uint64_t)x->margin;
    AilAround around = {.trace = x->trace,
                        .identity = identity,
                        .string = x->string,
                        .pc = x->pc ? g_ascii_strtoull(x->pc, &end, 16) : 0,
                        .threads = g_get_num_processors(),
                        .progress = searching,
                        .user = x};
    if (x->pc && (end == x->pc || *end))
        return ail_cli_usage(NAME, "--around-pc wants a hexadecimal address, not '%s'", x->pc);
    if (ail_rr_read_manifest(path, &manifest, identity, &error) != AIL_OK)
        return ail_cli_not_a_recording(NAME, path, "trace info", &error);
    x->bar = ail_progress_start("searching");
    AilStatus s = ail_around_find(&around, &at, &error);
    ail_progress_end(x->bar);
    x->from = at > margin ? (gint64)(at - margin) : 0;
    x->to = (gint64)MIN(manifest->instructions, at + margin);
    ail_manifest_free(manifest);
    if (s == AIL_END)
        return ail_cli_fail(NAME, "%s: '%s' is not in this trace", x->trace,
                            x->string ? x->string : x->pc);
    return s == AIL_OK ? AIL_EXIT_OK : ail_cli_fail(NAME, "%s", error.text);
}

static int cut(Scissors *x, const char *path, const AilRecording *r)
{
    uint64_t from = (uint64_t)MAX(x->from, 0), to = 0;
    int status = ail_cli_check_span(NAME, path, r->manifest, (int64_t)from, x->to, &to);
    if (status != AIL_EXIT_OK)
        return status;
    AilScissors scissors = {.drive = {.manifest = r->manifest,
                                      .dir = r->dir,
                                      .stall_seconds = (unsigned)x->stall,
                                      .progress = progress,
                                      .user = x},
                            .from = from,
                            .to = to,
                            .output = x->output,
                            .force = x->force,
                            .packing = packing};
    AilManifest *made = NULL;
    AilError error = {{0}};
    uint64_t bytes = 0;
    x->bar = ail_progress_start("replaying");
    AilStatus s = ail_scissors_cut(&scissors, &made, &bytes, &error);
    ail_progress_end(x->bar);
    if (s == AIL_OK)
        print_result(x, made, scissors.from, to, bytes);
    else
        status = s == AIL_END ? ail_cli_fail(NAME, "%s: interrupted", path)
                              : ail_cli_fail(NAME, "%s: %s", path, error.text);
    ail_manifest_free(made);
    return status;
}

static int run(void *state, int argc, char **argv)
{
    Scissors *x = state;
    int status = check_options(x, argc);
    if (status == AIL_EXIT_OK && x->trace)
        status = find_span(x, argv[0]);
    if (status == AIL_EXIT_OK && !ail_stop_begin(&x->stop))
        status = ail_cli_fail(NAME, "signalfd failed");
    if (status == AIL_EXIT_OK) {
        AilRecording r;
        status = ail_cli_open_recording(NAME, argv[0], x->output, &x->stop, &r);
        if (status == AIL_EXIT_OK)
            status = cut(x, argv[0], &r);
        ail_cli_close_recording(&r);
    }
    discard(x);
    return status;
}

static const AilExample examples[] = {
    {"ailurus scissors boot.rr --from 5200000000 --to 5300000000 -o moment.rr",
     "100 million instructions, as a recording that replays in under a second"},
    {"ailurus scissors boot.rr --trace boot.trace --around-string 'Kernel panic' -o panic.rr",
     "a million instructions before and behind the moment when that text first passed"},
    {NULL, NULL},
};

const AilCommand ail_command_scissors = {
    .name = "scissors",
    .usage = "NAME.rr --from ICOUNT --to ICOUNT -o PIECE.rr",
    .summary = "Cut a piece out of a recording, exact to the instruction",
    .description =
        "Replays the recording up to the instruction of --from, takes a snapshot, replays on to "
        "--to, "
        "and writes what happened between the two as a recording of its own: it needs nothing of "
        "the first, and its instructions count from 0. Its trace is that of the original between "
        "the two.\n\n"
        "The piece has the memory and devices of the machine as they were at its beginning, its "
        "part of the log, and of the disks only what it reads.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
