/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of what a killed `ailurus record` has left in its working directory. What had ended is
 * sealed as it would have been. What was in progress ends with the last event in the log that QEMU
 * had written; of the disks a recording of all of a run gets everything then (they must be as they
 * were), and a piece of a run of a machine with disks is lost, because what was written to them
 * before it died with QEMU.
 */
#ifndef AIL_RECORDER_SALVAGE_H
#define AIL_RECORDER_SALVAGE_H

#include "formats/error.h"
#include "formats/rr.h"

/* What became of one recording. */
typedef struct AilSalvaged {
    AilStatus status; /* AIL_OK: it is written; AIL_END: it is lost; AIL_ERR: it cannot be written,
                         which another time may go well */
    const char *output;    /* its file */
    const char *why;       /* unless written: one line */
    bool torn;             /* it goes to the last event that is known, and not to its end */
    uint64_t insns, bytes; /* instructions, size of the archive */
} AilSalvaged;

typedef struct AilSalvage {
    const char *dir;         /* the directory that was left */
    const char *output;      /* of the recording, if there is only one; NULL: as it was to be */
    bool force;              /* replace what is there */
    AilRrProgress *progress; /* may be NULL */
    void (*report)(void *user, const AilSalvaged *salvaged); /* called for each */
    void *user;
} AilSalvage;

/*
 * Salvage all that is in the directory, and remove it. AIL_ERR: something could not be written, and
 * the directory stays, with what is not written yet. Thread-safe on distinct directories.
 */
AilStatus ail_salvage_run(const AilSalvage *salvage, AilError *err);

#endif
