/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/vmstate.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/vmstate_private.h"

/* Part "timer/icount", behind its version: the clock's offset and the count. */
enum { BIAS = 0, COUNT = 8, TIMER_SIZE = 16 };

/* Section "replay", behind its version. The clocks read last come first. */
enum {
    CURRENT = 16,  /* 64 bits: instructions up to now, or to the last event that was recorded */
    LEFT = 24,     /* 32 bits: of the event being replayed */
    NUMBER = 28,   /* 32 bits: events replayed so far, for messages */
    KIND = 32,     /* 32 bits: that event's byte */
    UNREAD = 36,   /* 8 bits: whether the log is behind that byte, */
    OFFSET = 37,   /* 64 bits: where it is */
    REQUEST = 45,  /* 64 bits: the next disk request */
    EVENT_ID = 53, /* 64 bits: the id that was read of the event, all ones for none */
    REPLAY_SIZE = 61,
    SECTION_END = 0x7e,
};

#define NONE UINT64_MAX

#define NUMBER_OF_NONE 0x10000000u /* of a section; QEMU counts from 0 */

/* Section "timer", behind its id; its fields; then its part "timer/icount", if it has one. */
static const char timer_mark[] = "\x05timer\0\0\0\0\0\0\0\2"; /* instance 0, version 2 */
enum { SECTION_ID = 5, TIMER_CLOCK = 16, TIMER_FIELDS = 24 };

static const char icount_mark[] = "\x05\x0ctimer/icount\0\0\0\1"; /* a part, version 1 */
static const char replay_mark[] =
    "\x06replay\0\0\0\0\0\0\0\3"; /* a section, instance 0, version 3 */

/* The two sections are the first behind memory, and not longer than this. */
enum { FIRST_SECTIONS = 512 };

typedef struct State {
    AilQcow2 *image;
    uint64_t clock_ns;
    bool counts, is_replay;       /* what of the following it has */
    uint64_t timer_at, replay_at; /* behind the marks */
    uint8_t timer[TIMER_SIZE], replay[REPLAY_SIZE + 1];
} State;

/* Part "timer/icount" and section "replay", where they are. from: the state's byte that `bytes` are
 * of. */
static void find_sections(State *x, const uint8_t *bytes, size_t len, uint64_t from)
{
    size_t fields = SECTION_ID + sizeof timer_mark - 1, part = fields + TIMER_FIELDS,
           counts = part + sizeof icount_mark - 1;
    x->clock_ns = ail_get_be64(bytes + fields + TIMER_CLOCK);
    x->counts =
        len >= counts + TIMER_SIZE && !memcmp(bytes + part, icount_mark, sizeof icount_mark - 1);
    if (x->counts) {
        x->timer_at = from + counts;
        memcpy(x->timer, bytes + counts, TIMER_SIZE);
    }
    const uint8_t *mark = memmem(bytes, len, replay_mark, sizeof replay_mark - 1);
    size_t at = mark ? (size_t)(mark - bytes) + sizeof replay_mark - 1 : 0;
    x->is_replay = mark && len - at >= sizeof x->replay;
    if (x->is_replay) {
        x->replay_at = from + at;
        memcpy(x->replay, bytes + at, sizeof x->replay);
    }
}

static AilStatus read_sections(State *x)
{
    uint8_t bytes[FIRST_SECTIONS];
    uint64_t at = 0;
    AilStatus s = ail_vmstate_skip_memory(x->image, 0, &at);
    if (s != AIL_OK)
        return s;
    size_t len = (size_t)MIN(sizeof bytes, ail_qcow2_state_size(x->image) - at);
    s = ail_qcow2_read_state(x->image, at, bytes, len);
    if (s == AIL_OK && (len < SECTION_ID + sizeof timer_mark - 1 + TIMER_FIELDS ||
                        memcmp(bytes + SECTION_ID, timer_mark, sizeof timer_mark - 1)))
        return AIL_END;
    if (s == AIL_OK)
        find_sections(x, bytes, len, at);
    return s;
}

static AilStatus open_any_state(State *x, const char *path, const char *tag, bool writable,
                                AilError *err)
{
    x->image = ail_qcow2_new();
    AilStatus s = ail_qcow2_open(x->image, path, tag, writable);
    if (s == AIL_OK)
        s = read_sections(x);
    if (s == AIL_ERR)
        return ail_error_set(err, "%s", ail_qcow2_error(x->image));
    if (s == AIL_END)
        return ail_error_set(err,
                             "%s: snapshot '%s' is not laid out as those of QEMU 10.0 are, of one "
                             "of the machines that can be recorded",
                             path, tag);
    return AIL_OK;
}

/* One of those taken under record/replay. */
static AilStatus open_state(State *x, const char *path, const char *tag, bool writable,
                            AilError *err)
{
    AilStatus s = open_any_state(x, path, tag, writable, err);
    if (s != AIL_OK)
        return s;
    uint64_t icount = ail_get_be64(x->timer + COUNT);
    if (!x->counts || !x->is_replay || x->replay[REPLAY_SIZE] != SECTION_END ||
        x->replay[UNREAD] > 1 || icount < ail_get_be64(x->replay + CURRENT) || icount > INT64_MAX)
        return ail_error_set(err,
                             "%s: snapshot '%s' does not say where it is in a replay log, as those "
                             "of QEMU 10.0 under record/replay do",
                             path, tag);
    return AIL_OK;
}

/* A replay has read on when a snapshot is taken: the byte of the next event, and for some events
 * their number. */
static void describe(const State *x, AilVmstate *state)
{
    bool unread = x->replay[UNREAD];
    uint64_t icount = ail_get_be64(x->timer + COUNT);
    bool insns = unread && ail_get_be32(x->replay + KIND) == 0;
    bool id = unread && ail_get_be64(x->replay + EVENT_ID) != NONE;
    *state = (AilVmstate){
        .icount = icount,
        .log_offset = ail_get_be64(x->replay + OFFSET) - (insns ? 5
                                                          : id  ? 9
                                                                : unread),
        .done = icount - ail_get_be64(x->replay + CURRENT),
        .left = insns ? ail_get_be32(x->replay + LEFT) : 0,
    };
}

AilStatus ail_vmstate_read(const char *path, const char *tag, AilVmstate *state, AilError *err)
{
    State x = {0};
    AilStatus s = open_state(&x, path, tag, false, err);
    if (s == AIL_OK)
        describe(&x, state);
    ail_qcow2_free(x.image);
    return s;
}

static void put_be64(uint8_t *p, uint64_t v)
{
    v = GUINT64_TO_BE(v);
    memcpy(p, &v, sizeof v);
}

/* No instruction has been executed, and the clock is what it is. */
static AilStatus restart_clock(State *x, unsigned shift)
{
    uint64_t icount = ail_get_be64(x->timer + COUNT);
    put_be64(x->timer + BIAS, ail_get_be64(x->timer + BIAS) + (icount << shift));
    put_be64(x->timer + COUNT, 0);
    AilStatus s = ail_qcow2_write_state(x->image, x->timer_at, x->timer, sizeof x->timer);
    return s == AIL_OK ? ail_qcow2_set_icount(x->image, 0) : s;
}

static AilStatus restart_log(State *x, uint64_t log_offset)
{
    put_be64(x->replay + CURRENT, 0);
    memset(x->replay + LEFT, 0, KIND - LEFT);
    memset(x->replay + KIND, 0xff, 4);
    x->replay[UNREAD] = 0;
    put_be64(x->replay + OFFSET, log_offset);
    put_be64(x->replay + EVENT_ID, NONE);
    return ail_qcow2_write_state(x->image, x->replay_at, x->replay, REPLAY_SIZE);
}

/* In this order: killed in between, it can be done again. */
static AilStatus restart(State *x, unsigned shift, uint64_t log_offset, AilError *err)
{
    AilStatus s = x->is_replay ? restart_log(x, log_offset) : AIL_OK;
    if (s == AIL_OK && x->counts)
        s = restart_clock(x, shift);
    return s == AIL_OK ? AIL_OK : ail_error_set(err, "%s", ail_qcow2_error(x->image));
}

AilStatus ail_vmstate_rebase(const char *path, const char *tag, unsigned shift, uint64_t log_offset,
                             AilError *err)
{
    State x = {0};
    AilStatus s = open_state(&x, path, tag, true, err);
    if (s == AIL_OK)
        s = restart(&x, shift, log_offset, err);
    ail_qcow2_free(x.image);
    return s;
}

AilStatus ail_vmstate_restart(const char *path, const char *tag, unsigned shift, bool *counts,
                              uint64_t *clock_ns, AilError *err)
{
    State x = {0};
    uint64_t at;
    AilStatus s = open_any_state(&x, path, tag, true, err);
    if (s == AIL_OK)
        s = restart(&x, shift, 0, err);
    /* It is not the first that its QEMU loads, which would take its memory for that of a section of
     * the first that had the same number. */
    if (s == AIL_OK && !x.counts && ail_vmstate_skip_memory(x.image, NUMBER_OF_NONE, &at) != AIL_OK)
        s = ail_error_set(err, "%s", ail_qcow2_error(x.image));
    *counts = x.counts;
    *clock_ns = x.clock_ns;
    ail_qcow2_free(x.image);
    return s;
}

AilStatus ail_vmstate_set_clock(const char *path, const char *tag, uint64_t clock_ns, AilError *err)
{
    State x = {0};
    AilStatus s = open_state(&x, path, tag, true, err);
    if (s == AIL_OK) {
        put_be64(x.timer + BIAS, clock_ns);
        put_be64(x.timer + COUNT, 0);
        s = restart(&x, 0, 0, err);
    }
    ail_qcow2_free(x.image);
    return s;
}
