/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a session in which pieces of the run are recorded: commands from people, scripts and
 * the guest, and what becomes of the pieces. Private to the session, whose thread it runs in; only
 * packing and checking of a piece that has ended are done in a thread of its own.
 */
#ifndef AIL_RECORDER_LIVE_H
#define AIL_RECORDER_LIVE_H

#include "recorder/control.h"
#include "recorder/pieces.h"
#include "recorder/session_private.h"

/* Descriptors to poll, at most: controls of people and of the guest, and finished pieces. */
#define AIL_LIVE_MAX_FDS (2 * AIL_CONTROL_MAX_FDS + 1)

/* Make s->live, and listen; QEMU does not run yet. */
AilStatus ail_live_open(AilSession *s);

/* QEMU's end of the guest's commands, for its plugin; -1: there are none. Owned by live, which
 * closes it in ail_live_begin. */
int ail_live_guest_fd(const AilLive *live);

/* QEMU runs. */
void ail_live_begin(AilLive *live);

/* The machine's pieces, once QEMU runs. Owned by live. */
AilPieces *ail_live_pieces(const AilLive *live);

/* Before the machine runs: what it will do until its end is to be recording `output`. The message
 * is the session's. */
AilStatus ail_live_begin_all(AilLive *live, const char *output, bool force);

/* As of AilControl. */
size_t ail_live_fds(const AilLive *live, struct pollfd *fds);
void ail_live_turn(AilLive *live, const struct pollfd *fds, size_t n);

/* Do a command: an AilControlHandler, whose user is an AilLive. client: who is answered; NULL:
 * nobody but config's note. */
void ail_live_command(void *live, AilClient *client, const char *line);

/* When to take a turn at the latest, microseconds of the monotonic clock. */
int64_t ail_live_deadline(const AilLive *live);

/* QEMU has ended after `total` instructions, its log is complete. why, cause: what ended it, for
 * people and as QEMU's number. Waits until all pieces are written. */
void ail_live_finish(AilLive *live, uint64_t total, const char *why, int64_t cause);

/* QEMU died. Pieces that had ended are written if the log goes that far; of the one in progress
 * what can be saved is. Returns whether nothing was lost. */
bool ail_live_rescue(AilLive *live);

/* Number of pieces that were written, and that were lost or do not replay. */
unsigned ail_live_written(const AilLive *live);
unsigned ail_live_failed(const AilLive *live);

void ail_live_free(AilLive *live); /* may be NULL */

#endif
