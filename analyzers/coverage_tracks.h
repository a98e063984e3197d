/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code of one runner, instruction by instruction, strung together to blocks: a part of
 * coverage_sweep.c. */
#ifndef AIL_ANALYZERS_COVERAGE_TRACKS_H
#define AIL_ANALYZERS_COVERAGE_TRACKS_H

#include "analyzers/coverage_private.h"

/* The code of one runner. */
typedef struct Track {
    uint32_t runner;
    GArray *sites;    /* of Site, by at and len; owned */
    GArray *open;     /* of Open; owned */
    uint64_t covered; /* bytes up to here are counted */
    CoverSum *sum;
} Track;

typedef struct Walk {
    CoverSweep *s;
    AilRows *edges;
    AilError *err;
    GHashTable *tracks; /* runner -> Track, of the area at hand */
    Track *all;
    uint32_t area; /* index; COVERAGE_ALL: none */
    bool wanted;
    uint64_t kernel, kernel_end;
} Walk;

void cover_track_free(gpointer track);
/* That of a runner in the area at hand, a new one if need be. */
Track *cover_track_of(Walk *w, uint32_t runner);
/* Take in a row, which begins nowhere below the end of what was advanced to. */
void cover_track_add(Track *t, const CoverRow *row);
/* The instructions below `end` are complete. */
AilStatus cover_track_advance(Walk *w, Track *t, uint64_t end);
AilStatus cover_track_end(Walk *w, Track *t);

#endif
