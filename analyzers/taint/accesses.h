/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accesses of a chunk as programs want them. All functions are thread-safe on distinct objects. */
#ifndef AIL_ANALYZERS_TAINT_ACCESSES_H
#define AIL_ANALYZERS_TAINT_ACCESSES_H

#include <glib.h>

#include "analyzers/taint/run.h"
#include "trace/trace.h"

/* Make `to`, of AilTaintAccess, those from .. end - 1 of the chunk. */
void ail_taint_collect(const AilChunk *chunk, uint32_t from, uint32_t end, GArray *to);

/* Whether one of these accesses touches a line that has a tainted byte. */
bool ail_taint_touched(const AilShadow *shadow, const AilChunk *chunk, uint32_t from, uint32_t end);

#endif
