/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/stall.h"

#include <glib.h>
#include <inttypes.h>

enum { USUAL_SECONDS = 60 };

void ail_stall_begin(AilStall *s, unsigned seconds, uint64_t icount)
{
    *s = (AilStall){seconds ? seconds : USUAL_SECONDS, icount, g_get_monotonic_time()};
}

AilStatus ail_stall_look(AilStall *s, uint64_t icount, uint64_t total, AilError *err)
{
    int64_t now = g_get_monotonic_time();
    if (icount != s->seen) {
        s->seen = icount;
        s->seen_at = now;
    } else if (now - s->seen_at > (int64_t)s->seconds * G_USEC_PER_SEC) {
        return ail_error_set(err,
                             "stalled at instruction %" PRIu64 " of %" PRIu64
                             ": no progress for %u seconds; record again, or, if the host was "
                             "only busy, raise --stall-timeout",
                             icount, total, s->seconds);
    }
    return AIL_OK;
}
