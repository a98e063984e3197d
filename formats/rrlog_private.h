/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the two files of the reader of QEMU's replay log: rrlog.c has the bytes ready,
 * rrlog_event.c knows what they mean. */
#ifndef AIL_FORMATS_RRLOG_PRIVATE_H
#define AIL_FORMATS_RRLOG_PRIVATE_H

#include <stdbool.h>

#include "formats/rrlog.h"

struct AilRrlog {
    AilError err;
    char *path;             /* owned */
    AilRrlogSource *source; /* where the bytes come from; NULL: nothing is open */
    void *user;             /* for source */
    int fd;                 /* owned; -1: not from a file */
    uint8_t *buf;           /* owned, `cap` bytes, of which at .. have are unread */
    size_t cap;
    size_t at;
    size_t have;
    uint64_t buf_offset; /* file offset of buf[0] */
    uint64_t icount;
    uint64_t event_offset;
    bool ended;
    bool live;     /* still being written: no version in its header yet */
    bool short_of; /* failed because the file has no more bytes */
};

/* Move what is unread to the buffer's front and read more behind it, until `need` bytes are there.
 * AIL_END when the file has no more. */
AilStatus ail_rrlog_fill(AilRrlog *log, size_t need);

/* Have the next `len` bytes of an event in the buffer. What was taken of the event before may move:
 * keep offsets, not pointers, over several calls. */
AilStatus ail_rrlog_need(AilRrlog *log, size_t len);

/* "`what` `value`": the event being read cannot be. Returns AIL_ERR. */
AilStatus ail_rrlog_damaged(AilRrlog *log, const char *what, uint64_t value);

/* Read what belongs to event byte e->code; fills in e's other fields. */
AilStatus ail_rrlog_read_event(AilRrlog *log, AilRrlogEvent *e);

#endif
