/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state that a runner starts from, and what is kept of it for others. */
#include "replayer/debug_runner_private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>

#include "recorder/pieces.h"
#include "recorder/workdir.h"
#include "replayer/debug_copy.h"

/* What no replay changes is shared with the others, the start's snapshot is copied. */
static AilStatus fill_folder(AilRunner *r, bool from_start, AilError *err)
{
    if (g_mkdir(r->dir, 0700) < 0)
        return ail_error_set_errno(err, errno, "%s", r->dir);
    AilStatus s = AIL_OK;
    for (AilMember i = AIL_MEMBER_LOG; i < AIL_MEMBER_COUNT && s == AIL_OK; i++)
        if (ail_member_wanted(&r->config->manifest->machine, i))
            s = ail_debug_link(r->config->dir, r->dir, ail_member_name(i), err);
    if (s == AIL_OK && from_start)
        s = ail_debug_copy(r->config->dir, r->dir, ail_member_name(AIL_MEMBER_SNAPSHOT), err);
    return s;
}

AilStatus ail_runner_start(AilRunner *r, const char *from, uint64_t icount, AilError *err)
{
    const AilManifest *m = r->config->manifest;
    AilStatus s = fill_folder(r, !from, err);
    if (s == AIL_OK && from) {
        s = ail_checkpoints_use(from, m, r->config->identity, r->dir, icount + 1, &r->from, err);
        if (s != AIL_OK || r->from.icount != icount)
            return AIL_END;
    }
    r->drive_config = (AilDriveConfig){.manifest = m,
                                       .dir = r->dir,
                                       .snapshot = from ? r->from.tag : NULL,
                                       .steps = true,
                                       .checked = r->checked,
                                       .stall_seconds = r->config->stall_seconds,
                                       .progress = runner_goes_on,
                                       .user = r};
    if (s == AIL_OK && ail_drive_start(r->drive, &r->drive_config) != AIL_OK)
        s = ail_error_set(err, "%s", ail_drive_error(r->drive));
    if (s == AIL_OK)
        r->stub = ail_stub_new(ail_drive_gdb_fd(r->drive), m->machine.arch);
    r->icount = icount;
    return s;
}

static AilStatus write_identity(const AilRunner *r, const char *folder, AilError *err)
{
    char *name = g_build_filename(folder, "recording", NULL);
    AilStatus s = g_file_set_contents(name, r->config->identity, -1, NULL)
                      ? AIL_OK
                      : ail_error_set(err, "%s: cannot write it", name);
    g_free(name);
    return s;
}

/* QEMU's part of it, and the image's way into the folder. */
static AilStatus take_state(AilRunner *r, const char *folder, AilError *err)
{
    AilPieces *pieces =
        ail_pieces_new(ail_drive_qemu(r->drive), &r->config->manifest->machine, r->dir);
    char *name = g_strdup_printf("at-%" PRIu64, r->icount);
    char *file = g_strconcat(name, ".qcow2", NULL);
    char *from = g_build_filename(r->dir, file, NULL), *to = g_build_filename(folder, file, NULL);
    AilStatus s = ail_pieces_keep(pieces, name, name);
    if (s != AIL_OK)
        ail_error_set(err, "%s", ail_pieces_error(pieces));
    if (s == AIL_OK && g_rename(from, to) < 0)
        s = ail_error_set_errno(err, errno, "%s", to);
    if (s != AIL_OK)
        g_unlink(from);
    g_free(to);
    g_free(from);
    g_free(file);
    g_free(name);
    ail_pieces_free(pieces);
    return s;
}

AilStatus ail_runner_keep(AilRunner *r, const char *folder, AilError *err)
{
    const AilMachine *machine = &r->config->manifest->machine;
    if (g_mkdir(folder, 0700) < 0)
        return ail_error_set_errno(err, errno, "%s", folder);
    AilStatus s = write_identity(r, folder, err);
    if (s == AIL_OK)
        s = take_state(r, folder, err);
    for (unsigned i = 0; i < machine->n_disks && s == AIL_OK; i++) {
        char *overlay = ail_machine_overlay(i);
        s = ail_debug_copy(r->dir, folder, overlay, err);
        g_free(overlay);
    }
    if (s == AIL_OK)
        s = ail_machine_detach_overlays(machine, folder, err);
    if (s != AIL_OK)
        ail_remove_tree(folder);
    return s;
}
