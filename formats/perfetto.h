/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timelines that ui.perfetto.dev opens: tracks, with slices and instants on them.
 * Two formats of the same: Perfetto's protobuf traces (protos/perfetto/trace/ in its sources:
 * trace.proto, trace_packet.proto, track_event/, ftrace/sched.proto), and the Trace Event Format of
 * Chrome ("Trace Event Format", JSON object form).
 * Names may hold any bytes; what is no UTF-8 is replaced. Whatever is begun on a track ends in
 * reverse order. An object belongs to one thread at a time.
 */
#ifndef AIL_FORMATS_PERFETTO_H
#define AIL_FORMATS_PERFETTO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/error.h"

typedef enum { AIL_TIMELINE_PERFETTO, AIL_TIMELINE_CHROME } AilTimelineKind;

typedef enum { AIL_TRACK_PROCESS, AIL_TRACK_THREAD, AIL_TRACK_OTHER } AilTrackKind;

typedef struct AilTrack {
    uint64_t id;     /* of the writer's choice, not 0 */
    uint64_t parent; /* of a thread, its process; of another, what it is shown below; 0: nothing */
    AilTrackKind kind;
    int32_t pid, tid; /* processes and threads */
    const char *name;
} AilTrack;

/* Something to know about a slice or instant: text, or a number if that is NULL. */
typedef struct AilTrackArg {
    const char *key, *text;
    uint64_t number;
} AilTrackArg;

typedef enum { AIL_SLICE_BEGIN, AIL_SLICE_END, AIL_INSTANT } AilTrackEventKind;

typedef struct AilTrackEvent {
    AilTrackEventKind kind;
    uint64_t ns, track;
    const char *name, *category; /* NULL for AIL_SLICE_END */
    const AilTrackArg *args;
    size_t n_args;
} AilTrackEvent;

/* The processor goes from one thread to another. State: as Linux has it: 0 could run on, 1 sleeps,
 * 32 has ended. */
typedef struct AilTrackSwitch {
    uint64_t ns;
    int32_t from, to; /* tids */
    const char *from_comm, *to_comm;
    int64_t from_state;
} AilTrackSwitch;

typedef struct AilTimeline AilTimeline;

/* To `file`, which is borrowed. Never NULL. */
AilTimeline *ail_timeline_new(FILE *file, AilTimelineKind kind);
void ail_timeline_free(AilTimeline *t); /* may be NULL */

/* Tell of a track, before anything happens on it; again when its name changes. */
void ail_timeline_track(AilTimeline *t, const AilTrack *track);
void ail_timeline_event(AilTimeline *t, const AilTrackEvent *event);
void ail_timeline_switch(AilTimeline *t, const AilTrackSwitch *s);

/* Nothing follows. AIL_ERR: not all could be written. */
AilStatus ail_timeline_finish(AilTimeline *t, AilError *err);

#endif
