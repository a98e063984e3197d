/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a snapshot that QEMU took under record/replay says about time: how many instructions had
 * been executed, and where in the replay log the machine was. And the way to make such a snapshot
 * the beginning of a recording of its own, whose instructions count from 0 and whose log begins
 * with the first event behind the snapshot.
 *
 * A snapshot is in a qcow2 image: its table of snapshots (QEMU's docs/interop/qcow2.rst) leads to
 * the machine's state, a stream of named sections (QEMU's migration/savevm.c). Two are of interest
 * here, "timer" with its part "timer/icount" (system/cpu-timers.c) and "replay"
 * (replay/replay-snapshot.c), in the layout of QEMU 10.0. They are the first sections behind the
 * contents of memory, through which we walk page by page: what a guest has put into its memory or
 * its devices is never looked at.
 *
 * The image must not be in use by QEMU. All functions are thread-safe on distinct images.
 */
#ifndef AIL_FORMATS_VMSTATE_H
#define AIL_FORMATS_VMSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilVmstate {
    uint64_t icount;     /* instructions executed before the snapshot */
    uint64_t log_offset; /* in the log: of the first event (its byte) that is not used up */
    uint32_t left; /* of that event, one of instructions, so many are left; 0: it is whole, or */
    uint64_t done; /* it is the next one of instructions, and so many of them are before */
} AilVmstate;

/* Read snapshot `tag` of image `path`. AIL_ERR: there is none, or it was not taken under
 * record/replay by QEMU 10.0. */
AilStatus ail_vmstate_read(const char *path, const char *tag, AilVmstate *state, AilError *err);

/*
 * Make snapshot `tag` of image `path` one with no instructions before it, that goes on with the
 * event at `log_offset` of a log. The guest's clock stays what it is.
 * shift: an instruction takes 2^shift ns. Writes to the file; one that was killed meanwhile can be
 * begun again.
 */
AilStatus ail_vmstate_rebase(const char *path, const char *tag, unsigned shift, uint64_t log_offset,
                             AilError *err);

/*
 * Make snapshot `tag` of image `path`, which any QEMU 10.0 may have taken, one from which a machine
 * can be recorded: no instructions before it, the clock what it is. *counts: whether it has a count
 * of instructions, and with that the clock. If not (it was taken without -icount) it leaves both to
 * the machine that loads it, whose clock should show *clock_ns then (ail_vmstate_set_clock of one
 * that is loaded before). Writes to the file.
 */
AilStatus ail_vmstate_restart(const char *path, const char *tag, unsigned shift, bool *counts,
                              uint64_t *clock_ns, AilError *err);

/* The clock of a snapshot taken under record/replay shows this time, at instruction 0. Writes to
 * the file. */
AilStatus ail_vmstate_set_clock(const char *path, const char *tag, uint64_t clock_ns,
                                AilError *err);

#endif
