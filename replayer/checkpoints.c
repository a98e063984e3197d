/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/checkpoints.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "formats/vmstate.h"
#include "recorder/pieces.h"

#define IDENTITY "recording" /* the file with the recording's */
#define STATE    "at-%" PRIu64

enum { TRIES = 40, STRIDE = 20000 };

typedef struct Making {
    AilDrive *drive;
    AilPieces *pieces;
    const AilDriveConfig *config;
    GPtrArray *files; /* of char *, owned: what belongs into the folder */
    AilError *err;
} Making;

static AilStatus drive_to(Making *m, uint64_t icount)
{
    AilStatus s = ail_drive_to(m->drive, icount);
    return s == AIL_ERR ? ail_error_set(m->err, "%s", ail_drive_error(m->drive)) : s;
}

/* Keep one at `at` or a little later, before `end`, once no disk request is on its way. */
static AilStatus keep(Making *m, uint64_t at, uint64_t end)
{
    AilStatus s = AIL_OK;
    for (int i = 0; i < TRIES && at < end; i++, at += STRIDE) {
        char name[40];
        snprintf(name, sizeof name, STATE, at);
        if ((s = drive_to(m, at)) != AIL_OK)
            return s;
        char *file = g_strconcat(name, ".qcow2", NULL);
        s = ail_pieces_keep(m->pieces, name, name);
        if (s == AIL_END) {
            char *path = g_build_filename(m->config->dir, file, NULL);
            g_unlink(path);
            g_free(path);
            g_free(file);
            s = AIL_OK;
            continue;
        }
        g_ptr_array_add(m->files, file);
        break;
    }
    return s == AIL_OK ? AIL_OK : ail_error_set(m->err, "%s", ail_pieces_error(m->pieces));
}

static AilStatus replay(Making *m, unsigned count)
{
    const AilManifest *manifest = m->config->manifest;
    AilStatus s = ail_drive_start(m->drive, m->config);
    if (s != AIL_OK)
        return ail_error_set(m->err, "%s", ail_drive_error(m->drive));
    m->pieces = ail_pieces_new(ail_drive_qemu(m->drive), &manifest->machine, m->config->dir);
    uint64_t step = manifest->instructions / (count + 1);
    for (unsigned i = 1; i <= count && step && s == AIL_OK; i++)
        s = keep(m, i * step, (i + 1) * step);
    if (s == AIL_OK && ail_drive_end(m->drive) != AIL_OK)
        s = ail_error_set(m->err, "%s", ail_drive_error(m->drive));
    if (s == AIL_OK)
        s = ail_machine_detach_overlays(&manifest->machine, m->config->dir, m->err);
    for (unsigned i = 0; i < manifest->machine.n_disks; i++)
        g_ptr_array_add(m->files, ail_machine_overlay(i));
    return s;
}

static AilStatus run(const char *const *argv, AilError *err)
{
    char *output = NULL;
    int status = 0;
    AilStatus s = AIL_OK;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output,
                      &status, NULL) ||
        !g_spawn_check_wait_status(status, NULL))
        s = ail_error_set(err, "%s", output && *output ? g_strstrip(output) : argv[0]);
    g_free(output);
    return s;
}

/* Fill the new folder `to`. */
static AilStatus fill(const Making *m, const char *identity, const char *to)
{
    char *name = g_build_filename(to, IDENTITY, NULL);
    AilStatus s = g_file_set_contents(name, identity, -1, NULL)
                      ? AIL_OK
                      : ail_error_set(m->err, "%s: cannot write it", name);
    for (guint i = 0; i < m->files->len && s == AIL_OK; i++) {
        char *from = g_build_filename(m->config->dir, m->files->pdata[i], NULL);
        const char *const mv[] = {"mv", "--", from, to, NULL}; /* perhaps to another disk */
        s = run(mv, m->err);
        g_free(from);
    }
    g_free(name);
    return s;
}

/* The folder gets its name when all is in it. */
static AilStatus publish(const Making *m, const char *identity, const char *path)
{
    char *fresh = g_strconcat(path, ".XXXXXX", NULL);
    const char *const rm_old[] = {"rm", "-rf", "--", path, NULL};
    const char *const rm_fresh[] = {"rm", "-rf", "--", fresh, NULL};
    AilStatus s = AIL_OK;
    if (!g_mkdtemp_full(fresh, 0777)) {
        s = ail_error_set_errno(m->err, errno, "%s", path);
    } else {
        s = fill(m, identity, fresh);
        if (s == AIL_OK)
            s = run(rm_old, m->err);
        if (s == AIL_OK && g_rename(fresh, path) < 0)
            s = ail_error_set_errno(m->err, errno, "%s", path);
        if (s != AIL_OK) {
            AilError ignored = {{0}};
            run(rm_fresh, &ignored);
        }
    }
    g_free(fresh);
    return s;
}

AilStatus ail_checkpoints_make(const AilDriveConfig *drive, const char *identity, const char *path,
                               unsigned count, unsigned *made, AilError *err)
{
    Making m = {.drive = ail_drive_new(),
                .config = drive,
                .files = g_ptr_array_new_with_free_func(g_free),
                .err = err};
    AilStatus s = replay(&m, count);
    if (s == AIL_OK)
        s = publish(&m, identity, path);
    *made = s == AIL_OK ? m.files->len - drive->manifest->machine.n_disks : 0;
    ail_pieces_free(m.pieces);
    ail_drive_free(m.drive);
    g_ptr_array_unref(m.files);
    return s;
}

/* Whether the folder is of this recording. */
static AilStatus check_identity(const char *path, const char *identity, AilError *err)
{
    char *name = g_build_filename(path, IDENTITY, NULL), text[80] = "";
    FILE *f = g_file_test(name, G_FILE_TEST_IS_REGULAR) ? fopen(name, "re") : NULL;
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    g_free(name);
    if (n != strlen(identity) || memcmp(text, identity, n) != 0) {
        ail_error_set(err, "%s is of another recording; make it anew with --checkpoints", path);
        return AIL_END;
    }
    return AIL_OK;
}

uint64_t ail_checkpoint_of(const char *name)
{
    char *end = NULL;
    uint64_t at = g_str_has_prefix(name, "at-") && g_ascii_isdigit(name[3])
                      ? g_ascii_strtoull(name + 3, &end, 10)
                      : 0;
    return at && !strcmp(end, ".qcow2") ? at : 0;
}

/* The last one before `before`, by the files' names; 0: none. */
static uint64_t find_last(const char *path, uint64_t before)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    uint64_t best = 0;
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        uint64_t at = ail_checkpoint_of(name);
        if (at < before && at > best)
            best = at;
    }
    if (dir)
        g_dir_close(dir);
    return best;
}

AilStatus ail_checkpoints_use(const char *path, const AilManifest *manifest, const char *identity,
                              const char *dir, uint64_t before, AilCheckpoint *found, AilError *err)
{
    *err = (AilError){{0}};
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return AIL_END;
    uint64_t at = find_last(path, before);
    AilStatus s = check_identity(path, identity, err);
    if (s != AIL_OK || !at)
        return AIL_END;
    snprintf(found->tag, sizeof found->tag, STATE, at);
    char *file = g_strconcat(found->tag, ".qcow2", NULL);
    char *image = g_build_filename(path, file, NULL);
    AilVmstate state = {0};
    if (!g_file_test(image, G_FILE_TEST_IS_REGULAR)) {
        ail_error_set(err, "%s: not a regular file", image);
        s = AIL_END;
    } else if (ail_vmstate_read(image, found->tag, &state, err) != AIL_OK) {
        s = AIL_END;
    } else if (state.icount != at) {
        ail_error_set(err, "%s: it is of instruction %" PRIu64, image, state.icount);
        s = AIL_END;
    } else {
        s = ail_machine_prepare_at(&manifest->machine, path, file, dir, err);
    }
    found->icount = at;
    found->log_at = state.log_offset;
    g_free(image);
    g_free(file);
    return s;
}
