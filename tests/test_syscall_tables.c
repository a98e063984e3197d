/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts about system calls that the generated tables must agree with, and what is captured of the
 * memory that their arguments point to. */
#include "formats/syscalls_table.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct Fact {
    unsigned abi;
    uint64_t number;
    const char *name;
    unsigned n_args;
} Fact;

Test(syscall_tables, numbers)
{
    static const Fact facts[] = {
        {AIL_ABI_X86_64, 0, "read", 3},         {AIL_ABI_X86_64, 9, "mmap", 6},
        {AIL_ABI_X86_64, 59, "execve", 3},      {AIL_ABI_X86_64, 158, "arch_prctl", 2},
        {AIL_ABI_X86_64, 231, "exit_group", 1}, {AIL_ABI_X86_64, 257, "openat", 4},
        {AIL_ABI_I386, 3, "read", 3},           {AIL_ABI_I386, 11, "execve", 3},
        {AIL_ABI_I386, 102, "socketcall", 2},   {AIL_ABI_I386, 192, "mmap2", 6},
        {AIL_ABI_I386, 252, "exit_group", 1},   {AIL_ABI_I386, 403, "clock_gettime64", 2},
        {AIL_ABI_ARM64, 56, "openat", 4},       {AIL_ABI_ARM64, 63, "read", 3},
        {AIL_ABI_ARM64, 79, "newfstatat", 4},   {AIL_ABI_ARM64, 221, "execve", 3},
        {AIL_ABI_ARM64, 222, "mmap", 6},        {AIL_ABI_ARM, 3, "read", 3},
        {AIL_ABI_ARM, 11, "execve", 3},         {AIL_ABI_ARM, 192, "mmap2", 6},
        {AIL_ABI_ARM, 322, "openat", 4},        {AIL_ABI_ARM, 0xf0005, "set_tls", 1},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const AilSyscall *call = ail_syscall_find(facts[i].abi, facts[i].number);
        cr_assert(call, "%s", facts[i].name);
        cr_expect_str_eq(call->name, facts[i].name);
        cr_expect_eq(call->n_args, facts[i].n_args, "%s: %u", call->name, call->n_args);
        cr_expect(call->known);
    }
    cr_expect(!ail_syscall_find(AIL_ABI_X86_64, 5000));
    cr_expect(!ail_syscall_find(AIL_ABI_ARM64, UINT64_MAX));
    cr_expect(!ail_syscall_find(AIL_ABI_PPC, 3));
    cr_expect(!ail_syscall_find(77, 3));
}

/* 64-bit arguments take two registers where they have 32 bits, on Arm from an even one on. */
Test(syscall_tables, registers_of_wide_arguments)
{
    cr_expect_eq(ail_syscall_find(AIL_ABI_X86_64, 17)->args[3].reg, 3);
    const AilSyscall *i386 = ail_syscall_find(AIL_ABI_I386, 193);
    const AilSyscall *arm = ail_syscall_find(AIL_ABI_ARM, 193);
    cr_assert_str_eq(i386->name, "truncate64");
    cr_assert_str_eq(arm->name, "truncate64");
    cr_expect(i386->args[1].reg == 1 && i386->args[1].size == 8 && i386->args[1].is_signed);
    cr_expect(arm->args[1].reg == 2 && arm->args[1].size == 8);
    const AilSyscall *fallocate = ail_syscall_find(AIL_ABI_ARM, 352);
    cr_expect(fallocate->args[2].reg == 2 && fallocate->args[3].reg == 4);
}

static const char *name(unsigned abi, const char *set, uint64_t value)
{
    const char *found = ail_syscall_name(ail_syscall_set(abi, set), value);
    return found ? found : "?";
}

Test(syscall_tables, constants)
{
    for (unsigned abi = AIL_ABI_X86_64; abi <= AIL_ABI_ARM; abi++) {
        cr_expect_str_eq(name(abi, "errno", 2), "ENOENT");
        cr_expect_str_eq(name(abi, "errno", 11), "EAGAIN");
        cr_expect_str_eq(name(abi, "errno", 110), "ETIMEDOUT");
        cr_expect_str_eq(name(abi, "signal", 17), "SIGCHLD");
        cr_expect_str_eq(name(abi, "family", 10), "AF_INET6");
        cr_expect_str_eq(name(abi, "ioctl", 0x5401), "TCGETS");
        cr_expect_str_eq(name(abi, "ioctl", 0x80045430), "TIOCGPTN");
        cr_expect_str_eq(name(abi, "rlimit", 7), "RLIMIT_NOFILE");
        cr_expect_str_eq(name(abi, "open", 02000000), "O_CLOEXEC");
        cr_expect_eq(ail_syscall_set(abi, "open")->mask, 3);
    }
    cr_expect_str_eq(name(AIL_ABI_X86_64, "open", 0200000), "O_DIRECTORY");
    cr_expect_str_eq(name(AIL_ABI_ARM, "open", 040000), "O_DIRECTORY");
    cr_expect_str_eq(name(AIL_ABI_ARM64, "open", 040000), "O_DIRECTORY");
    cr_expect_str_eq(name(AIL_ABI_X86_64, "archprctl", 0x1002), "ARCH_SET_FS");
    cr_expect(!ail_syscall_set(AIL_ABI_X86_64, "no such"));
}

Test(syscall_tables, structures)
{
    static const struct {
        unsigned abi;
        const char *name, *field;
        unsigned size, offset;
    } facts[] = {
        {AIL_ABI_X86_64, "stat", "st_size", 144, 48},
        {AIL_ABI_ARM64, "stat", "st_size", 128, 48},
        {AIL_ABI_I386, "stat64", "st_size", 96, 44},
        {AIL_ABI_ARM, "stat64", "st_size", 104, 48},
        {AIL_ABI_X86_64, "epoll_event", "data", 12, 4},
        {AIL_ABI_ARM64, "epoll_event", "data", 16, 8},
        {AIL_ABI_I386, "statfs64", "f_blocks", 84, 8},
        {AIL_ABI_X86_64, "sigaction", "sa_mask", 32, 24},
        {AIL_ABI_ARM, "sigaction", "sa_mask", 20, 12},
        {AIL_ABI_X86_64, "statx", "stx_size", 144, 40},
        {AIL_ABI_X86_64, "sysinfo", "procs", 112, 80},
        {AIL_ABI_I386, "rusage", "ru_maxrss", 72, 16},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const AilSyscallStruct *s = ail_syscall_struct(facts[i].abi, facts[i].name);
        cr_assert(s, "%s", facts[i].name);
        cr_expect_eq(s->size, facts[i].size, "%s: %u", s->name, s->size);
        bool found = false;
        for (unsigned f = 0; f < s->n; f++) {
            const char *field = s->fields[f].name;
            if (strcmp(field + (*field == '.'), facts[i].field))
                continue;
            found = true;
            cr_expect_eq(s->fields[f].offset, facts[i].offset, "%s.%s: %u", s->name, field,
                         s->fields[f].offset);
        }
        cr_expect(found, "%s.%s", s->name, facts[i].field);
    }
}

/* Memory of two pages from BASE on; nothing else can be read. */
enum { BASE = 0x10000, SIZE = 0x2000 };
typedef struct Memory {
    uint8_t bytes[SIZE];
    uint64_t addr[AIL_CAPTURE_PIECES];
    uint8_t piece[AIL_CAPTURE_PIECES][4096];
    size_t len[AIL_CAPTURE_PIECES], total;
    unsigned n;
    bool missed;
} Memory;

static bool read_memory(void *user, uint64_t addr, void *buf, size_t len)
{
    Memory *m = user;
    cr_assert(len && addr / 4096 == (addr + len - 1) / 4096, "one page at a time");
    if (addr < BASE || addr - BASE > SIZE - len)
        return false;
    memcpy(buf, m->bytes + (addr - BASE), len);
    return true;
}

static void take_piece(void *user, uint64_t addr, const void *bytes, size_t len)
{
    Memory *m = user;
    cr_assert(m->n < AIL_CAPTURE_PIECES && len <= 4096 && len);
    m->addr[m->n] = addr;
    m->len[m->n] = len;
    memcpy(m->piece[m->n++], bytes, len);
    m->total += len;
    cr_assert(m->total <= AIL_CAPTURE_TOTAL);
}

static unsigned capture(Memory *m, unsigned abi, uint64_t number, const uint64_t args[6],
                        int64_t result, bool at_return)
{
    m->n = 0;
    m->total = 0;
    unsigned n = ail_syscall_capture(ail_syscall_captures(abi, number), abi, args, result,
                                     at_return, read_memory, take_piece, m);
    cr_assert_eq(n & ~(unsigned)AIL_CAPTURE_MISSED, m->n);
    m->missed = n & AIL_CAPTURE_MISSED;
    return m->n;
}

static Memory memory; /* each test is a process of its own */

Test(syscall_capture, strings_end_where_they_end)
{
    Memory *m = &memory;
    memset(m->bytes, 'x', SIZE);
    strcpy((char *)m->bytes + 0x20, "/etc/passwd");
    uint64_t args[6] = {(uint64_t)-100, BASE + 0x20};
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 257, args, 0, false), 1);
    cr_expect(m->addr[0] == BASE + 0x20 && m->len[0] == 12);
    cr_expect_str_eq((char *)m->piece[0], "/etc/passwd");
    cr_expect_eq(capture(m, AIL_ABI_X86_64, 257, args, 3, true), 0);

    args[1] = BASE + SIZE - 3; /* the last one ends with the memory */
    m->bytes[SIZE - 1] = 0;
    cr_assert_eq(capture(m, AIL_ABI_ARM, 322, args, 0, false), 1);
    cr_expect_eq(m->len[0], 3);
    m->bytes[SIZE - 1] = 'x'; /* or has no end */
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 257, args, 0, false), 1);
    cr_expect_eq(m->len[0], 3);
    args[1] = BASE + 0x800; /* or is longer than is kept */
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 257, args, 0, false), 1);
    cr_expect_eq(m->len[0], AIL_CAPTURE_STRING_MAX);
    cr_expect(!m->missed);
    args[1] = BASE - 1;
    cr_expect_eq(capture(m, AIL_ABI_X86_64, 257, args, 0, false), 0);
    cr_expect(m->missed);
    args[1] = 0xdead00000000 | (BASE + 0x20); /* a 32-bit register */
    cr_assert_eq(capture(m, AIL_ABI_I386, 5, (uint64_t[6]){args[1]}, 0, false), 1);
    cr_expect_eq(m->addr[0], BASE + 0x20);
}

Test(syscall_capture, buffers)
{
    Memory *m = &memory;
    uint64_t args[6] = {1, BASE, 5};
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 1, args, 0, false), 1); /* write */
    cr_expect_eq(m->len[0], 5);
    cr_expect_eq(capture(m, AIL_ABI_X86_64, 1, args, 5, true), 0);
    args[2] = UINT64_MAX;
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 1, args, 0, false), 1);
    cr_expect_eq(m->len[0], 256);
    cr_expect_eq(capture(m, AIL_ABI_X86_64, 0, args, 0, false), 0); /* read */
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 0, args, 7, true), 1);
    cr_expect_eq(m->len[0], 7);
    cr_expect_eq(capture(m, AIL_ABI_X86_64, 0, args, -14, true), 0, "an error");
    cr_expect_eq(capture(m, AIL_ABI_X86_64, 0, args, 0, true), 0, "the file's end");
    args[1] = BASE + SIZE - 4;
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 0, args, 100, true), 1);
    cr_expect_eq(m->len[0], 4);
}

Test(syscall_capture, structures_by_argument)
{
    Memory *m = &memory;
    uint64_t args[6] = {0, 0x5413, BASE}; /* ioctl TIOCGWINSZ */
    cr_expect_eq(capture(m, AIL_ABI_ARM64, 29, args, 0, false), 0);
    cr_assert_eq(capture(m, AIL_ABI_ARM64, 29, args, 0, true), 1);
    cr_expect_eq(m->len[0], 8);
    args[1] = 0x1234;
    cr_expect_eq(capture(m, AIL_ABI_ARM64, 29, args, 0, true), 0);
    args[1] = BASE + 8; /* newstat */
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 4, args, 0, true), 1);
    cr_expect_eq(m->len[0], 144);
    args[2] = BASE + 100; /* accept: length by pointer */
    m->bytes[100] = 16;
    cr_assert_eq(capture(m, AIL_ABI_X86_64, 43, args, 4, true), 2);
    cr_expect(m->len[0] == 16 && m->len[1] == 4);
    memset(m->bytes + 100, 0xff, 4);
    capture(m, AIL_ABI_X86_64, 43, args, 4, true);
    cr_expect_eq(m->len[0], 128);
}

static void put_word(Memory *m, unsigned word, unsigned at, uint64_t value)
{
    memcpy(m->bytes + at, &value, word);
}

Test(syscall_capture, vectors_and_arguments)
{
    for (unsigned abi = AIL_ABI_X86_64; abi <= AIL_ABI_I386; abi++) {
        Memory *m = &memory;
        unsigned word = ail_abi_word(abi);
        put_word(m, word, 0, BASE + 0x100);
        put_word(m, word, word, 3);
        put_word(m, word, 2 * word, BASE + 0x200);
        put_word(m, word, 3 * word, 1000);
        uint64_t args[6] = {1, BASE, 2}, writev = abi == AIL_ABI_X86_64 ? 20 : 146;
        cr_assert_eq(capture(m, abi, writev, args, 0, false), 3);
        cr_expect(m->len[0] == 4 * word && m->len[1] == 3 && m->len[2] == 256);
        uint64_t readv = abi == AIL_ABI_X86_64 ? 19 : 145;
        cr_assert_eq(capture(m, abi, readv, args, 5, true), 3);
        cr_expect(m->len[1] == 3 && m->len[2] == 2, "what was read");

        put_word(m, word, 0x40, BASE + 0x300);
        put_word(m, word, 0x40 + word, BASE + 0x310);
        put_word(m, word, 0x40 + 2 * word, 0);
        strcpy((char *)m->bytes + 0x300, "ls");
        strcpy((char *)m->bytes + 0x310, "-l");
        uint64_t exec[6] = {BASE + 0x300, BASE + 0x40, BASE + 0x40};
        cr_assert_eq(capture(m, abi, abi == AIL_ABI_X86_64 ? 59 : 11, exec, 0, false), 5);
        cr_expect(m->len[1] == 3 * word && m->len[2] == 3 && !strcmp((char *)m->piece[3], "-l"));
    }
}

Test(syscall_capture, arguments_of_socketcall)
{
    Memory *m = &memory;
    const uint32_t connect[] = {3, BASE + 0x100, 16}, recv[] = {3, BASE + 0x200, 100, 0};
    memcpy(m->bytes + SIZE - 12, connect, 12); /* there need not be more than it takes */
    uint64_t args[6] = {3, BASE + SIZE - 12};
    cr_assert_eq(capture(m, AIL_ABI_I386, 102, args, 0, false), 2);
    cr_expect(m->len[0] == 12 && m->len[1] == 16 && m->addr[1] == BASE + 0x100);
    memcpy(m->bytes, recv, 16);
    uint64_t more[6] = {10, BASE};
    cr_assert_eq(capture(m, AIL_ABI_I386, 102, more, 0, false), 1);
    cr_assert_eq(capture(m, AIL_ABI_I386, 102, more, 7, true), 1);
    cr_expect(m->len[0] == 7 && m->addr[0] == BASE + 0x200);
    more[0] = 77;
    cr_expect_eq(capture(m, AIL_ABI_I386, 102, more, 0, false), 0);
}

/* Pointers to themselves, endless arrays, lengths of 2^64 - 1: nothing is too much. */
Test(syscall_capture, hostile_memory_is_bounded)
{
    Memory *m = &memory;
    static const uint64_t fills[] = {BASE,
                                     BASE + 8,
                                     UINT64_MAX,
                                     0x0101010101010101,
                                     BASE + SIZE - 1,
                                     (uint64_t)BASE << 32 | BASE};
    for (size_t f = 0; f < sizeof fills / sizeof *fills; f++) {
        for (unsigned i = 0; i < SIZE; i += 8)
            memcpy(m->bytes + i, &fills[f], 8);
        for (unsigned abi = 0; abi <= AIL_ABI_COUNT; abi++)
            for (uint64_t number = 0; number < 500; number++)
                for (unsigned at_return = 0; at_return < 2; at_return++)
                    capture(m, abi, number,
                            (uint64_t[6]){BASE, BASE + 1, BASE + 8, UINT64_MAX, BASE, BASE + 4000},
                            INT64_MAX, at_return);
    }
}
