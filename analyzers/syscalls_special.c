/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strace prints in another order than the arguments have, and what it tells behind results. */
#include "analyzers/syscalls_private.h"

#include <inttypes.h>
#include <string.h>

#include "formats/bytes.h"

static const AilSyscallArg *arg_named(const SyscallView *v, const char *name)
{
    for (unsigned i = 0; i < v->open->call->n_args; i++)
        if (!strcmp(v->open->call->args[i].name, name))
            return &v->open->call->args[i];
    return NULL;
}

static uint64_t value_named(const SyscallView *v, const char *name)
{
    const AilSyscallArg *arg = arg_named(v, name);
    return arg ? syscalls_arg_value(v->open, arg) : 0;
}

static void put_pointer_named(SyscallView *v, const char *as, const char *name)
{
    uint64_t value = value_named(v, name);
    g_string_append(v->to, as);
    syscalls_put_value(v, AIL_ARG_ADDRESS, NULL, value, 8, false);
}

/* ---- clone: its arguments have another order on each machine, and count if flags say so */

enum {
    FLAG_SETTLS = 0x80000,
    FLAG_PARENT_SETTID = 0x100000,
    FLAG_CHILD_CLEARTID = 0x200000,
    FLAG_CHILD_SETTID = 0x1000000,
    EXIT_SIGNAL = 0xff,
};

/* The child's number where the parent wanted it. */
static void put_parent_tid(SyscallView *v)
{
    size_t len = 0;
    const uint8_t *at = syscalls_memory_at(&v->out, value_named(v, "parent_tid"), &len);
    if (at && len >= 4)
        g_string_append_printf(v->to, ", parent_tid=[%d]", (int)ail_get_le32(at));
    else
        put_pointer_named(v, ", parent_tid=", "parent_tid");
}

static bool put_clone(SyscallView *v)
{
    const AilSyscallArg *arg = arg_named(v, "flags");
    uint64_t flags = value_named(v, "flags");
    if (!arg || !arg_named(v, "newsp"))
        return false;
    put_pointer_named(v, "child_stack=", "newsp");
    g_string_append(v->to, ", flags=");
    if (flags & ~(uint64_t)EXIT_SIGNAL)
        syscalls_put_set(v->to, arg->set, flags & ~(uint64_t)EXIT_SIGNAL, false);
    if (flags & EXIT_SIGNAL) {
        g_string_append(v->to, flags & ~(uint64_t)EXIT_SIGNAL ? "|" : "");
        syscalls_put_signal_name(v->to, v->open->abi, flags & EXIT_SIGNAL);
    }
    if (!flags)
        g_string_append_c(v->to, '0');
    if (flags & FLAG_PARENT_SETTID)
        put_parent_tid(v);
    if (flags & FLAG_SETTLS)
        put_pointer_named(v, ", tls=", "tls");
    if (flags & (FLAG_CHILD_SETTID | FLAG_CHILD_CLEARTID))
        put_pointer_named(v, ", child_tidptr=", "child_tid");
    return true;
}

/* ---- others */

/* The offset is in two registers, the high half first. */
static bool put_llseek(SyscallView *v)
{
    const AilSyscall *call = v->open->call;
    if (call->n_args != 5)
        return false;
    syscalls_put_arg(v, 0);
    g_string_append_printf(
        v->to, ", %" PRId64 ", ",
        (int64_t)((uint64_t)(uint32_t)v->open->args[1] << 32 | (uint32_t)v->open->args[2]));
    syscalls_put_arg(v, 3);
    g_string_append(v->to, ", ");
    syscalls_put_arg(v, 4);
    return true;
}

static bool put_resumed(SyscallView *v)
{
    const char *what = v->open->resumes;
    g_string_append_printf(v->to, "<... resuming interrupted %s ...>",
                           *what ? what : "system call");
    return true;
}

static const struct {
    const char *name;
    bool (*put)(SyscallView *v);
} special[] = {{"clone", put_clone}, {"_llseek", put_llseek}, {"restart_syscall", put_resumed}};

bool syscalls_is_special(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(special); i++)
        if (!strcmp(name, special[i].name))
            return true;
    return false;
}

bool syscalls_put_special(SyscallView *v)
{
    for (size_t i = 0; i < G_N_ELEMENTS(special); i++)
        if (!strcmp(v->open->name, special[i].name))
            return special[i].put(v);
    return false;
}

/* ---- behind the result */

/* What separates one thing found from the one before. */
static void put_before(SyscallView *v, size_t start)
{
    g_string_append(v->to, v->to->len == start ? " (" : ", ");
}

/* poll's descriptors that have something. */
static void put_ready(SyscallView *v, const AilSyscallArg *arg, size_t start)
{
    size_t len = 0;
    const uint8_t *at = syscalls_memory_at(&v->out, syscalls_arg_value(v->open, arg), &len);
    bool any = false;
    put_before(v, start);
    g_string_append_c(v->to, '[');
    for (size_t i = 0; at && i + 8 <= len; i += 8) {
        unsigned found = at[i + 6] | (unsigned)at[i + 7] << 8;
        if (!found)
            continue;
        int fd = at[i] | at[i + 1] << 8 | at[i + 2] << 16 | (int)((unsigned)at[i + 3] << 24);
        g_string_append_printf(v->to, "%s{fd=%d, revents=", any ? ", " : "", fd);
        syscalls_put_set(v->to, ail_syscall_set(v->open->abi, "poll"), found, false);
        g_string_append_c(v->to, '}');
        any = true;
    }
    g_string_append_c(v->to, ']');
}

static void put_ready_set(SyscallView *v, const AilSyscallArg *arg, size_t start)
{
    static const char *const names[] = {"", "in", "out", "except"};
    uint64_t addr = syscalls_arg_value(v->open, arg), n = v->open->args[0];
    size_t len = 0;
    const uint8_t *at = syscalls_memory_at(&v->out, addr, &len);
    bool any = false;
    for (size_t i = 0; at && i < len && i * 8 < n; i++)
        any |= at[i] != 0;
    if (!any)
        return;
    put_before(v, start);
    g_string_append_printf(v->to, "%s ", names[MIN(arg - v->open->call->args, 3)]);
    syscalls_put_fds(v, at, len, n);
}

/* The rest of a time-out that the kernel wrote back. */
static void put_left(SyscallView *v, const AilSyscallArg *arg, size_t start)
{
    size_t len = 0;
    uint64_t addr = syscalls_arg_value(v->open, arg);
    const uint8_t *at = addr ? syscalls_memory_at(&v->out, addr, &len) : NULL;
    if (!at || len < arg->layout->size)
        return;
    put_before(v, start);
    g_string_append(v->to, "left ");
    syscalls_put_struct(v, arg->layout, at);
}

static void put_waited(SyscallView *v)
{
    size_t start = v->to->len;
    for (unsigned i = 0; v->result && i < v->open->call->n_args; i++) {
        const AilSyscallArg *arg = &v->open->call->args[i];
        if (arg->kind == AIL_ARG_FDSET && arg->out)
            put_ready_set(v, arg, start);
        else if (arg->layout && !strcmp(arg->layout->name, "pollfd"))
            put_ready(v, arg, start);
        else if (arg->layout && arg->in && arg->out)
            put_left(v, arg, start);
    }
    if (!v->result)
        g_string_append(v->to, " (Timeout)");
    else if (v->to->len > start)
        g_string_append_c(v->to, ')');
}

void syscalls_put_found(SyscallView *v)
{
    static const char *const waits[] = {"poll",       "ppoll",    "ppoll_time64",   "select",
                                        "_newselect", "pselect6", "pselect6_time64"};
    for (size_t i = 0; i < G_N_ELEMENTS(waits); i++)
        if (!strcmp(v->open->name, waits[i]))
            put_waited(v);
    if (g_str_has_prefix(v->open->name, "rt_sigtimedwait") && v->result > 0) {
        g_string_append(v->to, " (");
        syscalls_put_signal_name(v->to, v->open->abi, (uint64_t)v->result);
        g_string_append_c(v->to, ')');
    }
}
