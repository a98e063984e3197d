/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording's files: what is copied when it starts, what is packed when it is sealed. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/live.h"
#include "recorder/machine.h"
#include "recorder/session_private.h"
#include "recorder/unsealed.h"

/* Better to hear now than after an hour of recording that its file cannot be made. */
AilStatus ail_session_check_output(const char *path, bool force, AilError *err)
{
    struct stat st;
    bool exists = lstat(path, &st) == 0;
    if (exists && !force)
        return ail_error_set(err, "%s exists already; --force replaces it", path);
    if (exists && !S_ISREG(st.st_mode))
        return ail_error_set(err, "%s is not a regular file", path);
    char *parent = g_path_get_dirname(path);
    AilStatus status = AIL_OK;
    if (access(parent, W_OK | X_OK) < 0)
        status = ail_error_set_errno(err, errno, "cannot write to %s", parent);
    g_free(parent);
    return status;
}

static AilStatus copy_bytes(AilSession *s, int from, const char *source, const char *path)
{
    struct stat st;
    if (fstat(from, &st) < 0)
        return ail_error_set_errno(&s->err, errno, "%s", source);
    if (!S_ISREG(st.st_mode))
        return ail_error_set(&s->err, "%s is not a regular file", source);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return ail_error_set_errno(&s->err, errno, "%s", path);
    ssize_t n;
    do
        n = sendfile(to, from, NULL, 1 << 30);
    while (n > 0 || (n < 0 && errno == EINTR));
    AilStatus status = n < 0 ? ail_error_set_errno(&s->err, errno, "cannot copy %s to %s", source,
                                                   ail_workdir_path(s->work))
                             : AIL_OK;
    close(to);
    return status;
}

/* The file may change while the machine runs; the recording must hold what QEMU read. */
static AilStatus copy_member(AilSession *s, const char *source, AilMember member)
{
    if (!source)
        return AIL_OK;
    int from = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0)
        return ail_error_set_errno(&s->err, errno, "%s", source);
    char *path = g_build_filename(ail_workdir_path(s->work), ail_member_name(member), NULL);
    AilStatus status = copy_bytes(s, from, source, path);
    g_free(path);
    close(from);
    return status;
}

AilStatus ail_session_note(AilSession *s, bool ended, int64_t cause)
{
    const AilUnsealed u = {.name = (char *)AIL_UNSEALED_ALL,
                           .output = (char *)s->config->output,
                           .force = s->config->force,
                           .ended = ended,
                           .cause = cause,
                           .manifest = s->manifest};
    return s->config->output && !s->live
               ? ail_unsealed_write(ail_workdir_path(s->work), &u, &s->err)
               : AIL_OK;
}

static AilStatus make_directory(AilSession *s)
{
    const char *output = s->config->output;
    if (output && ail_session_check_output(output, s->config->force, &s->err) != AIL_OK)
        return AIL_ERR;
    return ail_workdir_make(output ? output : "./-", AIL_WORK_RECORD, &s->work, &s->err);
}

AilStatus ail_session_prepare(AilSession *s)
{
    const AilSessionConfig *c = s->config;
    if (make_directory(s) != AIL_OK)
        return AIL_ERR;
    if (c->from &&
        ail_origin_prepare(&s->origin, &s->machine, ail_workdir_path(s->work), &s->err) != AIL_OK)
        return AIL_ERR;
    s->manifest = ail_session_describe(s);
    s->result.manifest = s->manifest;
    if (ail_session_note(s, false, 0) != AIL_OK ||
        copy_member(s, c->kernel, AIL_MEMBER_KERNEL) != AIL_OK ||
        copy_member(s, c->initrd, AIL_MEMBER_INITRD) != AIL_OK ||
        copy_member(s, c->firmware, AIL_MEMBER_FIRMWARE) != AIL_OK)
        return AIL_ERR;
    return ail_machine_prepare(&s->machine, ail_session_mode(s), ail_workdir_path(s->work),
                               &s->err);
}

AilStatus ail_session_seal(AilSession *s, AilRrProgress *progress, void *user)
{
    if (s->live)
        return ail_live_failed(s->live) ? ail_error_set(&s->err, "not all pieces are well")
                                        : AIL_OK;
    if (ail_machine_detach_disks(&s->machine, ail_workdir_path(s->work), &s->err) != AIL_OK)
        return AIL_ERR;
    AilRrWrite w = {.path = s->config->output,
                    .dir = ail_workdir_path(s->work),
                    .force = s->config->force,
                    .progress = progress,
                    .user = user};
    if (ail_rr_write(&w, s->manifest, &s->result.archive_bytes, &s->err) != AIL_OK)
        return AIL_ERR;
    ail_unsealed_remove(ail_workdir_path(s->work), AIL_UNSEALED_ALL);
    s->result.snapshot_bytes = s->manifest->members[AIL_MEMBER_SNAPSHOT].size;
    s->result.log_bytes = s->manifest->members[AIL_MEMBER_LOG].size;
    for (unsigned i = 0; i < s->manifest->machine.n_disks; i++)
        s->result.disk_bytes += s->manifest->members[AIL_MEMBER_DISK + i].size;
    return AIL_OK;
}
