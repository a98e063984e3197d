/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of QEMU's replay log: the byte that says which, and what belongs to it. */
#include "formats/rrlog_private.h"

#include <glib.h>

#include "formats/bytes.h"

/* Event bytes of version 0xe0200c. Ranges are first .. last. */
enum {
    EV_INSNS = 0,
    EV_INTERRUPT = 1,
    EV_EXCEPTION = 2,
    EV_BH = 3,
    EV_BH_ONESHOT = 4,
    EV_INPUT = 5,
    EV_INPUT_SYNC = 6,
    EV_CHAR_INPUT = 7,
    EV_BLOCK = 8,
    EV_PACKET = 9,
    EV_SHUTDOWN = 10,
    EV_SHUTDOWN_LAST = 21,
    EV_CHAR_WRITE = 22,
    EV_CHAR_READ = 23,
    EV_CHAR_READ_FAIL = 24,
    EV_AUDIO_OUT = 25,
    EV_AUDIO_IN = 26,
    EV_RANDOM = 27,
    EV_CLOCK = 28,
    EV_CLOCK_LAST = 29,
    EV_CHECKPOINT = 30,
    EV_CHECKPOINT_LAST = 38,
    EV_END = 39,
};

/* Subtypes of an input event and the bytes that follow each subtype's number. */
enum { INPUT_KEY = 0, INPUT_BUTTON = 1, INPUT_REL = 2, INPUT_ABS = 3, INPUT_TOUCH = 4 };
enum { KEY_NUMBER = 0, KEY_QCODE = 1 };

/* The next bytes, which are there. */
static inline uint8_t take_u8(AilRrlog *log)
{
    return log->buf[log->at++];
}

static inline uint32_t take_be32(AilRrlog *log)
{
    uint32_t v = ail_get_be32(log->buf + log->at);
    log->at += 4;
    return v;
}

static inline int64_t take_be64(AilRrlog *log)
{
    int64_t v = (int64_t)ail_get_be64(log->buf + log->at);
    log->at += 8;
    return v;
}

static AilStatus take_payload(AilRrlog *log, AilRrlogEvent *e, uint64_t len)
{
    if (len > AIL_RRLOG_MAX_PAYLOAD)
        return ail_rrlog_damaged(log, "impossible length", len);
    if (ail_rrlog_need(log, len) != AIL_OK)
        return AIL_ERR;
    e->len = len;
    e->payload = len ? log->buf + log->at : NULL;
    log->at += len;
    return AIL_OK;
}

/* A payload behind its 32-bit length. */
static AilStatus take_array(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 4) != AIL_OK)
        return AIL_ERR;
    uint32_t len = take_be32(log);
    return take_payload(log, e, len);
}

static AilStatus read_input(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 8) != AIL_OK)
        return AIL_ERR;
    const uint8_t *p = log->buf + log->at;
    uint32_t type = ail_get_be32(p), key = ail_get_be32(p + 4);
    e->value = type;
    switch (type) {
    case INPUT_KEY:
        if (key != KEY_NUMBER && key != KEY_QCODE)
            return ail_rrlog_damaged(log, "unknown kind of key", key);
        return take_payload(log, e, key == KEY_NUMBER ? 17 : 13);
    case INPUT_BUTTON:
        return take_payload(log, e, 9);
    case INPUT_REL:
    case INPUT_ABS:
        return take_payload(log, e, 16);
    case INPUT_TOUCH:
        return take_payload(log, e, 36);
    default:
        return ail_rrlog_damaged(log, "unknown kind of input", type);
    }
}

static AilStatus read_insns(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 4) != AIL_OK)
        return AIL_ERR;
    uint32_t n = take_be32(log);
    if (!n || n > INT32_MAX)
        return ail_rrlog_damaged(log, "impossible number of instructions", n);
    if (log->icount > (uint64_t)INT64_MAX - n)
        return ail_rrlog_damaged(log, "too many instructions, the last", n);
    e->value = n;
    log->icount += n;
    return AIL_OK;
}

static AilStatus read_value32(AilRrlog *log, AilRrlogEvent *e, size_t size)
{
    if (ail_rrlog_need(log, size) != AIL_OK)
        return AIL_ERR;
    e->value = (int32_t)ail_get_be32(log->buf + log->at);
    log->at += size;
    return AIL_OK;
}

/* Result, then bytes taken: equal but for errors. */
static AilStatus read_char_write(AilRrlog *log, AilRrlogEvent *e)
{
    AilStatus s = read_value32(log, e, 8);
    if (s == AIL_OK && e->value > AIL_RRLOG_MAX_PAYLOAD)
        return ail_rrlog_damaged(log, "impossible number of bytes written", (uint64_t)e->value);
    return s;
}

static AilStatus read_value64(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 8) != AIL_OK)
        return AIL_ERR;
    e->value = take_be64(log);
    return AIL_OK;
}

static AilStatus read_char_input(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 1) != AIL_OK)
        return AIL_ERR;
    e->device = take_u8(log);
    return take_array(log, e);
}

static AilStatus read_packet(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 5) != AIL_OK)
        return AIL_ERR;
    e->device = take_u8(log);
    e->value = take_be32(log);
    return take_array(log, e);
}

static AilStatus read_random(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 4) != AIL_OK)
        return AIL_ERR;
    e->value = (int32_t)take_be32(log);
    return take_array(log, e);
}

/* QEMU writes as many samples as it recorded, modulo its buffer's size, which the log does not
 * say. A full buffer would therefore be read wrongly; the machines we record have no audio. */
static AilStatus read_audio_in(AilRrlog *log, AilRrlogEvent *e)
{
    if (ail_rrlog_need(log, 16) != AIL_OK)
        return AIL_ERR;
    uint64_t samples = (uint64_t)take_be64(log);
    take_be64(log);
    if (samples > AIL_RRLOG_MAX_PAYLOAD / 16)
        return ail_rrlog_damaged(log, "impossible number of samples", samples);
    e->value = (int64_t)samples;
    return take_payload(log, e, samples * 16);
}

static AilStatus read_end(AilRrlog *log)
{
    log->ended = true;
    AilStatus s = log->have > log->at ? AIL_OK : ail_rrlog_fill(log, 1);
    if (s == AIL_ERR)
        return s;
    return s == AIL_END ? AIL_OK
                        : ail_rrlog_damaged(log, "bytes follow the end event", take_u8(log));
}

AilStatus ail_rrlog_read_event(AilRrlog *log, AilRrlogEvent *e)
{
#define KIND(k, how) (e->kind = (k), (how))
    switch (e->code) {
    case EV_INSNS:
        return KIND(AIL_RRLOG_INSNS, read_insns(log, e));
    case EV_INTERRUPT:
        return KIND(AIL_RRLOG_INTERRUPT, AIL_OK);
    case EV_EXCEPTION:
        return KIND(AIL_RRLOG_EXCEPTION, AIL_OK);
    case EV_BH:
    case EV_BH_ONESHOT:
        return KIND(AIL_RRLOG_BH, read_value64(log, e));
    case EV_INPUT:
        return KIND(AIL_RRLOG_INPUT, read_input(log, e));
    case EV_INPUT_SYNC:
        return KIND(AIL_RRLOG_INPUT_SYNC, AIL_OK);
    case EV_CHAR_INPUT:
        return KIND(AIL_RRLOG_CHAR_INPUT, read_char_input(log, e));
    case EV_BLOCK:
        return KIND(AIL_RRLOG_BLOCK, read_value64(log, e));
    case EV_PACKET:
        return KIND(AIL_RRLOG_PACKET, read_packet(log, e));
    case EV_SHUTDOWN ... EV_SHUTDOWN_LAST:
        e->value = e->code - EV_SHUTDOWN;
        return KIND(AIL_RRLOG_SHUTDOWN, AIL_OK);
    case EV_CHAR_WRITE:
        return KIND(AIL_RRLOG_CHAR_WRITE, read_char_write(log, e));
    case EV_CHAR_READ:
        return KIND(AIL_RRLOG_CHAR_READ, take_array(log, e));
    case EV_CHAR_READ_FAIL:
        return KIND(AIL_RRLOG_CHAR_READ_FAIL, read_value32(log, e, 4));
    case EV_AUDIO_OUT:
        return KIND(AIL_RRLOG_AUDIO_OUT, read_value64(log, e));
    case EV_AUDIO_IN:
        return KIND(AIL_RRLOG_AUDIO_IN, read_audio_in(log, e));
    case EV_RANDOM:
        return KIND(AIL_RRLOG_RANDOM, read_random(log, e));
    case EV_CLOCK ... EV_CLOCK_LAST:
        e->device = (uint8_t)(e->code - EV_CLOCK);
        return KIND(AIL_RRLOG_CLOCK, read_value64(log, e));
    case EV_CHECKPOINT ... EV_CHECKPOINT_LAST:
        e->value = e->code - EV_CHECKPOINT;
        return KIND(AIL_RRLOG_CHECKPOINT, AIL_OK);
    case EV_END:
        return KIND(AIL_RRLOG_END, read_end(log));
    default:
        return ail_rrlog_damaged(log, "unknown event", e->code);
    }
#undef KIND
}

const char *ail_rrlog_shutdown_name(int64_t cause)
{
    static const char *const names[] = {
        "none",        "host-error",      "host-qmp-quit",  "host-qmp-system-reset",
        "host-signal", "host-ui",         "guest-shutdown", "guest-reset",
        "guest-panic", "subsystem-reset", "snapshot-load",
    };
    return cause >= 0 && cause < (int64_t)G_N_ELEMENTS(names) ? names[cause] : "unknown";
}

const char *ail_rrlog_kind_name(AilRrlogKind kind)
{
    static const char *const names[] = {
        "insns",      "interrupt",  "exception",      "bh",        "input",
        "input-sync", "char-input", "block",          "packet",    "shutdown",
        "char-write", "char-read",  "char-read-fail", "audio-out", "audio-in",
        "random",     "clock",      "checkpoint",     "end",
    };
    return (size_t)kind < G_N_ELEMENTS(names) ? names[kind] : "unknown";
}
