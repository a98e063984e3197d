/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of a recording, into a directory. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "formats/rr_private.h"

#define BLOCK (64u << 10)

typedef struct Unpack {
    AilRrReader reader;
    const char *dir;
    bool whole;  /* the manifest and its checksum too */
    bool begun;  /* a member has come */
    char *block; /* owned, BLOCK bytes */
} Unpack;

static bool all_zero(const char *p, size_t len)
{
    return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

/* Blocks of zeros become holes. */
static AilStatus write_block(const Unpack *u, int fd, const char *p, size_t len, uint64_t at)
{
    if (all_zero(p, len))
        return AIL_OK;
    while (len) {
        ssize_t n = pwrite(fd, p, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ail_error_set_errno(u->reader.err, errno, "%s: cannot unpack into %s",
                                       u->reader.path, u->dir);
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return AIL_OK;
}

/* A new file in the directory, for writing; -1: the message says why not. */
static int create(const Unpack *u, const char *name)
{
    char *path = g_build_filename(u->dir, name, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        ail_error_set_errno(u->reader.err, errno, "%s", path);
    g_free(path);
    return fd;
}

/* The file has all that it gets. */
static AilStatus finish(const Unpack *u, int fd, uint64_t size, const char *name, AilStatus s)
{
    bool cut = s == AIL_OK && ftruncate(fd, (off_t)size) < 0;
    if ((close(fd) < 0 || cut) && s == AIL_OK)
        s = ail_error_set_errno(u->reader.err, errno, "%s/%s", u->dir, name);
    return s;
}

static AilStatus write_text(const Unpack *u, const char *name, const char *text)
{
    int fd = create(u, name);
    if (fd < 0)
        return AIL_ERR;
    return finish(u, fd, strlen(text), name, write_block(u, fd, text, strlen(text), 0));
}

static AilStatus write_manifest(const Unpack *u)
{
    const char *json = u->reader.json;
    char *sum = ail_rr_sum_line(json, strlen(json));
    AilStatus s = write_text(u, AIL_RR_MANIFEST, json);
    if (s == AIL_OK)
        s = write_text(u, AIL_RR_SUM, sum);
    g_free(sum);
    return s;
}

/* Before the first member: there must be room for all. */
static AilStatus begin(Unpack *u)
{
    uint64_t total = u->reader.total;
    struct statvfs fs;
    u->begun = true;
    if (statvfs(u->dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < total)
        return ail_error_set(
            u->reader.err,
            "%s: unpacking needs %" PRIu64 " MiB in %s, which has %" PRIu64 "; %s a roomier place",
            u->reader.path, (total >> 20) + 1, u->dir, ((uint64_t)fs.f_bavail * fs.f_frsize) >> 20,
            u->whole ? "unpack to" : "set TMPDIR to");
    return u->whole ? write_manifest(u) : AIL_OK;
}

static AilStatus unpack_member(void *user, const AilManifest *manifest, AilMember member,
                               AilRrStream *stream, AilError *err)
{
    Unpack *u = user;
    (void)err;
    if (!u->begun && begin(u) != AIL_OK)
        return AIL_ERR;
    int fd = create(u, ail_member_name(member));
    if (fd < 0)
        return AIL_ERR;
    uint64_t at = 0;
    ptrdiff_t n;
    AilStatus s = AIL_OK;
    while (s == AIL_OK && (n = ail_rr_stream_read(stream, u->block, BLOCK))) {
        s = n < 0 ? AIL_ERR : write_block(u, fd, u->block, (size_t)n, at);
        at += n < 0 ? 0 : (uint64_t)n;
    }
    return finish(u, fd, manifest->members[member].size, ail_member_name(member), s);
}

static AilStatus unpack(Unpack *u, const char *path, AilManifest **manifest)
{
    u->reader.path = path;
    u->reader.visit = unpack_member;
    u->reader.visitor = u;
    u->block = g_malloc(BLOCK);
    AilStatus s = ail_rr_go_through(&u->reader, true, manifest);
    g_free(u->block);
    return s;
}

AilStatus ail_rr_unpack(const char *path, const char *dir, AilRrProgress *progress, void *user,
                        AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    Unpack u = {{.progress = progress, .user = user, .identity = identity, .err = err}, .dir = dir};
    return unpack(&u, path, manifest);
}

AilStatus ail_rr_unpack_all(const char *path, const char *dir, AilRrProgress *progress, void *user,
                            AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE],
                            AilError *err)
{
    Unpack u = {{.progress = progress, .user = user, .identity = identity, .err = err},
                .dir = dir,
                .whole = true};
    return unpack(&u, path, manifest);
}
