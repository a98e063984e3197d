/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tracks of a timeline, and who has the processor. */
#include "analyzers/export_private.h"
#include "analyzers/guest.h"
#include "formats/kallsyms.h"

#include <inttypes.h>
#include <string.h>

Exporter *exporter_new(uint64_t from, uint64_t until, unsigned shift)
{
    Exporter *x = g_new0(Exporter, 1);
    x->from = from;
    x->until = until;
    x->shift = shift;
    x->guest = ail_guest_new();
    x->tracks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    x->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    x->processes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    x->console = g_string_new(NULL);
    x->tid = -1;
    return x;
}

void exporter_free(Exporter *x)
{
    if (!x)
        return;
    ail_guest_free(x->guest);
    g_hash_table_destroy(x->tracks);
    g_hash_table_destroy(x->calls);
    g_hash_table_destroy(x->processes);
    g_string_free(x->console, TRUE);
    g_free(x->comm);
    g_free(x);
}

bool exporter_tells(const Exporter *x)
{
    return x->started && x->icount < x->until;
}

static uint64_t ns(const Exporter *x, uint64_t icount)
{
    return (icount > x->from ? icount : x->from) << x->shift;
}

void exporter_emit(Exporter *x, AilTrackEventKind kind, uint64_t icount, uint64_t track,
                   const char *category, const char *name, const AilTrackArg *args, size_t n_args)
{
    AilTrackEvent e = {kind, ns(x, icount), track, name, category, args, n_args};
    for (size_t i = 0; i < x->n; i++)
        ail_timeline_event(x->to[i], &e);
    x->told += kind != AIL_SLICE_END;
}

static void tell_track(Exporter *x, const AilTrack *track)
{
    const char *old = g_hash_table_lookup(x->tracks, &track->id);
    char *now = g_strdup_printf("%" PRIx64 " %s", track->parent, track->name);
    if (old && !strcmp(old, now)) {
        g_free(now);
        return;
    }
    g_hash_table_replace(x->tracks, g_memdup2(&track->id, sizeof track->id), now);
    for (size_t i = 0; i < x->n; i++)
        ail_timeline_track(x->to[i], track);
}

uint64_t exporter_machine_track(Exporter *x, uint64_t id)
{
    static const char *const names[] = {[TRACK_CPU] = "CPU 0",
                                        [TRACK_TRAPS] = "CPU 0 interrupts and exceptions",
                                        [TRACK_CONSOLE] = "Console",
                                        [TRACK_NETWORK] = "Network",
                                        [TRACK_KERNEL] = "Kernel"};
    tell_track(x, &(AilTrack){.id = id, .kind = AIL_TRACK_OTHER, .name = names[id]});
    return id;
}

/* --- threads --- */

/* The process that the task is of: another one whenever another task leads that number. */
static uint64_t process_number(Exporter *x, const AilTask *task)
{
    uint64_t tgid = task->tgid, leader = task->pid == task->tgid ? task->id : 0;
    ExportProcess *p = g_hash_table_lookup(x->processes, &tgid);
    if (!p || (leader && p->leader && p->leader != leader)) {
        p = g_new0(ExportProcess, 1);
        p->number = ++x->n_processes;
        g_hash_table_replace(x->processes, g_memdup2(&tgid, sizeof tgid), p);
    }
    if (leader)
        p->leader = leader;
    return p->number;
}

uint64_t exporter_task_track(Exporter *x, const AilTask *task)
{
    AilTrack process = {.id = TRACK(KIND_PROCESS, process_number(x, task)),
                        .kind = AIL_TRACK_PROCESS,
                        .pid = (int32_t)task->tgid,
                        .name = task->comm};
    AilTrack thread = {.id = TRACK(KIND_THREAD, task->id),
                       .parent = process.id,
                       .kind = AIL_TRACK_THREAD,
                       .pid = (int32_t)task->tgid,
                       .tid = (int32_t)task->pid,
                       .name = task->comm};
    if (task->pid == task->tgid || !g_hash_table_contains(x->tracks, &process.id))
        tell_track(x, &process);
    tell_track(x, &thread);
    return thread.id;
}

static uint64_t space_track(Exporter *x, unsigned kind, const char *what)
{
    char *name = g_strdup_printf("%s of address space 0x%" PRIx64, what, x->asid);
    AilTrack track = {.id = TRACK(kind, x->asid), .kind = AIL_TRACK_OTHER, .name = name};
    tell_track(x, &track);
    g_free(name);
    return track.id;
}

uint64_t exporter_thread(Exporter *x)
{
    const AilTask *task = ail_guest_running(x->guest);
    return task ? exporter_task_track(x, task) : space_track(x, KIND_SPACE, "system calls");
}

uint64_t exporter_stack_track(Exporter *x)
{
    const AilTask *task = ail_guest_running(x->guest);
    if (!task)
        return space_track(x, KIND_SPACE_STACK, "call stack");
    char *name = g_strdup_printf("call stack of %u", task->pid);
    AilTrack track = {.id = TRACK(KIND_STACK, task->id),
                      .parent = exporter_task_track(x, task),
                      .kind = AIL_TRACK_OTHER,
                      .name = name};
    tell_track(x, &track);
    g_free(name);
    return track.id;
}

uint64_t exporter_stack_end(const Exporter *x, uint64_t track)
{
    uint64_t id = track & 0xffffffffffffff, end = MIN(x->icount, x->until);
    if (track >> 56 == KIND_STACK && id && id <= ail_guest_n_tasks(x->guest))
        end = MIN(end, ail_guest_task_at(x->guest, id - 1)->died);
    return end;
}

char *exporter_name(const Exporter *x, uint64_t pc)
{
    const AilKallsyms *kernel = ail_guest_kernel_symbols(x->guest);
    const AilTask *task = ail_guest_running(x->guest);
    const AilMapping *m = task && task->mm ? ail_guest_mapping(x->guest, task->mm, pc) : NULL;
    AilKsym symbol;
    uint64_t offset;
    if (m && *m->path)
        return g_strdup_printf("%s+0x%" PRIx64, m->path, pc - m->start + m->offset);
    if (!kernel || !ail_kallsyms_at(kernel, pc, &symbol, &offset))
        return g_strdup_printf("0x%" PRIx64, pc);
    return offset ? g_strdup_printf("%s+0x%" PRIx64, symbol.name, offset) : g_strdup(symbol.name);
}

/* --- who runs --- */

void exporter_stop_running(Exporter *x, uint64_t icount)
{
    if (x->running)
        exporter_emit(x, AIL_SLICE_END, icount, TRACK_CPU, NULL, NULL, NULL, 0);
    x->running = false;
}

/* Tell the timelines which thread the processor has now. */
static void change_thread(Exporter *x, const AilTask *task, uint64_t icount)
{
    AilTrackSwitch s = {.ns = ns(x, icount),
                        .from = x->tid < 0 ? 0 : x->tid,
                        .to = (int32_t)task->pid,
                        .from_comm = x->comm ? x->comm : "",
                        .to_comm = task->comm,
                        .from_state = x->state};
    for (size_t i = 0; i < x->n; i++)
        ail_timeline_switch(x->to[i], &s);
    x->tid = s.to;
    x->state = 0;
    g_free(x->comm);
    x->comm = g_strdup(task->comm);
}

/* Somebody else may run. */
void exporter_update_running(Exporter *x, uint64_t icount)
{
    const AilTask *task = ail_guest_running(x->guest);
    uint64_t id = task ? task->id : x->asid;
    if (!exporter_tells(x) || (x->running && x->running_id == id && (x->tid >= 0) == !!task))
        return;
    exporter_stop_running(x, icount);
    exporter_machine_track(x, TRACK_CPU);
    if (task)
        exporter_task_track(x, task);
    char *valid = task ? g_utf8_make_valid(task->comm, -1) : NULL;
    char *name = task ? g_strdup_printf("%s [%u]", valid, task->pid)
                      : g_strdup_printf("address space 0x%" PRIx64, x->asid);
    exporter_emit(x, AIL_SLICE_BEGIN, icount, TRACK_CPU, "sched", name, NULL, 0);
    if (task)
        change_thread(x, task, icount);
    else
        x->tid = -1;
    x->running = true;
    x->running_id = id;
    g_free(valid);
    g_free(name);
}
