/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the arguments of system calls point to, in words. The pieces are a stranger's: every length
 * is checked, and every loop bounded by what was captured. */
#include "analyzers/syscalls_private.h"

#include <inttypes.h>
#include <string.h>

const uint8_t *syscalls_memory_at(const SyscallPieces *pieces, uint64_t addr, size_t *len)
{
    AilCursor at = ail_cursor(pieces->data, pieces->len);
    AilGuestPiece p;
    const uint8_t *inside = NULL;
    for (uint32_t i = 0; i < pieces->n && i < 3 * AIL_CAPTURE_PIECES; i++) {
        if (!ail_guest_next_piece(&at, &p))
            break;
        if (addr - p.addr >= p.len || (inside && addr != p.addr))
            continue;
        inside = p.bytes + (addr - p.addr);
        *len = p.len - (size_t)(addr - p.addr);
        if (addr == p.addr)
            break;
    }
    return inside;
}

const uint8_t *syscalls_find(const SyscallView *v, bool out, uint64_t addr, size_t *len)
{
    const uint8_t *at = out ? syscalls_memory_at(&v->out, addr, len) : NULL;
    return at ? at : syscalls_memory_at(&v->open->in, addr, len);
}

uint64_t syscalls_get(const uint8_t *at, unsigned size, bool is_signed)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | at[i];
    unsigned shift = 64 - 8 * size;
    return is_signed ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
}

uint64_t syscalls_get_word(const SyscallView *v, const uint8_t *at)
{
    return syscalls_get(at, ail_abi_word(v->open->abi), false);
}

void syscalls_put_pointer(SyscallView *v, uint64_t addr)
{
    if (addr)
        g_string_append_printf(v->to, "0x%" PRIx64, addr);
    else
        g_string_append(v->to, "NULL");
}

/* At most max_string bytes of a buffer that has `whole`. */
void syscalls_put_buffer(SyscallView *v, const uint8_t *at, size_t len, uint64_t whole, bool hex)
{
    size_t shown = MIN(len, v->max_string);
    shown = (size_t)MIN(shown, whole);
    (hex ? syscalls_put_hex_bytes : syscalls_put_quoted)(v->to, at, shown, whole > shown);
}

bool syscalls_put_string(SyscallView *v, const uint8_t *at, size_t len, size_t max)
{
    const uint8_t *end = memchr(at, 0, len);
    size_t n = end ? (size_t)(end - at) : len;
    syscalls_put_quoted(v->to, at, MIN(n, max), !end || n > max);
    return true;
}

/* How many elements there are, or bytes. */
uint64_t syscalls_length(const SyscallView *v, const AilSyscallArg *arg)
{
    uint64_t n = arg->len;
    if (arg->len_from == AIL_LEN_ONE)
        n = 1;
    else if (arg->len_from == AIL_LEN_RESULT)
        n = v->result > 0 ? (uint64_t)v->result : 0;
    else if (arg->len_from == AIL_LEN_REG)
        n = v->open->args[arg->len];
    return ail_abi_word(v->open->abi) == 4 ? (uint32_t)n : n;
}

/* ---- sets of descriptors, arguments of programs */

static void put_bits(SyscallView *v, const uint8_t *at, size_t len, uint64_t n)
{
    const char *before = "";
    g_string_append_c(v->to, '[');
    for (size_t bit = 0; bit < n && bit / 8 < len; bit++) {
        if (!(at[bit / 8] >> bit % 8 & 1))
            continue;
        g_string_append_printf(v->to, "%s%zu", before, bit);
        before = " ";
    }
    g_string_append_c(v->to, ']');
}

void syscalls_put_fds(SyscallView *v, const uint8_t *at, size_t len, uint64_t n)
{
    put_bits(v, at, len, MIN(n, 1024));
}

static bool put_bit_set(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    uint64_t n = syscalls_length(v, arg);
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, arg->out && (!arg->in || v->as_data), addr, &len);
    if (at)
        put_bits(v, at, len, MIN(arg->kind == AIL_ARG_CPUS ? 8 * MIN(n, 1024) : n, 1024));
    return at != NULL;
}

static bool put_arguments(SyscallView *v, uint64_t addr, bool count_only)
{
    unsigned word = ail_abi_word(v->open->abi);
    size_t len = 0, n = 0, had;
    const uint8_t *at = syscalls_find(v, false, addr, &len);
    if (!at)
        return false;
    while ((n + 1) * word <= len && syscalls_get_word(v, at + n * word))
        n++;
    bool ended = (n + 1) * word <= len;
    if (count_only) {
        syscalls_put_pointer(v, addr);
        g_string_append_printf(v->to, " /* %zu%s var%s */", n, ended ? "" : "+", n == 1 ? "" : "s");
        return true;
    }
    g_string_append_c(v->to, '[');
    for (size_t i = 0; i < n; i++) {
        uint64_t string = syscalls_get_word(v, at + i * word);
        const uint8_t *bytes = syscalls_find(v, false, string, &had);
        if (i)
            g_string_append(v->to, ", ");
        if (bytes)
            syscalls_put_string(v, bytes, had, had);
        else
            syscalls_put_pointer(v, string);
    }
    g_string_append(v->to, ended ? "]" : ", ...]");
    return true;
}

static bool put_block(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    uint64_t n = syscalls_length(v, arg);
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, arg->out, addr, &len);
    if (!n && (v->returned || !arg->out)) {
        g_string_append(v->to, "\"\"");
        return true;
    }
    if (!at)
        return false;
    if (arg->kind == AIL_ARG_TEXT) /* whole, and without the zero byte that may end it */
        syscalls_put_quoted(v->to, at, strnlen((const char *)at, (size_t)MIN(len, n)), n > len);
    else
        syscalls_put_buffer(v, at, len, n, arg->kind == AIL_ARG_HEXBYTES);
    return true;
}

bool syscalls_put_memory(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    size_t len = 0;
    const uint8_t *at;
    uint64_t total = arg->out ? (v->result > 0 ? (uint64_t)v->result : 0) : UINT64_MAX;
    switch (arg->kind) {
    case AIL_ARG_PATH:
    case AIL_ARG_STRING:
        at = syscalls_find(v, false, addr, &len);
        return at && syscalls_put_string(v, at, len, len);
    case AIL_ARG_STRUCT:
        return syscalls_put_structs(v, arg, addr);
    case AIL_ARG_IOVEC:
        return syscalls_put_vectors(v, arg->out, addr, syscalls_length(v, arg), total);
    case AIL_ARG_ADDR:
        /* What the call wrote was captured by its length. */
        return syscalls_put_address(v, arg->out, addr,
                                    arg->out ? UINT64_MAX : syscalls_length(v, arg));
    case AIL_ARG_MSG:
        return syscalls_put_message(v, arg, addr);
    case AIL_ARG_FDSET:
    case AIL_ARG_CPUS:
        return put_bit_set(v, arg, addr);
    case AIL_ARG_ARGV:
    case AIL_ARG_ENVP:
        return put_arguments(v, addr, arg->kind == AIL_ARG_ENVP);
    default:
        return put_block(v, arg, addr);
    }
}
