/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures that the arguments of system calls point to, in words. */
#include "analyzers/syscalls_private.h"

#include <inttypes.h>
#include <string.h>

enum { CLONE_PIDFD_OF_ALL = 0x1000, SA_RESTORER_OF_ALL = 0x04000000 }; /* in all ABIs */

static void put_element(SyscallView *v, const AilSyscallField *f, const uint8_t *at)
{
    syscalls_put_value(v, f->kind, f->set, syscalls_get(at, f->size, f->is_signed), f->size,
                       f->is_signed);
}

static void put_field(SyscallView *v, const AilSyscallField *f, const uint8_t *at)
{
    if (f->kind == AIL_ARG_CHARS) {
        syscalls_put_string(v, at, f->count, f->count);
        return;
    }
    if (f->count > 1)
        g_string_append_c(v->to, '[');
    for (unsigned i = 0; i < f->count; i++) {
        if (i)
            g_string_append(v->to, ", ");
        put_element(v, f, at + i * f->size);
    }
    if (f->count > 1)
        g_string_append_c(v->to, ']');
}

static uint64_t field_value(const AilSyscallStruct *s, const char *name, const uint8_t *at)
{
    for (unsigned i = 0; i < s->n; i++)
        if (!strcmp(s->fields[i].name, name))
            return syscalls_get(at + s->fields[i].offset, s->fields[i].size,
                                s->fields[i].is_signed);
    return 0;
}

/* How a field is called; NULL: it is not shown. Of a device its number is, not its size. */
static const char *shown_name(const AilSyscallStruct *s, const AilSyscallField *f,
                              const uint8_t *at, bool *more)
{
    unsigned type = field_value(s, "st_mode", at) & 0170000;
    bool device = type == 0020000 || type == 0060000;
    if (!strcmp(f->name, ".st_rdev") && device)
        return f->name + 1;
    if (!strcmp(f->name, "?pidfd") && !(field_value(s, "flags", at) & CLONE_PIDFD_OF_ALL))
        return NULL;
    if (!strcmp(f->name, "?sa_restorer") && !(field_value(s, "sa_flags", at) & SA_RESTORER_OF_ALL))
        return NULL;
    if (*f->name == '?')
        return syscalls_get(at + f->offset, f->size, false) ? f->name + 1 : NULL;
    *more |= *f->name == '.' && strcmp(f->name, ".revents");
    return *f->name == '.' || (device && !strcmp(f->name, "st_size")) ? NULL : f->name;
}

/* "it_value.tv_sec" opens {, as the first that begins so, and what differs from the one before
 * closes }. Returns the part behind the dot. */
static const char *put_nesting(SyscallView *v, const char *name, const char *before, bool first)
{
    const char *dot = strchr(name, '.'), *old = strchr(before, '.');
    size_t len = dot ? (size_t)(dot - name) : 0;
    bool same = dot && old && (size_t)(old - before) == len && !strncmp(name, before, len);
    if (old && !same)
        g_string_append_c(v->to, '}');
    g_string_append(v->to, first ? "" : ", ");
    if (dot && !same)
        g_string_append_printf(v->to, "%.*s={", (int)len, name);
    return dot ? dot + 1 : name;
}

/* Times of utimensat that are none. */
static bool put_no_time(SyscallView *v, const AilSyscallStruct *s, const uint8_t *at)
{
    uint64_t ns = field_value(s, "tv_nsec", at);
    if (!g_str_has_suffix(s->name, "utimespec") || (ns != 0x3fffffff && ns != 0x3ffffffe))
        return false;
    g_string_append(v->to, ns & 1 ? "UTIME_NOW" : "UTIME_OMIT");
    return true;
}

/* siginfo is a union: Linux, include/uapi/asm-generic/siginfo.h. */
static void put_siginfo(SyscallView *v, const uint8_t *at)
{
    unsigned abi = v->open->abi, word = ail_abi_word(abi);
    uint64_t signal = ail_get_le32(at);
    int code = (int)ail_get_le32(at + 8);
    const uint8_t *rest = at + (word == 8 ? 16 : 12);
    g_string_append(v->to, "{si_signo=");
    syscalls_put_signal_name(v->to, abi, signal);
    syscalls_put_code(v->to, abi, signal, code);
    if (code > 0 && signal != 17) {
        g_string_append_printf(v->to, ", si_addr=0x%" PRIx64 "}", syscalls_get_word(v, rest));
        return;
    }
    g_string_append_printf(v->to, ", si_pid=%u, si_uid=%u", ail_get_le32(rest),
                           ail_get_le32(rest + 4));
    uint32_t value = ail_get_le32(rest + 8);
    if (code > 0) {
        g_string_append(v->to, ", si_status=");
        if (code == 1) /* CLD_EXITED */
            g_string_append_printf(v->to, "%u", value);
        else
            syscalls_put_signal_name(v->to, abi, value);
    } else if (code == -1) { /* SI_QUEUE */
        g_string_append_printf(v->to, ", si_int=%u, si_ptr=", value);
        syscalls_put_pointer(v, syscalls_get_word(v, rest + 8));
    }
    g_string_append(v->to, code > 0 ? ", ...}" : "}");
}

void syscalls_put_struct(SyscallView *v, const AilSyscallStruct *s, const uint8_t *at)
{
    if (s->n == 1 && !strcmp(s->fields[0].name, "-")) {
        put_element(v, &s->fields[0], at);
        return;
    }
    if (put_no_time(v, s, at))
        return;
    if (!strcmp(s->name, "siginfo")) {
        put_siginfo(v, at);
        return;
    }
    bool more = false;
    const char *before = "";
    g_string_append_c(v->to, '{');
    for (unsigned i = 0; i < s->n; i++) {
        const AilSyscallField *f = &s->fields[i];
        const char *name = shown_name(s, f, at, &more);
        if (!name)
            continue;
        g_string_append_printf(v->to, "%s=", put_nesting(v, name, before, !*before));
        put_field(v, f, at + f->offset);
        before = name;
        /* Of no descriptor there is nothing to wait for. */
        if (!strcmp(s->name, "pollfd") && (int32_t)ail_get_le32(at) < 0)
            break;
    }
    g_string_append(v->to, strchr(before, '.') ? "}" : "");
    g_string_append(v->to, more ? ", ...}" : "}");
}

/* What a single value that the call reads and writes has become, if that is another. */
static void put_change(SyscallView *v, const AilSyscallArg *arg, const uint8_t *at, uint64_t addr)
{
    const AilSyscallStruct *s = arg->layout;
    size_t len = 0;
    const uint8_t *now = syscalls_memory_at(&v->out, addr, &len);
    if (!now || len < s->size || !memcmp(now, at, s->size))
        return;
    /* A length is one number that changes, an offset in a file is told anew. */
    g_string_append(v->to, s->size == 4 ? " => " : "] => [");
    put_element(v, &s->fields[0], now);
}

bool syscalls_put_structs(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    const AilSyscallStruct *s = arg->layout;
    bool plain = s->n == 1 && !strcmp(s->fields[0].name, "-");
    bool list = arg->len_from != AIL_LEN_ONE || plain;
    uint64_t n = syscalls_length(v, arg), i;
    size_t len = 0;
    /* What was asked for; what came of it is told behind the result. */
    bool before = arg->in && !v->as_data;
    const uint8_t *at = syscalls_find(v, arg->out && !before, addr, &len);
    if (!n && v->returned && list) {
        g_string_append(v->to, "[]");
        return true;
    }
    if (!at || len < s->size)
        return false;
    if (list && !(plain && s->fields[0].kind == AIL_ARG_SIGMASK))
        g_string_append_c(v->to, '[');
    for (i = 0; i < n && i < SYSCALLS_MAX_ELEMENTS && len >= (i + 1) * s->size; i++) {
        if (i)
            g_string_append(v->to, ", ");
        syscalls_put_struct(v, s, at + i * s->size);
    }
    if (i < n)
        g_string_append(v->to, ", ...");
    if (before && arg->out && plain && !v->failed)
        put_change(v, arg, at, addr);
    if (list && !(plain && s->fields[0].kind == AIL_ARG_SIGMASK))
        g_string_append_c(v->to, ']');
    return true;
}
