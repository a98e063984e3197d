/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a replay gets on: a watchdog over its icount. */
#ifndef AIL_REPLAYER_STALL_H
#define AIL_REPLAYER_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilStall {
    unsigned seconds; /* without progress for so long is an error */
    uint64_t seen;    /* icount at the last look, */
    int64_t seen_at;  /* and when it was reached, microseconds */
} AilStall;

/* It begins, or begins anew, at `icount`. seconds: 0: the usual. */
void ail_stall_begin(AilStall *stall, unsigned seconds, uint64_t icount);

/* It is at `icount`, and shall come to `total`. AIL_ERR: it stands still; err says where, and what
 * may help. */
AilStatus ail_stall_look(AilStall *stall, uint64_t icount, uint64_t total, AilError *err);

#endif
