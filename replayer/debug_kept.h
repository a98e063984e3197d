/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States of a recording's machine that a replay can start from: its beginning, checkpoints that are
 * there (checkpoints.h), and those that the debugger has kept on its way. Whoever has one sees to
 * it that only one thread at a time uses it.
 */
#ifndef AIL_REPLAYER_DEBUG_KEPT_H
#define AIL_REPLAYER_DEBUG_KEPT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct AilKept AilKept;

/* checkpoints: a folder of them, which need not exist. Never NULL. */
AilKept *ail_kept_new(const char *checkpoints);
void ail_kept_free(AilKept *kept); /* the states stay; may be NULL */

/* Icount of the last one at `icount` or before; 0 is always one. */
uint64_t ail_kept_last(const AilKept *kept, uint64_t icount);
/* The folder of the one at `icount`, borrowed; NULL: it is the recording's beginning. */
const char *ail_kept_folder(const AilKept *kept, uint64_t icount);

/* One was kept in `folder`. near: for going back by little, of which there are few. */
void ail_kept_add(AilKept *kept, uint64_t icount, const char *folder, bool near);
/* For one more that is near: the oldest is removed if there are too many. */
void ail_kept_make_room(AilKept *kept);
/* The last one at `icount` or before is of no use; it is removed if it was kept. False: it is the
 * beginning. */
bool ail_kept_forget(AilKept *kept, uint64_t icount);

/* Behind `icount`, where another is worth having, of a recording of so many instructions;
 * UINT64_MAX: there are enough. */
uint64_t ail_kept_next(const AilKept *kept, uint64_t icount, uint64_t instructions);

#endif
