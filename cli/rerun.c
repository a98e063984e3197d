/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/rerun.h"

#include "cli/recording.h"
#include "formats/bytes.h"
#include "replayer/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool ail_watch_bytes(void *user, uint64_t done, uint64_t total)
{
    AilWatch *w = user;
    ail_progress_bytes(w->bar, done, total);
    return !ail_stop_wanted(&w->stop);
}

static bool watch_instructions(void *user, uint64_t icount, uint64_t total)
{
    AilWatch *w = user;
    ail_progress_update(w->bar, icount, total);
    return !ail_stop_wanted(&w->stop);
}

/* As docs/trace-format.md says of its first bytes. */
static bool is_trace(const char *path)
{
    uint8_t magic[4] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = fd >= 0 && read(fd, magic, 4) == 4 && ail_get_le32(magic) == 0x184D2A5A;
    if (fd >= 0)
        close(fd);
    return is;
}

int ail_cli_not_a_recording(const char *command, const char *path, const char *instead,
                            const AilError *err)
{
    if (is_trace(path))
        return ail_cli_fail(command, "%s: not a recording, but a trace: try `ailurus %s %s`", path,
                            instead, path);
    return ail_cli_fail(command, "%s", err->text);
}

static AilStatus rerun_unpacked(const AilReplayConfig *config, const char *path, AilError *err)
{
    AilReplay *replay = ail_replay_new();
    AilStatus s = ail_replay_run(replay, config);
    if (s == AIL_ERR)
        ail_error_set(err, "%s: %s", path, ail_replay_error(replay));
    ail_replay_free(replay);
    return s;
}

static AilStatus rerun(const AilRecording *r, const char *path, const char *plugin,
                       unsigned stall_seconds, AilWatch *watch, AilError *err)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0)
        return ail_error_set_errno(err, errno, "/dev/null");
    AilReplayConfig config = {.manifest = r->manifest,
                              .dir = r->dir,
                              .plugin = plugin,
                              .identity = r->identity,
                              .out_fd = null,
                              .columns = AIL_COL_EVENT, /* the least work */
                              .stall_seconds = stall_seconds,
                              .progress = watch_instructions,
                              .user = watch};
    AilStatus s = rerun_unpacked(&config, path, err);
    close(null);
    return s;
}

AilStatus ail_cli_rerun(const char *path, unsigned stall_seconds, AilWatch *watch, bool *began,
                        AilError *err)
{
    AilRecording r = {0};
    char *plugin = ail_cli_find_plugin("ailurus-plugin.so", err);
    AilStatus s = plugin ? ail_cli_unpack(path, path, ail_watch_bytes, watch, &r, err) : AIL_ERR;
    if (began)
        *began = s == AIL_OK;
    if (s == AIL_OK)
        s = rerun(&r, path, plugin, stall_seconds, watch, err);
    ail_cli_close_recording(&r);
    g_free(plugin);
    return s == AIL_ERR && ail_stop_wanted(&watch->stop) ? AIL_END : s;
}
