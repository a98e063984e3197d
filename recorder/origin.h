/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines that are kept for another session: saving one as it stands, its state and its disks, as
 * a snapshot in qcow2 images, and beginning a recording with such a snapshot, ours or one that
 * QEMU's `savevm` made of the same machine.
 */
#ifndef AIL_RECORDER_ORIGIN_H
#define AIL_RECORDER_ORIGIN_H

#include "recorder/pieces.h"

/* Where a machine begins. */
typedef struct AilOrigin {
    const char *tag;   /* the snapshot's name */
    const char *image; /* the qcow2 image that has the machine's state; NULL: the first of its disks
                          that has the snapshot with one */
    bool counts;       /* it was taken with -icount; else */
    uint64_t clock_ns; /* what the clock must show */
} AilOrigin;

/*
 * Copy what the origin needs into directory `dir`, where QEMU will run: the state, and the disks as
 * they were in the snapshot, which become the machine's disks. The originals stay as they are.
 * Needs qemu-img. Thread-safe.
 */
AilStatus ail_origin_prepare(AilOrigin *origin, AilMachine *machine, const char *dir,
                             AilError *err);

/* Load the state into the machine, which has executed nothing yet. AIL_ERR: QEMU's own words say
 * what does not match. */
AilStatus ail_origin_load(const AilOrigin *origin, AilPieces *pieces, const char *dir,
                          AilError *err);

/*
 * Save the machine as it stands: in PATH.qcow2 its state and its first disk (not counting CDs), in
 * PATH.disk1.qcow2 and so on the others, each with a snapshot `tag`. New files only. AIL_END: as of
 * ail_piece_begin. Not within a piece. QEMU must have stopped the machine, and not write meanwhile.
 */
AilStatus ail_origin_save(AilPieces *pieces, const char *path, const char *tag);

#endif
