/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/rerun.h"

#include "formats/bytes.h"
#include "formats/rr.h"
#include "recorder/workdir.h"
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

static AilStatus rerun_in(const char *dir, const char *path, unsigned stall_seconds,
                          AilWatch *watch, bool *began, AilError *err)
{
    AilManifest *manifest = NULL;
    char identity[AIL_RR_IDENTITY_SIZE];
    char *plugin = ail_cli_find_plugin("ailurus-plugin.so", err);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    AilStatus s = plugin ? AIL_OK : AIL_ERR;
    if (s == AIL_OK && null < 0)
        s = ail_error_set_errno(err, errno, "/dev/null");
    if (s == AIL_OK)
        s = ail_rr_unpack(path, dir, ail_watch_bytes, watch, &manifest, identity, err);
    if (s == AIL_OK) {
        AilReplayConfig config = {.manifest = manifest,
                                  .dir = dir,
                                  .plugin = plugin,
                                  .identity = identity,
                                  .out_fd = null,
                                  .columns = AIL_COL_EVENT, /* the least work */
                                  .stall_seconds = stall_seconds,
                                  .progress = watch_instructions,
                                  .user = watch};
        if (began)
            *began = true;
        s = rerun_unpacked(&config, path, err);
    }
    if (null >= 0)
        close(null);
    ail_manifest_free(manifest);
    g_free(plugin);
    return s;
}

AilStatus ail_cli_rerun(const char *path, unsigned stall_seconds, AilWatch *watch, bool *began,
                        AilError *err)
{
    AilWorkdir *work = NULL;
    if (began)
        *began = false;
    AilStatus s = ail_workdir_make(path, AIL_WORK_REPLAY, &work, err);
    if (s == AIL_OK)
        s = rerun_in(ail_workdir_path(work), path, stall_seconds, watch, began, err);
    ail_workdir_remove(work);
    return s == AIL_ERR && ail_stop_wanted(&watch->stop) ? AIL_END : s;
}
