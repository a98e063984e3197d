/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the pieces: their life and what QEMU is told (pieces.c), their files
 * (pieces_files.c). */
#ifndef AIL_RECORDER_PIECES_PRIVATE_H
#define AIL_RECORDER_PIECES_PRIVATE_H

#include "formats/vmstate.h"
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
    GPtrArray *chains[AIL_MACHINE_MAX_DISKS]; /* owned; the files that have what the disk's device
                                                 wrote, the latest last */
    unsigned next;                            /* number of the next piece */
};

struct AilPiece {
    AilPieces *pieces;
    char *name;                         /* owned; "piece3": of its directory, part of all others */
    char *dir;                          /* owned; path of the directory */
    char *below[AIL_MACHINE_MAX_DISKS]; /* owned; what was the top of each disk before */
    unsigned n_layers;                  /* disks that have the piece's layers */
    AilVmstate at;                      /* where it began, once it has; its snapshot says so */
    bool resumed;                       /* by a process that did not make its files */
    uint64_t insns;                     /* instructions, 0 until it has ended */
};

/* Names of a piece's nodes, and with ".qcow2" of their images: "piece3-snapshot", "piece3-disk0",
 * "piece3-overlay0". Free with g_free. */
char *ail_piece_node(const AilPiece *piece, const char *what, int disk);

/* Run a QMP command whose arguments are printed. */
AilStatus ail_pieces_execute(AilPieces *pieces, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The machine's state into image `file`, as snapshot `tag`. node: its name for as long as that
 * takes; more: further devices that get a snapshot, as JSON with a comma first. AIL_END: disk
 * requests are on their way. */
AilStatus ail_pieces_save(AilPieces *pieces, const char *node, const char *file, const char *tag,
                          const char *more);

/* Lay a piece's layers on a disk. Where that fails there are none, or only an overlay. */
AilStatus ail_piece_add_layers(AilPiece *piece, unsigned disk);

/* Nothing is to be collected any more: the image is complete, and is not written to. */
AilStatus ail_piece_close_layers(AilPiece *piece, unsigned disk);

/* Make the images. */
AilStatus ail_piece_make_images(AilPiece *piece);

/* Find out where the snapshot was taken. */
AilStatus ail_piece_read_start(AilPiece *piece);

#endif
