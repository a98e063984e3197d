/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_travel.h"

#include <inttypes.h>
#include <string.h>

#include "replayer/debug_packets.h"
#include "replayer/debug_states.h"

/* After so many stops on the way to the last hit, half of the rest is skipped. */
enum { MANY_STEPS = 400 };

struct AilTravel {
    const AilRunnerConfig *config; /* borrowed */
    AilStates *states;             /* owned */
    AilRunner *now;                /* owned; NULL: nowhere yet */
    GPtrArray *breaks;             /* owned; of char *, owned */
    GPtrArray *none;               /* owned; empty */
    bool (*progress)(void *user, uint64_t icount, uint64_t total);
    void *user;
};

AilTravel *ail_travel_new(const AilRunnerConfig *config, const char *checkpoints,
                          bool (*progress)(void *user, uint64_t icount, uint64_t total), void *user)
{
    AilTravel *t = g_new0(AilTravel, 1);
    t->config = config;
    t->states = ail_states_new(config, checkpoints);
    t->breaks = g_ptr_array_new_with_free_func(g_free);
    t->none = g_ptr_array_new();
    t->progress = progress;
    t->user = user;
    return t;
}

void ail_travel_free(AilTravel *t)
{
    if (!t)
        return;
    ail_runner_free(t->now);
    ail_states_free(t->states);
    g_ptr_array_unref(t->breaks);
    g_ptr_array_unref(t->none);
    g_free(t);
}

uint64_t ail_travel_icount(const AilTravel *t)
{
    return ail_runner_icount(t->now);
}

static uint64_t total(const AilTravel *t)
{
    return t->config->manifest->instructions;
}

static AilStatus take(AilTravel *t, uint64_t icount, AilRunner **r, AilError *err)
{
    return ail_states_take(t->states, icount, t->progress, t->user, r, err);
}

static void move_to(AilTravel *t, AilRunner *r)
{
    if (r != t->now)
        ail_states_drop(t->states, t->now);
    t->now = r;
}

/* With states kept on the way. */
static AilStatus drive_to(AilTravel *t, AilRunner *r, uint64_t icount, AilError *err)
{
    AilStatus s = AIL_OK;
    while (s == AIL_OK && ail_runner_icount(r) < icount) {
        uint64_t next = ail_states_next(t->states, ail_runner_icount(r), icount);
        s = ail_runner_to(r, next, err);
        if (s == AIL_OK && next < icount)
            ail_states_keep(t->states, r);
    }
    return s;
}

/* There anew, from a state before. */
static AilStatus begin_at(AilTravel *t, uint64_t from, uint64_t icount, AilRunner **r,
                          AilError *err)
{
    ail_states_expect(t->states, icount);
    AilStatus s = take(t, from, r, err);
    if (s == AIL_OK)
        s = drive_to(t, *r, icount, err);
    if (s == AIL_OK)
        s = ail_runner_to(*r, icount, err);
    if (s != AIL_OK && *r)
        ail_states_drop(t->states, g_steal_pointer(r));
    return s;
}

AilStatus ail_travel_to(AilTravel *t, uint64_t icount, AilError *err)
{
    AilStatus s;
    AilRunner *r = t->now;
    bool forward = r && icount > ail_runner_icount(r);
    uint64_t state = ail_states_last(t->states, icount);
    if (forward && state <= ail_runner_icount(r)) {
        s = drive_to(t, r, icount, err);
    } else {
        r = NULL; /* first of all only from a state, for progress shows on the rest of the way */
        s = begin_at(t, t->now ? icount : state, icount, &r, err);
        if (s == AIL_OK)
            move_to(t, r);
    }
    if (s == AIL_OK)
        ail_states_expect(t->states, icount);
    return s;
}

static void describe(const AilDebugStop *stop, AilArrived *a)
{
    static const AilArrival how[] = {[AIL_STOP_LIMIT] = AIL_ARRIVED_END,
                                     [AIL_STOP_BREAK] = AIL_ARRIVED_BREAK,
                                     [AIL_STOP_WATCH] = AIL_ARRIVED_WATCH,
                                     [AIL_STOP_STEP] = AIL_ARRIVED_STEP,
                                     [AIL_STOP_INTERRUPT] = AIL_ARRIVED_INTERRUPT};
    a->how = how[stop->why];
    memcpy(a->watch, stop->watch, sizeof a->watch);
}

static bool has_watchpoints(const AilTravel *t)
{
    bool has = false;
    for (guint i = 0; i < t->breaks->len; i++)
        has = has || *(const char *)t->breaks->pdata[i] > '1';
    return has;
}

AilStatus ail_travel_forward(AilTravel *t, char how, AilArrived *arrived, AilError *err)
{
    AilDebugStop stop = {.why = AIL_STOP_LIMIT};
    AilStatus s = AIL_OK;
    /* An access at the very place of a stop for a state might go unnoticed. */
    bool keeping = how == 'c' && !has_watchpoints(t);
    while (s == AIL_OK && stop.why == AIL_STOP_LIMIT && ail_travel_icount(t) < total(t)) {
        uint64_t next = total(t);
        if (keeping)
            next = ail_states_next(t->states, ail_travel_icount(t), next);
        s = ail_runner_go(t->now, how, next, t->breaks, &stop, err);
        if (s == AIL_OK && stop.why == AIL_STOP_LIMIT && next < total(t))
            ail_states_keep(t->states, t->now);
    }
    describe(&stop, arrived);
    if (s == AIL_OK)
        ail_states_expect(t->states, ail_travel_icount(t));
    return s;
}

AilStatus ail_travel_step_back(AilTravel *t, AilArrived *arrived, AilError *err)
{
    uint64_t now = ail_travel_icount(t);
    bool behind = ail_runner_is_behind(t->now);
    *arrived = (AilArrived){.how = now || behind ? AIL_ARRIVED_STEP : AIL_ARRIVED_BEGIN};
    AilRunner *r = NULL;
    if (!now && !behind)
        return AIL_OK;
    uint64_t to = behind ? now : now - 1;
    AilStatus s = begin_at(t, to, to, &r, err);
    if (s == AIL_OK)
        move_to(t, r);
    if (s == AIL_END)
        arrived->how = AIL_ARRIVED_INTERRUPT;
    return s == AIL_END ? AIL_OK : s;
}

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
    uint64_t limit = MIN(end + 1, total(t));
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
        s = take(t, from, &r, err);
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
        s = ail_runner_go(r, 's', total(t), t->none, &stop, err);
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
        s = begin_at(t, to, to, &r, err);
    if (s == AIL_OK && hit.found && hit.stop.why == AIL_STOP_BREAK)
        s = settle(t, r, &hit, err);
    if (s != AIL_OK) {
        ail_states_drop(t->states, r);
        *arrived = (AilArrived){.how = AIL_ARRIVED_INTERRUPT};
        return s == AIL_END ? AIL_OK : s;
    }
    move_to(t, r);
    *arrived = (AilArrived){.how = AIL_ARRIVED_BEGIN};
    if (hit.found)
        describe(&hit.stop, arrived);
    return AIL_OK;
}

AilStatus ail_travel_ask(AilTravel *t, const char *request, size_t size, GString *answer,
                         AilError *err)
{
    return ail_stub_ask(ail_runner_stub(t->now), request, size, answer, err);
}

static guint find_break(const AilTravel *t, const char *text)
{
    guint i = 0;
    while (i < t->breaks->len && strcmp(t->breaks->pdata[i], text))
        i++;
    return i;
}

AilStatus ail_travel_break(AilTravel *t, const char *request, GString *answer, AilError *err)
{
    const char *text = request + 1;
    guint at = find_break(t, text);
    g_string_assign(answer, "OK");
    if (*request == 'z' && at < t->breaks->len)
        g_ptr_array_remove_index(t->breaks, at);
    if (*request == 'z' || at < t->breaks->len)
        return AIL_OK;
    /* Whether QEMU takes it. It is set when the machine goes. */
    AilStatus s = ail_runner_disarm(t->now, err);
    GString *ignored = g_string_new("z");
    g_string_append(ignored, text);
    if (s == AIL_OK)
        s = ail_travel_ask(t, request, strlen(request), answer, err);
    if (s == AIL_OK && !strcmp(answer->str, "OK")) {
        g_ptr_array_add(t->breaks, g_strdup(text));
        s = ail_travel_ask(t, ignored->str, ignored->len, ignored, err);
    }
    g_string_free(ignored, TRUE);
    return s;
}

void ail_travel_clear_breaks(AilTravel *t)
{
    g_ptr_array_set_size(t->breaks, 0);
}

const char *ail_travel_break_here(AilTravel *t)
{
    AilError ignored = {{0}};
    uint64_t pc = 0;
    const char *kind = "";
    if (ail_stub_pc(ail_runner_stub(t->now), &pc, &ignored) != AIL_OK)
        return kind;
    for (guint i = 0; i < t->breaks->len; i++) {
        AilGdbBreak b;
        if (ail_gdb_parse_break(t->breaks->pdata[i], &b) && b.address == pc && b.type <= 1)
            kind = b.type == 1 ? "hwbreak:;" : "swbreak:;";
    }
    return kind;
}
