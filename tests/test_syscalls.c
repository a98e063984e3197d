/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that `ailurus syscalls` prints of made-up events. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "formats/syscalls_table.h"
#include "tests/chunk_builder.h"
#include "tests/made_guest.h"

enum { CAT = 0x1000, SH = 0x2000, MM = 0x9000, FILES = MM + 1 };

/* A chunk in which the task CAT ("cat", 42) runs; `run` executes four instructions. */
typedef struct Guest {
    ChunkBuilder *b;
    uint32_t block;
    GuestEvents to; /* the chunk */
} Guest;

static Guest guest_new(bool kernel)
{
    Guest g = {.b = chunk_builder_new(AIL_ARCH_X86, 0x1ffa000)};
    g.to = (GuestEvents){chunk_take_event, g.b, 0};
    g.block = chunk_block(g.b, 0x100, AIL_MODE_X86_64, true, "\x90\x90\x90\x90", 4, 4, 1, 1, 1, 1);
    if (kernel) {
        guest_task(&g.to, CAT, 42, 1, MM, "cat");
        guest_task(&g.to, SH, 7, 1, MM + 2, "sh");
        guest_switch(&g.to, CAT);
    }
    return g;
}

static void run(Guest g)
{
    chunk_run(g.b, g.block);
}

/* What the analysis says, and the end of the guest. */
static char *told(Guest g, const char *analysis, AilOutputKind kind)
{
    run(g);
    char *text = chunk_analyse(g.b, analysis, AIL_COL_EVENT, kind);
    chunk_builder_free(g.b);
    return text;
}

static void expect(Guest g, const char *analysis, const char *want)
{
    char *text = told(g, analysis, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, want, "got:\n%s\nwanted:\n%s", text, want);
    free(text);
}

/* One call of one ABI, as its line without the numbers around it. */
static void expect_call(unsigned abi, const char *name, const uint64_t args[6], const Piece *in,
                        int64_t result, const Piece *out, const char *want)
{
    Guest g = guest_new(true);
    uint64_t number = ail_syscall_number(abi, name);
    cr_assert_neq(number, AIL_SYSCALL_NONE, "%s", name);
    guest_call(&g.to, abi, number, args, in);
    run(g);
    guest_return(&g.to, abi, number, result, out);
    char *text = told(g, "syscalls", AIL_OUTPUT_TEXT);
    char *whole = g_strdup_printf("           0 [42 cat] %s <4>\n", want);
    cr_expect_str_eq(text, whole, "got:\n%s\nwanted:\n%s", text, whole);
    g_free(whole);
    free(text);
}

Test(syscalls, a_file_is_opened_on_each_abi)
{
    const Piece *path = PIECES(TEXT_AT(0x8000, "/etc/passwd"));
    const uint64_t *args = ARGS(0xffffff9c, 0x8000, 02000000, 0x1234);
    for (unsigned abi = AIL_ABI_X86_64; abi <= AIL_ABI_ARM; abi++)
        expect_call(abi, "openat", args, path, 3, NULL,
                    "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3");
    expect_call(
        AIL_ABI_X86_64, "open", ARGS(0x8000, 01101, 0644), path, -13, NULL,
        "open(\"/etc/passwd\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 EACCES (Permission denied)");
    expect_call(AIL_ABI_I386, "open", ARGS(0x8000, 0200000), path, 4, NULL,
                "open(\"/etc/passwd\", O_RDONLY|O_DIRECTORY) = 4");
    expect_call(AIL_ABI_ARM, "open", ARGS(0x8000, 040000), path, 4, NULL,
                "open(\"/etc/passwd\", O_RDONLY|O_DIRECTORY) = 4");
    expect_call(AIL_ABI_ARM64, "openat", ARGS(5, 0x9000, 0), NULL, -2, NULL,
                "openat(5, 0x9000, O_RDONLY) = -1 ENOENT (No such file or directory)");
}

Test(syscalls, what_is_known_late_is_used)
{
    const Piece *late = PIECES(TEXT_AT(0x8000, "/etc/passwd"));
    expect_call(AIL_ABI_X86_64, "open", ARGS(0x8000, 0), NULL, -2, late,
                "open(\"/etc/passwd\", O_RDONLY) = -1 ENOENT (No such file or directory)");
    Guest g = guest_new(true);
    guest_call(&g.to, AIL_ABI_X86_64, 2, ARGS(0x8000, 0), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 2, 3, late);
    guest_call(&g.to, AIL_ABI_X86_64, 169, ARGS(0xfee1dead, 0x28121969, 0x4321fedc), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 169, 0, NULL);
    expect(g, "syscalls,path=/etc/*",
           "           0 [42 cat] open(\"/etc/passwd\", O_RDONLY) = 3 <0>\n");
    expect_call(AIL_ABI_X86_64, "reboot", ARGS(0xfee1dead, 0x28121969, 0x4321fedc), NULL, 0, NULL,
                "reboot(0xfee1dead, 0x28121969, LINUX_REBOOT_CMD_POWER_OFF, NULL) = 0");
}

Test(syscalls, buffers)
{
    expect_call(AIL_ABI_X86_64, "read", ARGS(3, 0x8000, 4096), NULL, 5,
                PIECES(BYTES_AT(0x8000, "a\n\0\x7f"
                                        "1")),
                "read(3, \"a\\n\\0\\1771\", 4096) = 5");
    expect_call(AIL_ABI_X86_64, "read", ARGS(3, 0x8000, 4096), NULL, 4,
                PIECES(BYTES_AT(0x8000, "\0"
                                        "8\0"
                                        "7")),
                "read(3, \"\\08\\0007\", 4096) = 4");
    expect_call(AIL_ABI_X86_64, "read", ARGS(3, 0x8000, 4096), NULL, 0, NULL,
                "read(3, \"\", 4096) = 0");
    expect_call(AIL_ABI_X86_64, "read", ARGS(3, 0x8000, 4096), NULL, -11, NULL,
                "read(3, 0x8000, 4096) = -1 EAGAIN (Resource temporarily unavailable)");
    expect_call(AIL_ABI_ARM, "write", ARGS(1, 0x8000, 40),
                PIECES(BYTES_AT(0x8000, "0123456789012345678901234567890123456789")), 40, NULL,
                "write(1, \"01234567890123456789012345678901\"..., 40) = 40");
    expect_call(AIL_ABI_X86_64, "getcwd", ARGS(0x8000, 100), NULL, 6,
                PIECES(TEXT_AT(0x8000, "/root")), "getcwd(\"/root\", 100) = 6");
    expect_call(AIL_ABI_X86_64, "writev", ARGS(1, 0x100, 2),
                PIECES(WORDS_AT(0x100, 0x200, 3, 0x300, 0), BYTES_AT(0x200, "abc")), 3, NULL,
                "writev(1, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"\", iov_len=0}], 2) = 3");
    expect_call(AIL_ABI_I386, "readv", ARGS(1, 0x100, 2), NULL, 2,
                PIECES(WORDS32_AT(0x100, 0x200, 30, 0x300, 9), BYTES_AT(0x200, "ab")),
                "readv(1, [{iov_base=\"ab\", iov_len=30}, {iov_base=\"\", iov_len=9}], 2) = 2");
}

Test(syscalls, memory_calls)
{
    expect_call(AIL_ABI_X86_64, "mmap", ARGS(0, 8192, 3, 0x22, 0xffffffff, 0), NULL, 0x7f0000000000,
                NULL,
                "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
                "0x7f0000000000");
    expect_call(AIL_ABI_I386, "mmap2", ARGS(0, 4096, 1, 2, 3, 0x10), NULL, (int32_t)0xb7f00000,
                NULL, "mmap2(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0x10) = 0xb7f00000");
    expect_call(AIL_ABI_ARM64, "brk", ARGS(0), NULL, 0x5000, NULL, "brk(NULL) = 0x5000");
    expect_call(AIL_ABI_X86_64, "mprotect", ARGS(0x1000, 4096, 0), NULL, 0, NULL,
                "mprotect(0x1000, 4096, PROT_NONE) = 0");
}

Test(syscalls, structures)
{
    static const uint64_t stat[18] = {[3] = 0100644, [6] = 1234};
    expect_call(
        AIL_ABI_X86_64, "newfstatat", ARGS(3, 0x100, 0x8000, 0x1000), PIECES(TEXT_AT(0x100, "")), 0,
        PIECES({0x8000, stat, sizeof stat}),
        "newfstatat(3, \"\", {st_mode=S_IFREG|0644, st_size=1234, ...}, AT_EMPTY_PATH) = 0");
    expect_call(AIL_ABI_X86_64, "clock_gettime", ARGS(1, 0x8000), NULL, 0,
                PIECES(WORDS_AT(0x8000, 5, 7)),
                "clock_gettime(CLOCK_MONOTONIC, {tv_sec=5, tv_nsec=7}) = 0");
    expect_call(AIL_ABI_I386, "clock_gettime64", ARGS(0, 0x8000), NULL, 0,
                PIECES(WORDS_AT(0x8000, 5, 7)),
                "clock_gettime64(CLOCK_REALTIME, {tv_sec=5, tv_nsec=7}) = 0");
    expect_call(AIL_ABI_ARM, "nanosleep", ARGS(0x8000, 0), PIECES(WORDS32_AT(0x8000, 1, 2)), 0,
                NULL, "nanosleep({tv_sec=1, tv_nsec=2}, NULL) = 0");
    expect_call(AIL_ABI_X86_64, "pipe2", ARGS(0x8000, 02000000), NULL, 0,
                PIECES(WORDS32_AT(0x8000, 3, 4)), "pipe2([3, 4], O_CLOEXEC) = 0");
    expect_call(AIL_ABI_ARM64, "rt_sigaction", ARGS(2, 0x8000, 0, 8),
                PIECES(WORDS_AT(0x8000, 1, 0x14000000, 0, 1 << 16)), 0, NULL,
                "rt_sigaction(SIGINT, {sa_handler=SIG_IGN, sa_mask=[CHLD], "
                "sa_flags=SA_RESTORER|SA_RESTART}, NULL, 8) = 0");
    expect_call(AIL_ABI_X86_64, "rt_sigprocmask", ARGS(0, 0x8000, 0, 8),
                PIECES(WORDS_AT(0x8000, 0x10002)), 0, NULL,
                "rt_sigprocmask(SIG_BLOCK, [INT CHLD], NULL, 8) = 0");
    expect_call(AIL_ABI_X86_64, "poll", ARGS(0x8000, 1, 0xffffffff),
                PIECES(WORDS32_AT(0x8000, 3, 1)), 1, PIECES(WORDS32_AT(0x8000, 3, 0x10001)),
                "poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN}])");
    expect_call(
        AIL_ABI_X86_64, "prlimit64", ARGS(0, 3, 0, 0x8000), NULL, 0,
        PIECES(WORDS_AT(0x8000, 8 << 20, UINT64_MAX)),
        "prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0");
    expect_call(AIL_ABI_X86_64, "wait4", ARGS(0xffffffff, 0x8000, 1, 0), NULL, 43,
                PIECES(WORDS32_AT(0x8000, 0x300)),
                "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], WNOHANG, NULL) = 43");
    expect_call(AIL_ABI_X86_64, "select", ARGS(5, 0x8000, 0, 0, 0), PIECES(WORDS_AT(0x8000, 0x18)),
                1, PIECES(WORDS_AT(0x8000, 0x10)),
                "select(5, [3 4], NULL, NULL, NULL) = 1 (in [4])");
}

Test(syscalls, structures_as_strace_has_them)
{
    static const uint64_t device[18] = {[3] = 020666, [5] = 0x103};
    expect_call(AIL_ABI_X86_64, "stat", ARGS(0x100, 0x8000), PIECES(TEXT_AT(0x100, "/dev/null")), 0,
                PIECES({0x8000, device, sizeof device}),
                "stat(\"/dev/null\", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0");
    expect_call(AIL_ABI_X86_64, "setitimer", ARGS(0, 0x8000, 0),
                PIECES(WORDS_AT(0x8000, 0, 1, 2, 3)), 0, NULL,
                "setitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=1}, "
                "it_value={tv_sec=2, tv_usec=3}}, NULL) = 0");
    expect_call(AIL_ABI_ARM64, "utimensat", ARGS(-100, 0, 0x8000, 0),
                PIECES(WORDS_AT(0x8000, 0, 0x3ffffffe, 9, 8)), 0, NULL,
                "utimensat(AT_FDCWD, NULL, [UTIME_OMIT, {tv_sec=9, tv_nsec=8}], 0) = 0");
    expect_call(AIL_ABI_X86_64, "rt_sigaction", ARGS(2, 0x8000, 0, 8),
                PIECES(WORDS_AT(0x8000, 0x400, 0x4000000, 0x500, 0)), 0, NULL,
                "rt_sigaction(SIGINT, {sa_handler=0x400, sa_mask=[], sa_flags=SA_RESTORER, "
                "sa_restorer=0x500}, NULL, 8) = 0");
    expect_call(AIL_ABI_ARM64, "rt_sigaction", ARGS(2, 0x8000, 0, 8),
                PIECES(WORDS_AT(0x8000, 0x400, 0x10000000, 0x500, 0)), 0, NULL,
                "rt_sigaction(SIGINT, {sa_handler=0x400, sa_mask=[], sa_flags=SA_RESTART}, NULL, "
                "8) = 0");
    expect_call(AIL_ABI_X86_64, "epoll_ctl", ARGS(3, 1, 4, 0x8000),
                PIECES(WORDS32_AT(0x8000, 1, 7, 0)), 0, NULL,
                "epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={u32=7, u64=7}}) = 0");
    expect_call(AIL_ABI_X86_64, "waitid", ARGS(0, 0, 0x8000, 4, 0), NULL, 0,
                PIECES(WORDS32_AT(0x8000, 17, 0, 2, 0, 43, 0, 15, 0, 0, 0, 0, 0, 0, 0)),
                "waitid(P_ALL, 0, {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=43, si_uid=0, "
                "si_status=SIGTERM, ...}, WEXITED, NULL) = 0");
    expect_call(AIL_ABI_X86_64, "sched_getaffinity", ARGS(0, 128, 0x8000), NULL, 8,
                PIECES(WORDS_AT(0x8000, 5)), "sched_getaffinity(0, 128, [0 2]) = 8");
}

Test(syscalls, arguments_as_strace_has_them)
{
    const char *forked = "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|"
                         "SIGCHLD, child_tidptr=0x77) = 43";
    expect_call(AIL_ABI_X86_64, "clone", ARGS(0x1200011, 0, 0, 0x77, 0x88), NULL, 43, NULL, forked);
    expect_call(AIL_ABI_ARM64, "clone", ARGS(0x1200011, 0, 0, 0x88, 0x77), NULL, 43, NULL, forked);
    expect_call(AIL_ABI_ARM64, "clone", ARGS(0x180100, 0x10, 0x8000, 0x88, 0x77), NULL, 43,
                PIECES(WORDS32_AT(0x8000, 43)),
                "clone(child_stack=0x10, flags=CLONE_VM|CLONE_SETTLS|CLONE_PARENT_SETTID, "
                "parent_tid=[43], tls=0x88) = 43");
    expect_call(AIL_ABI_I386, "_llseek", ARGS(0, 0xffffffff, 0xfffff213, 0x8000, 1), NULL, -29,
                NULL, "_llseek(0, -3565, 0x8000, SEEK_CUR) = -1 ESPIPE (Illegal seek)");
    expect_call(AIL_ABI_X86_64, "fchownat", ARGS(3, 0x100, 7, 0xffffffff, 0),
                PIECES(TEXT_AT(0x100, "f")), 0, NULL, "fchownat(3, \"f\", 7, -1, 0) = 0");
    expect_call(AIL_ABI_X86_64, "mknodat", ARGS(3, 0x100, 010644, 5), PIECES(TEXT_AT(0x100, "f")),
                0, NULL, "mknodat(3, \"f\", S_IFIFO|0644) = 0");
    expect_call(AIL_ABI_X86_64, "mknodat", ARGS(3, 0x100, 020644, 0x105),
                PIECES(TEXT_AT(0x100, "f")), 0, NULL,
                "mknodat(3, \"f\", S_IFCHR|0644, makedev(0x1, 0x5)) = 0");
    expect_call(AIL_ABI_X86_64, "sendfile", ARGS(4, 5, 0x8000, 100), PIECES(WORDS_AT(0x8000, 10)),
                100, PIECES(WORDS_AT(0x8000, 110)), "sendfile(4, 5, [10] => [110], 100) = 100");
    expect_call(AIL_ABI_X86_64, "getsockname", ARGS(4, 0x100, 0x8000),
                PIECES(WORDS32_AT(0x8000, 16)), -9, NULL,
                "getsockname(4, 0x100, [16]) = -1 EBADF (Bad file descriptor)");
    expect_call(AIL_ABI_X86_64, "futex", ARGS(0x8000, 0x109, 1, 0, 6, 0xffffffff), NULL, 0, NULL,
                "futex(0x8000, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 1, NULL, "
                "FUTEX_BITSET_MATCH_ANY) = 0");
    expect_call(AIL_ABI_X86_64, "getrandom", ARGS(0x8000, 3, 1), NULL, 3,
                PIECES(BYTES_AT(0x8000, "a\0b")),
                "getrandom(\"\\x61\\x00\\x62\", 3, GRND_NONBLOCK) = 3");
    expect_call(AIL_ABI_X86_64, "poll", ARGS(0x8000, 2, 5),
                PIECES(WORDS32_AT(0x8000, 3, 1, 0xffffffff, 1)), 0,
                PIECES(WORDS32_AT(0x8000, 3, 1, 0xffffffff, 1)),
                "poll([{fd=3, events=POLLIN}, {fd=-1}], 2, 5) = 0 (Timeout)");
    expect_call(AIL_ABI_X86_64, "preadv", ARGS(3, 0x100, 0, 4, 0), NULL, 0, NULL,
                "preadv(3, [], 0, 4) = 0");
}

Test(syscalls, sockets)
{
    expect_call(AIL_ABI_X86_64, "socket", ARGS(2, 0x80001, 0), NULL, 3, NULL,
                "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3");
    expect_call(
        AIL_ABI_X86_64, "connect", ARGS(3, 0x8000, 16),
        PIECES(BYTES_AT(0x8000, "\x02\0\0\x50\x0a\0\x02\x02\0\0\0\0\0\0\0\0")), -115, NULL,
        "connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"10.0.2.2\")}, "
        "16) = -1 EINPROGRESS (Operation now in progress)");
    expect_call(AIL_ABI_ARM64, "bind", ARGS(3, 0x8000, 10),
                PIECES(BYTES_AT(0x8000, "\x01\0/run/x\0\0")), 0, NULL,
                "bind(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 10) = 0");
    expect_call(
        AIL_ABI_I386, "accept4", ARGS(3, 0x8000, 0x9000, 0), NULL, 4,
        PIECES(BYTES_AT(0x8000, "\x0a\0\0\x16\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0"),
               WORDS32_AT(0x9000, 28)),
        "accept4(3, {sa_family=AF_INET6, sin6_port=htons(22), sin6_flowinfo=htonl(0), "
        "inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=0}, [28], 0) = 4");
    expect_call(AIL_ABI_X86_64, "sendmsg", ARGS(3, 0x100, 0x4000),
                PIECES(WORDS_AT(0x100, 0, 0, 0x200, 1, 0, 0, 0), WORDS_AT(0x200, 0x300, 2),
                       BYTES_AT(0x300, "hi")),
                2, NULL,
                "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hi\", iov_len=2}], "
                "msg_iovlen=1, msg_controllen=0, msg_flags=0}, MSG_NOSIGNAL) = 2");
}

Test(syscalls, one_call_for_all_of_sockets)
{
    expect_call(AIL_ABI_I386, "socketcall", ARGS(1, 0x100), PIECES(WORDS32_AT(0x100, 2, 1, 6)), 3,
                NULL, "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3");
    expect_call(
        AIL_ABI_I386, "socketcall", ARGS(3, 0x100),
        PIECES(WORDS32_AT(0x100, 3, 0x8000, 16),
               BYTES_AT(0x8000, "\x02\0\0\x50\x7f\0\0\x01\0\0\0\0\0\0\0\0")),
        -111, NULL,
        "connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, "
        "16) = -1 ECONNREFUSED (Connection refused)");
    expect_call(AIL_ABI_I386, "socketcall", ARGS(10, 0x100),
                PIECES(WORDS32_AT(0x100, 3, 0x8000, 100, 0)), 2, PIECES(BYTES_AT(0x8000, "hi")),
                "recv(3, \"hi\", 100, 0) = 2");
    expect_call(AIL_ABI_I386, "socketcall", ARGS(3, 0x100), NULL, -14, NULL,
                "socketcall(SYS_CONNECT, 0x100) = -1 EFAULT (Bad address)");
    expect_call(AIL_ABI_I386, "socketcall", ARGS(99, 0x100), NULL, -22, NULL,
                "socketcall(0x63, 0x100) = -1 EINVAL (Invalid argument)");
}

Test(syscalls, arguments_that_others_decide)
{
    expect_call(AIL_ABI_X86_64, "fcntl", ARGS(3, 3, 99), NULL, 0x8002, NULL,
                "fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)");
    expect_call(AIL_ABI_X86_64, "fcntl", ARGS(3, 4, 04000), NULL, 0, NULL,
                "fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0");
    expect_call(AIL_ABI_ARM64, "ioctl", ARGS(1, 0x5413, 0x8000), NULL, 0,
                PIECES(WORDS_AT(0x8000, 0x0000000000500018)),
                "ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0");
    expect_call(AIL_ABI_ARM64, "ioctl", ARGS(1, 0x12345, 0x8000), NULL, -25, NULL,
                "ioctl(1, 0x12345, 0x8000) = -1 ENOTTY (Inappropriate ioctl for device)");
    expect_call(AIL_ABI_X86_64, "futex", ARGS(0x8000, 0x81, 1, 5, 6, 7), NULL, 1, NULL,
                "futex(0x8000, FUTEX_WAKE_PRIVATE, 1) = 1");
    expect_call(AIL_ABI_X86_64, "prctl", ARGS(15, 0x8000), PIECES(TEXT_AT(0x8000, "worker")), 0,
                NULL, "prctl(PR_SET_NAME, \"worker\") = 0");
    /* 64-bit numbers in two registers; on Arm in an even pair of them */
    expect_call(AIL_ABI_I386, "truncate64", ARGS(0x8000, 5, 1), PIECES(TEXT_AT(0x8000, "f")), 0,
                NULL, "truncate64(\"f\", 4294967301) = 0");
    expect_call(AIL_ABI_ARM, "truncate64", ARGS(0x8000, 99, 5, 1), PIECES(TEXT_AT(0x8000, "f")), 0,
                NULL, "truncate64(\"f\", 4294967301) = 0");
}

Test(syscalls, programs)
{
    const Piece *in = PIECES(TEXT_AT(0x100, "/bin/ls"), WORDS_AT(0x200, 0x300, 0x310, 0),
                             TEXT_AT(0x300, "ls"), TEXT_AT(0x310, "-l"), WORDS_AT(0x400, 1, 2, 0));
    Guest g = guest_new(true);
    guest_call(&g.to, AIL_ABI_X86_64, 59, ARGS(0x100, 0x200, 0x400), in);
    run(g);
    guest_task(&g.to, CAT, 42, 1, MM, "ls");
    guest_return(&g.to, AIL_ABI_I386, 11, 0, NULL); /* the new program has 32 bits */
    run(g);
    guest_call(&g.to, AIL_ABI_I386, 252, ARGS(3), NULL);
    run(g);
    guest_exit(&g.to, CAT, 0x300);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 34, ARGS(0), NULL);
    run(g);
    guest_exit(&g.to, SH, 0x8b);
    expect(
        g, "syscalls",
        "           0 [42 cat] execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x400 /* 2 vars */) = 0 <4>\n"
        "           8 [42 ls] exit_group(3) = ?\n"
        "          12 [42 ls] +++ exited with 3 +++\n"
        "          12 [7 sh] pause( <unfinished ...>) = ?\n"
        "          16 [7 sh] +++ killed by SIGSEGV (core dumped) +++\n");
}

/* sh forks; parent and child return; cat reads meanwhile. */
/* One that is not the first of its process is given the first one's number in the midst of it. */
Test(syscalls, a_thread_begins_a_program)
{
    const Piece *path = PIECES(TEXT_AT(0x8000, "/bin/ls"));
    Guest g = guest_new(true);
    guest_thread(&g.to, 0x5000, 44, 42, 0x50, "worker");
    guest_switch(&g.to, 0x5000);
    guest_call(&g.to, AIL_ABI_X86_64, 59, ARGS(0x8000, 0, 0), path);
    run(g);
    guest_exit(&g.to, CAT, 0);
    guest_task(&g.to, 0x5000, 42, 7, 0x60, "ls");
    guest_return(&g.to, AIL_ABI_X86_64, 59, 0, NULL);
    expect(g, "syscalls,call=execve",
           "           0 [42 worker] execve(\"/bin/ls\", NULL, NULL) = 0 <4>\n");
}

/* A machine that is reset, or whose kernel starts another. */
Test(syscalls, another_kernel_begins)
{
    Guest g = guest_new(true);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    run(g);
    guest_kernel(&g.to, "Linux version 7");
    guest_task(&g.to, CAT, 1, 0, 0x10, "init");
    guest_switch(&g.to, CAT);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    run(g);
    guest_return(&g.to, AIL_ABI_X86_64, 39, 1, NULL);
    expect(g, "syscalls",
           "           0 [42 cat] getpid( <unfinished ...>\n"
           "           4 [1 init] getpid() = 1 <4>\n");
}

static Guest interleaved_calls(void)
{
    Guest g = guest_new(true);
    guest_call(&g.to, AIL_ABI_X86_64, 0, ARGS(0, 0x8000, 10), NULL);
    run(g);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 57, ARGS(0), NULL);
    run(g);
    guest_task(&g.to, 0x3000, 43, 7, MM + 4, "sh");
    guest_return(&g.to, AIL_ABI_X86_64, 57, 43, NULL);
    run(g);
    guest_switch(&g.to, 0x3000);
    guest_return(&g.to, AIL_ABI_X86_64, 57, 0, NULL);
    run(g);
    guest_switch(&g.to, CAT);
    guest_return(&g.to, AIL_ABI_X86_64, 0, 2, PIECES(BYTES_AT(0x8000, "hi")));
    run(g);
    guest_call(&g.to, AIL_ABI_X86_64, 0, ARGS(0, 0x8000, 10), NULL);
    return g;
}

Test(syscalls, in_order_of_return)
{
    expect(interleaved_calls(), "syscalls",
           "           4 [7 sh] fork() = 43 <4>\n"
           "          12 [43 sh] <... fork resumed>) = 0\n"
           "           0 [42 cat] read(0, \"hi\", 10) = 2 <16>\n"
           "          20 [42 cat] read(0, <unfinished ...>\n");
}

Test(syscalls, in_order_of_time)
{
    expect(interleaved_calls(), "syscalls,interleaved",
           "           0 [42 cat] read(0, <unfinished ...>\n"
           "           4 [7 sh] fork() = 43 <4>\n"
           "          12 [43 sh] <... fork resumed>) = 0\n"
           "          16 [42 cat] <... read resumed>\"hi\", 10) = 2 <16>\n"
           "          20 [42 cat] read(0, <unfinished ...>\n");
}

/* poll was stopped; sh ran while it went on. */
Test(syscalls, what_goes_on)
{
    const Piece *fd = PIECES(WORDS32_AT(0x8000, 3, 1));
    Guest g = guest_new(true);
    guest_call(&g.to, AIL_ABI_X86_64, 7, ARGS(0x8000, 1, 5), fd);
    run(g);
    guest_return_flags(&g.to, AIL_ABI_X86_64, 7, -516, AIL_SYSRET_RESTART);
    guest_call(&g.to, AIL_ABI_X86_64, 219, ARGS(0), NULL);
    run(g);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 39, 7, NULL);
    guest_switch(&g.to, CAT);
    guest_return(&g.to, AIL_ABI_X86_64, 219, 0, NULL);
    expect(
        g, "syscalls,interleaved",
        "           0 [42 cat] poll([{fd=3, events=POLLIN}], 1, 5) = ? ERESTART_RESTARTBLOCK (To "
        "be restarted) <4>\n"
        "           4 [42 cat] restart_syscall(<... resuming interrupted poll ...> <unfinished "
        "...>\n"
        "           8 [7 sh] getpid() = 7 <0>\n"
        "           8 [42 cat] <... restart_syscall resumed>) = 0 <4>\n");
}

Test(syscalls, signals_and_restarts)
{
    Guest g = guest_new(true);
    guest_call(&g.to, AIL_ABI_X86_64, 0, ARGS(0, 0x8000, 10), NULL);
    run(g);
    guest_return_flags(&g.to, AIL_ABI_X86_64, 0, -512, AIL_SYSRET_HANDLER | AIL_SYSRET_RESTART);
    guest_signal(&g.to, 17, 1, 43 | 1000ull << 32);
    run(g);
    guest_signal(&g.to, 11, 1, 0xdead);
    guest_signal(&g.to, 10, 0, 7);
    guest_signal(&g.to, 14, 0x80, 0);
    expect(g, "syscalls",
           "           0 [42 cat] read(0, 0x8000, 10) = ? ERESTARTSYS (To be restarted) <4>\n"
           "           4 [42 cat] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=43, "
           "si_uid=1000} ---\n"
           "           8 [42 cat] --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, "
           "si_addr=0xdead} ---\n"
           "           8 [42 cat] --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=7, "
           "si_uid=0} ---\n"
           "           8 [42 cat] --- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---\n");
}

Test(syscalls, without_a_kernel)
{
    Guest g = guest_new(false);
    guest_call(&g.to, AIL_ABI_ARM64, 172, ARGS(0), NULL);
    run(g);
    chunk_asid(g.b, 0x3000);
    guest_call(&g.to, AIL_ABI_ARM64, 173, ARGS(0), NULL);
    run(g);
    chunk_asid(g.b, 0x1ffa000);
    guest_return(&g.to, AIL_ABI_ARM64, 172, 5, NULL);
    guest_call(&g.to, AIL_ABI_ARM64, 9999, ARGS(1, 2), NULL);
    guest_return(&g.to, AIL_ABI_ARM64, 9999, -38, NULL);
    guest_return(&g.to, AIL_ABI_PPC, 4, 1, NULL);
    expect(
        g, "syscalls",
        "           0 [0x1ffa000] getpid() = 5 <8>\n"
        "           8 [0x1ffa000] syscall_0x270f(0x1, 0x2, 0, 0, 0, 0) = -1 ENOSYS (Function not "
        "implemented) <0>\n"
        "           8 [0x1ffa000] <... syscall_0x4 resumed>) = 1\n"
        "           4 [0x3000] getppid( <unfinished ...>\n");
}

/* Two tasks, a file, a failure. */
static Guest files_and_failures(void)
{
    Guest g = guest_new(true);
    guest_file(&g.to, FILES, 0, "/dev/tty");
    guest_call(&g.to, AIL_ABI_X86_64, 257, ARGS(0xffffff9c, 0x8000, 0),
               PIECES(TEXT_AT(0x8000, "/etc/passwd")));
    run(g);
    guest_file(&g.to, FILES, 3, "/etc/passwd");
    guest_return(&g.to, AIL_ABI_X86_64, 257, 3, NULL);
    guest_call(&g.to, AIL_ABI_X86_64, 3, ARGS(3), NULL);
    guest_file(&g.to, FILES, 3, "");
    guest_return(&g.to, AIL_ABI_X86_64, 3, 0, NULL);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 257, ARGS(0xffffff9c, 0x8000, 0),
               PIECES(TEXT_AT(0x8000, "/etc/none")));
    run(g);
    run(g);
    guest_return(&g.to, AIL_ABI_X86_64, 257, -2, NULL);
    guest_call(&g.to, AIL_ABI_X86_64, 3, ARGS(3), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 3, -9, NULL);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    return g;
}

Test(syscalls, descriptors_have_names)
{
    expect(
        files_and_failures(), "syscalls,fds,pid=42",
        "           0 [42 cat] openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3</etc/passwd> <4>\n"
        "           4 [42 cat] close(3</etc/passwd>) = 0 <0>\n");
}

Test(syscalls, filters)
{
    static const char none[] = "           4 [7 sh] openat(AT_FDCWD, \"/etc/none\", O_RDONLY) = -1 "
                               "ENOENT (No such file or "
                               "directory) <8>\n";
    static const char bad[] = "          12 [7 sh] close(3) = -1 EBADF (Bad file descriptor) <0>\n";
    char *both = g_strconcat(none, bad, NULL);
    expect(files_and_failures(), "syscalls,errors", both);
    expect(files_and_failures(), "syscalls,comm=sh,call=close", bad);
    expect(files_and_failures(), "syscalls,call=openat\\,mkdir,pid=7", none);
    expect(files_and_failures(), "syscalls,path=*/none", none);
    expect(files_and_failures(), "syscalls,path=/etc/p*,call=close",
           "           4 [42 cat] close(3) = 0 <0>\n");
    expect(files_and_failures(), "syscalls,path=/usr/*", "No system call matches.\n");
    expect(files_and_failures(), "syscalls,call=opneat",
           "error: syscalls: call=opneat: no system call of that name (open is often openat, stat "
           "newfstatat)");
    expect(files_and_failures(), "syscalls,interleaved,errors",
           "error: syscalls: interleaved prints calls before it is known how they end: leave out "
           "errors and count");
    g_free(both);
}

Test(syscalls, summary)
{
    expect(files_and_failures(), "syscalls,count",
           " share     instructions         a call     calls    errors system call\n"
           "100.00               12              6         2         1 openat\n"
           "  0.00                0              0         2         1 close\n"
           "100.00               12              3         4         2 total\n"
           "1 more had not returned when their task or the trace ended.\n");
    char *text = told(files_and_failures(), "syscalls,count,call=openat", AIL_OUTPUT_JSON);
    cr_expect_str_eq(text,
                     "{\"analysis\":\"syscalls\",\"call\":\"openat\",\"calls\":2,\"errors\":1,"
                     "\"instructions\":12}\n");
    free(text);
}

Test(syscalls, json)
{
    char *text = told(files_and_failures(), "syscalls,call=openat", AIL_OUTPUT_JSON);
    char **lines = g_strsplit(text, "\n", -1);
    cr_assert_eq(g_strv_length(lines), 3);
    cr_expect_str_eq(
        lines[1],
        "{\"analysis\":\"syscalls\",\"event\":\"call\",\"icount\":4,\"pid\":7,\"tid\":7,\"comm\":"
        "\"sh\","
        "\"abi\":\"x86_64\",\"number\":257,\"call\":\"openat\",\"args\":[{\"name\":\"dfd\","
        "\"type\":\"int\",\"value\":\"0xffffffffffffff9c\",\"text\":\"AT_FDCWD\"},"
        "{\"name\":\"filename\",\"type\":\"const char *\",\"value\":\"0x8000\","
        "\"text\":\"\\\"/etc/none\\\"\",\"string\":\"/etc/none\"},{\"name\":\"flags\","
        "\"type\":\"int\",\"value\":\"0x0\",\"text\":\"O_RDONLY\"}],\"returned\":true,"
        "\"result\":-2,\"errno\":\"ENOENT\",\"return_icount\":12,\"instructions\":8}");
    g_strfreev(lines);
    free(text);
    text = told(interleaved_calls(), "syscalls", AIL_OUTPUT_JSON);
    cr_expect(strstr(text, "\"tid\":43,\"comm\":\"sh\",\"abi\":\"x86_64\",\"number\":57,"
                           "\"call\":\"fork\",\"returned\":true,\"result\":0,"));
    free(text);
}

Test(syscalls, nothing_to_tell)
{
    expect(
        guest_new(true), "syscalls",
        "This trace tells of no system call. A replay writes them into the event column: ailurus "
        "replay NAME.rr -o NAME.trace\n");
    Guest g = guest_new(true);
    chunk_event(g.b,
                (AilEvent){.type = AIL_EVENT_SYSCALL, .data = (const uint8_t *)"\x01", .len = 1});
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 39, 42, NULL);
    expect(g, "syscalls",
           "           0 [42 cat] getpid() = 42 <0>\n"
           "1 events made no sense and are left out.\n");
}

Test(syscalls, tasks_beyond_the_limit_are_counted)
{
    Guest g = guest_new(true);
    for (uint64_t task = 1; task < 33000; task++) {
        guest_switch(&g.to, task << 20);
        guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    }
    char *text = told(g, "syscalls,count", AIL_OUTPUT_TEXT);
    cr_expect(strstr(text,
                     "\n32766 more had not returned when their task or the trace ended.\n"
                     "More than 32768 tasks were alive: 233 events of others are left out.\n"));
    free(text);
}

/* Records have just the fields that the schema has, whatever the event; and text beside them. */
Test(syscalls, records_fit_their_schema)
{
    Guest g = interleaved_calls();
    guest_signal(&g.to, 11, 1, 0xdead);
    guest_return_flags(&g.to, AIL_ABI_X86_64, 0, -4, AIL_SYSRET_HANDLER | AIL_SYSRET_RESTART);
    guest_exit(&g.to, CAT, 9);
    char *text = told(g, "syscalls", AIL_OUTPUT_JSON), *schema;
    cr_assert(g_file_get_contents(AIL_SCHEMA, &schema, NULL, NULL));
    GRegex *keys = g_regex_new("\"([a-z_]+)\":", 0, 0, NULL);
    GMatchInfo *match;
    for (g_regex_match(keys, text, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        char *key = g_match_info_fetch(match, 1), *field = g_strconcat(" ", key, " = ", NULL);
        cr_expect(!strcmp(key, "analysis") || !strcmp(key, "icount") || strstr(schema, field),
                  "%s is in no field", key);
        g_free(field);
        g_free(key);
    }
    g_match_info_free(match);
    g_regex_unref(keys);
    g_free(schema);
    free(text);
}

/* What comes from the guest does not reach the terminal as it is. */
Test(syscalls, text_is_harmless)
{
    Guest g = guest_new(true);
    guest_task(&g.to, CAT, 42, 1, MM, "\x1b[31m evil");
    guest_file(&g.to, FILES, 3, "/\x1b]0;x\a");
    guest_call(&g.to, AIL_ABI_X86_64, 257, ARGS(3, 0x8000, 0),
               PIECES(TEXT_AT(0x8000, "\x1b[2J\x9b")));
    guest_return(&g.to, AIL_ABI_X86_64, 257, 4, NULL);
    expect(g, "syscalls,fds",
           "           0 [42 ?[31m evil] openat(3</\\033]0;x\\007>, \"\\33[2J\\233\", O_RDONLY) = "
           "4 <0>\n");
}
