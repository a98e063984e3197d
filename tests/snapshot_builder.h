/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small qcow2 image with a snapshot, as QEMU's under record/replay, put together byte by byte. */
#ifndef AIL_TESTS_SNAPSHOT_BUILDER_H
#define AIL_TESTS_SNAPSHOT_BUILDER_H

#include <stdbool.h>

#include "formats/bytes.h"

typedef struct SnapshotPlan {
    const char *tag;
    unsigned name, pages; /* lengths of what is in front of what matters: bytes, pages of memory */
    uint64_t clock_ns, bias, icount, current, offset, event_id;
    uint32_t left, kind;
    bool unread, decoy; /* decoy: memory and a device look like the state that matters */
    bool arm, plain;    /* as of an Arm machine; without -icount and record/replay */
} SnapshotPlan;

/* Append the image to b: clusters of 512 bytes, so that much lies across borders. */
void snapshot_build(AilBuf *b, const SnapshotPlan *plan);

#endif
