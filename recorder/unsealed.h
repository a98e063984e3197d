/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording in progress, as its working directory describes it: what has to be known to make a
 * recording of it although its process was killed (recorder/salvage.h). A file for each, written
 * when it begins and again when its end is known, and removed when it is sealed. All functions are
 * thread-safe on distinct files.
 */
#ifndef AIL_RECORDER_UNSEALED_H
#define AIL_RECORDER_UNSEALED_H

#include <glib.h>

#include "formats/manifest.h"
#include "formats/vmstate.h"

/* The name of a recording of all of a run; those of pieces are their own (recorder/pieces.h). */
#define AIL_UNSEALED_ALL "all"

typedef struct AilUnsealed {
    char *name;            /* owned */
    char *output;          /* owned; where it was to be written; absolute when it was read */
    bool force;            /* and replace what is there */
    bool begun;            /* of a piece: its snapshot is there, */
    AilVmstate at;         /* and was taken here */
    bool ended;            /* all of it is there but the archive, */
    int64_t cause;         /* and this ended it (ail_rrlog_shutdown_name) */
    AilManifest *manifest; /* owned; its disks are described as when it began (AilDisk), its end and
                              number of instructions, once it has ended, are known */
} AilUnsealed;

/* Describe one in directory `dir`; nothing of it is taken. A file that is there is replaced at
 * once: in whole or not at all. */
AilStatus ail_unsealed_write(const char *dir, const AilUnsealed *unsealed, AilError *err);

/* What `name` was in `dir`; *unsealed is the caller's: ail_unsealed_clear. */
AilStatus ail_unsealed_read(const char *dir, const char *name, AilUnsealed *unsealed,
                            AilError *err);
void ail_unsealed_clear(AilUnsealed *unsealed);

/* It is sealed, or lost and somebody knows. */
void ail_unsealed_remove(const char *dir, const char *name);

/* The names of those in `dir`, in their order; free with g_strfreev. */
char **ail_unsealed_list(const char *dir);

#endif
