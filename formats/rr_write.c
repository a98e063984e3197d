/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packing a recording: checksums first, because the manifest comes first, then the archive. */
#include "formats/rr.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/rr_private.h"

#define BLOCK (1u << 20)

typedef struct Writer {
    const AilRrWrite *w;
    AilManifest *manifest;
    struct archive *archive; /* owned */
    uint8_t *block;          /* owned, BLOCK bytes */
    uint64_t done, total;    /* bytes, counted once for the checksum and once for packing */
    AilError *err;
} Writer;

static AilStatus step(Writer *p, size_t n)
{
    p->done += n;
    if (p->w->progress && !p->w->progress(p->w->user, p->done, p->total))
        return ail_error_set(p->err, "%s: interrupted", p->w->path);
    return AIL_OK;
}

static AilStatus archive_failed(Writer *p)
{
    int errnum = archive_errno(p->archive);
    if (errnum > 0)
        return ail_error_set_errno(p->err, errnum, "%s: cannot write", p->w->path);
    const char *why = archive_error_string(p->archive);
    return ail_error_set(p->err, "%s: cannot write: %s", p->w->path, why ? why : "unknown error");
}

static AilStatus check_file(int fd, const char *path, struct stat *st, AilError *err)
{
    if (fd < 0 || fstat(fd, st) < 0)
        return ail_error_set_errno(err, errno, "%s", path);
    return S_ISREG(st->st_mode) ? AIL_OK : ail_error_set(err, "%s: not a regular file", path);
}

int ail_rr_open_file(const char *dir, const char *name, uint64_t *size, AilError *err)
{
    struct stat st;
    char *path = g_build_filename(dir, name, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (check_file(fd, path, &st, err) == AIL_OK) {
        *size = (uint64_t)st.st_size;
    } else if (fd >= 0) {
        close(fd);
        fd = -1;
    }
    g_free(path);
    return fd;
}

/* Pass a member's bytes to `sink`, all of them. */
typedef AilStatus Sink(Writer *p, size_t n, void *arg);

static AilStatus read_member(Writer *p, int fd, const char *name, Sink *sink, void *arg,
                             uint64_t size)
{
    uint64_t left = size;
    while (left) {
        ssize_t n = read(fd, p->block, MIN(left, BLOCK));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ail_error_set_errno(p->err, n ? errno : EIO, "%s: cannot read it again", name);
        if (sink(p, (size_t)n, arg) != AIL_OK || step(p, (size_t)n) != AIL_OK)
            return AIL_ERR;
        left -= (uint64_t)n;
    }
    return AIL_OK;
}

/* The member is not as it must be. */
static AilStatus changed(Writer *p, const char *name)
{
    return ail_error_set(p->err,
                         "%s/%s: has changed: its size or checksum is not the manifest's; "
                         "--update-checksums packs it as another recording",
                         p->w->dir, name);
}

static AilStatus to_checksum(Writer *p, size_t n, void *checksum)
{
    g_checksum_update(checksum, p->block, (gssize)n);
    return AIL_OK;
}

static AilStatus to_archive(Writer *p, size_t n, void *unused)
{
    (void)unused;
    return archive_write_data(p->archive, p->block, n) == (la_ssize_t)n ? AIL_OK
                                                                        : archive_failed(p);
}

/* Run over a member: its checksum, or its bytes into the archive. */
static AilStatus with_member(Writer *p, int i, Sink *sink, void *arg)
{
    const char *name = ail_member_name((AilMember)i);
    uint64_t size;
    int fd = ail_rr_open_file(p->w->dir, name, &size, p->err);
    if (fd < 0)
        return AIL_ERR;
    AilMemberInfo *info = &p->manifest->members[i];
    AilStatus s = AIL_OK;
    if (!p->w->text && sink == to_checksum)
        info->size = size;
    else if (p->w->text && size != info->size)
        s = changed(p, name);
    if (s == AIL_OK)
        s = read_member(p, fd, name, sink, arg, info->size);
    close(fd);
    return s;
}

static AilStatus checksum_member(Writer *p, int i)
{
    AilMemberInfo *info = &p->manifest->members[i];
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    AilStatus s = with_member(p, i, to_checksum, sum);
    if (s == AIL_OK && !p->w->text) {
        g_free(info->sha256);
        info->sha256 = g_strdup(g_checksum_get_string(sum));
    } else if (s == AIL_OK && strcmp(info->sha256, g_checksum_get_string(sum))) {
        s = changed(p, ail_member_name((AilMember)i));
    }
    g_checksum_free(sum);
    return s;
}

static AilStatus checksum_members(Writer *p)
{
    AilStatus s = AIL_OK;
    for (int i = 0; i < AIL_MEMBER_COUNT && s == AIL_OK; i++)
        if (p->manifest->members[i].present)
            s = checksum_member(p, i);
    return s;
}

static AilStatus begin_entry(Writer *p, const char *name, uint64_t size)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, (la_int64_t)size);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    int r = archive_write_header(p->archive, e);
    archive_entry_free(e);
    return r == ARCHIVE_OK ? AIL_OK : archive_failed(p);
}

static AilStatus write_text(Writer *p, const char *name, const char *text)
{
    size_t len = strlen(text);
    if (begin_entry(p, name, len) != AIL_OK)
        return AIL_ERR;
    return archive_write_data(p->archive, text, len) == (la_ssize_t)len ? AIL_OK
                                                                        : archive_failed(p);
}

char *ail_rr_sum_line(const char *manifest, size_t len)
{
    char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)manifest, len);
    char *line = g_strdup_printf("%s  %s\n", sum, AIL_RR_MANIFEST);
    g_free(sum);
    return line;
}

static AilStatus write_manifest(Writer *p)
{
    char *json = p->w->text ? g_strdup(p->w->text) : ail_manifest_to_json(p->manifest);
    char *sum = ail_rr_sum_line(json, strlen(json));
    AilStatus s = write_text(p, AIL_RR_MANIFEST, json);
    if (s == AIL_OK)
        s = write_text(p, AIL_RR_SUM, sum);
    g_free(sum);
    g_free(json);
    return s;
}

static AilStatus write_entries(Writer *p)
{
    if (write_manifest(p) != AIL_OK)
        return AIL_ERR;
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        if (!p->manifest->members[i].present)
            continue;
        if (begin_entry(p, ail_member_name((AilMember)i), p->manifest->members[i].size) != AIL_OK ||
            with_member(p, i, to_archive, NULL) != AIL_OK)
            return AIL_ERR;
    }
    return archive_write_close(p->archive) == ARCHIVE_OK ? AIL_OK : archive_failed(p);
}

static AilStatus write_archive(Writer *p, int fd)
{
    p->archive = archive_write_new();
    archive_write_set_format_pax_restricted(p->archive);
    archive_write_add_filter_zstd(p->archive);
    archive_write_set_filter_option(p->archive, "zstd", "compression-level", "3");
    archive_write_set_filter_option(p->archive, "zstd", "threads", "2");
    archive_write_set_bytes_per_block(p->archive, 1 << 16);
    archive_write_set_bytes_in_last_block(p->archive, 1);
    AilStatus s =
        archive_write_open_fd(p->archive, fd) == ARCHIVE_OK ? write_entries(p) : archive_failed(p);
    archive_write_free(p->archive);
    return s;
}

static void measure(Writer *p)
{
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        bool wanted = ail_member_wanted(&p->manifest->machine, (AilMember)i);
        p->manifest->members[i].present = wanted;
        char *path = g_build_filename(p->w->dir, ail_member_name((AilMember)i), NULL);
        struct stat st;
        if (wanted && stat(path, &st) == 0)
            p->total += 2 * (uint64_t)st.st_size;
        g_free(path);
    }
}

static AilStatus finish(const AilRrWrite *w, int fd, const char *temporary, uint64_t *size,
                        AilError *err)
{
    struct stat st;
    if (fdatasync(fd) < 0 || fstat(fd, &st) < 0)
        return ail_error_set_errno(err, errno, "%s", w->path);
    if (size)
        *size = (uint64_t)st.st_size;
    return ail_rr_publish(w, fd, temporary, err);
}

AilStatus ail_rr_write(const AilRrWrite *w, AilManifest *manifest, uint64_t *size, AilError *err)
{
    char *temporary;
    int fd = ail_rr_create(w->path, &temporary);
    if (fd < 0)
        return ail_error_set_errno(err, errno, "%s", w->path);
    Writer p = {.w = w, .manifest = manifest, .err = err};
    p.block = g_malloc(BLOCK);
    measure(&p);
    AilStatus s = checksum_members(&p);
    if (s == AIL_OK)
        s = write_archive(&p, fd);
    if (s == AIL_OK)
        s = finish(w, fd, temporary, size, err);
    if (s != AIL_OK && temporary)
        unlink(temporary);
    close(fd);
    g_free(p.block);
    g_free(temporary);
    return s;
}
