/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's images: what is described, made, checked and detached before and after a run. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "recorder/machine_private.h"

AilStatus ail_machine_qemu_img(const char *dir, const char *const *args, AilError *err)
{
    char *output = NULL;
    GError *error = NULL;
    int status;
    AilStatus s = AIL_OK;
    if (!g_spawn_sync(dir, (char **)args, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output,
                      &status, &error))
        s = ail_error_set(err, "cannot run qemu-img (%s): install the Debian package qemu-utils",
                          error->message);
    else if (!g_spawn_check_wait_status(status, NULL))
        s = ail_error_set(err, "qemu-img failed: %s", g_strstrip(output));
    g_clear_error(&error);
    g_free(output);
    return s;
}

enum { QCOW2_HEADER = 80, QCOW2_DATA_FILE = 1 << 2 };

static AilStatus read_head(const char *path, uint8_t head[QCOW2_HEADER], struct stat *st,
                           AilError *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ail_error_set_errno(err, errno, "%s", path);
    AilStatus s = AIL_OK;
    if (fstat(fd, st) < 0 || pread(fd, head, QCOW2_HEADER, 0) < 0)
        s = ail_error_set_errno(err, errno, "%s", path);
    else if (!S_ISREG(st->st_mode))
        s = ail_error_set(err, "%s: not a regular file", path);
    close(fd);
    return s;
}

/* Read what decides whether the file is qcow2 and names other files. *qcow2 = is it one. */
static AilStatus inspect(const char *path, bool *qcow2, struct stat *st, AilError *err)
{
    uint8_t head[QCOW2_HEADER] = {0};
    if (read_head(path, head, st, err) != AIL_OK)
        return AIL_ERR;
    *qcow2 = !memcmp(head, "QFI\xfb", 4);
    bool v3 = ail_get_be32(head + 4) >= 3;
    if (*qcow2 && (ail_get_be64(head + 8) || ail_get_be32(head + 16) ||
                   (v3 && (ail_get_be64(head + 72) & QCOW2_DATA_FILE))))
        return ail_error_set(err,
                             "%s: this qcow2 image refers to another file; make it self-contained "
                             "with `qemu-img convert -O qcow2`",
                             path);
    return AIL_OK;
}

static int64_t mtime_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

AilStatus ail_machine_describe_disk(const char *path, AilDisk *disk, AilError *err)
{
    struct stat st;
    bool qcow2;
    if (inspect(path, &qcow2, &st, err) != AIL_OK)
        return AIL_ERR;
    char *real = realpath(path, NULL);
    if (!real)
        return ail_error_set_errno(err, errno, "%s", path);
    *disk = (AilDisk){.path = g_strdup(real),
                      .size = (uint64_t)st.st_size,
                      .mtime_ns = mtime_ns(&st),
                      .qcow2 = qcow2};
    free(real);
    return AIL_OK;
}

AilStatus ail_machine_verify_disks(const AilMachine *m, AilError *err)
{
    for (unsigned i = 0; i < m->n_disks; i++) {
        const AilDisk *d = &m->disks[i];
        struct stat st;
        bool qcow2;
        if (inspect(d->path, &qcow2, &st, err) != AIL_OK)
            return AIL_ERR;
        if ((uint64_t)st.st_size != d->size || mtime_ns(&st) != d->mtime_ns || qcow2 != d->qcow2)
            return ail_error_set(
                err,
                "%s: the disk has changed while it was recorded (its size, time or "
                "format differs), so the recording would not replay; record "
                "again while nothing else writes to it",
                d->path);
    }
    return AIL_OK;
}

/* A stranger's images must not make QEMU open other files. */
static AilStatus verify_image(const char *dir, AilMember member, AilError *err)
{
    char *path = g_build_filename(dir, ail_member_name(member), NULL);
    struct stat st;
    bool qcow2;
    AilStatus s = inspect(path, &qcow2, &st, err);
    if (s == AIL_OK && !qcow2)
        s = ail_error_set(err, "%s: not a qcow2 image, as a recording's are", path);
    g_free(path);
    return s;
}

static AilStatus prepare_replay(const AilMachine *m, const char *dir, AilError *err)
{
    AilStatus s = verify_image(dir, AIL_MEMBER_SNAPSHOT, err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++) {
        char *name = g_strdup_printf(OVERLAY, i);
        const char *const create[] = {
            "qemu-img", "create", "-q", "-f", "qcow2", "-b", ail_machine_disk_image(i),
            "-F",       "qcow2",  name, NULL};
        const char *const snapshot[] = {"qemu-img",     "snapshot", "-q", "-c",
                                        START_SNAPSHOT, name,       NULL};
        s = verify_image(dir, (AilMember)(AIL_MEMBER_DISK + i), err);
        if (s == AIL_OK)
            s = ail_machine_qemu_img(dir, create, err);
        if (s == AIL_OK)
            s = ail_machine_qemu_img(dir, snapshot, err);
        g_free(name);
    }
    return s;
}

char *ail_machine_overlay(unsigned disk)
{
    return g_strdup_printf(OVERLAY, disk);
}

AilStatus ail_machine_detach_overlays(const AilMachine *m, const char *dir, AilError *err)
{
    AilStatus s = AIL_OK;
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++) {
        char *name = ail_machine_overlay(i);
        const char *const rebase[] = {"qemu-img", "rebase", "-q", "-u", "-f",
                                      "qcow2",    "-b",     "",   name, NULL};
        s = ail_machine_qemu_img(dir, rebase, err);
        g_free(name);
    }
    return s;
}

/* A checkpoint's image: a qcow2 image for itself. */
static AilStatus verify_kept(const char *from, const char *name, AilError *err)
{
    char *path = g_build_filename(from, name, NULL);
    struct stat st;
    bool qcow2 = false;
    AilStatus s = inspect(path, &qcow2, &st, err);
    if (s == AIL_OK && !qcow2)
        s = ail_error_set(err, "%s: not a qcow2 image", path);
    g_free(path);
    return s == AIL_OK ? AIL_OK : AIL_END;
}

AilStatus ail_machine_copy_file(const char *from, const char *name, const char *dir, const char *to,
                                AilError *err)
{
    char *path = g_build_filename(from, name, NULL), *output = NULL;
    char *target = g_build_filename(dir, to, NULL);
    const char *const cp[] = {"cp", "--reflink=auto", "--sparse=always", "--", path, target, NULL};
    int status = 0;
    AilStatus s = AIL_OK;
    if (!g_spawn_sync(NULL, (char **)cp, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output,
                      &status, NULL) ||
        !g_spawn_check_wait_status(status, NULL))
        s = ail_error_set(err, "cannot copy %s: %s", path, output ? g_strstrip(output) : "cp");
    g_free(output);
    g_free(target);
    g_free(path);
    return s;
}

static AilStatus put_overlay(const char *from, unsigned i, const char *dir, AilError *err)
{
    char *name = ail_machine_overlay(i);
    const char *const rebase[] = {"qemu-img", "rebase", "-q", "-u",
                                  "-f",       "qcow2",  "-b", ail_machine_disk_image(i),
                                  "-F",       "qcow2",  name, NULL};
    AilStatus s = ail_machine_copy_file(from, name, dir, name, err);
    if (s == AIL_OK)
        s = ail_machine_qemu_img(dir, rebase, err);
    g_free(name);
    return s;
}

AilStatus ail_machine_prepare_at(const AilMachine *m, const char *from, const char *state,
                                 const char *dir, AilError *err)
{
    AilStatus s = verify_kept(from, state, err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++) {
        char *name = ail_machine_overlay(i);
        s = verify_kept(from, name, err);
        g_free(name);
        if (s == AIL_OK)
            s = verify_image(dir, (AilMember)(AIL_MEMBER_DISK + i), err);
    }
    if (s == AIL_OK)
        s = ail_machine_copy_file(from, state, dir, ail_member_name(AIL_MEMBER_SNAPSHOT), err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++)
        s = put_overlay(from, i, dir, err);
    return s;
}

AilStatus ail_machine_create_image(const char *dir, const char *name, const char *size,
                                   AilError *err)
{
    const char *const create[] = {"qemu-img", "create", "-q", "-f", "qcow2", name, size, NULL};
    return ail_machine_qemu_img(dir, create, err);
}

/* The size that the guest sees of an image. */
static AilStatus image_size(const char *dir, const char *name, char size[24], AilError *err)
{
    char *path = g_build_filename(dir, name, NULL);
    uint8_t head[QCOW2_HEADER] = {0};
    struct stat st;
    AilStatus s = read_head(path, head, &st, err);
    g_snprintf(size, 24, "%" PRIu64, ail_get_be64(head + 24));
    g_free(path);
    return s;
}

AilStatus ail_machine_guest_size(const char *dir, unsigned disk, char size[24], AilError *err)
{
    char *name = g_strdup_printf(OVERLAY, disk);
    AilStatus s = image_size(dir, name, size, err);
    g_free(name);
    return s;
}

/* Image `name`, which has what disk has where it has nothing. */
static AilStatus create_on_disk(const AilDisk *disk, const char *name, const char *dir,
                                AilError *err)
{
    const char *format = disk->qcow2 ? "qcow2" : "raw";
    const char *const create[] = {"qemu-img", "create", "-q",   "-f", "qcow2", "-b",
                                  disk->path, "-F",     format, name, NULL};
    return ail_machine_qemu_img(dir, create, err);
}

/* An overlay on the disk; to record all of a run, on an image on the disk, which is to get what is
 * read of it. */
static AilStatus prepare_disk(const AilDisk *disk, unsigned i, AilMachineMode mode, const char *dir,
                              AilError *err)
{
    char *overlay = g_strdup_printf(OVERLAY, i), size[24];
    const char *image = ail_machine_disk_image(i);
    AilStatus s = create_on_disk(disk, mode == AIL_MACHINE_RECORD ? image : overlay, dir, err);
    if (s == AIL_OK && mode == AIL_MACHINE_RECORD) {
        s = image_size(dir, image, size, err);
        if (s == AIL_OK)
            s = ail_machine_create_image(dir, overlay, size, err);
    }
    g_free(overlay);
    return s;
}

AilStatus ail_machine_prepare(const AilMachine *m, AilMachineMode mode, const char *dir,
                              AilError *err)
{
    if (mode == AIL_MACHINE_REPLAY)
        return prepare_replay(m, dir, err);
    /* No guest sees this image: its size is nothing but room for the format. The state goes
     * beside the image's content and needs none of it. */
    AilStatus s = ail_machine_create_image(dir, ail_member_name(AIL_MEMBER_SNAPSHOT), "1M", err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++)
        s = prepare_disk(&m->disks[i], i, mode, dir, err);
    return s;
}

AilStatus ail_machine_detach_disks(const AilMachine *m, const char *dir, AilError *err)
{
    AilStatus s = ail_machine_verify_disks(m, err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++) {
        const char *const rebase[] = {
            "qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-b", "", ail_machine_disk_image(i),
            NULL};
        s = ail_machine_qemu_img(dir, rebase, err);
    }
    return s;
}

AilStatus ail_machine_copy_disks(const AilMachine *m, const char *dir, AilError *err)
{
    AilStatus s = ail_machine_verify_disks(m, err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++) {
        const AilDisk *disk = &m->disks[i];
        const char *const convert[] = {"qemu-img",
                                       "convert",
                                       "-q",
                                       "-f",
                                       disk->qcow2 ? "qcow2" : "raw",
                                       "-O",
                                       "qcow2",
                                       disk->path,
                                       ail_machine_disk_image(i),
                                       NULL};
        s = ail_machine_qemu_img(dir, convert, err);
    }
    return s == AIL_OK ? ail_machine_verify_disks(m, err) : s;
}
