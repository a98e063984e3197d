/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the connection to gdb (debug.c) and what its packets ask for (debug_commands.c). */
#ifndef AIL_REPLAYER_DEBUG_PRIVATE_H
#define AIL_REPLAYER_DEBUG_PRIVATE_H

#include "replayer/debug.h"
#include "replayer/debug_packets.h"
#include "replayer/debug_travel.h"

typedef enum { AIL_DEBUG_GO_ON, AIL_DEBUG_KILLED, AIL_DEBUG_DETACHED } AilDebugNext;

struct AilDebug {
    AilError err;
    const AilDebugConfig *config; /* borrowed */
    AilRunnerConfig runner;
    AilTravel *travel;    /* owned */
    int fd;               /* owned; gdb; -1: nobody is connected */
    AilGdbReader *reader; /* owned */
    GString *sent;        /* owned; the last packet, framed */
    bool silent;          /* without acknowledgements */
    bool knows_breaks;    /* gdb wants to hear which kind of breakpoint it was */
    bool physical;        /* memory is read by physical addresses */
    bool ended;           /* progress said stop */
    AilDebugNext next;
};

/* The answer to a packet. AIL_ERR: QEMU failed. */
AilStatus ail_debug_answer(AilDebug *debug, const char *packet, size_t size, GString *answer);

/* The answer to `monitor` in gdb, as text. */
AilStatus ail_debug_monitor(AilDebug *debug, const char *command, GString *text);

#endif
