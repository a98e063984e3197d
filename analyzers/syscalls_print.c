/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, and JSON, of system calls, signals and exits. */
#include "analyzers/syscalls_state.h"

#include <inttypes.h>
#include <string.h>

#include "formats/text.h"

static const SyscallPieces nothing = {NULL, 0, 0};

static bool is_failure(int64_t result)
{
    return result < 0 && result >= -4095;
}

static SyscallView view_of(const Syscalls *s, const SyscallOpen *open, const SyscallReturn *ret)
{
    return (SyscallView){.to = g_string_new(NULL),
                         .open = open,
                         .out = ret ? ret->out : nothing,
                         .returned = ret != NULL,
                         .failed =
                             ret && (is_failure(ret->result) || (ret->flags & AIL_SYSRET_RESTART)),
                         .result = ret ? ret->result : 0,
                         .max_string = s->max_string,
                         .result_path = ret ? ret->path : NULL,
                         .paths = s->paths};
}

static void put_who(GString *line, const SyscallTask *task, uint64_t icount, const char *comm)
{
    g_string_append_printf(line, "%12" PRIu64 " ", icount);
    if (task->is_known)
        g_string_append_printf(line, "[%u %s] ", task->pid, comm);
    else
        g_string_append_printf(line, task->is_space ? "[0x%" PRIx64 "] " : "[task 0x%" PRIx64 "] ",
                               task->key);
}

/* Print the line and free it. */
static void tell(Syscalls *s, GString *line)
{
    ail_output_text(s->out, "%s\n", line->str);
    g_string_free(line, TRUE);
}

void syscalls_print_begin(Syscalls *s, const SyscallTask *task, SyscallOpen *open)
{
    SyscallView v = view_of(s, open, NULL);
    unsigned n = syscalls_args_at_entry(open->call);
    put_who(v.to, task, open->icount, open->comm);
    g_string_append_printf(v.to, "%s(", open->name);
    syscalls_put_args(&v, 0, n);
    g_string_append(v.to, n && n < open->call->n_args ? ", <unfinished ...>" : " <unfinished ...>");
    tell(s, v.to);
    open->begun = true;
    s->recent = NULL;
}

/* Something is going to be printed that is not the end of the call made last. */
static void interrupt(Syscalls *s, const SyscallOpen *by)
{
    if (s->recent && s->recent != by)
        syscalls_print_begin(s, s->recent_task, s->recent);
}

/* ---- calls */

/* Of which it is not known that it ended, or how. */
static void put_unfinished(Syscalls *s, SyscallView *v, bool exits)
{
    const AilSyscall *call = v->open->call;
    bool is_exit = exits && (!strcmp(call->name, "exit") || !strcmp(call->name, "exit_group"));
    unsigned n = is_exit ? call->n_args : syscalls_args_at_entry(call);
    (void)s;
    syscalls_put_args(v, 0, n);
    if (!is_exit)
        g_string_append(v->to, n && n < call->n_args ? ", <unfinished ...>" : " <unfinished ...>");
    if (exits)
        g_string_append(v->to, ") = ?");
}

static void print_text(Syscalls *s, const SyscallTask *task, SyscallOpen *open,
                       const SyscallReturn *ret, bool exits)
{
    interrupt(s, open);
    if (open->begun && !ret)
        return;
    SyscallView v = view_of(s, open, ret);
    const AilSyscall *call = open->call;
    put_who(v.to, task, open->begun ? ret->icount : open->icount, open->comm);
    if (open->begun)
        g_string_append_printf(v.to, "<... %s resumed>", open->name);
    else
        g_string_append_printf(v.to, "%s(", open->name);
    if (!ret) {
        put_unfinished(s, &v, exits);
    } else {
        unsigned told = open->begun ? syscalls_args_at_entry(call) : 0;
        if (!open->begun || told < call->n_args)
            syscalls_put_args(&v, told, call->n_args);
        g_string_append_c(v.to, ')');
        syscalls_put_result(&v, ret->flags & AIL_SYSRET_RESTART);
        g_string_append_printf(v.to, " <%" PRIu64 ">", ret->icount - open->icount);
    }
    tell(s, v.to);
}

static void json_who(AilOutput *out, const char *event, const SyscallTask *task, uint64_t icount,
                     const char *comm)
{
    ail_json_begin(out, "syscalls");
    ail_json_text(out, "event", event);
    ail_json_number(out, "icount", icount);
    if (task->is_known) {
        ail_json_number(out, "pid", task->tgid);
        ail_json_number(out, "tid", task->pid);
        ail_json_text(out, "comm", comm);
    } else {
        ail_json_address(out, task->is_space ? "asid" : "task", task->key);
    }
}

static void json_args(AilOutput *out, SyscallView *v)
{
    const AilSyscall *call = v->open->call;
    if (!call->n_args)
        return;
    ail_json_array(out, "args");
    for (unsigned i = 0; i < call->n_args; i++) {
        const AilSyscallArg *arg = &call->args[i];
        g_string_truncate(v->to, 0);
        if (!syscalls_put_arg(v, i))
            continue;
        ail_json_object(out, NULL);
        ail_json_text(out, "name", arg->name);
        ail_json_text(out, "type", arg->type);
        ail_json_address(out, "value", syscalls_arg_value(v->open, arg));
        ail_json_text(out, "text", v->to->str);
        if (arg->kind == AIL_ARG_PATH || arg->kind == AIL_ARG_STRING) {
            char *string = syscalls_arg_string(v->open, arg);
            if (string)
                ail_json_text(out, "string", string);
            g_free(string);
        }
        if (i < G_N_ELEMENTS(v->open->fd_path) && v->open->fd_path[i])
            ail_json_text(out, "file", v->open->fd_path[i]);
        ail_json_object_end(out);
    }
    ail_json_array_end(out);
}

static void json_result(AilOutput *out, const SyscallOpen *open, const SyscallReturn *ret)
{
    ail_json_bool(out, "returned", ret != NULL);
    if (!ret)
        return;
    const char *name =
        ail_syscall_name(ail_syscall_set(open->abi, "errno"), (uint64_t)-ret->result);
    ail_json_signed(out, "result", ret->result);
    if (is_failure(ret->result) && name)
        ail_json_text(out, "errno", name);
    if (ret->path)
        ail_json_text(out, "file", ret->path);
    if (ret->flags & AIL_SYSRET_RESTART)
        ail_json_bool(out, "restarted", true);
    if (ret->flags & AIL_SYSRET_HANDLER)
        ail_json_bool(out, "to_handler", true);
    ail_json_number(out, "return_icount", ret->icount);
}

static void print_json(Syscalls *s, const SyscallTask *task, const SyscallOpen *open,
                       const SyscallReturn *ret, bool began)
{
    SyscallView v = view_of(s, open, ret);
    v.as_data = true;
    json_who(s->out, "call", task, open->icount, open->comm);
    ail_json_text(s->out, "abi", ail_abi_name(open->abi));
    ail_json_number(s->out, "number", open->number);
    ail_json_text(s->out, "call", open->name);
    if (began)
        json_args(s->out, &v);
    json_result(s->out, open, ret);
    if (began && ret)
        ail_json_number(s->out, "instructions", ret->icount - open->icount);
    ail_json_end(s->out);
    g_string_free(v.to, TRUE);
}

static void print_both(Syscalls *s, const SyscallTask *task, SyscallOpen *open,
                       const SyscallReturn *ret, bool exits)
{
    if (ail_output_wants_records(s->out))
        print_json(s, task, open, ret, true);
    if (ail_output_wants_text(s->out))
        print_text(s, task, open, ret, exits);
    s->shown++;
}

void syscalls_print_call(Syscalls *s, const SyscallTask *task, SyscallOpen *open,
                         const SyscallReturn *ret, bool exits)
{
    bool failed = ret && (is_failure(ret->result) || (ret->flags & AIL_SYSRET_RESTART));
    if (open->hidden || (s->errors && !failed) || (s->path && !syscalls_path_matches(s, open)))
        return;
    if (s->count && !ret)
        s->unfinished++;
    else if (s->count)
        syscalls_counts_add(s->counts, open->name, failed, ret->icount - open->icount);
    else
        print_both(s, task, open, ret, exits);
}

/* The child of a fork does not count as having made the call, nor does strace count it. */
static bool is_child(const SyscallOpen *call, const SyscallReturn *ret)
{
    static const char *const forks[] = {"clone", "clone3", "fork", "vfork"};
    bool fork = false;
    for (size_t i = 0; i < G_N_ELEMENTS(forks); i++)
        fork |= !strcmp(call->name, forks[i]);
    return fork && !ret->result;
}

void syscalls_print_rest(Syscalls *s, const SyscallTask *task, const SyscallOpen *call,
                         const SyscallReturn *ret)
{
    if (s->count) {
        if (!is_child(call, ret))
            syscalls_counts_add(s->counts, call->name, is_failure(ret->result), 0);
        return;
    }
    s->shown++;
    if (ail_output_wants_records(s->out))
        print_json(s, task, call, ret, false);
    if (!ail_output_wants_text(s->out))
        return;
    interrupt(s, NULL);
    SyscallView v = view_of(s, call, ret);
    put_who(v.to, task, ret->icount, call->comm);
    g_string_append_printf(v.to, "<... %s resumed>)", call->name);
    syscalls_put_result(&v, ret->flags & AIL_SYSRET_RESTART);
    tell(s, v.to);
}

/* ---- what else happens to tasks */

/* Of calls of some kind only, nobody wants to see signals. */
static bool others_wanted(const Syscalls *s)
{
    return !s->count && !s->calls && !s->path && !s->errors;
}

void syscalls_print_signal(Syscalls *s, const SyscallTask *task, const AilEvent *e,
                           const AilGuestSignal *signal)
{
    unsigned abi = task->abi ? task->abi : AIL_ABI_X86_64;
    if (!others_wanted(s))
        return;
    s->shown++;
    if (ail_output_wants_records(s->out)) {
        const char *name = ail_syscall_name(ail_syscall_set(abi, "signal"), e->value);
        json_who(s->out, "signal", task, e->icount, task->comm);
        ail_json_number(s->out, "signal", e->value);
        if (name)
            ail_json_text(s->out, "name", name);
        ail_json_signed(s->out, "code", signal->code);
        ail_json_address(s->out, "address", signal->addr);
        ail_json_address(s->out, "handler", e->pc);
        ail_json_end(s->out);
    }
    if (!ail_output_wants_text(s->out))
        return;
    interrupt(s, NULL);
    GString *line = g_string_new(NULL);
    put_who(line, task, e->icount, task->comm);
    syscalls_put_signal(line, abi, e, signal);
    tell(s, line);
}

void syscalls_print_exit(Syscalls *s, const SyscallTask *task, const AilEvent *e)
{
    unsigned signal = e->pc & 0x7f, status = e->pc >> 8 & 0xff;
    const AilSyscallSet *signals =
        ail_syscall_set(task->abi ? task->abi : AIL_ABI_X86_64, "signal");
    const char *name = ail_syscall_name(signals, signal);
    /* What never called anything, as the kernel's own threads, is of no interest here. */
    if (!others_wanted(s) || !task->abi || !syscalls_task_wanted(s, task, task->comm))
        return;
    s->shown++;
    if (ail_output_wants_records(s->out)) {
        json_who(s->out, "exit", task, e->icount, task->comm);
        ail_json_number(s->out, signal ? "signal" : "status", signal ? signal : status);
        ail_json_end(s->out);
    }
    if (!ail_output_wants_text(s->out))
        return;
    interrupt(s, NULL);
    GString *line = g_string_new(NULL);
    put_who(line, task, e->icount, task->comm);
    if (!signal)
        g_string_append_printf(line, "+++ exited with %u +++", status);
    else if (name)
        g_string_append_printf(line, "+++ killed by %s%s +++", name,
                               e->pc & 0x80 ? " (core dumped)" : "");
    else
        g_string_append_printf(line, "+++ killed by signal %u +++", signal);
    tell(s, line);
}
