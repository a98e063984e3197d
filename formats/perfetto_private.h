/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of timelines. */
#ifndef AIL_FORMATS_PERFETTO_PRIVATE_H
#define AIL_FORMATS_PERFETTO_PRIVATE_H

#include <glib.h>

#include "formats/bytes.h"
#include "formats/perfetto.h"

typedef struct AilTimelineOps {
    void (*begin)(AilTimeline *t);
    void (*track)(AilTimeline *t, const AilTrack *track);
    void (*event)(AilTimeline *t, const AilTrackEvent *event);
    void (*change)(AilTimeline *t, const AilTrackSwitch *s);
    void (*end)(AilTimeline *t);
} AilTimelineOps;

struct AilTimeline {
    const AilTimelineOps *ops;
    FILE *file;                 /* borrowed */
    bool begun;                 /* something was written */
    AilBuf packet, part, inner; /* scratch: messages within messages */
    GHashTable *places;         /* Chrome: track -> pid << 32 | tid */
    uint32_t others;            /* Chrome: tracks of no process so far */
};

extern const AilTimelineOps ail_timeline_chrome; /* perfetto_json.c */

#endif
