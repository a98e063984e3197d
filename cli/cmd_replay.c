/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus replay`: a recording becomes a trace. */
#include "cli/cli.h"
#include "cli/recording.h"

#include "replayer/replay.h"
#include "trace/dict.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAME "replay"

enum { MAX_CHUNK = 16 << 20, MAX_CHECKPOINTS = 1000 };

typedef struct Replay {
    char *output, *columns; /* owned */
    char *profile;          /* owned */
    gboolean force, json, no_osi, check_xlate;
    gint threads, stall, chunk, dictionary;
    gint64 from, to;
    gint checkpoints;
    GOptionEntry *entries; /* owned */
    const char *recording;
    char *partial; /* owned; the trace's name until it is whole; NULL on a pipe */
    int out_fd;
    AilStop stop;
    AilProgress *bar;
} Replay;

static GOptionEntry *options(void **state)
{
    Replay *r = g_new0(Replay, 1);
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
    Replay *r = state;
    ail_stop_end(&r->stop);
    g_free(r->output);
    g_free(r->columns);
    g_free(r->profile);
    g_free(r->partial);
    g_free(r->entries);
    g_free(r);
}

static bool to_stdout(const Replay *r)
{
    return !strcmp(r->output, "-");
}

static int check_options(Replay *r, int argc, char **argv, uint32_t *columns)
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
    if (to_stdout(r) && isatty(STDOUT_FILENO))
        return ail_cli_usage(NAME, "a trace is not for a terminal; pipe it into an analyzer");
    *columns = r->columns ? ail_columns_parse(r->columns) : (uint32_t)AIL_COL_ALL;
    if (!*columns)
        return ail_cli_usage(NAME, "--columns %s: known are flow, addr, data, event, sync, xlate",
                             r->columns);
    if (!to_stdout(r) && !r->force && g_file_test(r->output, G_FILE_TEST_EXISTS))
        return ail_cli_fail(NAME, "%s exists; --force replaces it", r->output);
    return AIL_EXIT_OK;
}

/* The trace gets its name when it is whole; until then it is NAME.partial. */
static int open_output(Replay *r)
{
    if (to_stdout(r)) {
        r->out_fd = STDOUT_FILENO;
        return AIL_EXIT_OK;
    }
    r->partial = g_strconcat(r->output, ".partial", NULL);
    r->out_fd = open(r->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (r->out_fd < 0)
        return ail_cli_fail(NAME, "%s: %s", r->partial, g_strerror(errno));
    return AIL_EXIT_OK;
}

static int close_output(Replay *r, bool whole, bool keep)
{
    int status = AIL_EXIT_OK;
    if (!r->partial || r->out_fd < 0)
        return status;
    if (whole && (fsync(r->out_fd) < 0 || g_rename(r->partial, r->output) < 0)) {
        status = ail_cli_fail(NAME, "%s: %s", r->output, g_strerror(errno));
        whole = false;
        keep = false;
    }
    close(r->out_fd);
    if (!whole && !keep)
        g_unlink(r->partial);
    return status;
}

static bool progress(void *user, uint64_t icount, uint64_t total)
{
    Replay *r = user;
    ail_progress_update(r->bar, icount, total);
    return !ail_stop_wanted(&r->stop);
}

static void print_result(const Replay *r, const AilTraceSizes *s, double seconds)
{
    FILE *out = to_stdout(r) ? stderr : stdout;
    double mips = seconds > 0 ? (double)s->insns / seconds / 1e6 : 0;
    double each = s->insns ? (double)s->total / (double)s->insns : 0;
    if (r->json) {
        fprintf(out,
                "{\"instructions\":%" PRIu64 ",\"seconds\":%.3f,\"bytes\":%" PRIu64
                ",\"chunks\":%" PRIu64 "}\n",
                s->insns, seconds, s->total, s->chunks);
        return;
    }
    if (to_stdout(r) && !isatty(STDERR_FILENO))
        return;
    char *bytes = g_format_size(s->total);
    fprintf(out, "%s: %" PRIu64 " instructions in %.1f s (%.0f MIPS), %s, %.3f bytes each\n",
            r->output, s->insns, seconds, mips, bytes, each);
    g_free(bytes);
}

/* Say how it ended; what is there of a trace that is not whole is kept when it is of use. */
static int conclude(Replay *r, AilReplay *replay, AilStatus status, double seconds)
{
    AilTraceSizes sizes;
    ail_replay_sizes(replay, &sizes);
    bool keep = status != AIL_OK && sizes.chunks && !ail_replay_write_failed(replay);
    int result = close_output(r, status == AIL_OK, keep);
    if (status == AIL_OK && result == AIL_EXIT_OK) {
        print_result(r, &sizes, seconds);
        return result;
    }
    char *kept = keep && r->partial ? g_strdup_printf("; %s has the first %" PRIu64 " instructions",
                                                      r->partial, sizes.insns)
                                    : g_strdup("");
    if (status == AIL_ERR)
        result = ail_cli_fail(NAME, "%s: %s%s", r->recording, ail_replay_error(replay), kept);
    else if (status == AIL_END)
        result = ail_cli_fail(NAME, "%s: interrupted%s", r->recording, kept);
    g_free(kept);
    return result;
}

static char *checkpoints_path(const Replay *r)
{
    return g_strconcat(r->recording, ".checkpoints", NULL);
}

static int make_checkpoints(Replay *r, const AilRecording *recording)
{
    AilDriveConfig config = {.manifest = recording->manifest,
                             .dir = recording->dir,
                             .stall_seconds = (unsigned)r->stall,
                             .progress = progress,
                             .user = r};
    char *path = checkpoints_path(r);
    AilError error = {{0}};
    unsigned made = 0;
    r->bar = ail_progress_start("making checkpoints");
    AilStatus s = ail_checkpoints_make(&config, recording->identity, path, (unsigned)r->checkpoints,
                                       &made, &error);
    ail_progress_end(r->bar);
    int status = s == AIL_OK    ? AIL_EXIT_OK
                 : s == AIL_END ? ail_cli_fail(NAME, "%s: interrupted", r->recording)
                                : ail_cli_fail(NAME, "%s: %s", r->recording, error.text);
    if (s == AIL_OK && !r->json && !(r->output && to_stdout(r)))
        printf("%s: %u checkpoints\n", path, made);
    g_free(path);
    return status;
}

/* Begin at a checkpoint if there is a good one; whether there is does not show in the trace. */
static int find_checkpoint(const Replay *r, const AilRecording *recording, AilCheckpoint *found,
                           bool *is_there)
{
    char *path = checkpoints_path(r);
    AilError error = {{0}};
    AilStatus s = AIL_END;
    if (r->from > 1)
        s = ail_checkpoints_use(path, recording->manifest, recording->identity, recording->dir,
                                (uint64_t)r->from, found, &error);
    *is_there = s == AIL_OK;
    if (s == AIL_END && *error.text)
        fprintf(stderr, "ailurus replay: note: no checkpoint is used: %s\n", error.text);
    g_free(path);
    return s == AIL_ERR ? ail_cli_fail(NAME, "%s", error.text) : AIL_EXIT_OK;
}

static int replay_unpacked(Replay *r, const AilRecording *recording, uint32_t columns)
{
    AilCheckpoint checkpoint;
    bool from_checkpoint = false;
    uint64_t to;
    int status = ail_cli_check_span(NAME, r->recording, recording->manifest, r->from, r->to, &to);
    if (status != AIL_EXIT_OK)
        return status;
    AilError error = {{0}};
    char *plugin = ail_cli_find_plugin("ailurus-plugin.so", &error);
    if (!plugin)
        return ail_cli_fail(NAME, "%s", error.text);
    AilOsiProfile *profile = r->profile ? g_new(AilOsiProfile, 1) : NULL;
    if (profile && ail_osi_profile_read(r->profile, NULL, profile, &error) != AIL_OK)
        status = ail_cli_fail(NAME, "%s", error.text);
    if (status == AIL_EXIT_OK)
        status = find_checkpoint(r, recording, &checkpoint, &from_checkpoint);
    if (status == AIL_EXIT_OK)
        status = open_output(r);
    if (status == AIL_EXIT_OK) {
        AilReplay *replay = ail_replay_new();
        AilReplayConfig config = {.manifest = recording->manifest,
                                  .dir = recording->dir,
                                  .plugin = plugin,
                                  .identity = recording->identity,
                                  .out_fd = r->out_fd,
                                  .from = (uint64_t)r->from,
                                  .to = to,
                                  .checkpoint = from_checkpoint ? &checkpoint : NULL,
                                  .columns = columns,
                                  .check_xlate = r->check_xlate,
                                  .introspect = !r->no_osi,
                                  .profile = profile,
                                  .threads = (unsigned)r->threads,
                                  .chunk_insns = (uint64_t)r->chunk,
                                  .dict_blocks = (uint32_t)r->dictionary,
                                  .stall_seconds = (unsigned)r->stall,
                                  .progress = progress,
                                  .user = r};
        gint64 start = g_get_monotonic_time();
        r->bar = ail_progress_start("replaying");
        AilStatus done = ail_replay_run(replay, &config);
        ail_progress_end(r->bar);
        if (*ail_replay_osi_note(replay))
            fprintf(stderr, "ailurus replay: note: the guest's system is not followed: %s\n",
                    ail_replay_osi_note(replay));
        status = conclude(r, replay, done, (double)(g_get_monotonic_time() - start) / 1e6);
        ail_replay_free(replay);
    }
    g_free(profile);
    g_free(plugin);
    return status;
}

/* With the recording unpacked anew: a replay leaves its folder in disorder. */
static int unpacked(Replay *r, uint32_t columns, bool checkpoints)
{
    AilRecording recording;
    const char *beside = checkpoints ? r->recording : to_stdout(r) ? "./-" : r->output;
    int status = ail_cli_open_recording(NAME, r->recording, beside, &r->stop, &recording);
    if (status == AIL_EXIT_OK)
        status =
            checkpoints ? make_checkpoints(r, &recording) : replay_unpacked(r, &recording, columns);
    ail_cli_close_recording(&recording);
    return status;
}

static int replay_recording(Replay *r, uint32_t columns)
{
    int status = r->checkpoints ? unpacked(r, columns, true) : AIL_EXIT_OK;
    return status == AIL_EXIT_OK && r->output ? unpacked(r, columns, false) : status;
}

static int run(void *state, int argc, char **argv)
{
    Replay *r = state;
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
