/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A system call in words: its arguments and its result. */
#include "analyzers/syscalls_private.h"

#include <inttypes.h>
#include <string.h>

enum { O_CREAT_OF_ALL = 0100, O_TMPFILE_OF_ALL = 020000000 }; /* in all ABIs that have a table */

uint64_t syscalls_arg_value(const SyscallOpen *open, const AilSyscallArg *arg)
{
    uint64_t value = open->args[MIN(arg->reg, 5)];
    if (arg->size == 8 && ail_abi_word(open->abi) == 4)
        return (uint32_t)value | (arg->reg < 5 ? open->args[arg->reg + 1] << 32 : 0);
    if (arg->size >= 8)
        return value;
    unsigned shift = 64 - 8 * arg->size;
    return arg->is_signed ? (uint64_t)((int64_t)(value << shift) >> shift)
                          : value << shift >> shift;
}

static bool is_pointer(const AilSyscallArg *arg)
{
    switch (arg->kind) {
    case AIL_ARG_PATH:
    case AIL_ARG_STRING:
    case AIL_ARG_BYTES:
    case AIL_ARG_TEXT:
    case AIL_ARG_STRUCT:
    case AIL_ARG_IOVEC:
    case AIL_ARG_ADDR:
    case AIL_ARG_MSG:
    case AIL_ARG_FDSET:
    case AIL_ARG_HEXBYTES:
    case AIL_ARG_CPUS:
    case AIL_ARG_ARGV:
    case AIL_ARG_ENVP:
        return true;
    default:
        return false;
    }
}

bool syscalls_misses(const SyscallOpen *open)
{
    size_t len;
    for (unsigned i = 0; i < open->call->n_args; i++) {
        const AilSyscallArg *arg = &open->call->args[i];
        uint64_t value = syscalls_arg_value(open, arg);
        if (arg->in && value && is_pointer(arg) && !syscalls_memory_at(&open->in, value, &len))
            return true;
    }
    return false;
}

char *syscalls_arg_string(const SyscallOpen *open, const AilSyscallArg *arg)
{
    size_t len = 0;
    const uint8_t *at = syscalls_memory_at(&open->in, syscalls_arg_value(open, arg), &len);
    return at ? g_strndup((const char *)at, len) : NULL;
}

unsigned syscalls_args_at_entry(const AilSyscall *call)
{
    unsigned n = syscalls_is_special(call->name) ? call->n_args : 0;
    while (n < call->n_args && (!call->args[n].out || call->args[n].in))
        n++;
    return n;
}

static void put_path(GString *to, const char *path)
{
    g_string_append_c(to, '<');
    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c >= 0x7f || c == '>' || c == '\\')
            g_string_append_printf(to, "\\%03o", c);
        else
            g_string_append_c(to, *p);
    }
    g_string_append_c(to, '>');
}

bool syscalls_put_arg(SyscallView *v, unsigned i)
{
    const AilSyscallArg *arg = &v->open->call->args[i];
    uint64_t value = syscalls_arg_value(v->open, arg);
    uint64_t before = i ? syscalls_arg_value(v->open, arg - 1) : 0;
    unsigned type = before & 0170000;
    if (arg->kind == AIL_ARG_NONE ||
        (arg->kind == AIL_ARG_OPENMODE && !(before & (O_CREAT_OF_ALL | O_TMPFILE_OF_ALL))) ||
        (arg->kind == AIL_ARG_NODEDEV && type != 0020000 && type != 0060000))
        return false;
    if (is_pointer(arg)) {
        bool unknown = arg->out && !arg->in && (!v->returned || v->failed);
        if (!value || unknown || !syscalls_put_memory(v, arg, value))
            syscalls_put_pointer(v, value);
    } else {
        syscalls_put_value(v, arg->kind, arg->set, value, arg->size, arg->is_signed);
    }
    if (v->paths && i < G_N_ELEMENTS(v->open->fd_path) && v->open->fd_path[i])
        put_path(v->to, v->open->fd_path[i]);
    return true;
}

void syscalls_put_args(SyscallView *v, unsigned from, unsigned to)
{
    if (!from && syscalls_put_special(v))
        return;
    for (unsigned i = from; i < to; i++) {
        size_t before = v->to->len;
        if (i > from)
            g_string_append(v->to, ", ");
        if (!syscalls_put_arg(v, i))
            g_string_truncate(v->to, before);
    }
}

static void put_error(SyscallView *v)
{
    const char *name =
        ail_syscall_name(ail_syscall_set(v->open->abi, "errno"), (uint64_t)-v->result);
    const char *words = strerrordesc_np((int)-v->result);
    if (name && words)
        g_string_append_printf(v->to, " = -1 %s (%s)", name, words);
    else
        g_string_append_printf(v->to, " = -1 (errno %" PRId64 ")", -v->result);
}

static void put_restart(SyscallView *v)
{
    const char *name =
        ail_syscall_name(ail_syscall_set(v->open->abi, "erestart"), (uint64_t)-v->result);
    g_string_append_printf(v->to, " = ? %s (To be restarted)", name ? name : "ERESTARTSYS");
}

void syscalls_put_result(SyscallView *v, bool restarted)
{
    const AilSyscall *call = v->open->call;
    uint64_t result = (uint64_t)v->result;
    bool internal = v->failed && ail_syscall_name(ail_syscall_set(v->open->abi, "erestart"),
                                                  (uint64_t)-v->result);
    if (restarted || internal) { /* the kernel keeps such results to itself, mostly */
        put_restart(v);
        return;
    }
    if (v->failed) {
        put_error(v);
        return;
    }
    if (ail_abi_word(v->open->abi) == 4 && call->result == AIL_ARG_HEX)
        result = (uint32_t)result;
    g_string_append(v->to, " = ");
    if (call->result == AIL_ARG_ONE || (call->result == AIL_ARG_FLAGS && result)) {
        g_string_append_printf(v->to, result ? "0x%" PRIx64 " (" : "%" PRIu64 " (", result);
        g_string_append(v->to, call->result == AIL_ARG_ONE ? "" : "flags ");
        syscalls_put_set(v->to, call->result_set, result, call->result == AIL_ARG_ONE);
        g_string_append_c(v->to, ')');
    } else {
        syscalls_put_value(v, call->result == AIL_ARG_FLAGS ? AIL_ARG_NUM : call->result, NULL,
                           result, 8, true);
    }
    if (v->paths && v->result_path)
        put_path(v->to, v->result_path);
    syscalls_put_found(v);
}
