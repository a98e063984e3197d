/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_runner_private.h"

#include <inttypes.h>
#include <string.h>

#include "recorder/workdir.h"
#include "replayer/stall.h"

enum { QMP_MS = 60000 };

AilRunner *ail_runner_new(const AilRunnerConfig *config, unsigned number, bool checked)
{
    AilRunner *r = g_new0(AilRunner, 1);
    r->config = config;
    r->checked = checked;
    r->dir = g_strdup_printf("%s/run%u", config->dir, number);
    r->drive = ail_drive_new();
    r->breaks = g_ptr_array_new_with_free_func(g_free);
    return r;
}

void ail_runner_free(AilRunner *r)
{
    if (!r)
        return;
    ail_drive_free(r->drive);
    ail_stub_free(r->stub);
    ail_remove_tree(r->dir);
    g_ptr_array_unref(r->breaks);
    g_free(r->dir);
    g_free(r);
}

void ail_runner_set_owner(AilRunner *r,
                          bool (*progress)(void *user, uint64_t icount, uint64_t total), void *user)
{
    r->progress = progress;
    r->user = user;
}

uint64_t ail_runner_icount(const AilRunner *r)
{
    return r->icount;
}

bool ail_runner_is_behind(const AilRunner *r)
{
    return r->behind;
}

AilStub *ail_runner_stub(AilRunner *r)
{
    return r->stub;
}

bool runner_goes_on(void *user, uint64_t icount, uint64_t total)
{
    AilRunner *r = user;
    return !r->progress || r->progress(r->user, icount, total);
}

static AilStatus query_icount(AilRunner *r, uint64_t *icount, AilError *err)
{
    AilQmp *qmp = ail_qemu_qmp(ail_drive_qemu(r->drive));
    if (ail_qmp_icount(qmp, QMP_MS, icount) == AIL_OK)
        return AIL_OK;
    return ail_error_set(err, "the replay ended at instruction %" PRIu64 ": %s", r->icount,
                         ail_qmp_error(qmp));
}

static AilStatus set_limit(AilRunner *r, uint64_t limit, AilError *err)
{
    AilQmp *qmp = ail_qemu_qmp(ail_drive_qemu(r->drive));
    return ail_qmp_replay_break(qmp, limit, QMP_MS) == AIL_OK
               ? AIL_OK
               : ail_error_set(err, "%s", ail_qmp_error(qmp));
}

/* What was not reached must not stay: QEMU aborts when it is passed. */
static AilStatus clear_limit(AilRunner *r, AilError *err)
{
    AilQmp *qmp = ail_qemu_qmp(ail_drive_qemu(r->drive));
    for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
        ;
    return ail_qmp_execute(qmp, "replay-delete-break", NULL, QMP_MS, NULL) == AIL_OK
               ? AIL_OK
               : ail_error_set(err, "%s", ail_qmp_error(qmp));
}

AilStatus ail_runner_disarm(AilRunner *r, AilError *err)
{
    AilStatus s = AIL_OK;
    if (r->breaks->len)
        s = ail_stub_set_breaks(r->stub, r->breaks, false, err);
    g_ptr_array_set_size(r->breaks, 0);
    return s;
}

static bool is_armed_with(const AilRunner *r, const GPtrArray *breaks)
{
    bool same = r->breaks->len == breaks->len;
    for (guint i = 0; i < breaks->len && same; i++)
        same = !strcmp(r->breaks->pdata[i], breaks->pdata[i]);
    return same;
}

static AilStatus arm(AilRunner *r, const GPtrArray *breaks, AilError *err)
{
    if (is_armed_with(r, breaks))
        return AIL_OK;
    AilStatus s = ail_runner_disarm(r, err);
    if (s == AIL_OK)
        s = ail_stub_set_breaks(r->stub, breaks, true, err);
    for (guint i = 0; i < breaks->len && s == AIL_OK; i++)
        g_ptr_array_add(r->breaks, g_strdup(breaks->pdata[i]));
    return s;
}

/* On the way to a place that it shall not come to any more. */
static AilStatus halt(AilRunner *r, AilError *err)
{
    AilQmp *qmp = ail_qemu_qmp(ail_drive_qemu(r->drive));
    if (ail_qmp_execute(qmp, "stop", NULL, QMP_MS, NULL) != AIL_OK)
        return ail_error_set(err, "%s", ail_qmp_error(qmp));
    AilStatus s = query_icount(r, &r->icount, err);
    return s == AIL_OK ? clear_limit(r, err) : s;
}

AilStatus ail_runner_to(AilRunner *r, uint64_t icount, AilError *err)
{
    AilStatus s = ail_runner_disarm(r, err);
    if (s != AIL_OK || (icount == r->icount && !r->behind))
        return s;
    s = ail_drive_to(r->drive, icount);
    if (s == AIL_ERR)
        return ail_error_set(err, "%s", ail_drive_error(r->drive));
    r->behind = false;
    r->icount = icount;
    if (s == AIL_END && halt(r, err) != AIL_OK)
        return AIL_ERR;
    return s;
}

typedef struct Waiting {
    AilStall stall;
    bool interrupted;
} Waiting;

/* It still runs: look how far it is, and whether it shall go on. */
static AilStatus look(AilRunner *r, Waiting *w, unsigned *delay, AilError *err)
{
    uint64_t now, before = w->stall.seen, total = r->config->manifest->instructions;
    AilStatus s = query_icount(r, &now, err);
    if (s == AIL_OK)
        s = ail_stall_look(&w->stall, now, total, err);
    if (s != AIL_OK)
        return s;
    *delay = ail_drive_pause(now - before, *delay);
    if (!w->interrupted && !runner_goes_on(r, now, total)) {
        w->interrupted = true;
        s = ail_stub_interrupt(r->stub, err);
    }
    return s;
}

static AilStatus await_stop(AilRunner *r, Waiting *w, GString *answer, AilError *err)
{
    unsigned delay = ail_drive_pause(0, 0);
    AilStatus s;
    while ((s = ail_stub_wait(r->stub, delay, answer, err)) == AIL_END)
        if (look(r, w, &delay, err) != AIL_OK)
            return AIL_ERR;
    return s;
}

/* "T05thread:01;watch:ffff80;" */
static AilStatus parse_stop(const char *answer, char how, bool at_limit, AilDebugStop *stop,
                            AilError *err)
{
    static const char *const kinds[] = {";watch:", ";rwatch:", ";awatch:"};
    if (*answer != 'T' && *answer != 'S')
        return ail_error_set(err, "QEMU's gdb stub ended with '%.40s'", answer);
    *stop = (AilDebugStop){.why = how == 's' ? AIL_STOP_STEP : AIL_STOP_BREAK};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *watch = strstr(answer, kinds[i]);
        if (watch) {
            stop->why = AIL_STOP_WATCH;
            g_snprintf(stop->watch, sizeof stop->watch, "%.*s;", (int)strcspn(watch + 1, ";"),
                       watch + 1);
        }
    }
    bool trapped = g_str_has_prefix(answer + 1, "05");
    if (!trapped)
        stop->why = at_limit ? AIL_STOP_LIMIT : AIL_STOP_INTERRUPT;
    return AIL_OK;
}

/* *early: nobody knows why, but it has stopped. */
static AilStatus go_once(AilRunner *r, char how, uint64_t limit, AilDebugStop *stop, bool *early,
                         AilError *err)
{
    GString *answer = g_string_new(NULL);
    Waiting w = {.interrupted = false};
    uint64_t before = r->icount;
    ail_stall_begin(&w.stall, r->config->stall_seconds, before);
    AilStatus s = set_limit(r, limit, err);
    if (s == AIL_OK)
        s = ail_stub_run(r->stub, how, err);
    if (s == AIL_OK)
        s = await_stop(r, &w, answer, err);
    if (s == AIL_OK)
        s = query_icount(r, &r->icount, err);
    if (s == AIL_OK)
        s = clear_limit(r, err);
    if (s == AIL_OK)
        s = parse_stop(answer->str, how, r->icount >= limit, stop, err);
    *early = stop->why == AIL_STOP_INTERRUPT && !w.interrupted;
    r->behind = how == 's' && r->icount == before;
    g_string_free(answer, TRUE);
    return s;
}

/* The guest has powered off, which QEMU noticed early, and then its stub runs it no more. */
static AilStatus go_past(AilRunner *r, AilError *err)
{
    AilStatus s = ail_runner_disarm(r, err);
    r->behind = false;
    if (s == AIL_OK && ail_drive_to(r->drive, r->icount + 1) == AIL_ERR)
        s = ail_error_set(err, "%s", ail_drive_error(r->drive));
    return s == AIL_OK ? query_icount(r, &r->icount, err) : s;
}

AilStatus ail_runner_go(AilRunner *r, char how, uint64_t limit, const GPtrArray *breaks,
                        AilDebugStop *stop, AilError *err)
{
    bool early = true;
    AilStatus s = AIL_OK;
    *stop = (AilDebugStop){.why = AIL_STOP_LIMIT};
    while (s == AIL_OK && early && r->icount < limit) {
        s = arm(r, breaks, err);
        if (s == AIL_OK)
            s = go_once(r, how, limit, stop, &early, err);
        if (s == AIL_OK && early) {
            s = go_past(r, err);
            stop->why = r->icount < limit ? AIL_STOP_STEP : AIL_STOP_LIMIT;
            early = how == 'c';
        }
    }
    return s;
}
