/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing and reading of recordings share. */
#ifndef AIL_FORMATS_RR_PRIVATE_H
#define AIL_FORMATS_RR_PRIVATE_H

#include "formats/rr.h"

#include <stddef.h>

struct archive;

/* An archive being read. */
typedef struct AilRrReader {
    const char *path;
    AilRrProgress *progress; /* may be NULL */
    void *user;
    AilRrVisit *visit; /* may be NULL */
    void *visitor;
    char *identity; /* the caller's buffer, or NULL */
    AilError *err;
    /* From here on the reader's own. */
    struct archive *archive;
    AilManifest *manifest; /* owned until handed over */
    char *json;            /* owned; the manifest's text */
    bool seen[AIL_MEMBER_COUNT];
    uint64_t done, total;
} AilRrReader;

/* Read the archive: its manifest and, if so wanted, all members. *manifest is the caller's unless
 * it is AIL_ERR. */
AilStatus ail_rr_go_through(AilRrReader *r, bool members, AilManifest **manifest);

/* Open a regular file of `dir` for reading, not through a symbolic link. -1: err says why not. */
int ail_rr_open_file(const char *dir, const char *name, uint64_t *size, AilError *err);

/* The contents of the second member, as `sha256sum` prints it; free with g_free. */
char *ail_rr_sum_line(const char *manifest, size_t len);

/* A new file beside `path`, without a name; or, where the file system has none without, with the
 * name *temporary (free with g_free), which is NULL else. -1: errno says why not. */
int ail_rr_create(const char *path, char **temporary);

/* Give that file, now complete, the name that it is to have. */
AilStatus ail_rr_publish(const AilRrWrite *w, int fd, const char *temporary, AilError *err);

#endif
