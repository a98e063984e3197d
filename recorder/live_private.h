/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of a live session: its life (live.c), commands (live_commands.c), pieces
 * (live_pieces.c) and how they are written (live_pack.c). */
#ifndef AIL_RECORDER_LIVE_PRIVATE_H
#define AIL_RECORDER_LIVE_PRIVATE_H

#include <glib.h>

#include "recorder/live.h"
#include "recorder/pieces.h"

typedef enum {
    TAKE_RECORDING, /* the guest runs, the piece has begun */
    TAKE_ENDED,     /* the piece has ended, QEMU's log does not reach that far yet */
    TAKE_PACKING,   /* a thread writes and checks it */
} TakeState;

/* A piece on its way to its file. */
typedef struct Take {
    AilLive *live;
    AilPiece *piece; /* owned */
    char *output;    /* owned; the recording's name */
    bool force;
    TakeState state;
    AilManifest *manifest; /* owned; its instructions and end once it has ended */
    int64_t cause;         /* QEMU's number of what ended it */
    int64_t start_us;      /* monotonic clock */
    uint64_t bytes;        /* of the archive */
    int64_t next_us;       /* when to look at the log again */
    AilClient *client;     /* held; who gets the answer; may be NULL */
    GThread *thread;       /* packs it */
    bool done;             /* under live->lock: the thread is at its end; below is its result */
    bool written;
    AilStatus check; /* AIL_END: it was not checked */
    AilError err;
} Take;

struct AilLive {
    AilSession *session; /* borrowed */
    AilPieces *pieces;
    AilControl *control, *guest;
    int guest_fd;  /* QEMU's end */
    Take *current; /* one of takes: recording */
    GPtrArray *takes;
    int over; /* atomic: QEMU has ended */
    GMutex lock;
    int wake_fd; /* an eventfd: a thread is at its end */
    unsigned written, failed;
    unsigned guest_calls; /* so far */
};

/* Tell who asked, and everybody. */
void ail_live_tell(AilLive *live, AilClient *client, bool ok, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A line of the guest: as of ail_live_command. */
void ail_live_guest_command(void *user, AilClient *client, const char *line);

/* Stop the machine if it runs, act, let it run on; while act says AIL_END that it cannot be done
 * just now, again a little later. The pieces' message goes to err. */
AilStatus ail_live_stopped(AilLive *live, AilStatus (*act)(void *what), void *what, AilError *err);

/* Save the machine as it stands; the answer goes to client. */
void ail_live_save(AilLive *live, AilClient *client, const char *name);

/* Begin a piece; the answer goes to client. name: without or with ".rr". */
void ail_take_begin(AilLive *live, AilClient *client, const char *name, bool force);

/* End the piece in progress; the answer comes when it is written. */
void ail_take_end(AilLive *live, AilClient *client, const char *why);

/* It cannot be written, which is told; it is none any more, whatever came of it. */
void ail_take_lose(AilLive *live, Take *take, const char *why);
void ail_take_forget(AilLive *live, Take *take);

/* Go on with pieces that have ended. */
void ail_takes_turn(AilLive *live);

/* As above, until all is written. live_log: QEMU did not end its log. */
void ail_takes_finish(AilLive *live, bool live_log);

#endif
