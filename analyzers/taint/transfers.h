/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls as movements of bytes: which buffers a call reads, and which it has written when it
 * returns. Made from the trace's events. One thread.
 */
#ifndef AIL_ANALYZERS_TAINT_TRANSFERS_H
#define AIL_ANALYZERS_TAINT_TRANSFERS_H

#include <glib.h>

#include "analyzers/guest.h"
#include "formats/syscalls_table.h"

typedef struct AilTransferPiece {
    uint64_t addr, len;
    uint8_t arg; /* which argument it is of */
} AilTransferPiece;

typedef struct AilTransfer {
    const AilSyscall *call; /* never NULL */
    uint64_t number, args[6];
    uint64_t icount; /* of its beginning */
    int64_t result;  /* when it has returned */
    uint8_t abi;
    uint64_t at[6];   /* of each argument that points to an offset in a file: the offset */
    bool data;        /* moves bytes by a descriptor: read, write, send, receive and the like */
    uint32_t fd;      /* with `data` */
    uint64_t files;   /* key of the table that fd is in */
    const char *path; /* what fd is, NULL: not known, or no descriptor; owned */
    GArray *in, *out; /* of AilTransferPiece: what it reads, and may write; owned */
} AilTransfer;

typedef struct AilTransfers AilTransfers;

/* begin: at a call. end: at its return. Pieces and lengths of `out` are then of what was written.
 * Both may be NULL; the transfer is theirs during the call only. guest: borrowed, and to be given
 * each event before this is. */
AilTransfers *ail_transfers_new(const AilGuest *guest,
                                void (*begin)(void *self, const AilTransfer *t),
                                void (*end)(void *self, const AilTransfer *t), void *self);
/* t may be NULL. */
void ail_transfers_free(AilTransfers *t);
void ail_transfers_event(AilTransfers *t, const AilEvent *event);

#endif
