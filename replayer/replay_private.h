/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of replay.h. */
#ifndef AIL_REPLAYER_REPLAY_PRIVATE_H
#define AIL_REPLAYER_REPLAY_PRIVATE_H

#include <glib.h>

#include "replayer/drive.h"
#include "replayer/pump.h"
#include "replayer/replay.h"
#include "replayer/stall.h"

struct AilReplay {
    const AilReplayConfig *config; /* borrowed, during run */
    AilDrive *drive;
    AilQemu *qemu; /* the drive's */
    AilDriveConfig driving;
    AilPump *pump;
    AilTraceWriter *writer;
    int console_fd; /* owned; what the guest writes to its serial port */
    char *log;      /* owned; path */
    bool write_failed;
    bool quit_sent, gone; /* QEMU was told to end; has ended */
    bool finished;        /* the plugin has handed over its last segment */
    AilStatus turned;     /* what the last turn of the pump came to */
    AilStall stall;
    AilError error;
};

/* replay_start.c: everything that takes part, with QEMU stopped at its beginning. */
AilStatus replay_start(AilReplay *r);
/* To where the trace begins, with the plugin asleep. AIL_END: progress said stop. */
AilStatus replay_go_to_start(AilReplay *r);

#endif
