/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands around recordings share: watching over long work, replaying without a trace,
 * and saying that something is no recording. */
#ifndef AIL_CLI_RERUN_H
#define AIL_CLI_RERUN_H

#include "cli/cli.h"
#include "cli/running.h"
#include "formats/error.h"

/* Long work with an archive: signals stop it, a bar shows how far it is. */
typedef struct AilWatch {
    AilStop stop;
    AilProgress *bar; /* NULL: none is shown */
} AilWatch;

/* An AilRrProgress; user: an AilWatch. */
bool ail_watch_bytes(void *user, uint64_t done, uint64_t total);

/* Say what is wrong with the recording in `path`, and when it is a trace which command would take
 * it: `instead` ("trace info"). Returns AIL_EXIT_FAILURE. */
int ail_cli_not_a_recording(const char *command, const char *path, const char *instead,
                            const AilError *err);

/*
 * Replay a recording to its end as fast as it goes, and write nothing; works in a private directory
 * beside it, or in $TMPDIR. stall_seconds: as of AilReplayConfig. *began (may be NULL): whether it
 * came so far that the recording, and not the place, is to blame.
 * AIL_OK: it replays. AIL_END: stopped. AIL_ERR: it does not, or cannot be; err says why, the
 * recording's name first.
 */
AilStatus ail_cli_rerun(const char *path, unsigned stall_seconds, AilWatch *watch, bool *began,
                        AilError *err);

#endif
