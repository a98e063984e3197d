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

/* The first two entries. */
#define AIL_RR_MANIFEST "manifest.json"
#define AIL_RR_SUM      "manifest.sha256"

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
    /* The manifest's text, if it is to be this one to the byte: members must be as it says, another
     * is an error that names it. NULL: it is made from the manifest. Borrowed. */
    const char *text;
} AilRrWrite;

/*
 * Pack a recording. manifest: complete but for `members`, which this fills in (without w->text).
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

/* A member's bytes on their way out of an archive; valid while it is visited. */
typedef struct AilRrStream AilRrStream;

/*
 * The member's next bytes, at most `size` of them, into `buf`. stream: an AilRrStream. Returns how
 * many, 0 when there are no more and they were what the manifest says, -1 on failure (errno is
 * EIO), which makes the visit of the archive fail. Can be the source of ail_rrlog_open_stream.
 */
ptrdiff_t ail_rr_stream_read(void *stream, void *buf, size_t size);

/*
 * What to do with a member. What is left unread of it is checked all the same. AIL_OK: go on;
 * AIL_END: that is enough, nothing that follows is read or checked; AIL_ERR: fail, with the message
 * in err.
 */
typedef AilStatus AilRrVisit(void *user, const AilManifest *manifest, AilMember member,
                             AilRrStream *stream, AilError *err);

/*
 * Read the whole archive and check all of it as unpacking does, but write nothing: each member
 * comes to `visit`, which may be NULL. user: for visit and progress, each of which may be NULL.
 * Otherwise as ail_rr_read_manifest; AIL_END when `visit` had enough, *manifest is there then too.
 */
AilStatus ail_rr_visit(const char *path, AilRrVisit *visit, AilRrProgress *progress, void *user,
                       AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE], AilError *err);

/*
 * Unpack all members into `dir`, an existing directory that nobody else writes to. On failure it
 * may hold some of them; the caller removes it. Otherwise as ail_rr_read_manifest.
 */
AilStatus ail_rr_unpack(const char *path, const char *dir, AilRrProgress *progress, void *user,
                        AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE], AilError *err);

/* As ail_rr_unpack, and the manifest and its checksum too, to the byte: what ail_rr_pack packs. */
AilStatus ail_rr_unpack_all(const char *path, const char *dir, AilRrProgress *progress, void *user,
                            AilManifest **manifest, char identity[AIL_RR_IDENTITY_SIZE],
                            AilError *err);

/*
 * Pack w->dir, which holds what ail_rr_unpack_all unpacks: the archive has the same identity.
 * A manifest that is not as its checksum says, or a member that is not as the manifest says, is an
 * error that names it, unless `update`: then the manifest gets the sizes and checksums that the
 * members have, and the archive a new identity. Other files in the directory are left out.
 * Otherwise as ail_rr_write and ail_rr_read_manifest.
 */
AilStatus ail_rr_pack(const AilRrWrite *w, bool update, AilManifest **manifest,
                      char identity[AIL_RR_IDENTITY_SIZE], uint64_t *size, AilError *err);

#endif
