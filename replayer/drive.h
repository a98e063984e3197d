/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A replay without a trace, driven from instruction to instruction: what cutting, debugging and
 * checking of recordings stand on. A handle belongs to one thread, which must live as long.
 */
#ifndef AIL_REPLAYER_DRIVE_H
#define AIL_REPLAYER_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"
#include "formats/manifest.h"
#include "recorder/qemu.h"

typedef struct AilDrive AilDrive;

typedef struct AilDriveConfig {
    const AilManifest *manifest; /* the recording's; borrowed */
    const char *dir;             /* where it is unpacked, nobody else's; borrowed */
    const char *const *extra;    /* further arguments for QEMU, ends with NULL; may be NULL */
    const char *snapshot;        /* begin at this snapshot; dir is prepared (ail_checkpoints_use);
                                    NULL: at the recording's beginning */
    int serial_fd;               /* gets what the guest writes to its serial port; 0: nobody */
    int pass_fd;                 /* for QEMU to inherit under its number; 0: none */
    bool steps;                  /* ail_drive_step is going to be called */
    bool checked;                /* QEMU's version was, when another of this recording started */
    unsigned stall_seconds;      /* without progress for so long is an error; 0: the usual */
    /* Called now and then with the instructions replayed and where to; false: stop. May be NULL. */
    bool (*progress)(void *user, uint64_t icount, uint64_t total);
    void *user;
} AilDriveConfig;

AilDrive *ail_drive_new(void);    /* never NULL */
void ail_drive_free(AilDrive *d); /* ends QEMU if it runs; may be NULL */
const char *ail_drive_error(const AilDrive *d);

/* Start QEMU on the recording, stopped where it begins. config is borrowed until the drive
 * is freed. */
AilStatus ail_drive_start(AilDrive *d, const AilDriveConfig *config);

/* Replay up to instruction `icount`, exactly, and stop there. AIL_END: `progress` said stop.
 * AIL_ERR: the replay diverged, stalled or ended early; the message says at which instruction. */
AilStatus ail_drive_to(AilDrive *d, uint64_t icount);

/*
 * Let the machine execute one instruction, and stop before whatever comes next, be it an interrupt
 * at the same icount. QEMU forgets its translations of the guest's code then, so that a plugin gets
 * to see all that runs from here on.
 */
AilStatus ail_drive_step(AilDrive *d);

/* The process, for more than that. Owned by the drive. */
AilQemu *ail_drive_qemu(AilDrive *d);

/*
 * How long to wait, in microseconds, before asking a running replay for its icount again; each
 * question also wakes QEMU's main loop, which sleeps in real time while the guest idles. advanced:
 * instructions since the last question; last: how long it was waited then, 0 at first.
 */
unsigned ail_drive_pause(uint64_t advanced, unsigned last);

/* The socket to QEMU's gdb stub, with `steps`. Owned by the drive. */
int ail_drive_gdb_fd(const AilDrive *d);

/* End QEMU. */
AilStatus ail_drive_end(AilDrive *d);

#endif
