/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ailurus syscalls` prints of the arguments and results of made-up calls. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "formats/syscalls_table.h"
#include "tests/calls_guest.h"

/* One call of one ABI, as its line without the numbers around it. */
static void expect_call(unsigned abi, const char *name, const uint64_t args[6], const Piece *in,
                        int64_t result, const Piece *out, const char *want)
{
    CallsGuest g = calls_begin(true);
    uint64_t number = ail_syscall_number(abi, name);
    cr_assert_neq(number, AIL_SYSCALL_NONE, "%s", name);
    guest_call(&g.to, abi, number, args, in);
    calls_run(g);
    guest_return(&g.to, abi, number, result, out);
    char *text = calls_told(g, "syscalls", AIL_OUTPUT_TEXT);
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
    CallsGuest g = calls_begin(true);
    guest_call(&g.to, AIL_ABI_X86_64, 2, ARGS(0x8000, 0), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 2, 3, late);
    guest_call(&g.to, AIL_ABI_X86_64, 169, ARGS(0xfee1dead, 0x28121969, 0x4321fedc), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 169, 0, NULL);
    calls_expect(g, "syscalls,path=/etc/*",
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
    CallsGuest g = calls_begin(true);
    guest_call(&g.to, AIL_ABI_X86_64, 59, ARGS(0x100, 0x200, 0x400), in);
    calls_run(g);
    guest_task(&g.to, CAT, 42, 1, MM, "ls");
    guest_return(&g.to, AIL_ABI_I386, 11, 0, NULL); /* the new program has 32 bits */
    calls_run(g);
    guest_call(&g.to, AIL_ABI_I386, 252, ARGS(3), NULL);
    calls_run(g);
    guest_exit(&g.to, CAT, 0x300);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 34, ARGS(0), NULL);
    calls_run(g);
    guest_exit(&g.to, SH, 0x8b);
    calls_expect(
        g, "syscalls",
        "           0 [42 cat] execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x400 /* 2 vars */) = 0 <4>\n"
        "           8 [42 ls] exit_group(3) = ?\n"
        "          12 [42 ls] +++ exited with 3 +++\n"
        "          12 [7 sh] pause( <unfinished ...>) = ?\n"
        "          16 [7 sh] +++ killed by SIGSEGV (core dumped) +++\n");
}

/* sh forks; parent and child return; cat reads meanwhile. */
