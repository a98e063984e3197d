/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of debug_runner.h. */
#ifndef AIL_REPLAYER_DEBUG_RUNNER_PRIVATE_H
#define AIL_REPLAYER_DEBUG_RUNNER_PRIVATE_H

#include "replayer/checkpoints.h"
#include "replayer/debug_runner.h"

struct AilRunner {
    const AilRunnerConfig *config; /* borrowed */
    bool checked;
    char *dir; /* owned */
    AilDriveConfig drive_config;
    AilCheckpoint from;
    AilDrive *drive;   /* owned */
    AilStub *stub;     /* owned */
    GPtrArray *breaks; /* owned; of char *, owned: what is set in the stub */
    uint64_t icount;   /* while it is stopped */
    bool behind;
    bool (*progress)(void *user, uint64_t icount, uint64_t total);
    void *user;
};

/* Whether its owner wants it to; user: the runner. */
bool runner_goes_on(void *user, uint64_t icount, uint64_t total);

#endif
