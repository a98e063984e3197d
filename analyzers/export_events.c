/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the trace's events to slices and instants. */
#include "analyzers/export_private.h"
#include "analyzers/guest.h"
#include "formats/netframe.h"
#include "formats/syscalls_table.h"

#include <inttypes.h>
#include <string.h>

enum { CONSOLE_LINE = 512, TASK_ENDED = 32 };

/* --- system calls --- */

static char *call_name(const OpenCall *call)
{
    const AilSyscall *known = ail_syscall_find(call->abi, call->number);
    return known ? g_strdup(known->name) : g_strdup_printf("syscall %" PRIu64, call->number);
}

static void begin_call(Exporter *x, uint64_t icount, uint64_t track, const OpenCall *call,
                       const uint64_t *args)
{
    static const char *const keys[] = {"arg 1", "arg 2", "arg 3", "arg 4", "arg 5", "arg 6"};
    char texts[6][20], *name = call_name(call);
    AilTrackArg told[6];
    for (int i = 0; args && i < 6; i++) {
        g_snprintf(texts[i], sizeof texts[i], "0x%" PRIx64, args[i]);
        told[i] = (AilTrackArg){keys[i], texts[i], 0};
    }
    exporter_emit(x, AIL_SLICE_BEGIN, icount, track, "syscall", name, told, args ? 6 : 0);
    g_free(name);
}

static void end_call(Exporter *x, uint64_t icount, uint64_t track, const AilTrackArg *arg)
{
    const OpenCall *call = g_hash_table_lookup(x->calls, &track);
    bool told = call && call->told && exporter_tells(x);
    if (exporter_tells(x) || !x->started)
        g_hash_table_remove(x->calls, &track);
    if (told)
        exporter_emit(x, AIL_SLICE_END, icount, track, NULL, NULL, arg, arg ? 1 : 0);
}

/* Tracks are told when the window has begun, but calls are followed before. */
static uint64_t call_track(Exporter *x)
{
    const AilTask *task = ail_guest_running(x->guest);
    if (exporter_tells(x))
        return exporter_thread(x);
    return task ? TRACK(KIND_THREAD, task->id) : TRACK(KIND_SPACE, x->asid);
}

static void take_syscall(Exporter *x, const AilEvent *e)
{
    AilGuestSyscall s;
    uint64_t track = call_track(x);
    if (!ail_guest_syscall(e, &s))
        return;
    end_call(x, e->icount, track, NULL);
    if (x->started && !exporter_tells(x))
        return;
    OpenCall call = {s.abi, e->value, exporter_tells(x)};
    g_hash_table_insert(x->calls, g_memdup2(&track, sizeof track), g_memdup2(&call, sizeof call));
    if (exporter_tells(x))
        begin_call(x, e->icount, track, &call, s.args);
}

static void take_sysret(Exporter *x, const AilEvent *e)
{
    AilGuestSysret s;
    char text[24];
    if (!ail_guest_sysret(e, &s))
        return;
    g_snprintf(text, sizeof text, "%" PRId64, (int64_t)e->value);
    AilTrackArg arg = {"result", text, 0};
    end_call(x, e->icount, call_track(x), &arg);
}

/* --- instants --- */

static void instant(Exporter *x, const AilEvent *e, uint64_t track, const char *category,
                    char *name, const AilTrackArg *args, size_t n_args)
{
    if (exporter_tells(x))
        exporter_emit(x, AIL_INSTANT, e->icount, track, category, name, args, n_args);
    g_free(name);
}

static void take_trap(Exporter *x, const AilEvent *e)
{
    if (!exporter_tells(x))
        return;
    char at[20];
    const char *what = e->type == AIL_EVENT_INTERRUPT ? "interrupt" : "exception";
    g_snprintf(at, sizeof at, "0x%" PRIx64, e->pc);
    AilTrackArg arg = {"resumes at", at, 0};
    char *name = e->value == AIL_VECTOR_UNKNOWN ? g_strdup(what)
                                                : g_strdup_printf("%s 0x%" PRIx64, what, e->value);
    instant(x, e, exporter_machine_track(x, TRACK_TRAPS), what, name, &arg, 1);
}

static char *text_of(AilGuestText t)
{
    return g_strndup(t.at ? t.at : "", t.len);
}

static void take_exec(Exporter *x, const AilEvent *e)
{
    AilGuestExec s;
    AilGuestText text;
    const AilTask *task = ail_guest_find_task(x->guest, e->value);
    if (!exporter_tells(x) || !task || e->pc || !ail_guest_exec(e, &s))
        return;
    char *path = text_of(s.path);
    GString *words = g_string_new(NULL);
    while (words->len < 4096 && ail_guest_next_text(&s.args, &text)) {
        g_string_append(words, words->len ? " " : "");
        g_string_append_len(words, text.at, text.len);
    }
    AilTrackArg args[] = {{"path", path, 0}, {"arguments", words->str, 0}};
    instant(x, e, exporter_task_track(x, task), "process", g_strdup_printf("exec %s", path), args,
            2);
    g_string_free(words, TRUE);
    g_free(path);
}

static void take_exit(Exporter *x, const AilEvent *e)
{
    const AilTask *task = ail_guest_find_task(x->guest, e->value);
    if (!task)
        return;
    uint64_t track =
        exporter_tells(x) ? exporter_task_track(x, task) : TRACK(KIND_THREAD, task->id);
    end_call(x, e->icount, track, NULL);
    AilTrackArg args[] = {{"status", NULL, e->pc >> 8 & 0xff}, {"signal", NULL, e->pc & 0x7f}};
    instant(x, e, track, "process", g_strdup("exit"), args, 2);
    if (task == ail_guest_running(x->guest))
        x->state = TASK_ENDED;
}

static void take_signal(Exporter *x, const AilEvent *e)
{
    char at[20];
    if (!exporter_tells(x))
        return;
    g_snprintf(at, sizeof at, "0x%" PRIx64, e->pc);
    AilTrackArg arg = {"handler", at, 0};
    instant(x, e, exporter_thread(x), "signal", g_strdup_printf("signal %" PRIu64, e->value), &arg,
            1);
}

static void take_kernel(Exporter *x, const AilEvent *e)
{
    AilGuestKernel k;
    if (!exporter_tells(x) || !ail_guest_kernel(e, &k))
        return;
    char *banner = text_of(k.banner);
    AilTrackArg arg = {"banner", banner, 0};
    instant(x, e, exporter_machine_track(x, TRACK_KERNEL), "kernel", g_strdup("kernel found"), &arg,
            1);
    g_free(banner);
}

static void take_module(Exporter *x, const AilEvent *e)
{
    AilGuestText text;
    if (!exporter_tells(x) || !ail_guest_text(e, &text))
        return;
    char *name = text_of(text);
    instant(x, e, exporter_machine_track(x, TRACK_KERNEL), "kernel",
            g_strdup_printf(e->pc ? "module %s" : "module %s is gone", name), NULL, 0);
    g_free(name);
}

/* --- devices --- */

static void end_line(Exporter *x)
{
    if (!x->console->len)
        return;
    if (exporter_tells(x))
        exporter_emit(x, AIL_INSTANT, x->console_at, exporter_machine_track(x, TRACK_CONSOLE),
                      "console", x->console->str, NULL, 0);
    g_string_truncate(x->console, 0);
}

static void take_console(Exporter *x, const AilEvent *e)
{
    for (uint32_t i = 0; i < e->len; i++) {
        if (e->data[i] == '\n' || x->console->len >= CONSOLE_LINE)
            end_line(x);
        if (e->data[i] == '\n' || e->data[i] == '\r' || !e->data[i])
            continue;
        if (!x->console->len)
            x->console_at = e->icount;
        g_string_append_c(x->console, (char)e->data[i]);
    }
}

static void take_input(Exporter *x, const AilEvent *e)
{
    if (!exporter_tells(x))
        return;
    char *text = text_of((AilGuestText){(const char *)e->data, e->len});
    AilTrackArg arg = {"text", text, 0};
    instant(x, e, exporter_machine_track(x, TRACK_CONSOLE), "console", g_strdup("input"), &arg, 1);
    g_free(text);
}

static void take_packet(Exporter *x, const AilEvent *e)
{
    AilTrackArg arg = {"bytes", NULL, e->len};
    if (exporter_tells(x))
        instant(x, e, exporter_machine_track(x, TRACK_NETWORK), "network",
                g_strdup("packet received"), &arg, 1);
}

static void take_sent(Exporter *x, const AilEvent *e)
{
    AilGuestSent s;
    AilNetFrame frame;
    char what[160];
    if (!exporter_tells(x) || !ail_guest_sent(e, &s))
        return;
    char *device = text_of(s.device);
    ail_netframe_read(s.hardware, (const uint8_t *)s.head.at, s.head.len, &frame);
    ail_netframe_text(&frame, what, sizeof what);
    AilTrackArg args[] = {{"bytes", NULL, s.len}, {"device", device, 0}, {"frame", what, 0}};
    instant(x, e, exporter_machine_track(x, TRACK_NETWORK), "network", g_strdup("frame sent"), args,
            *what ? 3 : 2);
    g_free(device);
}

static void take_shutdown(Exporter *x, const AilEvent *e)
{
    AilTrackArg arg = {"cause", NULL, e->value};
    if (exporter_tells(x))
        instant(x, e, exporter_machine_track(x, TRACK_TRAPS), "machine", g_strdup("shutdown"), &arg,
                1);
}

/* --- all of them --- */

static void reopen(gpointer track, gpointer call, gpointer user)
{
    Exporter *x = user;
    uint64_t id = *(uint64_t *)track;
    OpenCall *c = call;
    if (g_hash_table_contains(x->tracks, &id)) {
        begin_call(x, x->from, id, c, NULL);
        c->told = true;
    }
}

/* The window begins: tell whom there is, and what they are at. */
void exporter_reach(Exporter *x, uint64_t icount)
{
    x->icount = icount;
    if (x->started || icount < x->from)
        return;
    x->started = true;
    x->state = 0; /* of one that ran before */
    if (!exporter_tells(x))
        return;
    for (size_t i = 0; i < ail_guest_n_tasks(x->guest); i++) {
        const AilTask *task = ail_guest_task_at(x->guest, i);
        if (task->died == UINT64_MAX)
            exporter_task_track(x, task);
    }
    if (!ail_guest_running(x->guest) && g_hash_table_size(x->calls))
        exporter_thread(x);
    g_hash_table_foreach(x->calls, reopen, x);
    exporter_update_running(x, x->from);
}

void exporter_take(Exporter *x, const AilEvent *e)
{
    static void (*const take[AIL_EVENT_COUNT])(Exporter *, const AilEvent *) = {
        [AIL_EVENT_EXCEPTION] = take_trap,  [AIL_EVENT_INTERRUPT] = take_trap,
        [AIL_EVENT_CONSOLE] = take_console, [AIL_EVENT_INPUT] = take_input,
        [AIL_EVENT_PACKET] = take_packet,   [AIL_EVENT_SHUTDOWN] = take_shutdown,
        [AIL_EVENT_KERNEL] = take_kernel,   [AIL_EVENT_EXIT] = take_exit,
        [AIL_EVENT_EXEC] = take_exec,       [AIL_EVENT_MODULE] = take_module,
        [AIL_EVENT_SYSCALL] = take_syscall, [AIL_EVENT_SYSRET] = take_sysret,
        [AIL_EVENT_SIGNAL] = take_signal,   [AIL_EVENT_SENT] = take_sent,
    };
    exporter_reach(x, e->icount);
    const AilTask *before = ail_guest_running(x->guest);
    ail_guest_take(x->guest, e);
    if (e->type == AIL_EVENT_ASID)
        x->asid = e->value;
    if (e->type == AIL_EVENT_SWITCH && before && !x->state) {
        uint64_t track = TRACK(KIND_THREAD, before->id);
        x->state = g_hash_table_contains(x->calls, &track) ? 1 : 0;
    }
    if (e->type == AIL_EVENT_TASK && exporter_tells(x) && ail_guest_find_task(x->guest, e->value))
        exporter_task_track(x, ail_guest_find_task(x->guest, e->value));
    if (e->type < AIL_EVENT_COUNT && take[e->type])
        take[e->type](x, e);
    exporter_update_running(x, e->icount);
}

static void close_call(gpointer track, gpointer call, gpointer user)
{
    Exporter *x = user;
    if (((const OpenCall *)call)->told)
        exporter_emit(x, AIL_SLICE_END, MIN(x->icount, x->until), *(uint64_t *)track, NULL, NULL,
                      NULL, 0);
}

void exporter_end(Exporter *x)
{
    end_line(x);
    g_hash_table_foreach(x->calls, close_call, x);
    exporter_stop_running(x, MIN(x->icount, x->until));
}
