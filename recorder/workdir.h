/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private directory for a recording or a replay in progress, and what to do with those whose
 * process was killed. Who uses one holds a lock on a file in it, so whether it is still in use can
 * be told for certain. Thread-safe on distinct objects.
 */
#ifndef AIL_RECORDER_WORKDIR_H
#define AIL_RECORDER_WORKDIR_H

#include <stdbool.h>

#include "formats/error.h"

typedef struct AilWorkdir AilWorkdir;

typedef enum {
    AIL_WORK_RECORD, /* holds what exists nowhere else */
    AIL_WORK_REPLAY, /* holds copies of what is in a recording */
} AilWork;

/*
 * Make an empty directory that only this user can enter: in $TMPDIR when that is set, else beside
 * the file `beside` (which need not exist). *dir is the caller's: ail_workdir_remove.
 */
AilStatus ail_workdir_make(const char *beside, AilWork work, AilWorkdir **dir, AilError *err);

/* Its absolute name. Owned by dir. */
const char *ail_workdir_path(const AilWorkdir *dir);

/*
 * Take over directory `path`, which a recording that was killed has left. *dir is the caller's.
 * AIL_ERR also when it is no such directory, or in use: a QEMU on its way out is waited for.
 */
AilStatus ail_workdir_adopt(const char *path, AilWorkdir **dir, AilError *err);

/* Leave an adopted directory as it is, for another time, and free dir; dir may be NULL. */
void ail_workdir_leave(AilWorkdir *dir);

/* What holds the lock. A process that has inherited it holds it too. Owned by dir. */
int ail_workdir_lock_fd(const AilWorkdir *dir);

/* Remove the directory with all that is in it, and free dir; dir may be NULL. */
void ail_workdir_remove(AilWorkdir *dir);

/* Remove directory `path` with all that is in it, as far as that can be done; links are not
 * followed. */
void ail_remove_tree(const char *path);

typedef enum {
    AIL_LEFT_REPLAY, /* of a replay; removed */
    AIL_LEFT_IDLE,   /* of a session in which nothing was being recorded; removed */
    AIL_LEFT_RECORD, /* of a recording: stays, for recorder/salvage.h */
} AilLeft;

/*
 * Look for directories that killed processes of this user have left where ail_workdir_make would
 * make one, and remove those with nothing that exists nowhere else. found: called for each with its
 * name; may be NULL.
 */
void ail_workdir_sweep(const char *beside,
                       void (*found)(void *user, const char *path, AilLeft left), void *user);

#endif
