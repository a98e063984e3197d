/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that a command works on: unpacked into a private directory, until it is done. */
#ifndef AIL_CLI_RECORDING_H
#define AIL_CLI_RECORDING_H

#include "cli/cli.h"
#include "cli/running.h"
#include "formats/rr.h"
#include "recorder/workdir.h"

typedef struct AilRecording {
    AilManifest *manifest;
    char identity[AIL_RR_IDENTITY_SIZE];
    AilWorkdir *work;
    const char *dir; /* where it is; owned by work */
} AilRecording;

/* Unpack recording `path` in a directory beside `beside` (see ail_workdir_make). progress: may be
 * NULL. In any case ail_cli_close_recording. */
AilStatus ail_cli_unpack(const char *path, const char *beside, AilRrProgress *progress, void *user,
                         AilRecording *recording, AilError *err);

/*
 * Unpack recording `path` for command `name`, in a directory beside `beside` (see
 * ail_workdir_make), having looked for what killed commands left there. stop: a signal makes it
 * fail. Returns an exit status, having said what was wrong; in any case ail_cli_close_recording.
 */
int ail_cli_open_recording(const char *name, const char *path, const char *beside, AilStop *stop,
                           AilRecording *recording);
/*
 * Options --from and --to of command `name` on recording `path`: to < 0 is its end, else the
 * instruction behind the last; *end gets that. Returns an exit status, having said what was wrong.
 */
int ail_cli_check_span(const char *name, const char *path, const AilManifest *manifest,
                       int64_t from, int64_t to, uint64_t *end);

void ail_cli_close_recording(AilRecording *recording);

#endif
