/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of a machine's run, each made into a recording of its own: while the machine runs under
 * QEMU's record/replay (it does not matter which of the two), a piece begins with a snapshot and
 * ends at a later instruction. What it needs of the disks is collected meanwhile, and its part of
 * the log is cut out of QEMU's.
 *
 * On each disk a piece lays a copy-on-read image, which gets what is read for the first time, and
 * on that an overlay for what is written (docs/recording.md). Only one piece is in progress at a
 * time. All functions belong to one thread; those that talk to QEMU want the machine stopped and
 * leave it so.
 */
#ifndef AIL_RECORDER_PIECES_H
#define AIL_RECORDER_PIECES_H

#include "formats/machine.h"
#include "formats/vmstate.h"
#include "recorder/qemu.h"

typedef struct AilPieces AilPieces; /* a machine whose run is taken in pieces */
typedef struct AilPiece AilPiece;

/* qemu (NULL: it is gone, and pieces are only ended and collected), machine, dir (QEMU's working
 * directory): borrowed. Never NULL. */
AilPieces *ail_pieces_new(AilQemu *qemu, const AilMachine *machine, const char *dir);
void ail_pieces_free(AilPieces *pieces); /* after all its pieces; may be NULL */

/* The last failure's message, of the pieces too. */
const char *ail_pieces_error(const AilPieces *pieces);

/* Make what a piece will need; the machine may run. *piece is the caller's: ail_piece_free. */
AilStatus ail_piece_prepare(AilPieces *pieces, AilPiece **piece);

/* A piece of a run whose process was killed, by its name and where it began; the caller's. Its
 * files stay when it is freed. */
AilPiece *ail_piece_resume(AilPieces *pieces, const char *name, const AilVmstate *at);

/* Begin a prepared piece where the machine stands. AIL_END: QEMU cannot take a snapshot just now;
 * let the machine run a little and try again. */
AilStatus ail_piece_begin(AilPiece *piece);

/* End it where the machine stands, while the machine is to run on. AIL_END: as of begin,
 * also while nothing was executed since it began. */
AilStatus ail_piece_end(AilPiece *piece);

/* QEMU is gone, and the piece ended with its run, after `icount` instructions; or, should QEMU have
 * died, with the last event that its log has. The latter cannot be done for machines with disks,
 * unless the piece had ended: what QEMU had read of them is not in the images then. */
AilStatus ail_piece_end_at(AilPiece *piece, uint64_t icount);
AilStatus ail_piece_end_at_last_event(AilPiece *piece);

/*
 * Keep the machine as it stands, on its way: its state in the new image NAME.qcow2, its disks in
 * their overlays, as snapshot `tag` of each. AIL_END: as of ail_piece_begin. Not within a piece.
 */
AilStatus ail_pieces_keep(AilPieces *pieces, const char *name, const char *tag);

/*
 * Load the state that snapshot `tag` of image `file`, which nothing else uses, has into the
 * machine. Before the first piece.
 */
AilStatus ail_pieces_load(AilPieces *pieces, const char *file, const char *tag);

/* Its name, which others in the directory do not have; where it began; and instructions in it once
 * it has ended. Owned by the piece. */
const char *ail_piece_name(const AilPiece *piece);
const AilVmstate *ail_piece_start(const AilPiece *piece);
uint64_t ail_piece_insns(const AilPiece *piece);

/*
 * Put together the files of a piece that has ended, under their member names in a directory of its
 * own. cause: why the machine ended there, see ail_rrlog_shutdown_name. live: QEMU still runs; then
 * AIL_END says that its log is not written that far yet, which it is after some more events at the
 * latest. Does not talk to QEMU.
 */
AilStatus ail_piece_collect(AilPiece *piece, int64_t cause, bool live);

/* That directory. Owned by the piece. */
const char *ail_piece_dir(const AilPiece *piece);

/* Removes the directory and the snapshot; piece may be NULL. */
void ail_piece_free(AilPiece *piece);

#endif
