/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "replayer/debug_packets.h"
#include "replayer/debug_travel_private.h"

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

uint64_t travel_total(const AilTravel *t)
{
    return t->config->manifest->instructions;
}

AilStatus travel_take(AilTravel *t, uint64_t icount, AilRunner **r, AilError *err)
{
    return ail_states_take(t->states, icount, t->progress, t->user, r, err);
}

void travel_move_to(AilTravel *t, AilRunner *r)
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

AilStatus travel_begin_at(AilTravel *t, uint64_t from, uint64_t icount, AilRunner **r,
                          AilError *err)
{
    ail_states_expect(t->states, icount);
    AilStatus s = travel_take(t, from, r, err);
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
        s = travel_begin_at(t, t->now ? icount : state, icount, &r, err);
        if (s == AIL_OK)
            travel_move_to(t, r);
    }
    if (s == AIL_OK)
        ail_states_expect(t->states, icount);
    return s;
}

void travel_describe(const AilDebugStop *stop, AilArrived *a)
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
    while (s == AIL_OK && stop.why == AIL_STOP_LIMIT && ail_travel_icount(t) < travel_total(t)) {
        uint64_t next = travel_total(t);
        if (keeping)
            next = ail_states_next(t->states, ail_travel_icount(t), next);
        s = ail_runner_go(t->now, how, next, t->breaks, &stop, err);
        if (s == AIL_OK && stop.why == AIL_STOP_LIMIT && next < travel_total(t))
            ail_states_keep(t->states, t->now);
    }
    travel_describe(&stop, arrived);
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
    AilStatus s = travel_begin_at(t, to, to, &r, err);
    if (s == AIL_OK)
        travel_move_to(t, r);
    if (s == AIL_END)
        arrived->how = AIL_ARRIVED_INTERRUPT;
    return s == AIL_END ? AIL_OK : s;
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
