/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A private directory for a recording or a replay in progress. Thread-safe. */
#ifndef AIL_RECORDER_WORKDIR_H
#define AIL_RECORDER_WORKDIR_H

#include "formats/error.h"

/*
 * Make an empty directory that only this user can enter: in $TMPDIR when that is set, else beside
 * the file `beside` (which need not exist). *dir is absolute and the caller's: ail_workdir_remove.
 */
AilStatus ail_workdir_make(const char *beside, char **dir, AilError *err);

/* Remove the directory with all that is in it, and free its name; dir may be NULL. */
void ail_workdir_remove(char *dir);

#endif
