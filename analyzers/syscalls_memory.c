/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the arguments of system calls point to, in words. The pieces are a stranger's: every length
 * is checked, and every loop bounded by what was captured. */
#include "analyzers/syscalls_private.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

enum {
    MAX_ELEMENTS = 64,
    /* in all ABIs that have a table */
    CLONE_PIDFD_OF_ALL = 0x1000,
    SA_RESTORER_OF_ALL = 0x04000000,
};

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

static uint64_t get(const uint8_t *at, unsigned size, bool is_signed)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | at[i];
    unsigned shift = 64 - 8 * size;
    return is_signed ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
}

static uint64_t get_word(const SyscallView *v, const uint8_t *at)
{
    return get(at, ail_abi_word(v->open->abi), false);
}

static void put_pointer(SyscallView *v, uint64_t addr)
{
    if (addr)
        g_string_append_printf(v->to, "0x%" PRIx64, addr);
    else
        g_string_append(v->to, "NULL");
}

/* At most max_string bytes of a buffer that has `whole`. */
static void put_buffer(SyscallView *v, const uint8_t *at, size_t len, uint64_t whole, bool hex)
{
    size_t shown = MIN(len, v->max_string);
    shown = (size_t)MIN(shown, whole);
    (hex ? syscalls_put_hex_bytes : syscalls_put_quoted)(v->to, at, shown, whole > shown);
}

static bool put_string(SyscallView *v, const uint8_t *at, size_t len, size_t max)
{
    const uint8_t *end = memchr(at, 0, len);
    size_t n = end ? (size_t)(end - at) : len;
    syscalls_put_quoted(v->to, at, MIN(n, max), !end || n > max);
    return true;
}

/* ---- structures */

static void put_element(SyscallView *v, const AilSyscallField *f, const uint8_t *at)
{
    syscalls_put_value(v, f->kind, f->set, get(at, f->size, f->is_signed), f->size, f->is_signed);
}

static void put_field(SyscallView *v, const AilSyscallField *f, const uint8_t *at)
{
    if (f->kind == AIL_ARG_CHARS) {
        put_string(v, at, f->count, f->count);
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
            return get(at + s->fields[i].offset, s->fields[i].size, s->fields[i].is_signed);
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
        return get(at + f->offset, f->size, false) ? f->name + 1 : NULL;
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
        g_string_append_printf(v->to, ", si_addr=0x%" PRIx64 "}", get_word(v, rest));
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
        put_pointer(v, get_word(v, rest + 8));
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

/* How many elements there are, or bytes. */
static uint64_t length_of(const SyscallView *v, const AilSyscallArg *arg)
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

static bool put_structs(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    const AilSyscallStruct *s = arg->layout;
    bool plain = s->n == 1 && !strcmp(s->fields[0].name, "-");
    bool list = arg->len_from != AIL_LEN_ONE || plain;
    uint64_t n = length_of(v, arg), i;
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
    for (i = 0; i < n && i < MAX_ELEMENTS && len >= (i + 1) * s->size; i++) {
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

/* ---- vectors, messages, addresses */

static bool put_vectors(SyscallView *v, bool out, uint64_t addr, uint64_t count, uint64_t total)
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
    for (i = 0; i < count && i < MAX_ELEMENTS && len >= (i + 1) * 2 * word; i++) {
        uint64_t base = get_word(v, at + i * 2 * word), size = get_word(v, at + (2 * i + 1) * word);
        uint64_t filled = MIN(size, total);
        size_t had = 0;
        const uint8_t *bytes = filled ? syscalls_find(v, out, base, &had) : NULL;
        total -= filled;
        g_string_append(v->to, i ? ", {iov_base=" : "{iov_base=");
        if (bytes || (!filled && base))
            put_buffer(v, bytes, bytes ? had : 0, filled, false);
        else
            put_pointer(v, base);
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
        put_string(v, path, strnlen((const char *)path, len) + (memchr(path, 0, len) != NULL), 108);
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

static bool put_address_at(SyscallView *v, bool out, uint64_t addr, uint64_t size)
{
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, out, addr, &len);
    if (!at || MIN(len, size) < 2)
        return false;
    put_address(v, at, (size_t)MIN(len, size));
    return true;
}

static bool put_message(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    unsigned word = ail_abi_word(v->open->abi);
    uint64_t total = arg->out ? (v->result > 0 ? (uint64_t)v->result : 0) : UINT64_MAX;
    size_t len = 0;
    const uint8_t *at = syscalls_find(v, arg->out, addr, &len);
    if (!at || len < 7 * word)
        return false;
    uint64_t name = get_word(v, at), count = get_word(v, at + 3 * word);
    uint32_t name_len = ail_get_le32(at + word);
    g_string_append(v->to, "{msg_name=");
    if (!name || !put_address_at(v, arg->out, name, name_len))
        put_pointer(v, name);
    g_string_append_printf(v->to, ", msg_namelen=%u, msg_iov=", name_len);
    if (!put_vectors(v, arg->out, get_word(v, at + 2 * word), count, total))
        put_pointer(v, get_word(v, at + 2 * word));
    g_string_append_printf(
        v->to, ", msg_iovlen=%" PRIu64 ", msg_controllen=%" PRIu64 ", msg_flags=", count,
        get_word(v, at + 5 * word));
    syscalls_put_set(v->to, ail_syscall_set(v->open->abi, "msgflags"), ail_get_le32(at + 6 * word),
                     false);
    g_string_append_c(v->to, '}');
    return true;
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
    uint64_t n = length_of(v, arg);
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
    while ((n + 1) * word <= len && get_word(v, at + n * word))
        n++;
    bool ended = (n + 1) * word <= len;
    if (count_only) {
        put_pointer(v, addr);
        g_string_append_printf(v->to, " /* %zu%s var%s */", n, ended ? "" : "+", n == 1 ? "" : "s");
        return true;
    }
    g_string_append_c(v->to, '[');
    for (size_t i = 0; i < n; i++) {
        uint64_t string = get_word(v, at + i * word);
        const uint8_t *bytes = syscalls_find(v, false, string, &had);
        if (i)
            g_string_append(v->to, ", ");
        if (bytes)
            put_string(v, bytes, had, had);
        else
            put_pointer(v, string);
    }
    g_string_append(v->to, ended ? "]" : ", ...]");
    return true;
}

static bool put_block(SyscallView *v, const AilSyscallArg *arg, uint64_t addr)
{
    uint64_t n = length_of(v, arg);
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
        put_buffer(v, at, len, n, arg->kind == AIL_ARG_HEXBYTES);
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
        return at && put_string(v, at, len, len);
    case AIL_ARG_STRUCT:
        return put_structs(v, arg, addr);
    case AIL_ARG_IOVEC:
        return put_vectors(v, arg->out, addr, length_of(v, arg), total);
    case AIL_ARG_ADDR:
        /* What the call wrote was captured by its length. */
        return put_address_at(v, arg->out, addr, arg->out ? UINT64_MAX : length_of(v, arg));
    case AIL_ARG_MSG:
        return put_message(v, arg, addr);
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
