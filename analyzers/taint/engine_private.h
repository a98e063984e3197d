/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the engine. */
#ifndef AIL_ANALYZERS_TAINT_ENGINE_PRIVATE_H
#define AIL_ANALYZERS_TAINT_ENGINE_PRIVATE_H

#include <glib.h>

#include "analyzers/taint/engine.h"

struct AilTaintEngine {
    AilTaint *taint;
    AilTaintBlocks *blocks;
    AilTaintSpaces *spaces;
    AilTaintJit *jit; /* NULL: all is interpreted */
    AilTaintListener listener;
    GArray *access; /* of AilTaintAccess: those of the execution at hand; owned */
    AilTaintEngineCounts counts;
    uint64_t due; /* icount; UINT64_MAX: nothing is */
    bool watch_loads;

    /* the chunk at hand */
    const AilChunk *chunk;
    uint32_t next_cut;
    uint32_t learned; /* accesses from here on are not in `spaces` yet */
    uint32_t now;     /* accesses before here have been made, or are at hand */
    uint32_t at;      /* while an event is told: executions before this one have run */
    uint64_t icount, asid;
    AilTaintMoment moment; /* of the execution at hand: its first instruction */
};

#endif
