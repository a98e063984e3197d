/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading QEMU's record/replay log, the file of `-icount rr=record,rrfile=FILE`, version 0xe0200c
 * (QEMU 10.0). Its format, learnt from QEMU's replay/ directory: a header of 12 bytes (big-endian
 * version, then 8 unused bytes), then events: one byte that says which, then what belongs to it,
 * integers big-endian. An event carries no time; the instruction events between the others say
 * how many instructions ran, and their sum is the log's time axis.
 *
 * The log is read in a stream with bounded memory, and everything in it is checked.
 * A reader belongs to one thread at a time; several readers are independent.
 */
#ifndef AIL_FORMATS_RRLOG_H
#define AIL_FORMATS_RRLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

#define AIL_RRLOG_VERSION     0xe0200cu
#define AIL_RRLOG_HEADER_SIZE 12

/* No payload is longer than this; a log that says otherwise is damaged. */
#define AIL_RRLOG_MAX_PAYLOAD (16u << 20)

typedef enum {
    AIL_RRLOG_INSNS,          /* `value` instructions were executed */
    AIL_RRLOG_INTERRUPT,      /* the CPU took an interrupt */
    AIL_RRLOG_EXCEPTION,      /* the CPU took an exception */
    AIL_RRLOG_BH,             /* a deferred task of QEMU ran; value = its id */
    AIL_RRLOG_INPUT,          /* keyboard or mouse; payload as QEMU wrote it */
    AIL_RRLOG_INPUT_SYNC,     /* end of a group of input events */
    AIL_RRLOG_CHAR_INPUT,     /* a serial port (`device`) received the payload */
    AIL_RRLOG_BLOCK,          /* a disk request completed; value = its id */
    AIL_RRLOG_PACKET,         /* network filter `device` let the payload in; value = flags */
    AIL_RRLOG_SHUTDOWN,       /* value = cause, see ail_rrlog_shutdown_name */
    AIL_RRLOG_CHAR_WRITE,     /* a serial port's output was taken; value = bytes taken */
    AIL_RRLOG_CHAR_READ,      /* payload was read from a character device on demand */
    AIL_RRLOG_CHAR_READ_FAIL, /* such a read failed; value = QEMU's (negative) result */
    AIL_RRLOG_AUDIO_OUT,      /* value = samples played */
    AIL_RRLOG_AUDIO_IN,       /* payload = samples, 16 bytes each; value = their number */
    AIL_RRLOG_RANDOM,         /* payload = random bytes given out; value = QEMU's result */
    AIL_RRLOG_CLOCK,      /* a host clock (`device`: 0 wall, 1 real time) was read; value = ns */
    AIL_RRLOG_CHECKPOINT, /* value = QEMU's checkpoint number: a place where timers ran */
    AIL_RRLOG_END,        /* the log was finished properly */
} AilRrlogKind;

typedef struct AilRrlogEvent {
    AilRrlogKind kind;
    uint8_t code;           /* the event byte in the file */
    uint8_t device;         /* by kind */
    int64_t value;          /* by kind */
    uint64_t icount;        /* instructions executed before the event */
    uint64_t offset;        /* of the event byte in the file */
    const uint8_t *payload; /* `len` bytes, valid until the next call; NULL when len is 0 */
    size_t len;
} AilRrlogEvent;

typedef struct AilRrlog AilRrlog;

/* A new reader with nothing open. Never NULL. Release with ail_rrlog_free (NULL is fine). */
AilRrlog *ail_rrlog_new(void);
void ail_rrlog_free(AilRrlog *log);

/* The last failure's message: "FILE: what (offset N)"; "" when there was none. */
const char *ail_rrlog_error(const AilRrlog *log);

/*
 * Open the log in regular file `path`, check its version and go to the first event.
 * offset, icount: to start at a later event instead (where a snapshot was taken, which stores
 * both): the event's offset in the file and the instructions executed before it; 0, 0 for the
 * beginning. The caller answers for offset being at an event.
 */
AilStatus ail_rrlog_open(AilRrlog *log, const char *path, uint64_t offset, uint64_t icount);

/* The log's next bytes, at most `size` of them, into `buf`: how many, 0 at the end, -1 on failure.
 */
typedef ptrdiff_t AilRrlogSource(void *user, void *buf, size_t size);

/* As ail_rrlog_open, but the log comes from `source`, from its beginning. name: for messages. What
 * `source` needs must live as long as the log is read. */
AilStatus ail_rrlog_open_stream(AilRrlog *log, const char *name, AilRrlogSource *source,
                                void *user);

/*
 * Read the next event. AIL_OK; AIL_END after the AIL_RRLOG_END event; AIL_ERR for an unknown or
 * impossible event, or when the file stops without an end event, which says that QEMU was killed
 * or the file was cut; the events up to there were good.
 */
AilStatus ail_rrlog_next(AilRrlog *log, AilRrlogEvent *event);

/* Instructions executed up to the reader's position. */
uint64_t ail_rrlog_icount(const AilRrlog *log);

/* The reader's position: where the last event ends. */
uint64_t ail_rrlog_offset(const AilRrlog *log);

/* Run through the whole log in `path`: *total = the sum of its instruction events. The message
 * goes to err. */
AilStatus ail_rrlog_total(const char *path, uint64_t *total, AilError *err);

/*
 * Make the finished log in `path` replay to its last instruction. When a guest powers off, QEMU
 * logs the shutdown at the last event before it, with the instructions up to the power-off behind
 * it; a replay then ends as soon as its main loop sees the shutdown, often before it has run them.
 * This moves such a shutdown behind the last instructions. Other logs stay as they are.
 * *total: as of ail_rrlog_total; *cause: the shutdown that ended the run
 * (ail_rrlog_shutdown_name). Writes to the file; not safe against others that use it.
 */
AilStatus ail_rrlog_settle(const char *path, uint64_t *total, int64_t *cause, AilError *err);

/* A piece of a log: the events behind a snapshot (formats/vmstate.h), as far as they belong to its
 * next `insns` instructions. */
typedef struct AilRrlogCut {
    uint64_t start;  /* offset of the first event behind the start of QEMU itself: what is before it
                        (random numbers for the board) belongs to every piece */
    uint64_t offset; /* of the first event's byte, where the snapshot was taken */
    uint32_t left;   /* instructions left of that event; 0: it is whole, or */
    uint64_t done;   /* so many of it are before the piece */
    uint64_t insns;  /* instructions in the piece, at least 1 */
    int64_t cause;   /* what the piece shall say why it ended, see ail_rrlog_shutdown_name */
    bool live;       /* QEMU may still be writing the log */
} AilRrlogCut;

/* The cause of an end that QEMU was told over QMP; and how many causes there are. */
#define AIL_RRLOG_CAUSE_QUIT 2
#define AIL_RRLOG_CAUSES     11

/*
 * How far a log goes that QEMU did not finish: *insns = the sum of its instructions from the event
 * at `offset` on. AIL_ERR only when it cannot be read or is damaged before its end.
 */
AilStatus ail_rrlog_reach(const char *path, uint64_t offset, uint64_t *insns, AilError *err);

/*
 * Write the piece `cut` of the log in `path` to the new file `to`: a log of its own, that ends as
 * QEMU ends one when it is told to quit. AIL_END: a live log does not reach to the piece's end yet;
 * nothing was written, and the instructions to get there may need QEMU to run on.
 */
AilStatus ail_rrlog_cut(const char *path, const AilRrlogCut *cut, const char *to, AilError *err);

/* QEMU's name of a shutdown cause ("guest-shutdown"); "unknown" outside its range. */
const char *ail_rrlog_shutdown_name(int64_t cause);

/* A short name of an event kind ("char-input"). */
const char *ail_rrlog_kind_name(AilRrlogKind kind);

#endif
