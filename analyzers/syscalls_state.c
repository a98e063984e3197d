/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which task runs, which calls it has under way, and when they return. */
#include "analyzers/syscalls_state.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "formats/text.h"

static void open_free(Syscalls *s, SyscallOpen *open)
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
    s->files = syscalls_files_new();
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
            open_free(s, task->open[--task->n_open]);
    }
    g_hash_table_destroy(tasks);
}

void syscalls_state_free(Syscalls *s)
{
    release_tasks(s, s->tasks);
    release_tasks(s, s->spaces);
    syscalls_files_free(s->files);
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

static SyscallTask *running(Syscalls *s)
{
    return s->has_current ? task_in(s, s->tasks, s->current) : task_in(s, s->spaces, s->asid);
}

/* The calls that it has under way will not return. */
static void give_up(Syscalls *s, SyscallTask *task, bool exits)
{
    for (unsigned i = 0; i < task->n_open; i++) {
        syscalls_print_call(s, task, task->open[i], NULL, exits);
        open_free(s, task->open[i]);
    }
    task->n_open = 0;
}

static void on_task(Syscalls *s, const AilEvent *e)
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
    if (task->is_known && task->pid != t.pid) /* another one at the same place */
        give_up(s, task, false);
    if (!task->is_known || task->files != t.files) {
        syscalls_files_use(s->files, t.files, 1);
        if (task->is_known)
            syscalls_files_use(s->files, task->files, -1);
    }
    task->is_known = true;
    task->files = t.files;
    task->pid = t.pid;
    task->tgid = t.tgid;
    g_strlcpy(task->comm, "", sizeof task->comm);
    memcpy(task->comm, t.comm.at, t.comm.len ? MIN(t.comm.len, sizeof task->comm - 1) : 0);
    task->comm[MIN(t.comm.len, sizeof task->comm - 1)] = 0;
    ail_text_disarm(task->comm);
}

static void on_exit_event(Syscalls *s, const AilEvent *e)
{
    SyscallTask *task = g_hash_table_lookup(s->tasks, &e->value);
    if (!task)
        return;
    give_up(s, task, true);
    syscalls_print_exit(s, task, e);
    if (task->is_known)
        syscalls_files_use(s->files, task->files, -1);
    g_hash_table_remove(s->tasks, &e->value);
}

static void on_file(Syscalls *s, const AilEvent *e)
{
    AilGuestText path;
    if (ail_guest_text(e, &path))
        syscalls_files_set(s->files, e->value, e->pc, path);
}

/* ---- calls */

bool syscalls_task_wanted(const Syscalls *s, const SyscallTask *task, const char *comm)
{
    bool pid = !s->pids->len;
    for (guint i = 0; i < s->pids->len; i++) {
        uint64_t wanted = g_array_index(s->pids, uint64_t, i);
        pid |= task->is_known && (wanted == task->pid || wanted == task->tgid);
    }
    return pid && (!s->comms || g_hash_table_contains(s->comms, comm));
}

static bool path_matches(const Syscalls *s, const SyscallOpen *open)
{
    bool matches = false;
    for (unsigned i = 0; i < open->call->n_args && !matches; i++) {
        if (open->call->args[i].kind == AIL_ARG_PATH) {
            char *path = syscalls_arg_string(open, &open->call->args[i]);
            matches = path && !fnmatch(s->path, path, 0);
            g_free(path);
        }
        if (i < G_N_ELEMENTS(open->fd_path) && open->fd_path[i])
            matches |= !fnmatch(s->path, open->fd_path[i], 0);
    }
    return matches;
}

/* A call of that number, with a name in any case. */
static void identify(SyscallOpen *open, unsigned abi, uint64_t number)
{
    static const AilSyscallArg registers[] = {
        {"a0", "long", AIL_ARG_HEX, false, true, 0, 8, false, AIL_LEN_ONE, 0, NULL, NULL},
        {"a1", "long", AIL_ARG_HEX, false, true, 1, 8, false, AIL_LEN_ONE, 0, NULL, NULL},
        {"a2", "long", AIL_ARG_HEX, false, true, 2, 8, false, AIL_LEN_ONE, 0, NULL, NULL},
        {"a3", "long", AIL_ARG_HEX, false, true, 3, 8, false, AIL_LEN_ONE, 0, NULL, NULL},
        {"a4", "long", AIL_ARG_HEX, false, true, 4, 8, false, AIL_LEN_ONE, 0, NULL, NULL},
        {"a5", "long", AIL_ARG_HEX, false, true, 5, 8, false, AIL_LEN_ONE, 0, NULL, NULL},
    };
    static const AilSyscall unknown = {.name = "", .n_args = 6, .args = registers};
    open->abi = abi;
    open->number = number;
    open->call = ail_syscall_find(abi, number);
    if (!open->call)
        open->call = &unknown;
    g_snprintf(open->name, sizeof open->name, "syscall_0x%" PRIx64, number);
    if (*open->call->name)
        g_strlcpy(open->name, open->call->name, sizeof open->name);
}

static void keep_pieces(Syscalls *s, SyscallOpen *open, const AilGuestSyscall *call)
{
    size_t len = ail_cursor_left(&call->pieces);
    if (!len || len > SYSCALLS_MAX_DATA || s->held > SYSCALLS_MAX_HELD)
        return;
    open->in = (SyscallPieces){g_memdup2(call->pieces.at, len), len, call->n_pieces};
    s->held += len;
}

static void name_descriptors(const Syscalls *s, const SyscallTask *task, SyscallOpen *open)
{
    for (unsigned i = 0; i < open->call->n_args && i < G_N_ELEMENTS(open->fd_path); i++) {
        const AilSyscallArg *arg = &open->call->args[i];
        if (arg->kind == AIL_ARG_FD || arg->kind == AIL_ARG_DIRFD)
            open->fd_path[i] = g_strdup(
                syscalls_files_get(s->files, task->files, (uint32_t)open->args[MIN(arg->reg, 5)]));
    }
}

static void on_syscall(Syscalls *s, const AilEvent *e)
{
    AilGuestSyscall call;
    if (!ail_guest_syscall(e, &call)) {
        s->bad++;
        return;
    }
    s->seen++;
    SyscallTask *task = running(s);
    if (!task)
        return;
    /* A task makes one call at a time; an address space may be that of several tasks. */
    if (task->n_open && (!task->is_space || task->n_open == SYSCALLS_MAX_OPEN))
        give_up(s, task, false);
    SyscallOpen *open = g_new0(SyscallOpen, 1);
    identify(open, call.abi, e->value);
    memcpy(open->args, call.args, sizeof open->args);
    open->call = ail_syscall_variant(open->call, open->args);
    open->icount = e->icount;
    g_strlcpy(open->comm, task->comm, sizeof open->comm);
    keep_pieces(s, open, &call);
    if (s->paths || s->path || (ail_output_is_json(s->out) && !s->count))
        name_descriptors(s, task, open);
    open->hidden = !syscalls_task_wanted(s, task, open->comm) ||
                   (s->calls && !g_hash_table_contains(s->calls, open->name)) ||
                   (s->path && !path_matches(s, open));
    task->abi = call.abi;
    task->open[task->n_open++] = open;
    if (s->interleaved && !open->hidden) {
        if (s->recent)
            syscalls_print_begin(s, s->recent_task, s->recent);
        s->recent = open;
        s->recent_task = task;
    }
}

/* The call under way that returns; NULL: it began before the trace, or in the parent. */
static SyscallOpen *take_open(SyscallTask *task, uint64_t number, unsigned abi)
{
    for (unsigned i = task->n_open; i-- > 0;) {
        SyscallOpen *open = task->open[i];
        if (open->number != number || open->abi != abi)
            continue;
        memmove(&task->open[i], &task->open[i + 1], (task->n_open - i - 1) * sizeof *task->open);
        task->n_open--;
        return open;
    }
    return NULL;
}

static void on_rest(Syscalls *s, SyscallTask *task, const AilGuestSysret *g,
                    const SyscallReturn *ret)
{
    SyscallOpen call = {.icount = ret->icount};
    identify(&call, g->abi, g->number);
    g_strlcpy(call.comm, task->comm, sizeof call.comm);
    bool failed = ret->result < 0 && ret->result >= -4095;
    call.hidden = s->path || !syscalls_task_wanted(s, task, call.comm) ||
                  (s->calls && !g_hash_table_contains(s->calls, call.name)) ||
                  (s->errors && !failed);
    if (!call.hidden)
        syscalls_print_rest(s, task, &call, ret);
}

static void on_sysret(Syscalls *s, const AilEvent *e)
{
    AilGuestSysret g;
    if (!ail_guest_sysret(e, &g)) {
        s->bad++;
        return;
    }
    s->seen++;
    SyscallTask *task = running(s);
    if (!task)
        return;
    SyscallOpen *open = take_open(task, g.number, g.abi);
    if (!task->is_space)
        give_up(s, task, false); /* what is left of others */
    task->abi = g.abi;
    SyscallReturn ret = {.icount = e->icount,
                         .result = (int64_t)e->value,
                         .flags = g.flags,
                         .out = {g.pieces.at, ail_cursor_left(&g.pieces), g.n_pieces}};
    if (!open) {
        on_rest(s, task, &g, &ret);
        return;
    }
    if (open->call->result == AIL_ARG_FD && ret.result >= 0)
        ret.path = syscalls_files_get(s->files, task->files, e->value);
    syscalls_print_call(s, task, open, &ret, false);
    open_free(s, open);
}

static void on_signal(Syscalls *s, const AilEvent *e)
{
    AilGuestSignal signal;
    if (!ail_guest_signal(e, &signal)) {
        s->bad++;
        return;
    }
    SyscallTask *task = running(s);
    if (task && syscalls_task_wanted(s, task, task->comm))
        syscalls_print_signal(s, task, e, &signal);
}

void syscalls_event(Syscalls *s, const AilEvent *e)
{
    switch (e->type) {
    case AIL_EVENT_TASK:
        on_task(s, e);
        break;
    case AIL_EVENT_SWITCH:
        s->current = e->value;
        s->has_current = true;
        break;
    case AIL_EVENT_EXIT:
        on_exit_event(s, e);
        break;
    case AIL_EVENT_FILE:
        on_file(s, e);
        break;
    case AIL_EVENT_SYSCALL:
        on_syscall(s, e);
        break;
    case AIL_EVENT_SYSRET:
        on_sysret(s, e);
        break;
    case AIL_EVENT_SIGNAL:
        on_signal(s, e);
        break;
    default:
        break;
    }
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

void syscalls_end(Syscalls *s)
{
    GArray *left = g_array_new(FALSE, FALSE, sizeof(Left));
    collect(s->tasks, left);
    collect(s->spaces, left);
    g_array_sort(left, by_icount);
    for (guint i = 0; i < left->len; i++) {
        const Left *one = &g_array_index(left, Left, i);
        syscalls_print_call(s, one->task, one->open, NULL, false);
    }
    g_array_free(left, TRUE);
}
