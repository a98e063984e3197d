/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of debug_travel.h. */
#ifndef AIL_REPLAYER_DEBUG_TRAVEL_PRIVATE_H
#define AIL_REPLAYER_DEBUG_TRAVEL_PRIVATE_H

#include "replayer/debug_states.h"
#include "replayer/debug_travel.h"

struct AilTravel {
    const AilRunnerConfig *config; /* borrowed */
    AilStates *states;             /* owned */
    AilRunner *now;                /* owned; NULL: nowhere yet */
    GPtrArray *breaks;             /* owned; of char *, owned */
    GPtrArray *none;               /* owned; empty */
    bool (*progress)(void *user, uint64_t icount, uint64_t total);
    void *user;
};

/* Instructions in the recording. */
uint64_t travel_total(const AilTravel *t);
/* As of ail_states_take. */
AilStatus travel_take(AilTravel *t, uint64_t icount, AilRunner **r, AilError *err);
/* There anew, from a state at `from` or before. */
AilStatus travel_begin_at(AilTravel *t, uint64_t from, uint64_t icount, AilRunner **r,
                          AilError *err);
/* This is where one is now. */
void travel_move_to(AilTravel *t, AilRunner *r);
void travel_describe(const AilDebugStop *stop, AilArrived *arrived);

#endif
