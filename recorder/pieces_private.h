/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the pieces: their life and what QEMU is told (pieces.c), their files
 * (pieces_files.c). */
#ifndef AIL_RECORDER_PIECES_PRIVATE_H
#define AIL_RECORDER_PIECES_PRIVATE_H

#include "recorder/machine_private.h"
#include "recorder/pieces.h"

/* The snapshot's name, also in the recording: a replay loads it. */
#define PIECE_SNAPSHOT START_SNAPSHOT

struct AilPieces {
    AilError err;
    AilQemu *qemu;                     /* borrowed */
    const AilMachine *machine;         /* borrowed */
    const char *dir;                   /* borrowed */
    char *tops[AIL_MACHINE_MAX_DISKS]; /* owned; the node that each disk's device writes to */
    unsigned next;                     /* number of the next piece */
};

struct AilPiece {
    AilPieces *pieces;
    char *name;                         /* owned; "piece3": of its directory, part of all others */
    char *dir;                          /* owned; path of the directory */
    char *below[AIL_MACHINE_MAX_DISKS]; /* owned; what was the top of each disk before */
    unsigned n_layers;                  /* disks that have the piece's layers */
    uint64_t start, insns;              /* icount; instructions, 0 until it has ended */
};

/* Names of a piece's nodes, and with ".qcow2" of their images: "piece3-snapshot", "piece3-disk0",
 * "piece3-overlay0". Free with g_free. */
char *ail_piece_node(const AilPiece *piece, const char *what, int disk);

/* Make the images. */
AilStatus ail_piece_make_images(AilPiece *piece);

#endif
