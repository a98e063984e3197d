/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ailurus replay` does once its options are checked. */
#include "cli/replaying.h"

#include "replayer/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAME "replay"

bool ail_replaying_to_stdout(const AilReplaying *r)
{
    return !strcmp(r->output, "-");
}

/* The trace gets its name when it is whole; until then it is NAME.partial. */
static int open_output(AilReplaying *r)
{
    if (ail_replaying_to_stdout(r)) {
        r->out_fd = STDOUT_FILENO;
        return AIL_EXIT_OK;
    }
    r->partial = g_strconcat(r->output, ".partial", NULL);
    r->out_fd = open(r->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (r->out_fd < 0)
        return ail_cli_fail(NAME, "%s: %s", r->partial, g_strerror(errno));
    return AIL_EXIT_OK;
}

static int close_output(AilReplaying *r, bool whole, bool keep)
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
    AilReplaying *r = user;
    ail_progress_update(r->bar, icount, total);
    return !ail_stop_wanted(&r->stop);
}

static void print_result(const AilReplaying *r, const AilTraceSizes *s, double seconds)
{
    FILE *out = ail_replaying_to_stdout(r) ? stderr : stdout;
    double mips = seconds > 0 ? (double)s->insns / seconds / 1e6 : 0;
    double each = s->insns ? (double)s->total / (double)s->insns : 0;
    if (r->json) {
        fprintf(out,
                "{\"instructions\":%" PRIu64 ",\"seconds\":%.3f,\"bytes\":%" PRIu64
                ",\"chunks\":%" PRIu64 "}\n",
                s->insns, seconds, s->total, s->chunks);
        return;
    }
    if (ail_replaying_to_stdout(r) && !isatty(STDERR_FILENO))
        return;
    char *bytes = g_format_size(s->total);
    fprintf(out, "%s: %" PRIu64 " instructions in %.1f s (%.0f MIPS), %s, %.3f bytes each\n",
            r->output, s->insns, seconds, mips, bytes, each);
    g_free(bytes);
}

/* Say how it ended; what is there of a trace that is not whole is kept when it is of use. */
static int conclude(AilReplaying *r, AilReplay *replay, AilStatus status, double seconds)
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

static char *checkpoints_path(const AilReplaying *r)
{
    return g_strconcat(r->recording, ".checkpoints", NULL);
}

int ail_replaying_checkpoints(AilReplaying *r, const AilRecording *recording)
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
    if (s == AIL_OK && !r->json && !(r->output && ail_replaying_to_stdout(r)))
        printf("%s: %u checkpoints\n", path, made);
    g_free(path);
    return status;
}

/* Begin at a checkpoint if there is a good one; whether there is does not show in the trace. */
static int find_checkpoint(const AilReplaying *r, const AilRecording *recording,
                           AilCheckpoint *found, bool *is_there)
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

/* What a replay needs. */
typedef struct Needs {
    uint64_t to;
    AilCheckpoint checkpoint;
    bool from_checkpoint;
    char *plugin;           /* owned */
    AilOsiProfile *profile; /* owned; NULL: none */
} Needs;

static int get_needs(AilReplaying *r, const AilRecording *recording, Needs *n)
{
    AilError error = {{0}};
    *n = (Needs){0};
    int status =
        ail_cli_check_span(NAME, r->recording, recording->manifest, r->from, r->to, &n->to);
    if (status != AIL_EXIT_OK)
        return status;
    n->plugin = ail_cli_find_plugin("ailurus-plugin.so", &error);
    if (!n->plugin)
        return ail_cli_fail(NAME, "%s", error.text);
    n->profile = r->profile ? g_new(AilOsiProfile, 1) : NULL;
    if (n->profile && ail_osi_profile_read(r->profile, NULL, n->profile, &error) != AIL_OK)
        return ail_cli_fail(NAME, "%s", error.text);
    status = find_checkpoint(r, recording, &n->checkpoint, &n->from_checkpoint);
    return status == AIL_EXIT_OK ? open_output(r) : status;
}

static int replay(AilReplaying *r, const AilRecording *recording, uint32_t columns,
                  const Needs *needs)
{
    AilReplay *replay = ail_replay_new();
    AilReplayConfig config = {.manifest = recording->manifest,
                              .dir = recording->dir,
                              .plugin = needs->plugin,
                              .identity = recording->identity,
                              .out_fd = r->out_fd,
                              .from = (uint64_t)r->from,
                              .to = needs->to,
                              .checkpoint = needs->from_checkpoint ? &needs->checkpoint : NULL,
                              .columns = columns,
                              .check_xlate = r->check_xlate,
                              .introspect = !r->no_osi,
                              .profile = needs->profile,
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
    int status = conclude(r, replay, done, (double)(g_get_monotonic_time() - start) / 1e6);
    ail_replay_free(replay);
    return status;
}

int ail_replaying_trace(AilReplaying *r, const AilRecording *recording, uint32_t columns)
{
    Needs needs;
    int status = get_needs(r, recording, &needs);
    if (status == AIL_EXIT_OK)
        status = replay(r, recording, columns, &needs);
    g_free(needs.profile);
    g_free(needs.plugin);
    return status;
}
