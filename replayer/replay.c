/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/replay_private.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum {
    QMP_MS = 20000,
    TURN_MS = 100,
};

AilReplay *ail_replay_new(void)
{
    AilReplay *r = g_new0(AilReplay, 1);
    r->drive = ail_drive_new();
    r->qemu = ail_drive_qemu(r->drive);
    r->pump = ail_pump_new();
    r->writer = ail_trace_writer_new();
    r->console_fd = -1;
    return r;
}

void ail_replay_free(AilReplay *r)
{
    if (!r)
        return;
    ail_drive_free(r->drive); /* first: it writes to the pump's memory */
    ail_trace_writer_free(r->writer);
    ail_pump_free(r->pump);
    if (r->console_fd >= 0)
        close(r->console_fd);
    g_free(r->log);
    g_free(r);
}

const char *ail_replay_error(const AilReplay *r)
{
    return r->error.text;
}

bool ail_replay_write_failed(const AilReplay *r)
{
    return r->write_failed;
}

void ail_replay_sizes(AilReplay *r, AilTraceSizes *sizes)
{
    ail_trace_writer_sizes(r->writer, sizes);
}

const char *ail_replay_osi_note(const AilReplay *r)
{
    return ail_pump_osi_note(r->pump);
}

/* Pass on what the plugin has, if it has something. */
static void turn(AilReplay *r, int timeout_ms)
{
    r->turned = ail_pump_turn(r->pump, r->writer, timeout_ms, &r->finished);
}

static bool wants_to_stop(const AilReplay *r)
{
    const AilReplayConfig *c = r->config;
    return c->progress && !c->progress(c->user, ail_pump_icount(r->pump), ail_pump_end(r->pump));
}

/* While QEMU is to answer: once the plugin has filled all segments, it keeps QEMU from that. Until
 * somebody has read what is to make room for them, there is no point in waiting for QEMU. */
static bool turn_meanwhile(void *user)
{
    AilReplay *r = user;
    if (!r->finished)
        turn(r, ail_pump_has_segment(r->pump) ? TURN_MS : 0);
    return r->turned != AIL_ERR && !wants_to_stop(r);
}

/* What the pump said is why the replay fails. */
static AilStatus pump_failed(AilReplay *r)
{
    r->write_failed = *ail_trace_writer_error(r->writer) != 0;
    return ail_error_set(&r->error, "%s%s",
                         r->write_failed ? "" : "diverged: ", ail_pump_error(r->pump));
}

/* Run on, and stop exactly where the trace ends. */
static AilStatus begin(AilReplay *r)
{
    AilQmp *qmp = ail_qemu_qmp(r->qemu);
    AilStatus status = replay_go_to_start(r);
    if (status != AIL_OK)
        return status;
    ail_pump_begin(r->pump);
    ail_qmp_set_idle(qmp, turn_meanwhile, r);
    if (ail_qmp_replay_seek(qmp, ail_pump_end(r->pump), QMP_MS) != AIL_OK)
        return r->turned == AIL_ERR ? pump_failed(r)
               : wants_to_stop(r)   ? AIL_END
                                    : ail_error_set(&r->error, "%s", ail_qmp_error(qmp));
    ail_stall_begin(&r->stall, r->config->stall_seconds, ail_pump_icount(r->pump));
    return AIL_OK;
}

/* QEMU stopped: where the trace ends, so that it is told to end, or some instructions before,
 * because it noticed that the guest has powered off. */
static AilStatus on_stop(AilReplay *r, AilQmp *qmp)
{
    uint64_t icount = 0;
    AilStatus status = ail_qmp_icount(qmp, QMP_MS, &icount);
    if (status != AIL_OK)
        return status;
    if (icount < ail_pump_end(r->pump))
        return ail_qmp_replay_seek(qmp, ail_pump_end(r->pump), QMP_MS);
    r->quit_sent = true;
    return ail_qmp_execute(qmp, "quit", NULL, QMP_MS, NULL);
}

static void watch_qemu(AilReplay *r)
{
    AilQmp *qmp = ail_qemu_qmp(r->qemu);
    bool stopped = false;
    if (r->gone)
        return;
    if (ail_qmp_receive(qmp, 0) != AIL_OK) {
        r->gone = true;
        return;
    }
    for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
        stopped = stopped || !strcmp(ail_qmp_event_name(e), "STOP");
    if (stopped && !r->quit_sent && on_stop(r, qmp) != AIL_OK)
        r->gone = true;
}

/* A slow reader of the trace does not set the watchdog off. */
static AilStatus check_progress(AilReplay *r)
{
    uint64_t icount = ail_pump_icount(r->pump), total = ail_pump_end(r->pump);
    if (ail_trace_writer_wait(r->writer, 0) == AIL_END)
        ail_stall_begin(&r->stall, r->config->stall_seconds, icount);
    else if (ail_stall_look(&r->stall, icount, total, &r->error) != AIL_OK)
        return AIL_ERR;
    return wants_to_stop(r) ? AIL_END : AIL_OK;
}

/* QEMU is gone, or about to be, and there were more instructions to come. */
static AilStatus ended_early(AilReplay *r)
{
    bool failed = ail_qemu_wait(r->qemu, 5000) != AIL_OK;
    return ail_error_set(&r->error,
                         "diverged: the replay ended at instruction %" PRIu64 " of %" PRIu64
                         "%s%s; record again",
                         ail_pump_icount(r->pump), ail_pump_end(r->pump), failed ? ": " : "",
                         failed ? ail_qemu_error(r->qemu) : "");
}

/* Pass segments on until the plugin has handed over its last one. */
static AilStatus pump_all(AilReplay *r)
{
    bool was_gone = false;
    while (!r->finished) {
        if (r->turned != AIL_ERR)
            turn(r, TURN_MS);
        if (r->turned == AIL_ERR)
            return pump_failed(r);
        if (r->turned == AIL_END && was_gone && !r->finished && !ail_pump_has_segment(r->pump))
            return ended_early(r);
        was_gone = r->gone;
        watch_qemu(r);
        AilStatus status = check_progress(r);
        if (status != AIL_OK)
            return status;
    }
    return ail_pump_icount(r->pump) == ail_pump_end(r->pump) ? AIL_OK : ended_early(r);
}

/* Complete the trace. */
static AilStatus finish(AilReplay *r)
{
    AilStatus status = AIL_OK;
    ail_trace_writer_end(r->writer);
    while (status == AIL_OK && ail_trace_writer_wait(r->writer, TURN_MS) == AIL_END)
        status = wants_to_stop(r) ? AIL_END : AIL_OK; /* nothing to watch over */
    if (status == AIL_OK && ail_trace_writer_finish(r->writer) != AIL_OK) {
        r->write_failed = true;
        status = ail_error_set(&r->error, "%s", ail_trace_writer_error(r->writer));
    }
    return status;
}

AilStatus ail_replay_run(AilReplay *r, const AilReplayConfig *config)
{
    r->config = config;
    AilStatus status = replay_start(r);
    if (status == AIL_OK)
        status = begin(r);
    if (status == AIL_OK)
        status = pump_all(r);
    if (status == AIL_OK)
        status = finish(r);
    return status;
}
