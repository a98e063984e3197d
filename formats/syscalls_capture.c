/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping what the arguments of a system call point to. Everything read may be hostile: each loop
 * is bounded by a constant. */
#include <string.h>

#include "formats/bytes.h"
#include "formats/syscalls_private.h"

enum {
    PAGE = 4096,
    STEP = 256, /* of a string at once */
    MAX_VECTORS = 64,
    MAX_STRINGS = 64,
    MAX_POINTERS = 256,
};

typedef struct Run {
    unsigned word;
    const uint64_t *args;
    uint64_t result;
    AilCaptureRead read;
    AilCapturePiece piece;
    void *user;
    size_t left; /* bytes that may still be kept */
    unsigned n;  /* pieces */
    bool missed; /* something could not be read */
} Run;

static uint64_t cut(const Run *r, uint64_t value)
{
    return r->word == 4 ? (uint32_t)value : value;
}

static uint64_t get_word(const Run *r, const uint8_t *at)
{
    uint64_t v = 0;
    for (unsigned i = r->word; i-- > 0;)
        v = v << 8 | at[i];
    return v;
}

/* Read up to `len` bytes, page by page; returns how many could be had. */
static size_t read_some(Run *r, uint64_t addr, uint8_t *buf, size_t len)
{
    size_t had = 0;
    while (had < len) {
        size_t n = PAGE - (size_t)(addr % PAGE);
        if (n > len - had)
            n = len - had;
        if (!r->read(r->user, addr, buf + had, n)) {
            r->missed = true;
            break;
        }
        had += n;
        addr = cut(r, addr + n);
    }
    return had;
}

static void emit(Run *r, uint64_t addr, const uint8_t *bytes, size_t len)
{
    if (len > r->left)
        len = r->left;
    if (!len || r->n == AIL_CAPTURE_PIECES)
        return;
    r->piece(r->user, addr, bytes, len);
    r->left -= len;
    r->n++;
}

/* Not more than buf holds. Returns how many bytes were read. */
static size_t keep_bytes(Run *r, uint64_t addr, uint64_t len, uint8_t *buf, size_t size)
{
    size_t n = len < size ? (size_t)len : size;
    if (!addr)
        return 0;
    n = read_some(r, addr, buf, n);
    emit(r, addr, buf, n);
    return n;
}

static void keep_string(Run *r, uint64_t addr)
{
    uint8_t buf[AIL_CAPTURE_STRING_MAX];
    size_t had = 0, more = 1;
    const uint8_t *end = NULL;
    while (addr && more && !end && had < sizeof buf) {
        size_t n = STEP - (size_t)(cut(r, addr + had) % STEP);
        if (n > sizeof buf - had)
            n = sizeof buf - had;
        more = read_some(r, cut(r, addr + had), buf + had, n);
        end = memchr(buf + had, 0, more);
        had += more;
    }
    emit(r, addr, buf, end ? (size_t)(end - buf) + 1 : had);
}

/* Each of the `count` vectors at addr, and of what they point to at most `total` bytes. */
static void keep_vectors(Run *r, uint64_t addr, uint64_t count, uint64_t total, size_t limit)
{
    uint8_t vectors[MAX_VECTORS * 16], buf[256];
    size_t each = 2 * r->word;
    if (count > MAX_VECTORS)
        count = MAX_VECTORS;
    size_t n = keep_bytes(r, addr, count * each, vectors, sizeof vectors) / each;
    for (size_t i = 0; i < n && total; i++) {
        uint64_t len = get_word(r, vectors + i * each + r->word);
        if (len > total)
            len = total;
        total -= len;
        keep_bytes(r, get_word(r, vectors + i * each), len, buf,
                   limit < sizeof buf ? limit : sizeof buf);
    }
}

/* A struct user_msghdr: name, its length, vectors, their number, ... */
static void keep_message(Run *r, uint64_t addr, uint64_t total, size_t limit)
{
    uint8_t header[56], buf[128];
    size_t size = 7 * r->word;
    if (keep_bytes(r, addr, size, header, sizeof header) < size)
        return;
    keep_bytes(r, get_word(r, header), (uint32_t)get_word(r, header + r->word), buf, sizeof buf);
    keep_vectors(r, get_word(r, header + 2 * r->word), get_word(r, header + 3 * r->word), total,
                 limit);
}

/* An array of pointers up to NULL, that included; returns how many others there are. */
static size_t keep_pointers(Run *r, uint64_t addr, uint8_t *array, size_t max)
{
    size_t n = 0;
    bool more = addr != 0;
    while (more && n < max) {
        uint8_t *at = array + n * r->word;
        if (read_some(r, cut(r, addr + n * r->word), at, r->word) < r->word)
            break;
        more = get_word(r, at) != 0;
        n++;
    }
    emit(r, addr, array, n * r->word);
    return n && !more ? n - 1 : n;
}

static void keep_strings(Run *r, uint64_t addr)
{
    uint8_t array[MAX_STRINGS * 8];
    size_t n = keep_pointers(r, addr, array, MAX_STRINGS);
    for (size_t i = 0; i < n; i++)
        keep_string(r, get_word(r, array + i * r->word));
}

/* The number that `rule` has the length in. */
static uint64_t length(const Run *r, const AilCaptureRule *rule)
{
    switch (rule->len_from) {
    case AIL_LEN_REG:
        return cut(r, r->args[rule->len]);
    case AIL_LEN_RESULT:
        return r->result;
    default:
        return rule->len;
    }
}

static void keep_block(Run *r, const AilCaptureRule *rule, uint64_t addr)
{
    uint8_t buf[4096];
    uint64_t count = length(r, rule), most = rule->limit / rule->unit;
    if (rule->what == AIL_CAPTURE_ADDR) { /* where length() points to */
        uint8_t len[4];
        uint64_t at = count;
        if (!at || read_some(r, at, len, sizeof len) < sizeof len)
            return;
        count = ail_get_le32(len);
    } else if (rule->what == AIL_CAPTURE_BITS) {
        uint64_t bits = 8 * r->word;
        count = ((count > 4096 ? 4096 : count) + bits - 1) / bits * r->word;
    }
    keep_bytes(r, addr, (count < most ? count : most) * rule->unit, buf, sizeof buf);
}

static void execute_all(Run *r, const AilCaptureRule *rules, bool at_return);

/* The arguments of the call that socketcall makes, and what they point to. */
static void keep_socketcall(Run *r, uint64_t addr, bool at_return)
{
    uint8_t array[6 * 4] = {0};
    uint64_t args[6];
    const AilSyscall *call = ail_syscall_socketcall((uint32_t)r->args[0]);
    if (!call || r->word != 4 || !addr)
        return;
    /* Calls with fewer arguments may be given fewer. */
    size_t had = read_some(r, addr, array, 4 * call->n_args);
    if (!at_return)
        emit(r, addr, array, had);
    for (unsigned i = 0; i < 6; i++)
        args[i] = ail_get_le32(array + 4 * i);
    Run sub = *r;
    sub.args = args;
    if (had == 4 * call->n_args)
        execute_all(&sub, call->captures, at_return); /* which has no such rule again */
    r->left = sub.left;
    r->n = sub.n;
    r->missed |= sub.missed;
}

static void execute(Run *r, const AilCaptureRule *rule)
{
    uint64_t addr = cut(r, r->args[rule->reg]), total = rule->at_return ? r->result : UINT64_MAX;
    uint8_t pointers[MAX_POINTERS * 8];
    switch (rule->what) {
    case AIL_CAPTURE_STRING:
        keep_string(r, addr);
        break;
    case AIL_CAPTURE_IOVEC:
        keep_vectors(r, addr, length(r, rule), total, rule->limit);
        break;
    case AIL_CAPTURE_MSG:
        keep_message(r, addr, total, rule->limit);
        break;
    case AIL_CAPTURE_STRINGS:
        keep_strings(r, addr);
        break;
    case AIL_CAPTURE_SOCKETCALL:
        keep_socketcall(r, addr, rule->at_return);
        break;
    case AIL_CAPTURE_POINTERS:
        keep_pointers(r, addr, pointers, MAX_POINTERS);
        break;
    default:
        keep_block(r, rule, addr);
    }
}

static void execute_all(Run *r, const AilCaptureRule *rules, bool at_return)
{
    for (const AilCaptureRule *rule = rules; rule && rule->what; rule++)
        if (rule->at_return == at_return &&
            (rule->if_reg >= 6 || (uint32_t)r->args[rule->if_reg] == rule->if_value))
            execute(r, rule);
}

unsigned ail_syscall_capture(const AilCaptureRule *rules, unsigned abi, const uint64_t args[6],
                             int64_t result, bool at_return, AilCaptureRead read,
                             AilCapturePiece piece, void *user)
{
    Run r = {
        ail_abi_word(abi), args, (uint64_t)result, read, piece, user, AIL_CAPTURE_TOTAL, 0, false};
    if (at_return && result < 0 && result >= -4095) /* it wrote nothing */
        return 0;
    execute_all(&r, rules, at_return);
    return r.n | (r.missed ? AIL_CAPTURE_MISSED : 0);
}
