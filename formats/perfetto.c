/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protobuf (protobuf.dev/programming-guides/encoding): a field is a varint, number << 3 | type, and
 * its value: type 0 a varint, type 2 a length and so many bytes.
 */
#include "formats/perfetto_private.h"
#include "formats/wire.h"

#include <errno.h>

/* Field numbers, as Perfetto's .proto files have them. */
enum {
    TRACE_PACKET = 1,
    PACKET_FTRACE = 1, /* FtraceEventBundle */
    PACKET_TIMESTAMP = 8,
    PACKET_SEQUENCE = 10, /* trusted_packet_sequence_id */
    PACKET_EVENT = 11,    /* TrackEvent */
    PACKET_FLAGS = 13,    /* sequence_flags */
    PACKET_TRACK = 60,    /* TrackDescriptor */
    TRACK_UUID = 1,
    TRACK_NAME = 2,
    TRACK_PROCESS = 3, /* ProcessDescriptor */
    TRACK_THREAD = 4,  /* ThreadDescriptor */
    TRACK_PARENT = 5,
    PROCESS_PID = 1,
    PROCESS_NAME = 6,
    THREAD_PID = 1,
    THREAD_TID = 2,
    THREAD_NAME = 5,
    EVENT_ANNOTATION = 4, /* DebugAnnotation */
    EVENT_TYPE = 9,
    EVENT_TRACK = 11,
    EVENT_CATEGORY = 22,
    EVENT_NAME = 23,
    ANNOTATION_UINT = 3,
    ANNOTATION_STRING = 6,
    ANNOTATION_NAME = 10,
    BUNDLE_CPU = 1,
    BUNDLE_EVENT = 2, /* FtraceEvent */
    FTRACE_TIMESTAMP = 1,
    FTRACE_PID = 2,
    FTRACE_SWITCH = 4, /* SchedSwitchFtraceEvent */
    SWITCH_PREV_COMM = 1,
    SWITCH_PREV_PID = 2,
    SWITCH_PREV_PRIO = 3,
    SWITCH_PREV_STATE = 4,
    SWITCH_NEXT_COMM = 5,
    SWITCH_NEXT_PID = 6,
    SWITCH_NEXT_PRIO = 7,
};

enum {
    SEQUENCE = 1,      /* all packets are of one writer */
    STATE_CLEARED = 1, /* SEQ_INCREMENTAL_STATE_CLEARED: it refers to nothing from earlier */
    PRIORITY = 120,    /* of a Linux task, where it is not known */
};

static void put_number(AilBuf *b, uint32_t field, uint64_t value)
{
    ail_wire_put_key(b, field, AIL_WIRE_VARINT);
    ail_buf_varint(b, value);
}

static void put_text(AilBuf *b, uint32_t field, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    ail_wire_put_bytes(b, field, valid, strlen(valid));
    g_free(valid);
}

static void put_message(AilBuf *b, uint32_t field, AilBuf *message)
{
    ail_wire_put_bytes(b, field, message->data, message->len);
    message->len = 0;
}

/* The packet is complete. */
static void write_packet(AilTimeline *t)
{
    put_number(&t->packet, PACKET_SEQUENCE, SEQUENCE);
    if (!t->begun)
        put_number(&t->packet, PACKET_FLAGS, STATE_CLEARED);
    t->begun = true;
    t->part.len = 0;
    put_message(&t->part, TRACE_PACKET, &t->packet);
    fwrite(t->part.data, 1, t->part.len, t->file);
    t->part.len = 0;
}

static void track(AilTimeline *t, const AilTrack *k)
{
    put_number(&t->part, TRACK_UUID, k->id);
    if (k->parent)
        put_number(&t->part, TRACK_PARENT, k->parent);
    switch (k->kind) {
    case AIL_TRACK_PROCESS:
        put_number(&t->inner, PROCESS_PID, (uint64_t)k->pid);
        put_text(&t->inner, PROCESS_NAME, k->name);
        put_message(&t->part, TRACK_PROCESS, &t->inner);
        break;
    case AIL_TRACK_THREAD:
        put_number(&t->inner, THREAD_PID, (uint64_t)k->pid);
        put_number(&t->inner, THREAD_TID, (uint64_t)k->tid);
        put_text(&t->inner, THREAD_NAME, k->name);
        put_message(&t->part, TRACK_THREAD, &t->inner);
        break;
    default:
        put_text(&t->part, TRACK_NAME, k->name);
        break;
    }
    put_message(&t->packet, PACKET_TRACK, &t->part);
    write_packet(t);
}

static void event(AilTimeline *t, const AilTrackEvent *e)
{
    static const uint8_t types[] = {[AIL_SLICE_BEGIN] = 1, [AIL_SLICE_END] = 2, [AIL_INSTANT] = 3};
    put_number(&t->packet, PACKET_TIMESTAMP, e->ns);
    put_number(&t->part, EVENT_TYPE, types[e->kind]);
    put_number(&t->part, EVENT_TRACK, e->track);
    if (e->category)
        put_text(&t->part, EVENT_CATEGORY, e->category);
    if (e->name)
        put_text(&t->part, EVENT_NAME, e->name);
    for (size_t i = 0; i < e->n_args; i++) {
        put_text(&t->inner, ANNOTATION_NAME, e->args[i].key);
        if (e->args[i].text)
            put_text(&t->inner, ANNOTATION_STRING, e->args[i].text);
        else
            put_number(&t->inner, ANNOTATION_UINT, e->args[i].number);
        put_message(&t->part, EVENT_ANNOTATION, &t->inner);
    }
    put_message(&t->packet, PACKET_EVENT, &t->part);
    write_packet(t);
}

static void change(AilTimeline *t, const AilTrackSwitch *s)
{
    AilBuf *b = &t->inner;
    put_text(b, SWITCH_PREV_COMM, s->from_comm);
    put_number(b, SWITCH_PREV_PID, (uint64_t)s->from);
    put_number(b, SWITCH_PREV_PRIO, PRIORITY);
    put_number(b, SWITCH_PREV_STATE, (uint64_t)s->from_state);
    put_text(b, SWITCH_NEXT_COMM, s->to_comm);
    put_number(b, SWITCH_NEXT_PID, (uint64_t)s->to);
    put_number(b, SWITCH_NEXT_PRIO, PRIORITY);
    put_number(&t->part, FTRACE_TIMESTAMP, s->ns);
    put_number(&t->part, FTRACE_PID, (uint64_t)s->from);
    put_message(&t->part, FTRACE_SWITCH, b);
    put_number(b, BUNDLE_CPU, 0);
    put_message(b, BUNDLE_EVENT, &t->part);
    put_message(&t->packet, PACKET_FTRACE, b);
    write_packet(t);
}

static void nothing(AilTimeline *t)
{
    (void)t;
}

static const AilTimelineOps perfetto = {nothing, track, event, change, nothing};

AilTimeline *ail_timeline_new(FILE *file, AilTimelineKind kind)
{
    AilTimeline *t = g_new0(AilTimeline, 1);
    t->ops = kind == AIL_TIMELINE_CHROME ? &ail_timeline_chrome : &perfetto;
    t->file = file;
    t->places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    t->ops->begin(t);
    return t;
}

void ail_timeline_free(AilTimeline *t)
{
    if (!t)
        return;
    ail_buf_clear(&t->packet);
    ail_buf_clear(&t->part);
    ail_buf_clear(&t->inner);
    g_hash_table_destroy(t->places);
    g_free(t);
}

void ail_timeline_track(AilTimeline *t, const AilTrack *k)
{
    t->ops->track(t, k);
}

void ail_timeline_event(AilTimeline *t, const AilTrackEvent *e)
{
    t->ops->event(t, e);
}

void ail_timeline_switch(AilTimeline *t, const AilTrackSwitch *s)
{
    t->ops->change(t, s);
}

AilStatus ail_timeline_finish(AilTimeline *t, AilError *err)
{
    t->ops->end(t);
    if (fflush(t->file) || ferror(t->file))
        return ail_error_set_errno(err, errno, "cannot write the timeline");
    return AIL_OK;
}
