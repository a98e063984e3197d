/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going through a recording that may come from a stranger. */
#include "formats/rr.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "formats/rr_private.h"

#define GIB (UINT64_C(1) << 30)

/* A member on its way out of the archive. */
struct AilRrStream {
    AilRrReader *r;
    const AilMemberInfo *info;
    GChecksum *sum;       /* owned; of what came out so far */
    const uint8_t *block; /* the archive's, `len` bytes of it not yet taken */
    size_t len;
    uint64_t at;  /* bytes that came out so far, the block's included */
    AilStatus is; /* AIL_END: all came out, and it is what it must be */
};

static AilStatus archive_failed(AilRrReader *r)
{
    const char *why = archive_error_string(r->archive);
    return ail_error_set(r->err, "%s: not a recording, or damaged: %s", r->path,
                         why ? why : "unknown error");
}

static AilStatus open_archive(AilRrReader *r, int fd)
{
    r->archive = archive_read_new();
    archive_read_support_filter_zstd(r->archive);
    archive_read_support_format_tar(r->archive);
    return archive_read_open_fd(r->archive, fd, 1 << 17) == ARCHIVE_OK ? AIL_OK : archive_failed(r);
}

/* AIL_END after the last entry. An entry is a plain file with a name of ours, or an error. */
static AilStatus next_entry(AilRrReader *r, struct archive_entry **entry)
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
static AilStatus read_text(AilRrReader *r, const char *name, size_t limit, char **text)
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
static AilStatus read_manifest(AilRrReader *r)
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
    r->json = json;
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

static AilStatus check_sizes(AilRrReader *r)
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
    return AIL_OK;
}

/* All of the member has come out. */
static AilStatus end_stream(AilRrStream *s)
{
    AilRrReader *r = s->r;
    if (s->at != s->info->size)
        return ail_error_set(r->err, "%s: a file in it is shorter than it says", r->path);
    if (strcmp(g_checksum_get_string(s->sum), s->info->sha256))
        return ail_error_set(r->err, "%s: the checksum of %s is wrong: the recording is damaged",
                             r->path, ail_member_name((AilMember)(s->info - r->manifest->members)));
    return AIL_END;
}

static AilStatus next_block(AilRrStream *s)
{
    AilRrReader *r = s->r;
    const void *p;
    size_t len;
    la_int64_t offset;
    int status = archive_read_data_block(r->archive, &p, &len, &offset);
    if (status == ARCHIVE_EOF)
        return end_stream(s);
    if (status != ARCHIVE_OK)
        return archive_failed(r);
    if ((uint64_t)offset != s->at || len > s->info->size - s->at)
        return ail_error_set(r->err, "%s: a file in it is not laid out plainly", r->path);
    g_checksum_update(s->sum, p, (gssize)len);
    s->block = p;
    s->len = len;
    s->at += len;
    r->done += len;
    if (r->progress && !r->progress(r->user, r->done, r->total))
        return ail_error_set(r->err, "%s: interrupted", r->path);
    return AIL_OK;
}

ptrdiff_t ail_rr_stream_read(void *stream, void *buf, size_t size)
{
    AilRrStream *s = stream;
    while (!s->len && s->is == AIL_OK)
        s->is = next_block(s);
    if (s->is == AIL_ERR) {
        errno = EIO; /* what it was is in the reader's message */
        return -1;
    }
    size_t n = MIN(s->len, size);
    if (buf && n)
        memcpy(buf, s->block, n);
    s->block += n;
    s->len -= n;
    return (ptrdiff_t)n;
}

/* What the visitor leaves is read for the checksum's sake. */
static AilStatus visit_member(AilRrReader *r, int i)
{
    AilRrStream s = {.r = r, .info = &r->manifest->members[i]};
    s.sum = g_checksum_new(G_CHECKSUM_SHA256);
    AilStatus status =
        r->visit ? r->visit(r->visitor, r->manifest, (AilMember)i, &s, r->err) : AIL_OK;
    ptrdiff_t n = 1;
    while (status == AIL_OK && n > 0)
        n = ail_rr_stream_read(&s, NULL, SIZE_MAX);
    g_checksum_free(s.sum);
    return s.is == AIL_ERR ? AIL_ERR : status;
}

static int member_index(const char *name)
{
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        if (!strcmp(name, ail_member_name((AilMember)i)))
            return i;
    return -1;
}

static AilStatus visit_entry(AilRrReader *r, struct archive_entry *e)
{
    int i = member_index(archive_entry_pathname(e));
    if (i < 0 || !r->manifest->members[i].present || r->seen[i])
        return ail_error_set(r->err, "%s: holds a file that its manifest does not list: '%.100s'",
                             r->path, archive_entry_pathname(e));
    if ((uint64_t)archive_entry_size(e) != r->manifest->members[i].size)
        return ail_error_set(r->err, "%s: the size of %s is not what the manifest says", r->path,
                             ail_member_name((AilMember)i));
    r->seen[i] = true;
    return visit_member(r, i);
}

/* AIL_END: the visitor has had enough. */
static AilStatus visit_members(AilRrReader *r)
{
    AilStatus s = check_sizes(r);
    struct archive_entry *e;
    while (s == AIL_OK) {
        s = next_entry(r, &e);
        if (s == AIL_END)
            break;
        if (s == AIL_OK && (s = visit_entry(r, e)) == AIL_END)
            return AIL_END;
    }
    if (s == AIL_ERR)
        return s;
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        if (r->manifest->members[i].present && !r->seen[i])
            return ail_error_set(r->err, "%s: %s is missing: the recording is cut short", r->path,
                                 ail_member_name((AilMember)i));
    return AIL_OK;
}

AilStatus ail_rr_go_through(AilRrReader *r, bool members, AilManifest **manifest)
{
    int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ail_error_set_errno(r->err, errno, "%s", r->path);
    AilStatus s = open_archive(r, fd);
    if (s == AIL_OK)
        s = read_manifest(r);
    if (s == AIL_OK && members)
        s = visit_members(r);
    archive_read_free(r->archive);
    close(fd);
    g_free(r->json);
    if (s == AIL_ERR)
        ail_manifest_free(r->manifest);
    else
        *manifest = r->manifest;
    return s;
}

AilStatus ail_rr_read_manifest(const char *path, AilManifest **manifest,
                               char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    AilRrReader r = {.path = path, .identity = identity, .err = err};
    return ail_rr_go_through(&r, false, manifest);
}

AilStatus ail_rr_visit(const char *path, AilRrVisit *visit, AilRrProgress *progress, void *user,
                       AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    AilRrReader r = {.path = path,
                     .progress = progress,
                     .user = user,
                     .visit = visit,
                     .visitor = user,
                     .identity = identity,
                     .err = err};
    return ail_rr_go_through(&r, true, manifest);
}
