/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls begin and return, as events tell. */
#include "analyzers/syscalls_state.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

bool syscalls_path_matches(const Syscalls *s, const SyscallOpen *open)
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

/* i386 made calls about sockets by one number: what it really is, if its arguments are known. */
static void open_socketcall(SyscallOpen *open)
{
    const AilSyscall *call = ail_syscall_socketcall((uint32_t)open->args[0]);
    size_t len = 0;
    const uint8_t *array = syscalls_memory_at(&open->in, (uint32_t)open->args[1], &len);
    if (!call || !array || len < 4 * (size_t)call->n_args)
        return;
    memset(open->args, 0, sizeof open->args);
    for (unsigned i = 0; i < call->n_args; i++)
        open->args[i] = ail_get_le32(array + 4 * i);
    open->call = call;
    g_strlcpy(open->name, call->name, sizeof open->name);
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
            open->fd_path[i] =
                g_strdup(syscalls_path_of(s, task, (uint32_t)open->args[MIN(arg->reg, 5)]));
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
    SyscallTask *task = syscalls_running(s);
    if (!task)
        return;
    /* A task makes one call at a time; an address space may be that of several tasks. */
    if (task->n_open && (!task->is_space || task->n_open == SYSCALLS_MAX_OPEN))
        syscalls_give_up(s, task, false);
    SyscallOpen *open = g_new0(SyscallOpen, 1);
    identify(open, call.abi, e->value);
    memcpy(open->args, call.args, sizeof open->args);
    open->icount = e->icount;
    g_strlcpy(open->comm, task->comm, sizeof open->comm);
    keep_pieces(s, open, &call);
    if (call.abi == AIL_ABI_I386 && !strcmp(open->name, "socketcall"))
        open_socketcall(open);
    open->call = ail_syscall_variant(open->call, open->args);
    if (s->paths || s->path || (ail_output_wants_records(s->out) && !s->count))
        name_descriptors(s, task, open);
    open->hidden = !syscalls_task_wanted(s, task, open->comm) ||
                   (s->calls && !g_hash_table_contains(s->calls, open->name));
    task->abi = call.abi;
    if (!strcmp(open->name, "restart_syscall"))
        g_strlcpy(open->resumes, task->stopped, sizeof open->resumes);
    task->open[task->n_open++] = open;
    if (s->interleaved && !open->hidden && (!s->path || syscalls_path_matches(s, open))) {
        if (s->recent)
            syscalls_print_begin(s, s->recent_task, s->recent);
        s->recent = open;
        s->recent_task = task;
    }
}

/* What could not be read when the call was made may have been when it returned. */
static void keep_late_pieces(Syscalls *s, SyscallOpen *open, const SyscallPieces *out)
{
    if (!out->len || out->len > SYSCALLS_MAX_DATA || !syscalls_misses(open))
        return;
    uint8_t *all = g_malloc(open->in.len + out->len);
    if (open->in.len)
        memcpy(all, open->in.data, open->in.len);
    memcpy(all + open->in.len, out->data, out->len);
    g_free((uint8_t *)open->in.data);
    s->held += out->len;
    open->in = (SyscallPieces){all, open->in.len + out->len, open->in.n + out->n};
}

/* The call under way that returns; NULL: it began before the trace, or in the parent. */
static SyscallOpen *take_open(SyscallTask *task, uint64_t number, unsigned abi)
{
    for (unsigned i = task->n_open; i-- > 0;) {
        SyscallOpen *open = task->open[i];
        /* A new program may be of another ABI. */
        bool exec = !task->is_space && g_str_has_prefix(open->name, "execve");
        if (!exec && (open->number != number || open->abi != abi))
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
    SyscallTask *task = syscalls_running(s);
    if (!task)
        return;
    SyscallOpen *open = take_open(task, g.number, g.abi);
    if (!task->is_space)
        syscalls_give_up(s, task, false); /* what is left of others */
    task->abi = g.abi;
    SyscallReturn ret = {.icount = e->icount,
                         .result = (int64_t)e->value,
                         .flags = g.flags,
                         .out = {g.pieces.at, ail_cursor_left(&g.pieces), g.n_pieces}};
    if (!open) {
        on_rest(s, task, &g, &ret);
        return;
    }
    keep_late_pieces(s, open, &ret.out);
    if ((g.flags & AIL_SYSRET_RESTART) && strcmp(open->name, "restart_syscall"))
        g_strlcpy(task->stopped, open->name, sizeof task->stopped);
    if (open->call->result == AIL_ARG_FD && ret.result >= 0)
        ret.path = syscalls_path_of(s, task, e->value);
    syscalls_print_call(s, task, open, &ret, false);
    syscalls_open_free(s, open);
}

static void on_signal(Syscalls *s, const AilEvent *e)
{
    AilGuestSignal signal;
    if (!ail_guest_signal(e, &signal)) {
        s->bad++;
        return;
    }
    SyscallTask *task = syscalls_running(s);
    if (task && syscalls_task_wanted(s, task, task->comm))
        syscalls_print_signal(s, task, e, &signal);
}

void syscalls_event(Syscalls *s, const AilEvent *e)
{
    switch (e->type) {
    case AIL_EVENT_KERNEL:
        syscalls_on_kernel(s, e);
        break;
    case AIL_EVENT_TASK:
        syscalls_on_task(s, e);
        break;
    case AIL_EVENT_SWITCH:
        s->current = e->value;
        s->has_current = true;
        break;
    case AIL_EVENT_EXIT:
        syscalls_on_exit(s, e);
        break;
    case AIL_EVENT_FILE:
        ail_guest_take(s->files, e);
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
