/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording as one file, NAME.rr: a tar archive (POSIX pax), compressed as a whole with zstd, so
 * that `tar --zstd -tf NAME.rr` lists it. First come "manifest.json", which says size and SHA-256
 * of all others, and "manifest.sha256", its own; then the members of AilMember that the machine
 * has.
 *
 * Recordings may come from strangers: only these names, as regular files of exactly the size and
 * checksum that the manifest says, within bounds, ever reach the disk.
 * All functions are thread-safe on distinct files.
 */
#ifndef AIL_FORMATS_RR_H
#define AIL_FORMATS_RR_H

#include "formats/manifest.h"

#define AIL_RR_IDENTITY_SIZE 65

/* Called now and then during long work with the bytes done so far and in all; false: stop, which
 * makes the work fail. */
typedef bool AilRrProgress(void *user, uint64_t done, uint64_t total);

typedef struct AilRrWrite {
    const char *path;        /* name of the archive; borrowed */
    const char *dir;         /* where the members lie, under their names; borrowed */
    bool force;              /* replace an existing file of that name */
    AilRrProgress *progress; /* may be NULL */
    void *user;              /* for progress */
} AilRrWrite;

/*
 * Pack a recording. manifest: complete but for `members`, which this fills in.
 * The file appears under its name when it is complete, and not at all on failure.
 * *size (may be NULL): bytes of the archive.
 */
AilStatus ail_rr_write(const AilRrWrite *w, AilManifest *manifest, uint64_t *size, AilError *err);

/*
 * Read an archive's manifest, and nothing else of it.
 * identity: gets the SHA-256 of the manifest in hex, which names the recording; may be NULL.
 * *manifest is the caller's.
 */
AilStatus ail_rr_read_manifest(const char *path, AilManifest **manifest,
                               char identity[AIL_RR_IDENTITY_SIZE], AilError *err);

/*
 * Unpack all members into `dir`, an existing directory that nobody else writes to. On failure it
 * may hold some of them; the caller removes it. Otherwise as ail_rr_read_manifest.
 */
AilStatus ail_rr_unpack(const char *path, const char *dir, AilRrProgress *progress, void *user,
                        AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE], AilError *err);

#endif
