/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting a piece out of a recording, exact to the instruction: it is replayed up to where the
 * piece begins, a snapshot is taken, it is replayed to the piece's end (recorder/pieces.h). */
#ifndef AIL_REPLAYER_SCISSORS_H
#define AIL_REPLAYER_SCISSORS_H

#include "formats/rr.h"
#include "replayer/drive.h"

typedef struct AilScissors {
    AilDriveConfig drive;   /* of the recording */
    uint64_t from, to;      /* instructions from .. to - 1 */
    const char *output;     /* name of the new recording; borrowed */
    bool force;             /* replace an existing file */
    AilRrProgress *packing; /* called while the piece is written; user: as of drive; may be NULL */
} AilScissors;

/*
 * Cut. *manifest: the new recording's, the caller's on AIL_OK; *size: its bytes. AIL_END:
 * `progress` said stop. (When `packing` does it is AIL_ERR, "interrupted".)
 */
AilStatus ail_scissors_cut(const AilScissors *cut, AilManifest **manifest, uint64_t *size,
                           AilError *err);

#endif
