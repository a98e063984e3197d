/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest of a recording: which machine was recorded, with what, how far it ran, and which
 * files make up the recording. It is JSON with a fixed set of typed, bounded keys, because it may
 * come from a stranger: it describes a machine and can never say a command line.
 * docs/recording.md lists the keys.
 *
 * All functions are thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_MANIFEST_H
#define AIL_FORMATS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"
#include "formats/machine.h"

/* Format of recordings written here. A reader refuses any other number. */
#define AIL_MANIFEST_FORMAT 3

#define AIL_MANIFEST_MAX_SIZE (64u << 10) /* bytes of JSON */

/* The files of a recording. These names are all that an archive may hold beside the manifest. */
typedef enum {
    AIL_MEMBER_SNAPSHOT = 0, /* "snapshot.qcow2": the machine's state at the start */
    AIL_MEMBER_LOG = 1,      /* "replay.log": QEMU's replay log */
    AIL_MEMBER_KERNEL = 2,   /* "kernel" */
    AIL_MEMBER_INITRD = 3,   /* "initrd" */
    AIL_MEMBER_FIRMWARE = 4, /* "firmware" */
    AIL_MEMBER_DISK = 5,     /* "disk0.qcow2", and so on: what was read of each disk */
    AIL_MEMBER_COUNT = AIL_MEMBER_DISK + AIL_MACHINE_MAX_DISKS,
} AilMember;

/* A member's size and checksum. */
typedef struct AilMemberInfo {
    bool present;
    uint64_t size; /* bytes */
    char *sha256;  /* owned; 64 hex digits */
} AilMemberInfo;

typedef struct AilManifest {
    unsigned format;       /* AIL_MANIFEST_FORMAT */
    char *tool;            /* owned; version of the program that recorded */
    char *created;         /* owned; "2026-01-31T12:00:00Z" */
    char *qemu_version;    /* owned; "10.0.2" */
    char *qemu_package;    /* owned; the distribution's version of it, "" when unknown */
    uint64_t log_version;  /* of the replay log, AIL_RRLOG_VERSION */
    uint64_t instructions; /* executed in the recording: the log's total */
    uint64_t wall_ms;      /* how long the recording ran, milliseconds */
    char *end;             /* owned; what ended it: a shutdown cause of QEMU, or "until", "seconds",
                              "interrupt" */
    AilMachine machine;
    AilMemberInfo members[AIL_MEMBER_COUNT];
} AilManifest;

/* A member's name in the archive. */
const char *ail_member_name(AilMember member);

/* Whether a recording of this machine has the member. */
bool ail_member_wanted(const AilMachine *machine, AilMember member);

/* A manifest with nothing but the format in it. Never NULL. Release with ail_manifest_free. */
AilManifest *ail_manifest_new(void);
void ail_manifest_free(AilManifest *manifest);

/* The manifest as JSON, newline at the end; free with g_free. */
char *ail_manifest_to_json(const AilManifest *manifest);

/*
 * Read a manifest. json: `len` bytes; name: of the file, for messages.
 * AIL_ERR: not JSON, an unknown format, an unknown, missing, mistyped or out-of-range key, or a
 * machine that ail_machine_check refuses. *manifest is owned by the caller on AIL_OK.
 */
AilStatus ail_manifest_from_json(const char *name, const char *json, size_t len,
                                 AilManifest **manifest, AilError *err);

#endif
