/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/recording.h"

#include <inttypes.h>

static bool unpacking(void *user, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    return !ail_stop_wanted(user);
}

AilStatus ail_cli_unpack(const char *path, const char *beside, AilRrProgress *progress, void *user,
                         AilRecording *r, AilError *err)
{
    *r = (AilRecording){0};
    AilStatus s = ail_workdir_make(beside, AIL_WORK_REPLAY, &r->work, err);
    if (s == AIL_OK) {
        r->dir = ail_workdir_path(r->work);
        s = ail_rr_unpack(path, r->dir, progress, user, &r->manifest, r->identity, err);
    }
    return s;
}

int ail_cli_open_recording(const char *name, const char *path, const char *beside, AilStop *stop,
                           AilRecording *r)
{
    AilError error = {{0}};
    ail_cli_sweep(name, beside);
    AilStatus s = ail_cli_unpack(path, beside, unpacking, stop, r, &error);
    return s == AIL_OK ? AIL_EXIT_OK : ail_cli_fail(name, "%s", error.text);
}

int ail_cli_check_span(const char *name, const char *path, const AilManifest *m, int64_t from,
                       int64_t to, uint64_t *end)
{
    *end = to < 0 ? m->instructions : (uint64_t)to;
    if (*end > m->instructions)
        return ail_cli_fail(name, "--to %" PRIu64 ": %s ends at instruction %" PRIu64, *end, path,
                            m->instructions);
    if ((uint64_t)from >= *end && (from || to >= 0))
        return ail_cli_fail(name,
                            "nothing lies between instructions %" PRId64 " and %" PRIu64 " of %s",
                            from, *end, path);
    return AIL_EXIT_OK;
}

void ail_cli_close_recording(AilRecording *r)
{
    ail_manifest_free(r->manifest);
    ail_workdir_remove(r->work);
}
