/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is sent and received: vectors of buffers, messages, addresses of sockets, in words. */
#include "analyzers/syscalls_private.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

bool syscalls_put_vectors(SyscallView *v, bool out, uint64_t addr, uint64_t count, uint64_t total)
{
    unsigned word = ail_abi_word(v->open->abi);
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, out, addr, &len);
    if (!count) {
        g_string_append(v->to, "[]");
        return true;
    }
    if (!at || len < 2 * word)
        return false;
    g_string_append_c(v->to, '[');
    uint64_t i;
    for (i = 0; i < count && i < SYSCALLS_MAX_ELEMENTS && len >= (i + 1) * 2 * word; i++) {
        uint64_t base = syscalls_get_word(v, at + i * 2 * word),
                 size = syscalls_get_word(v, at + (2 * i + 1) * word);
        uint64_t filled = MIN(size, total);
        size_t had = 0;
        const uint8_t *bytes = filled ? syscalls_find(v, out, base, &had) : NULL;
        total -= filled;
        g_string_append(v->to, i ? ", {iov_base=" : "{iov_base=");
        if (bytes || (!filled && base))
            syscalls_put_buffer(v, bytes, bytes ? had : 0, filled, false);
        else
            syscalls_put_pointer(v, base);
        g_string_append_printf(v->to, ", iov_len=%" PRIu64 "}", size);
    }
    g_string_append(v->to, i < count ? ", ...]" : "]");
    return true;
}

static void put_unix(SyscallView *v, const uint8_t *path, size_t len)
{
    g_string_append(v->to, ", sun_path=");
    if (len && !*path) { /* abstract */
        g_string_append_c(v->to, '@');
        syscalls_put_quoted(v->to, path + 1, len - 1, false);
    } else {
        syscalls_put_string(v, path,
                            strnlen((const char *)path, len) + (memchr(path, 0, len) != NULL), 108);
    }
}

static void put_address(SyscallView *v, const uint8_t *at, size_t len)
{
    unsigned family = at[0] | (unsigned)at[1] << 8;
    char text[INET6_ADDRSTRLEN];
    g_string_append(v->to, "{sa_family=");
    syscalls_put_set(v->to, ail_syscall_set(v->open->abi, "family"), family, true);
    if (family == 1 && len > 2) {
        put_unix(v, at + 2, len - 2);
    } else if (family == 2 && len >= 8) {
        g_string_append_printf(v->to, ", sin_port=htons(%u), sin_addr=inet_addr(\"%u.%u.%u.%u\")",
                               at[2] << 8 | at[3], at[4], at[5], at[6], at[7]);
    } else if (family == 10 && len >= 24) {
        inet_ntop(AF_INET6, at + 8, text, sizeof text);
        g_string_append_printf(v->to,
                               ", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), "
                               "inet_pton(AF_INET6, \"%s\", &sin6_addr), sin6_scope_id=%u",
                               at[2] << 8 | at[3], GUINT32_SWAP_LE_BE(ail_get_le32(at + 4)), text,
                               len >= 28 ? ail_get_le32(at + 24) : 0);
    } else if (family == 16 && len >= 12) {
        g_string_append_printf(v->to, ", nl_pid=%u, nl_groups=%08x", ail_get_le32(at + 4),
                               ail_get_le32(at + 8));
    } else if (len > 2) {
        g_string_append(v->to, ", sa_data=");
        syscalls_put_quoted(v->to, at + 2, len - 2, false);
    }
    g_string_append_c(v->to, '}');
}

bool syscalls_put_address(SyscallView *v, bool out, uint64_t addr, uint64_t size)
{
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, out, addr, &len);
    if (!at || MIN(len, size) < 2)
        return false;
    put_address(v, at, (size_t)MIN(len, size));
    return true;
}

bool syscalls_put_message(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    unsigned word = ail_abi_word(v->open->abi);
    uint64_t total = arg->out ? (v->result > 0 ? (uint64_t)v->result : 0) : UINT64_MAX;
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, arg->out, addr, &len);
    if (!at || len < 7 * word)
        return false;
    uint64_t name = syscalls_get_word(v, at), count = syscalls_get_word(v, at + 3 * word);
    uint32_t name_len = ail_get_le32(at + word);
    g_string_append(v->to, "{msg_name=");
    if (!name || !syscalls_put_address(v, arg->out, name, name_len))
        syscalls_put_pointer(v, name);
    g_string_append_printf(v->to, ", msg_namelen=%u, msg_iov=", name_len);
    if (!syscalls_put_vectors(v, arg->out, syscalls_get_word(v, at + 2 * word), count, total))
        syscalls_put_pointer(v, syscalls_get_word(v, at + 2 * word));
    g_string_append_printf(
        v->to, ", msg_iovlen=%" PRIu64 ", msg_controllen=%" PRIu64 ", msg_flags=", count,
        syscalls_get_word(v, at + 5 * word));
    syscalls_put_set(v->to, ail_syscall_set(v->open->abi, "msgflags"), ail_get_le32(at + 6 * word),
                     false);
    g_string_append_c(v->to, '}');
    return true;
}
