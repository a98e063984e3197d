/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording under gdb, forward and backward (docs/debug.md): we serve gdb's remote protocol and
 * have QEMU's own stub do what concerns one moment; time is ours. One thread at a time, and only
 * one connection.
 */
#ifndef AIL_REPLAYER_DEBUG_H
#define AIL_REPLAYER_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"
#include "formats/manifest.h"

typedef struct AilDebug AilDebug;

typedef struct AilDebugConfig {
    const AilManifest *manifest; /* borrowed */
    const char *identity;        /* the recording's; borrowed */
    const char *dir;             /* where it is unpacked, nobody else's; borrowed */
    const char *checkpoints;     /* a folder of its checkpoints, which need not exist; borrowed */
    int listen_fd;               /* a listening socket on which gdb connects; borrowed */
    unsigned stall_seconds;      /* without progress for so long is an error; 0: the usual */
    /* Called often, with the instructions replayed and where to (0 of 0 while nothing runs); false:
     * end. */
    bool (*progress)(void *user, uint64_t icount, uint64_t total);
    void *user;
} AilDebugConfig;

/* config: borrowed. Never NULL. */
AilDebug *ail_debug_new(const AilDebugConfig *config);
void ail_debug_free(AilDebug *debug); /* ends all of QEMU; may be NULL */
const char *ail_debug_error(const AilDebug *debug);

/* Replay up to instruction `at`. AIL_END: progress said stop. Once, before serving. */
AilStatus ail_debug_begin(AilDebug *debug, uint64_t at);

/* Serve gdb, one after the other, until one kills the machine (AIL_OK) or progress says stop
 * (AIL_END). */
AilStatus ail_debug_serve(AilDebug *debug);

#endif
