/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/vmstate.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/qcow2.h"

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

static const char timer_mark[] = "\x05\x0ctimer/icount\0\0\0\1"; /* a part, version 1 */
static const char replay_mark[] =
    "\x06replay\0\0\0\0\0\0\0\3"; /* a section, instance 0, version 3 */

typedef struct State {
    AilQcow2 *image;
    uint64_t timer_at, replay_at; /* behind the marks */
    uint8_t timer[TIMER_SIZE], replay[REPLAY_SIZE + 1];
} State;

static void *last_of(uint8_t *bytes, size_t len, const char *mark, size_t size)
{
    for (size_t i = len; i-- > 0;)
        if (bytes[i] == (uint8_t)mark[0] && len - i >= size && !memcmp(bytes + i, mark, size))
            return bytes + i;
    return NULL;
}

/* Find the last `mark` in the stream, and read what is behind it: *at is where. */
static AilStatus find_last(State *x, const char *mark, size_t mark_size, uint64_t *at, void *what,
                           size_t what_size)
{
    enum { WINDOW = 1 << 20 };
    uint64_t end = ail_qcow2_state_size(x->image);
    uint8_t *window = g_malloc(WINDOW), *hit = NULL;
    AilStatus s = AIL_OK;
    for (uint64_t to = end; s == AIL_OK && !hit && to > mark_size;) {
        uint64_t from = to > WINDOW ? to - WINDOW : 0;
        s = ail_qcow2_read_state(x->image, from, window, (size_t)(to - from));
        if (s == AIL_OK && (hit = last_of(window, (size_t)(to - from), mark, mark_size)))
            *at = from + (uint64_t)(hit - window) + mark_size;
        to = from ? from + mark_size - 1 : 0; /* a mark may lie across the border */
    }
    if (hit && s == AIL_OK)
        s = ail_qcow2_read_state(x->image, *at, what, what_size);
    g_free(window);
    return s == AIL_OK && !hit ? AIL_END : s;
}

static AilStatus open_state(State *x, const char *path, const char *tag, bool writable,
                            AilError *err)
{
    x->image = ail_qcow2_new();
    AilStatus s = ail_qcow2_open(x->image, path, tag, writable);
    if (s == AIL_OK)
        s = find_last(x, timer_mark, sizeof timer_mark - 1, &x->timer_at, x->timer,
                      sizeof x->timer);
    if (s == AIL_OK)
        s = find_last(x, replay_mark, sizeof replay_mark - 1, &x->replay_at, x->replay,
                      sizeof x->replay);
    if (s == AIL_ERR)
        return ail_error_set(err, "%s", ail_qcow2_error(x->image));
    uint64_t icount = ail_get_be64(x->timer + COUNT);
    if (s == AIL_END || x->replay[REPLAY_SIZE] != SECTION_END || x->replay[UNREAD] > 1 ||
        icount < ail_get_be64(x->replay + CURRENT) || icount > INT64_MAX)
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

AilStatus ail_vmstate_rebase(const char *path, const char *tag, unsigned shift, uint64_t log_offset,
                             AilError *err)
{
    State x = {0};
    AilStatus s = open_state(&x, path, tag, true, err);
    if (s == AIL_OK) {
        uint64_t icount = ail_get_be64(x.timer + COUNT);
        put_be64(x.timer + BIAS, ail_get_be64(x.timer + BIAS) + (icount << shift));
        put_be64(x.timer + COUNT, 0);
        put_be64(x.replay + CURRENT, 0);
        memset(x.replay + LEFT, 0, KIND - LEFT);
        memset(x.replay + KIND, 0xff, 4);
        x.replay[UNREAD] = 0;
        put_be64(x.replay + OFFSET, log_offset);
        put_be64(x.replay + EVENT_ID, NONE);
        if (ail_qcow2_write_state(x.image, x.timer_at, x.timer, sizeof x.timer) != AIL_OK ||
            ail_qcow2_write_state(x.image, x.replay_at, x.replay, REPLAY_SIZE) != AIL_OK ||
            ail_qcow2_set_icount(x.image, 0) != AIL_OK)
            s = ail_error_set(err, "%s", ail_qcow2_error(x.image));
    }
    ail_qcow2_free(x.image);
    return s;
}
