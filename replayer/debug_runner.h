/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One replay of several of the same recording, for the debugger: it begins at a state that was kept
 * and goes forward, with breakpoints or without. Each has a folder of its own inside the one in
 * which the recording is unpacked. A runner belongs to one thread at a time; the one that started
 * it must live as long.
 */
#ifndef AIL_REPLAYER_DEBUG_RUNNER_H
#define AIL_REPLAYER_DEBUG_RUNNER_H

#include "replayer/debug_stub.h"
#include "replayer/drive.h"

/* What all of them have in common. */
typedef struct AilRunnerConfig {
    const AilManifest *manifest; /* borrowed */
    const char *identity;        /* the recording's; borrowed */
    const char *dir;             /* where it is unpacked; borrowed */
    unsigned stall_seconds;      /* as in AilDriveConfig */
} AilRunnerConfig;

typedef enum {
    AIL_STOP_LIMIT,     /* where it was told to */
    AIL_STOP_BREAK,     /* a breakpoint */
    AIL_STOP_WATCH,     /* a watchpoint */
    AIL_STOP_STEP,      /* one step, which executed nothing if it was an interrupt or a fault */
    AIL_STOP_INTERRUPT, /* its owner wanted it */
} AilStopWhy;

typedef struct AilDebugStop {
    AilStopWhy why;
    char watch[40]; /* "watch:ffff80;", as gdb wants it */
} AilDebugStop;

typedef struct AilRunner AilRunner;

/* number: of its folder. checked: QEMU's version was, as in AilDriveConfig. config: borrowed. Never
 * NULL. */
AilRunner *ail_runner_new(const AilRunnerConfig *config, unsigned number, bool checked);
void ail_runner_free(AilRunner *runner); /* ends QEMU, removes the folder; may be NULL */

/* Who has the runner: is asked now and then, with the instructions replayed and where to; false:
 * stop. May be NULL. */
void ail_runner_set_owner(AilRunner *runner,
                          bool (*progress)(void *user, uint64_t icount, uint64_t total),
                          void *user);

/* Start, from the state of instruction `icount` in folder `from` (of ail_runner_keep or
 * checkpoints.h), or with NULL at the recording's beginning. AIL_END: the state is of no use, err
 * says why. */
AilStatus ail_runner_start(AilRunner *runner, const char *from, uint64_t icount, AilError *err);

/* Where it stands, and whether it is behind an interrupt or fault at this instruction. */
uint64_t ail_runner_icount(const AilRunner *runner);
bool ail_runner_is_behind(const AilRunner *runner);

/* Its stub. Owned by the runner. */
AilStub *ail_runner_stub(AilRunner *runner);

/* Replay to instruction `icount` without breakpoints. AIL_END: its owner said stop. */
AilStatus ail_runner_to(AilRunner *runner, uint64_t icount, AilError *err);

/* Let it run with these breakpoints (as of ail_stub_set_breaks), 'c' up to `limit` at most or one
 * step 's'. */
AilStatus ail_runner_go(AilRunner *runner, char how, uint64_t limit, const GPtrArray *breaks,
                        AilDebugStop *stop, AilError *err);

/* Without these, until it goes again. */
AilStatus ail_runner_disarm(AilRunner *runner, AilError *err);

/* Keep the machine's state in the new folder `folder`, for ail_runner_start. AIL_END: disk requests
 * are on their way, or there is no room; not an error. */
AilStatus ail_runner_keep(AilRunner *runner, const char *folder, AilError *err);

#endif
