/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backward to the last hit: stretch by stretch, each run forward from a state before it. */
#include <inttypes.h>

#include "replayer/debug_travel_private.h"

/* After so many stops on the way to the last hit, half of the rest is skipped. */
enum { MANY_STEPS = 400 };

/* Where something was hit, going forward. */
typedef struct Hit {
    bool found;
    AilDebugStop stop;
    uint64_t icount, pc;
} Hit;

/* One that stands where something was hit goes on. */
static AilStatus step_over(AilTravel *t, AilRunner *r, uint64_t end, AilDebugStop *stop,
                           AilError *err)
{
    bool before = ail_stub_watches_before(t->config->manifest->machine.arch);
    bool watch = stop->why == AIL_STOP_WATCH;
    stop->why = AIL_STOP_STEP;
    if (watch && !before)
        return AIL_OK; /* it stands behind the access */
    return ail_runner_go(r, 's', end, watch ? t->none : t->breaks, stop, err);
}

static AilStatus note_hit(AilRunner *r, const AilDebugStop *stop, Hit *hit, AilError *err)
{
    hit->found = true;
    hit->stop = *stop;
    hit->icount = ail_runner_icount(r);
    return ail_stub_pc(ail_runner_stub(r), &hit->pc, err);
}

static bool is_hit(const AilDebugStop *stop)
{
    return stop->why == AIL_STOP_BREAK || stop->why == AIL_STOP_WATCH;
}

/* Whether it was hit going forward to `end`: behind an access is where it ends, too. */
static bool is_before(const AilTravel *t, const AilDebugStop *stop, uint64_t at, uint64_t end)
{
    bool behind =
        stop->why == AIL_STOP_WATCH && !ail_stub_watches_before(t->config->manifest->machine.arch);
    return is_hit(stop) && at - behind < end;
}

/* To the next hit, or behind one that was hit. */
static AilStatus scan_on(AilTravel *t, AilRunner *r, uint64_t limit, uint64_t end,
                         AilDebugStop *stop, Hit *hit, AilError *err)
{
    AilStatus s;
    if (is_hit(stop))
        return step_over(t, r, limit, stop, err);
    s = ail_runner_go(r, 'c', limit, t->breaks, stop, err);
    if (s == AIL_OK && is_before(t, stop, ail_runner_icount(r), end))
        s = note_hit(r, stop, hit, err);
    return s;
}

/*
 * The last hit before `end`, of all that are from *from on. Where there are many, some are skipped,
 * and *from gets to behind those. It goes on to behind `end`, because where QEMU is told to stop it
 * may not notice what is hit there. AIL_END: progress said stop.
 */
static AilStatus scan(AilTravel *t, AilRunner *r, uint64_t *from, uint64_t end, Hit *hit,
                      AilError *err)
{
    AilDebugStop stop = {.why = AIL_STOP_STEP};
    AilStatus s = AIL_OK;
    uint64_t limit = MIN(end + 1, travel_total(t));
    *from = ail_runner_icount(r);
    for (unsigned steps = 0; s == AIL_OK && ail_runner_icount(r) < end; steps++) {
        s = scan_on(t, r, limit, end, &stop, hit, err);
        uint64_t left = end - MIN(end, ail_runner_icount(r));
        if (s == AIL_OK && stop.why == AIL_STOP_INTERRUPT)
            return AIL_END;
        if (s == AIL_OK && steps >= MANY_STEPS && left > 1) {
            *from = ail_runner_icount(r) + left / 2;
            *hit = (Hit){0};
            stop.why = AIL_STOP_STEP;
            steps = 0;
            s = ail_runner_to(r, *from, err);
        }
    }
    return s;
}

/* Stretch by stretch, to the recording's beginning. */
static AilStatus find_last(AilTravel *t, Hit *hit, AilError *err)
{
    AilStatus s = AIL_OK;
    for (uint64_t end = ail_travel_icount(t); end && !hit->found && s == AIL_OK;) {
        AilRunner *r = NULL;
        uint64_t from = ail_states_last(t->states, end - 1);
        s = travel_take(t, from, &r, err);
        if (s == AIL_OK)
            s = scan(t, r, &from, end, hit, err);
        ail_states_drop(t->states, r);
        end = from;
    }
    return s;
}

/* The hit may be behind an interrupt or fault at its instruction. */
static AilStatus settle(AilTravel *t, AilRunner *r, const Hit *hit, AilError *err)
{
    uint64_t pc = hit->pc;
    AilDebugStop stop;
    AilStatus s = ail_stub_pc(ail_runner_stub(r), &pc, err);
    while (s == AIL_OK && pc != hit->pc && ail_runner_icount(r) == hit->icount) {
        s = ail_runner_go(r, 's', travel_total(t), t->none, &stop, err);
        if (s == AIL_OK)
            s = ail_stub_pc(ail_runner_stub(r), &pc, err);
    }
    if (s == AIL_OK && ail_runner_icount(r) != hit->icount)
        s = ail_error_set(err, "what was hit at instruction %" PRIu64 " was not hit again",
                          hit->icount);
    return s;
}

/*
 * Where gdb wants to stand after a watchpoint, going back: where the stub stops behind an access,
 * before that; where it stops before one, behind it, because gdb then makes a step (backward).
 */
static uint64_t destination(const AilTravel *t, const Hit *hit)
{
    if (!hit->found)
        return 0;
    if (hit->stop.why != AIL_STOP_WATCH)
        return hit->icount;
    return ail_stub_watches_before(t->config->manifest->machine.arch) ? hit->icount + 1
                                                                      : hit->icount - 1;
}

AilStatus ail_travel_run_back(AilTravel *t, AilArrived *arrived, AilError *err)
{
    Hit hit = {0};
    AilRunner *r = NULL;
    AilStatus s = find_last(t, &hit, err);
    uint64_t to = destination(t, &hit);
    if (s == AIL_OK)
        s = travel_begin_at(t, to, to, &r, err);
    if (s == AIL_OK && hit.found && hit.stop.why == AIL_STOP_BREAK)
        s = settle(t, r, &hit, err);
    if (s != AIL_OK) {
        ail_states_drop(t->states, r);
        *arrived = (AilArrived){.how = AIL_ARRIVED_INTERRUPT};
        return s == AIL_END ? AIL_OK : s;
    }
    travel_move_to(t, r);
    *arrived = (AilArrived){.how = AIL_ARRIVED_BEGIN};
    if (hit.found)
        travel_describe(&hit.stop, arrived);
    return AIL_OK;
}
