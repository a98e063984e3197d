/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording from its start to the sealed file: start a machine so that its run can be replayed,
 * let it run while feeding its serial port, end it cleanly, pack what is needed to run it again.
 * What is in progress lives in a private directory that ail_session_free removes.
 * A session belongs to one thread, which must live as long as the session.
 */
#ifndef AIL_RECORDER_SESSION_H
#define AIL_RECORDER_SESSION_H

#include <stdbool.h>

#include "formats/error.h"
#include "formats/manifest.h"
#include "formats/rr.h"
#include "recorder/script.h"

typedef struct AilSession AilSession;

/* All pointers are borrowed until the session is freed. */
typedef struct AilSessionConfig {
    const AilMachine *machine; /* passed ail_machine_check */
    const char *kernel;        /* files for the machine's members, NULL where it has none; */
    const char *initrd;        /* they are copied when the session starts */
    const char *firmware;
    const char *output;     /* the recording's name; NULL: pieces are recorded, see below */
    const char *from;       /* begin with the machine's state in this snapshot of a disk, or of */
    const char *from_image; /* this image; see AilOrigin. NULL: begin with its first instruction */
    bool force;             /* it may exist, and is replaced */

    const char *vnc;             /* as of AilMachineRun */
    const char *const *forwards; /* the same */

    const char *until; /* end when the guest has printed this text, or NULL */
    double seconds;    /* end after so much wall-clock time; 0: never */
    int stop_fd;       /* end when this becomes readable (it is not read); -1: none */
    int input_fd;      /* keystrokes from here (a terminal), Ctrl-] ends; -1: none */
    AilScript *script; /* keystrokes from here, or NULL */

    /*
     * To record pieces of the run instead of all of it: who says when they begin and end. The
     * commands, a line each, and the answers to them are recorder/control.h's. Where names of
     * pieces have no directory they are in ours.
     */
    const char *control_path; /* a socket to make for commands, or NULL */
    int control_fd;           /* a connected socket that brings commands, or -1; the session's */
    const char *plugin;       /* path of the plugin that brings the guest's, or NULL */
    bool check_always;        /* check pieces even if they took long */
    /* Whether the recording in `path` replays (AIL_END: it was not found out); called from another
     * thread. NULL: do not look. */
    AilStatus (*check_piece)(void *user, const char *path, AilError *err);
    /* The run is over, what follows is writing; when stop_fd is readable then, it is given up. May
     * be NULL. */
    void (*over)(void *user);
    /* Something happened to a piece. answered: whoever asked for it knows. May be NULL. */
    void (*note)(void *user, bool ok, const char *text, bool answered);

    /* Gets what the guest writes to its serial port; may be NULL. */
    void (*console)(void *user, const void *bytes, size_t len);
    void *user;
} AilSessionConfig;

/* What was recorded; numbers are valid after ail_session_seal. */
typedef struct AilSessionResult {
    const AilManifest *manifest; /* with instructions, wall time, what ended it; the session's */
    uint64_t snapshot_bytes;     /* of the start snapshot, uncompressed */
    uint64_t log_bytes;          /* of the replay log, uncompressed */
    uint64_t disk_bytes;         /* of what was read of all disks, uncompressed */
    uint64_t archive_bytes;      /* of the file */
} AilSessionResult;

AilSession *ail_session_new(void);          /* never NULL */
void ail_session_free(AilSession *session); /* ends QEMU if it runs; may be NULL */

/* The last failure's message. */
const char *ail_session_error(const AilSession *session);

/* Start the machine; on AIL_OK it is ready and stopped at its first instruction. */
AilStatus ail_session_start(AilSession *session, const AilSessionConfig *config);

/*
 * Let it run until the guest powers off or resets, or one of the config's conditions is met.
 * AIL_ERR: QEMU failed; there is nothing to seal.
 */
AilStatus ail_session_run(AilSession *session);

/* Write the recording; of pieces, which are written by then, AIL_ERR when one was lost or does not
 * replay. progress may be NULL. */
AilStatus ail_session_seal(AilSession *session, AilRrProgress *progress, void *user);

const AilSessionResult *ail_session_result(const AilSession *session);

#endif
