/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tasks, and which calls each has under way. */
#include "analyzers/syscalls_state.h"

#include <string.h>

#include "formats/text.h"

void syscalls_open_free(Syscalls *s, SyscallOpen *open)
{
    if (s->recent == open)
        s->recent = NULL;
    s->held -= open->in.len;
    g_free((uint8_t *)open->in.data);
    for (size_t i = 0; i < G_N_ELEMENTS(open->fd_path); i++)
        g_free(open->fd_path[i]);
    g_free(open);
}

Syscalls *syscalls_state_new(void)
{
    Syscalls *s = g_new0(Syscalls, 1);
    s->pids = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    s->tasks = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    s->spaces = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    s->files = ail_guest_new();
    s->counts = syscalls_counts_new();
    return s;
}

static void release_tasks(Syscalls *s, GHashTable *tasks)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, tasks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        SyscallTask *task = value;
        while (task->n_open)
            syscalls_open_free(s, task->open[--task->n_open]);
    }
    g_hash_table_destroy(tasks);
}

void syscalls_state_free(Syscalls *s)
{
    release_tasks(s, s->tasks);
    release_tasks(s, s->spaces);
    ail_guest_free(s->files);
    syscalls_counts_free(s->counts);
    g_clear_pointer(&s->comms, g_hash_table_destroy);
    g_clear_pointer(&s->calls, g_hash_table_destroy);
    g_array_free(s->pids, TRUE);
    g_free(s->path);
    g_free(s);
}

/* ---- tasks */

static SyscallTask *task_in(Syscalls *s, GHashTable *tasks, uint64_t key)
{
    SyscallTask *task = g_hash_table_lookup(tasks, &key);
    if (task)
        return task;
    if (g_hash_table_size(tasks) >= SYSCALLS_MAX_TASKS) {
        s->forgotten++;
        return NULL;
    }
    task = g_new0(SyscallTask, 1);
    task->key = key;
    task->is_space = tasks == s->spaces;
    g_hash_table_insert(tasks, &task->key, task);
    return task;
}

SyscallTask *syscalls_running(Syscalls *s)
{
    return s->has_current ? task_in(s, s->tasks, s->current) : task_in(s, s->spaces, s->asid);
}

/* The calls that it has under way will not return. */
void syscalls_give_up(Syscalls *s, SyscallTask *task, bool exits)
{
    for (unsigned i = 0; i < task->n_open; i++) {
        syscalls_print_call(s, task, task->open[i], NULL, exits);
        syscalls_open_free(s, task->open[i]);
    }
    task->n_open = 0;
}

/* Whether the task is going to be what is told because it begins a program, although it was not
 * its process's first thread: it is given the number of that. */
static bool is_exec(const SyscallTask *task, const AilGuestTask *told)
{
    return task->n_open == 1 && g_str_has_prefix(task->open[0]->name, "execve") &&
           task->tgid == told->tgid && told->pid == told->tgid;
}

void syscalls_on_task(Syscalls *s, const AilEvent *e)
{
    AilGuestTask t;
    SyscallTask *task;
    if (!ail_guest_task(e, &t)) {
        s->bad++;
        return;
    }
    task = task_in(s, s->tasks, t.key);
    if (!task)
        return;
    if (task->is_known && task->pid != t.pid && !is_exec(task, &t)) /* another one in its place */
        syscalls_give_up(s, task, false);
    task->is_known = true;
    task->files = t.files;
    task->pid = t.pid;
    task->tgid = t.tgid;
    g_strlcpy(task->comm, "", sizeof task->comm);
    memcpy(task->comm, t.comm.at, t.comm.len ? MIN(t.comm.len, sizeof task->comm - 1) : 0);
    task->comm[MIN(t.comm.len, sizeof task->comm - 1)] = 0;
    ail_text_disarm(task->comm);
}

void syscalls_on_exit(Syscalls *s, const AilEvent *e)
{
    SyscallTask *task = g_hash_table_lookup(s->tasks, &e->value);
    if (!task)
        return;
    syscalls_give_up(s, task, true);
    syscalls_print_exit(s, task, e);
    g_hash_table_remove(s->tasks, &e->value);
}

const char *syscalls_path_of(const Syscalls *s, const SyscallTask *task, uint64_t fd)
{
    return fd <= UINT32_MAX ? ail_guest_file(s->files, task->files, (uint32_t)fd) : NULL;
}

bool syscalls_task_wanted(const Syscalls *s, const SyscallTask *task, const char *comm)
{
    bool pid = !s->pids->len;
    for (guint i = 0; i < s->pids->len; i++) {
        uint64_t wanted = g_array_index(s->pids, uint64_t, i);
        pid |= task->is_known && (wanted == task->pid || wanted == task->tgid);
    }
    return pid && (!s->comms || g_hash_table_contains(s->comms, comm));
}

/* ---- the end */

typedef struct Left {
    SyscallTask *task;
    SyscallOpen *open;
} Left;

static void collect(GHashTable *tasks, GArray *left)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, tasks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        SyscallTask *task = value;
        for (unsigned i = 0; i < task->n_open; i++) {
            Left one = {task, task->open[i]};
            g_array_append_val(left, one);
        }
    }
}

static gint by_icount(gconstpointer a, gconstpointer b)
{
    const Left *x = a, *y = b;
    if (x->open->icount != y->open->icount)
        return x->open->icount < y->open->icount ? -1 : 1;
    return x->task->key < y->task->key ? -1 : x->task->key > y->task->key;
}

/* Tell the calls that these have under way, in order of time. */
static void tell_left(Syscalls *s, GArray *left)
{
    g_array_sort(left, by_icount);
    for (guint i = 0; i < left->len; i++) {
        const Left *one = &g_array_index(left, Left, i);
        syscalls_print_call(s, one->task, one->open, NULL, false);
    }
    g_array_free(left, TRUE);
}

void syscalls_end(Syscalls *s)
{
    GArray *left = g_array_new(FALSE, FALSE, sizeof(Left));
    collect(s->tasks, left);
    collect(s->spaces, left);
    tell_left(s, left);
}

void syscalls_on_kernel(Syscalls *s, const AilEvent *e)
{
    GArray *left = g_array_new(FALSE, FALSE, sizeof(Left));
    collect(s->tasks, left);
    tell_left(s, left);
    release_tasks(s, s->tasks);
    s->tasks = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    s->has_current = false;
    ail_guest_take(s->files, e);
}
