/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording as something to travel in: forward as QEMU goes, backward by replaying again up to an
 * earlier instruction. Where one is, is a number of instructions; at some there is a second place,
 * behind an interrupt or fault that comes there. One thread.
 */
#ifndef AIL_REPLAYER_DEBUG_TRAVEL_H
#define AIL_REPLAYER_DEBUG_TRAVEL_H

#include "replayer/debug_runner.h"

typedef struct AilTravel AilTravel;

typedef enum {
    AIL_ARRIVED_STEP,      /* where it was sent */
    AIL_ARRIVED_BREAK,     /* a breakpoint */
    AIL_ARRIVED_WATCH,     /* a watchpoint: the text says which */
    AIL_ARRIVED_INTERRUPT, /* progress said stop */
    AIL_ARRIVED_BEGIN,     /* the recording's beginning, */
    AIL_ARRIVED_END,       /* and its end */
} AilArrival;

typedef struct AilArrived {
    AilArrival how;
    char watch[40]; /* "watch:ffff80;" */
} AilArrived;

/* As of AilDebugConfig. Never NULL. */
AilTravel *ail_travel_new(const AilRunnerConfig *config, const char *checkpoints,
                          bool (*progress)(void *user, uint64_t icount, uint64_t total),
                          void *user);
void ail_travel_free(AilTravel *travel); /* may be NULL */

/* Go to instruction `icount`, first of all or from anywhere; AIL_END: progress said stop. */
AilStatus ail_travel_to(AilTravel *travel, uint64_t icount, AilError *err);

uint64_t ail_travel_icount(const AilTravel *travel);

/* Forward, 'c' or 's'. */
AilStatus ail_travel_forward(AilTravel *travel, char how, AilArrived *arrived, AilError *err);

/* Backward by an instruction, or to the last time that a breakpoint or watchpoint was hit before.
 */
AilStatus ail_travel_step_back(AilTravel *travel, AilArrived *arrived, AilError *err);
AilStatus ail_travel_run_back(AilTravel *travel, AilArrived *arrived, AilError *err);

/* Ask QEMU's stub something that changes nothing. */
AilStatus ail_travel_ask(AilTravel *travel, const char *request, size_t size, GString *answer,
                         AilError *err);

/* Set ("Z0,fff0,1") or remove a break or watchpoint; answer: the stub's. */
AilStatus ail_travel_break(AilTravel *travel, const char *request, GString *answer, AilError *err);
void ail_travel_clear_breaks(AilTravel *travel);

/* Which kind of breakpoint is where the machine stands: "swbreak:;", "hwbreak:;". "": none, by the
 * program counter alone, which is all that gdb looks at; QEMU adds x86's segments. */
const char *ail_travel_break_here(AilTravel *travel);

#endif
