/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of system calls in words, in the notation that strace made known. */
#include "analyzers/syscalls_private.h"

#include <inttypes.h>
#include <string.h>

static void put_char(GString *to, uint8_t c, bool digit_follows)
{
    static const char plain[] = "\a\b\t\n\v\f\r", named[] = "abtnvfr";
    const char *at = c ? strchr(plain, c) : NULL;
    if (c == '"' || c == '\\')
        g_string_append_printf(to, "\\%c", c);
    else if (at && c != '\a' && c != '\b')
        g_string_append_printf(to, "\\%c", named[at - plain]);
    else if (c >= 0x20 && c < 0x7f)
        g_string_append_c(to, (char)c);
    else
        g_string_append_printf(to, digit_follows ? "\\%03o" : "\\%o", c);
}

void syscalls_put_quoted(GString *to, const uint8_t *bytes, size_t len, bool more)
{
    g_string_append_c(to, '"');
    for (size_t i = 0; i < len; i++)
        put_char(to, bytes[i], i + 1 < len && bytes[i + 1] >= '0' && bytes[i + 1] <= '7');
    g_string_append(to, more ? "\"..." : "\"");
}

void syscalls_put_hex_bytes(GString *to, const uint8_t *bytes, size_t len, bool more)
{
    g_string_append_c(to, '"');
    for (size_t i = 0; i < len; i++)
        g_string_append_printf(to, "\\x%02x", bytes[i]);
    g_string_append(to, more ? "\"..." : "\"");
}

/* A separator before all but the first. */
static void put_flag(GString *to, size_t start, const char *name)
{
    if (to->len > start)
        g_string_append_c(to, '|');
    g_string_append(to, name);
}

void syscalls_put_set(GString *to, const AilSyscallSet *set, uint64_t value, bool one)
{
    size_t start = to->len;
    const char *name = one || !set ? ail_syscall_name(set, value) : NULL;
    if (one || !set) {
        if (name)
            g_string_append(to, name);
        else
            g_string_append_printf(to, value < 10 ? "%" PRIu64 : "0x%" PRIx64, value);
        return;
    }
    uint64_t single = value & set->mask, left = value & ~set->mask;
    if (single || set->mask || !left) {
        name = ail_syscall_name(set, single);
        if (name)
            g_string_append(to, name);
        else if (single || !left)
            g_string_append_printf(to, single ? "0x%" PRIx64 : "%" PRIu64, single);
    }
    for (uint32_t i = 0; i < set->n && left; i++) {
        uint64_t flag = set->at[i].value;
        if (!(flag & ~set->mask) || (flag & left) != flag)
            continue;
        put_flag(to, start, set->at[i].name);
        left &= ~flag;
    }
    if (left) {
        put_flag(to, start, "");
        g_string_append_printf(to, "0x%" PRIx64, left);
    }
}

static const AilSyscallSet *set_of(const SyscallView *v, const char *name)
{
    return ail_syscall_set(v->open->abi, name);
}

static void put_signal_number(GString *to, const AilSyscallSet *signals, uint64_t n)
{
    const char *name = n ? ail_syscall_name(signals, n) : NULL;
    if (name)
        g_string_append(to, name);
    else if (n >= 32 && n <= 64)
        g_string_append_printf(to, n == 32 ? "SIGRTMIN" : "SIGRT_%" PRIu64, n - 32);
    else
        g_string_append_printf(to, "%" PRIu64, n);
}

static void put_mask_of(GString *to, const AilSyscallSet *signals, uint64_t mask)
{
    size_t start = to->len;
    for (unsigned n = 1; n <= 64; n++) {
        if (!(mask >> (n - 1) & 1))
            continue;
        if (to->len > start)
            g_string_append_c(to, ' ');
        size_t at = to->len;
        put_signal_number(to, signals, n);
        if (!strncmp(to->str + at, "SIG", 3))
            g_string_erase(to, (gssize)at, 3);
    }
}

static void put_mask(SyscallView *v, uint64_t mask)
{
    bool most = __builtin_popcountll(mask) > 32;
    g_string_append(v->to, most ? "~[" : "[");
    put_mask_of(v->to, set_of(v, "signal"), most ? ~mask : mask);
    g_string_append_c(v->to, ']');
}

static void put_status(SyscallView *v, uint64_t s)
{
    unsigned signal = s & 0x7f, code = s >> 8 & 0xff;
    if (!signal) {
        g_string_append_printf(v->to, "{WIFEXITED(s) && WEXITSTATUS(s) == %u}", code);
    } else if (signal == 0x7f) {
        g_string_append(v->to,
                        code == 0xff ? "{WIFCONTINUED(s)}" : "{WIFSTOPPED(s) && WSTOPSIG(s) == ");
        if (code == 0xff)
            return;
        put_signal_number(v->to, set_of(v, "signal"), code);
        g_string_append_c(v->to, '}');
    } else {
        g_string_append(v->to, "{WIFSIGNALED(s) && WTERMSIG(s) == ");
        put_signal_number(v->to, set_of(v, "signal"), signal);
        g_string_append(v->to, s & 0x80 ? " && WCOREDUMP(s)}" : "}");
    }
}

static void put_mode(SyscallView *v, uint64_t mode)
{
    const char *type =
        mode & 0170000 ? ail_syscall_name(set_of(v, "filetype"), mode & 0170000) : NULL;
    if (!type) {
        g_string_append_printf(v->to, "%#03" PRIo64, mode);
        return;
    }
    g_string_append_printf(v->to, "%s%s%s%s|%#03" PRIo64, type, mode & 04000 ? "|S_ISUID" : "",
                           mode & 02000 ? "|S_ISGID" : "", mode & 01000 ? "|S_ISVTX" : "",
                           mode & 0777);
}

static void put_dev(SyscallView *v, uint64_t d)
{
    uint64_t major = (d >> 8 & 0xfff) | (d >> 32 & 0xfffff000);
    uint64_t minor = (d & 0xff) | (d >> 12 & 0xffffff00);
    g_string_append_printf(v->to, "makedev(%#" PRIx64 ", %#" PRIx64 ")", major, minor);
}

static void put_hex(GString *to, uint64_t value, bool pointer)
{
    if (!value && pointer)
        g_string_append(to, "NULL");
    else
        g_string_append_printf(to, value ? "0x%" PRIx64 : "%" PRIu64, value);
}

static void put_number(GString *to, uint64_t value, bool is_signed)
{
    if (is_signed)
        g_string_append_printf(to, "%" PRId64, (int64_t)value);
    else
        g_string_append_printf(to, "%" PRIu64, value);
}

void syscalls_put_value(SyscallView *v, unsigned kind, const AilSyscallSet *set, uint64_t value,
                        unsigned size, bool is_signed)
{
    bool none = value == UINT64_MAX || (size == 4 && value == UINT32_MAX);
    switch (kind) {
    case AIL_ARG_ONE:
    case AIL_ARG_FLAGS:
        if (size < 8)
            value &= (UINT64_C(1) << 8 * size) - 1;
        syscalls_put_set(v->to, set, value, kind == AIL_ARG_ONE);
        break;
    case AIL_ARG_OCT:
    case AIL_ARG_MODE:
    case AIL_ARG_OPENMODE:
        put_mode(v, value);
        break;
    case AIL_ARG_FD:
        put_number(v->to, (uint64_t)(int64_t)(int32_t)value, true);
        break;
    case AIL_ARG_DIRFD:
        if ((int32_t)value == -100)
            g_string_append(v->to, "AT_FDCWD");
        else
            put_number(v->to, (uint64_t)(int64_t)(int32_t)value, true);
        break;
    case AIL_ARG_SIGNAL:
        put_signal_number(v->to, set_of(v, "signal"), value);
        break;
    case AIL_ARG_SIGMASK:
        put_mask(v, value);
        break;
    case AIL_ARG_DEV:
    case AIL_ARG_NODEDEV:
        put_dev(v, value);
        break;
    case AIL_ARG_STATUS:
        put_status(v, value);
        break;
    case AIL_ARG_HANDLER:
        if (value < 2)
            g_string_append(v->to, value ? "SIG_IGN" : "SIG_DFL");
        else
            put_hex(v->to, value, true);
        break;
    case AIL_ARG_ID:
        if (none || (size == 2 && value == UINT16_MAX))
            g_string_append(v->to, "-1");
        else
            put_number(v->to, value, false);
        break;
    case AIL_ARG_EPOLLDATA:
        g_string_append_printf(v->to, "{u32=%" PRIu32 ", u64=%" PRIu64 "}", (uint32_t)value, value);
        break;
    case AIL_ARG_RLIM:
    case AIL_ARG_RLIM64:
        if (none)
            g_string_append(v->to, kind == AIL_ARG_RLIM ? "RLIM_INFINITY" : "RLIM64_INFINITY");
        else if (value > 1024 && value % 1024 == 0)
            g_string_append_printf(v->to, "%" PRIu64 "*1024", value / 1024);
        else
            put_number(v->to, value, false);
        break;
    case AIL_ARG_NUM:
        put_number(v->to, value, is_signed);
        break;
    default:
        if (size < 8)
            value &= (UINT64_C(1) << 8 * size) - 1;
        put_hex(v->to, value, kind == AIL_ARG_ADDRESS);
    }
}

/* Which constants a signal's code is of, if the kernel made it. */
static const char *codes_of(uint64_t signal)
{
    switch (signal) {
    case 4:
        return "siill";
    case 5:
        return "sitrap";
    case 7:
        return "sibus";
    case 8:
        return "sifpe";
    case 11:
        return "sisegv";
    case 17:
        return "sichld";
    case 29:
        return "sipoll";
    default:
        return "sicode";
    }
}

static bool is_general(int code)
{
    return code <= 0 || code == 0x80;
}

void syscalls_put_code(GString *to, unsigned abi, uint64_t signal, int code)
{
    const char *codes = is_general(code) ? "sicode" : codes_of(signal);
    const char *name = ail_syscall_name(ail_syscall_set(abi, codes), (uint64_t)(int64_t)code);
    if (name)
        g_string_append_printf(to, ", si_code=%s", name);
    else
        g_string_append_printf(to, ", si_code=%d", code);
}

void syscalls_put_signal_name(GString *to, unsigned abi, uint64_t signal)
{
    put_signal_number(to, ail_syscall_set(abi, "signal"), signal);
}

void syscalls_put_signal(GString *to, unsigned abi, const AilEvent *e, const AilGuestSignal *s)
{
    bool general = is_general(s->code);
    g_string_append(to, "--- ");
    syscalls_put_signal_name(to, abi, e->value);
    g_string_append(to, " {si_signo=");
    syscalls_put_signal_name(to, abi, e->value);
    syscalls_put_code(to, abi, e->value, s->code);
    if ((general && s->code != 0x80) || e->value == 17) {
        g_string_append_printf(to, ", si_pid=%d", (int)(int32_t)s->addr);
        if (ail_abi_word(abi) == 8)
            g_string_append_printf(to, ", si_uid=%u", (unsigned)(s->addr >> 32));
    } else if (!general && codes_of(e->value)[2] != 'c') {
        g_string_append(to, ", si_addr=");
        put_hex(to, s->addr, true);
    }
    g_string_append(to, "} ---");
}
