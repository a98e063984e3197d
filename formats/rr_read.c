/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacking a recording that may come from a stranger. */
#include "formats/rr.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "formats/rr_private.h"

#define GIB (UINT64_C(1) << 30)

typedef struct Reader {
    const char *path;
    const char *dir;
    AilRrProgress *progress;
    void *user;
    struct archive *archive; /* owned */
    AilManifest *manifest;   /* owned until handed over */
    char *identity;          /* the caller's buffer, or NULL */
    bool seen[AIL_MEMBER_COUNT];
    uint64_t done, total;
    AilError *err;
} Reader;

static AilStatus archive_failed(Reader *r)
{
    const char *why = archive_error_string(r->archive);
    return ail_error_set(r->err, "%s: not a recording, or damaged: %s", r->path,
                         why ? why : "unknown error");
}

static AilStatus open_archive(Reader *r, int fd)
{
    r->archive = archive_read_new();
    archive_read_support_filter_zstd(r->archive);
    archive_read_support_format_tar(r->archive);
    return archive_read_open_fd(r->archive, fd, 1 << 17) == ARCHIVE_OK ? AIL_OK : archive_failed(r);
}

/* AIL_END after the last entry. An entry is a plain file with a name of ours, or an error. */
static AilStatus next_entry(Reader *r, struct archive_entry **entry)
{
    int status = archive_read_next_header(r->archive, entry);
    if (status == ARCHIVE_EOF)
        return AIL_END;
    if (status != ARCHIVE_OK)
        return archive_failed(r);
    if (archive_entry_filetype(*entry) != AE_IFREG || archive_entry_hardlink(*entry) ||
        archive_entry_symlink(*entry) || !archive_entry_size_is_set(*entry) ||
        !archive_entry_pathname(*entry))
        return ail_error_set(r->err, "%s: holds something that is not a plain file", r->path);
    return AIL_OK;
}

/* The next entry, which must have this name, as text of at most `limit` bytes; free with g_free. */
static AilStatus read_text(Reader *r, const char *name, size_t limit, char **text)
{
    struct archive_entry *e;
    AilStatus s = next_entry(r, &e);
    if (s == AIL_ERR)
        return s;
    if (s == AIL_END || strcmp(archive_entry_pathname(e), name))
        return ail_error_set(r->err, "%s: not a recording: it does not begin with a manifest",
                             r->path);
    la_int64_t size = archive_entry_size(e);
    if (size < 0 || (uint64_t)size > limit)
        return ail_error_set(r->err, "%s: the manifest is too large", r->path);
    *text = g_malloc0((size_t)size + 1);
    if (archive_read_data(r->archive, *text, (size_t)size) == size)
        return AIL_OK;
    g_clear_pointer(text, g_free);
    return archive_failed(r);
}

/* The zstd frame has no checksum of its own, so the manifest, which has all others, needs one. */
static AilStatus read_manifest(Reader *r)
{
    char *json = NULL, *sum = NULL;
    AilStatus s = read_text(r, AIL_RR_MANIFEST, AIL_MANIFEST_MAX_SIZE, &json);
    if (s == AIL_OK)
        s = read_text(r, AIL_RR_SUM, 128, &sum);
    if (s == AIL_OK) {
        char *want = ail_rr_sum_line(json, strlen(json));
        if (strcmp(want, sum))
            s = ail_error_set(r->err,
                              "%s: the manifest's checksum is wrong: the recording is "
                              "damaged",
                              r->path);
        else if (r->identity)
            g_strlcpy(r->identity, want, AIL_RR_IDENTITY_SIZE);
        g_free(want);
    }
    if (s == AIL_OK)
        s = ail_manifest_from_json(r->path, json, strlen(json), &r->manifest, r->err);
    g_free(json);
    g_free(sum);
    return s;
}

/* No member of a recording is larger than its machine makes likely. */
static uint64_t size_limit(const AilManifest *m, int i)
{
    switch (i) {
    case AIL_MEMBER_SNAPSHOT:
        return 2 * (m->machine.mem_mib << 20) + GIB;
    case AIL_MEMBER_LOG:
        return 256 * GIB;
    default:
        return (i >= AIL_MEMBER_DISK ? 256 : 4) * GIB;
    }
}

static AilStatus check_sizes(Reader *r)
{
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        const AilMemberInfo *info = &r->manifest->members[i];
        if (!info->present)
            continue;
        if (info->size > size_limit(r->manifest, i))
            return ail_error_set(r->err, "%s: %s claims to have %" PRIu64 " bytes", r->path,
                                 ail_member_name((AilMember)i), info->size);
        r->total += info->size;
    }
    struct statvfs fs;
    if (statvfs(r->dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < r->total)
        return ail_error_set(r->err,
                             "%s: unpacking needs %" PRIu64 " MiB in %s, which has %" PRIu64
                             "; set TMPDIR to a roomier place",
                             r->path, (r->total >> 20) + 1, r->dir,
                             ((uint64_t)fs.f_bavail * fs.f_frsize) >> 20);
    return AIL_OK;
}

static bool all_zero(const uint8_t *p, size_t len)
{
    return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

/* Blocks of zeros become holes. */
static AilStatus write_block(Reader *r, int fd, const uint8_t *p, size_t len, uint64_t at)
{
    if (all_zero(p, len))
        return AIL_OK;
    while (len) {
        ssize_t n = pwrite(fd, p, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ail_error_set_errno(r->err, errno, "%s: cannot unpack into %s", r->path, r->dir);
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return AIL_OK;
}

static AilStatus copy_data(Reader *r, int fd, const AilMemberInfo *info, GChecksum *sum)
{
    uint64_t at = 0;
    for (;;) {
        const void *p;
        size_t len;
        la_int64_t offset;
        int status = archive_read_data_block(r->archive, &p, &len, &offset);
        if (status == ARCHIVE_EOF)
            break;
        if (status != ARCHIVE_OK)
            return archive_failed(r);
        if ((uint64_t)offset != at || len > info->size - at)
            return ail_error_set(r->err, "%s: a file in it is not laid out plainly", r->path);
        g_checksum_update(sum, p, (gssize)len);
        if (write_block(r, fd, p, len, at) != AIL_OK)
            return AIL_ERR;
        at += len;
        r->done += len;
        if (r->progress && !r->progress(r->user, r->done, r->total))
            return ail_error_set(r->err, "%s: interrupted", r->path);
    }
    if (at != info->size || ftruncate(fd, (off_t)at) < 0)
        return ail_error_set(r->err, "%s: a file in it is shorter than it says", r->path);
    return AIL_OK;
}

static AilStatus unpack_member(Reader *r, int i)
{
    const AilMemberInfo *info = &r->manifest->members[i];
    char *path = g_build_filename(r->dir, ail_member_name((AilMember)i), NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        ail_error_set_errno(r->err, errno, "%s", path);
        g_free(path);
        return AIL_ERR;
    }
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    AilStatus s = copy_data(r, fd, info, sum);
    if (s == AIL_OK && strcmp(g_checksum_get_string(sum), info->sha256))
        s = ail_error_set(r->err, "%s: the checksum of %s is wrong: the recording is damaged",
                          r->path, ail_member_name((AilMember)i));
    if (close(fd) < 0 && s == AIL_OK)
        s = ail_error_set_errno(r->err, errno, "%s", path);
    g_checksum_free(sum);
    g_free(path);
    return s;
}

static int member_index(const char *name)
{
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        if (!strcmp(name, ail_member_name((AilMember)i)))
            return i;
    return -1;
}

static AilStatus unpack_entry(Reader *r, struct archive_entry *e)
{
    int i = member_index(archive_entry_pathname(e));
    if (i < 0 || !r->manifest->members[i].present || r->seen[i])
        return ail_error_set(r->err, "%s: holds a file that its manifest does not list: '%.100s'",
                             r->path, archive_entry_pathname(e));
    if ((uint64_t)archive_entry_size(e) != r->manifest->members[i].size)
        return ail_error_set(r->err, "%s: the size of %s is not what the manifest says", r->path,
                             ail_member_name((AilMember)i));
    r->seen[i] = true;
    return unpack_member(r, i);
}

static AilStatus unpack_members(Reader *r)
{
    AilStatus s = check_sizes(r);
    struct archive_entry *e;
    while (s == AIL_OK && (s = next_entry(r, &e)) == AIL_OK)
        s = unpack_entry(r, e);
    if (s == AIL_ERR)
        return s;
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        if (r->manifest->members[i].present && !r->seen[i])
            return ail_error_set(r->err, "%s: %s is missing: the recording is cut short", r->path,
                                 ail_member_name((AilMember)i));
    return AIL_OK;
}

static AilStatus read_archive(Reader *r, AilManifest **manifest)
{
    int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ail_error_set_errno(r->err, errno, "%s", r->path);
    AilStatus s = open_archive(r, fd);
    if (s == AIL_OK)
        s = read_manifest(r);
    if (s == AIL_OK && r->dir)
        s = unpack_members(r);
    archive_read_free(r->archive);
    close(fd);
    if (s == AIL_OK)
        *manifest = r->manifest;
    else
        ail_manifest_free(r->manifest);
    return s;
}

AilStatus ail_rr_read_manifest(const char *path, AilManifest **manifest,
                               char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    Reader r = {.path = path, .identity = identity, .err = err};
    return read_archive(&r, manifest);
}

AilStatus ail_rr_unpack(const char *path, const char *dir, AilRrProgress *progress, void *user,
                        AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    Reader r = {.path = path,
                .dir = dir,
                .progress = progress,
                .user = user,
                .identity = identity,
                .err = err};
    return read_archive(&r, manifest);
}
