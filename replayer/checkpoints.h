/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checkpoints of a recording: states of the machine at even distances of its run, kept beside the
 * recording so that a replay of a part need not begin at its beginning. They are a cache: losing
 * them costs time, nothing else. A folder has
 *
 *   recording          the recording's identity, and nothing else
 *   at-ICOUNT.qcow2    the machine's state there, snapshot "at-ICOUNT"
 *   overlayN.qcow2     disk N: what was written up to each, its snapshot of the same name
 *
 * All functions are thread-safe on distinct folders.
 */
#ifndef AIL_REPLAYER_CHECKPOINTS_H
#define AIL_REPLAYER_CHECKPOINTS_H

#include "replayer/drive.h"

typedef struct AilCheckpoint {
    uint64_t icount;
    uint64_t log_at; /* offset in the log of the first event behind it */
    char tag[32];    /* name of its snapshot */
} AilCheckpoint;

/*
 * Replay the recording and keep `count` states of it in folder `path`, which appears when it is
 * whole and replaces an older one. identity: the recording's. *made: how many there are; where the
 * machine has disk requests on their way for long, there is none. AIL_END: progress said stop.
 */
AilStatus ail_checkpoints_make(const AilDriveConfig *drive, const char *identity, const char *path,
                               unsigned count, unsigned *made, AilError *err);

/* The icount of the checkpoint whose file has this name; 0: it is another file. */
uint64_t ail_checkpoint_of(const char *name);

/*
 * Prepare `dir`, where the recording is unpacked, for a replay that begins at the last checkpoint
 * of folder `path` before instruction `before`. AIL_END: there is none; err says why if there are
 * checkpoints that cannot be used (another recording's, damaged), else it is empty; `dir` is as it
 * was then. AIL_ERR: `dir` is of no use any more.
 */
AilStatus ail_checkpoints_use(const char *path, const AilManifest *manifest, const char *identity,
                              const char *dir, uint64_t before, AilCheckpoint *found,
                              AilError *err);

#endif
