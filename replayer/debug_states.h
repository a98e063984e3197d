/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where going back begins: states of the machine that were kept on the way (and those of `ailurus
 * replay --checkpoints`), and replays that were started from them ahead of time and wait. A thread
 * of its own starts all replays. The functions belong to one other thread.
 */
#ifndef AIL_REPLAYER_DEBUG_STATES_H
#define AIL_REPLAYER_DEBUG_STATES_H

#include "replayer/debug_runner.h"

typedef struct AilStates AilStates;

/* config: borrowed; checkpoints: a folder of checkpoints, which need not exist. Never NULL. */
AilStates *ail_states_new(const AilRunnerConfig *config, const char *checkpoints);
void ail_states_free(AilStates *states); /* ends all that wait; may be NULL */

/*
 * A replay that stands at instruction `icount` or before, as near as one can be had soon; the
 * caller's: ail_states_drop. progress: asked while waiting, as of ail_runner_set_owner; AIL_END: it
 * said stop.
 */
AilStatus ail_states_take(AilStates *states, uint64_t icount,
                          bool (*progress)(void *user, uint64_t icount, uint64_t total), void *user,
                          AilRunner **runner, AilError *err);

/* End it, by and by. */
void ail_states_drop(AilStates *states, AilRunner *runner);

/* One is likely to go back from here, by little: prepare for that. */
void ail_states_expect(AilStates *states, uint64_t icount);

/* Icount of the last state at `icount` or before; 0 is always one. */
uint64_t ail_states_last(AilStates *states, uint64_t icount);

/* On the way forward: where to stop next, before `end` at most, to keep a state, and keep it. That
 * it cannot be kept is no error. */
uint64_t ail_states_next(AilStates *states, uint64_t icount, uint64_t end);
void ail_states_keep(AilStates *states, AilRunner *runner);

#endif
