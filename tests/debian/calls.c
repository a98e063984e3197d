/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes many kinds of system calls, to be printed by strace and by ailurus syscalls: what they say
 * is compared word for word. Calls that fail are as good as others. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void files(void)
{
    char buf[300], tab[] = "tab\tline\nbell\a quote\" back\\ \1\0012 \x7f\xff end";
    struct stat st;
    struct statx sx;
    struct statfs fs;
    struct iovec v[3] = {{(void *)"first ", 6}, {(void *)"second", 6}, {buf, 20}};
    mkdir("d", 0750);
    int fd = open("d/a", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    write(fd, tab, sizeof tab);
    memset(buf, 'x', sizeof buf);
    write(fd, buf, sizeof buf);
    writev(fd, v, 2);
    pwrite(fd, "p", 1, 5);
    pread(fd, buf, 40, 0);
    preadv(fd, v + 2, 1, 4);
    lseek(fd, -10, SEEK_END);
    read(fd, buf, 300);
    fstat(fd, &st);
    stat("d/a", &st);
    lstat("d", &st);
    stat("/dev/null", &st);
    stat("/nowhere", &st);
    statx(AT_FDCWD, "d/a", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx);
    statfs("/proc", &fs);
    ftruncate(fd, 1000);
    fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 5000);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
    fcntl(fd, F_SETLK, &lock);
    fcntl(fd, F_GETLK, &lock);
    flock(fd, LOCK_EX | LOCK_NB);
    fcntl(fd, F_GETFL);
    fcntl(fd, F_GETFD);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
    close(fcntl(fd, F_DUPFD_CLOEXEC, 50));
    close(dup(fd));
    close(dup2(fd, 60));
    close(dup3(fd, 61, O_CLOEXEC));
    symlink("a", "d/link");
    link("d/a", "d/hard");
    readlink("d/link", buf, sizeof buf);
    rename("d/hard", "d/moved");
    renameat2(AT_FDCWD, "d/moved", AT_FDCWD, "d/a", RENAME_NOREPLACE);
    access("d/a", R_OK | W_OK);
    access("/none", F_OK);
    faccessat(AT_FDCWD, "d/a", X_OK, AT_EACCESS);
    chmod("d/a", 04755);
    fchmod(fd, 0600);
    chown("d/a", 1, 2);
    lchown("d/link", 3, -1);
    struct timespec times[2] = {{1000000000, 5}, {0, UTIME_OMIT}};
    utimensat(AT_FDCWD, "d/a", times, 0);
    setxattr("d/a", "trusted.x", "value\0z", 7, 0);
    getxattr("d/a", "trusted.x", buf, sizeof buf);
    listxattr("d/a", buf, sizeof buf);
    mknod("d/fifo", S_IFIFO | 0644, 0);
    mknod("d/dev", S_IFCHR | 0600, 0x103);
    umask(027);
    truncate("d/a", 3);
    int to = open("d/to", O_WRONLY | O_CREAT | O_EXCL, 0600), in = open("/etc/passwd", O_RDONLY);
    off_t at = 10;
    sendfile(to, in, &at, 100);
    copy_file_range(in, NULL, to, NULL, 50, 0);
    fsync(to);
    fdatasync(to);
    close(to);
    close(in);
    open("/nowhere/at/all", O_RDONLY | O_DIRECTORY);
    openat(fd, "x", O_PATH);
    close(fd);
    chdir("d");
    getcwd(buf, sizeof buf);
    chdir("..");
    unlink("d/a"), unlink("d/to"), unlink("d/link"), unlink("d/moved"), unlink("d/fifo");
    rmdir("d");
    unlink("d/dev");
    unlinkat(AT_FDCWD, "d", AT_REMOVEDIR);
    mount("none", "/nowhere", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m");
    umount2("/nowhere", MNT_DETACH);
    chroot("/none");
    close(memfd_create("mem", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    close(-1);
}

static void memory(void)
{
    char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(p, 4096, PROT_NONE);
    madvise(p, 8192, MADV_DONTNEED);
    p = mremap(p, 65536, 131072, MREMAP_MAYMOVE);
    mlock(p + 8192, 4096);
    munlock(p + 8192, 4096);
    msync(p, 4096, MS_SYNC);
    munmap(p, 131072);
    mmap((void *)0x10, 0, PROT_EXEC, MAP_SHARED | MAP_FIXED, 100, 0);
    p = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE | MAP_NORESERVE, -1,
             0);
    munmap(p, 4096);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    munlockall();
}

static void sockets(void)
{
    int sv[2], on = 1;
    char buf[100], control[CMSG_SPACE(sizeof(int))];
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "sock"},
                       hidden = {AF_UNIX, "\0name"};
    socklen_t len = sizeof in;
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv);
    send(sv[0], "hello", 5, MSG_NOSIGNAL);
    recv(sv[1], buf, sizeof buf, MSG_PEEK | MSG_DONTWAIT);
    read(sv[1], buf, sizeof buf);
    recv(sv[1], buf, sizeof buf, MSG_DONTWAIT);
    struct iovec v[2] = {{(void *)"one", 3}, {(void *)"two!", 4}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
    sendmsg(sv[0], &m, 0);
    struct iovec r = {buf, sizeof buf};
    struct msghdr n = {
        .msg_iov = &r, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    recvmsg(sv[1], &n, 0);
    shutdown(sv[0], SHUT_WR);
    close(sv[0]), close(sv[1]);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    len = sizeof on;
    getsockopt(s, SOL_SOCKET, SO_TYPE, &on, &len);
    in.sin_port = htons(4711);
    bind(s, (struct sockaddr *)&in, sizeof in);
    listen(s, 5);
    len = sizeof in;
    getsockname(s, (struct sockaddr *)&in, &len);
    accept4(s, NULL, NULL, SOCK_CLOEXEC);
    connect(s, (struct sockaddr *)&in, sizeof in);
    getpeername(s, (struct sockaddr *)&in, &len);
    close(s);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    in.sin_port = htons(53);
    sendto(s, "to", 2, 0, (struct sockaddr *)&in, sizeof in);
    connect(s, (struct sockaddr *)&in, sizeof in);
    close(s);
    s = socket(AF_INET6, SOCK_DGRAM, 0);
    in6.sin6_port = htons(99);
    bind(s, (struct sockaddr *)&in6, sizeof in6);
    close(s);
    s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    bind(s, (struct sockaddr *)&un, sizeof un);
    connect(s, (struct sockaddr *)&un, sizeof un);
    close(s);
    unlink("sock");
    s = socket(AF_UNIX, SOCK_DGRAM, 0);
    bind(s, (struct sockaddr *)&hidden, 7);
    close(s);
    close(socket(AF_NETLINK, SOCK_RAW, 0));
    socket(77, 1, 2);
}

static void waiting(void)
{
    int p[2], q[2];
    char buf[64];
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.u32 = 7}, got[4];
    struct timespec soon = {0, 1000000};
    struct timeval soon2 = {0, 1000};
    uint64_t one = 1;
    sigset_t set;
    pipe(p);
    pipe2(q, O_NONBLOCK | O_CLOEXEC);
    write(p[1], "abc", 3);
    struct pollfd fds[2] = {{p[0], POLLIN, 0}, {q[0], POLLIN | POLLPRI, 0}};
    poll(fds, 2, 100);
    poll(fds + 1, 1, 1);
    poll(fds + 1, 1, 0);
    ppoll(fds, 2, &soon, NULL);
    fd_set r, w;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(p[0], &r), FD_SET(q[0], &r), FD_SET(p[1], &w);
    select(q[1] + 1, &r, &w, NULL, &soon2);
    FD_ZERO(&r);
    FD_SET(q[0], &r);
    select(q[1] + 1, &r, NULL, NULL, &soon2);
    int e = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev);
    epoll_ctl(e, EPOLL_CTL_ADD, 99, &ev);
    epoll_wait(e, got, 4, 10);
    epoll_ctl(e, EPOLL_CTL_DEL, p[0], NULL);
    epoll_wait(e, got, 4, 0);
    int fd = eventfd(3, EFD_CLOEXEC);
    write(fd, &one, sizeof one);
    read(fd, &one, sizeof one);
    close(fd);
    fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    timerfd_settime(fd, 0, &(struct itimerspec){.it_value = {0, 1000000}}, NULL);
    read(fd, &one, sizeof one);
    close(fd);
    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGRTMIN + 2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_NONBLOCK);
    read(fd, buf, sizeof buf);
    kill(getpid(), SIGUSR1);
    sigtimedwait(&set, NULL, &soon);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    close(fd);
    fd = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(fd, "/tmp", IN_CREATE | IN_DELETE);
    close(fd);
    nanosleep(&soon, NULL);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &soon, NULL);
    close(p[0]), close(p[1]), close(q[0]), close(q[1]), close(e);
}

static void identity(void)
{
    struct utsname u;
    struct sysinfo si;
    struct rlimit l;
    struct rusage ru;
    struct tms t;
    struct timespec ts;
    gid_t groups[10] = {1, 2, 3};
    uid_t a, b, c;
    cpu_set_t cpus;
    char buf[64];
    uname(&u);
    sysinfo(&si);
    getrlimit(RLIMIT_NOFILE, &l);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, RLIM_INFINITY});
    getrusage(RUSAGE_SELF, &ru);
    times(&t);
    clock_getres(CLOCK_REALTIME, &ts);
    getuid(), geteuid(), getgid(), getegid(), getppid(), getpid(), getpgid(0), getsid(0);
    setgroups(3, groups);
    getgroups(10, groups);
    getresuid(&a, &b, &c);
    setresuid(-1, 0, -1);
    setpgid(0, 0);
    getpriority(PRIO_PROCESS, 0);
    setpriority(PRIO_PROCESS, 0, 5);
    sched_getaffinity(0, sizeof cpus, &cpus);
    sched_getscheduler(0);
    sched_get_priority_max(SCHED_FIFO);
    sched_yield();
    prctl(PR_SET_NAME, "renamed");
    prctl(PR_GET_NAME, buf);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_DUMPABLE, 1);
    personality(0xffffffff);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {100, 0}}, NULL);
    alarm(0);
    sigaltstack(&(stack_t){.ss_sp = buf, .ss_size = 10}, NULL);
    signal(SIGUSR2, SIG_IGN);
    sigaction(SIGUSR2, NULL, &(struct sigaction){0});
    sethostname("debian-guest", 12);
    setsid();
    kill(999999, 0);
    kill(1, 77);
}

static void children(void)
{
    int status;
    struct rusage ru;
    siginfo_t info;
    if (!fork()) {
        execl("/nowhere/program", "program", "argument", NULL);
        _exit(7);
    }
    wait4(-1, &status, 0, &ru);
    if (!fork())
        raise(SIGTERM);
    waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    wait4(-1, &status, 0, NULL);
    waitpid(-1, &status, WNOHANG);
    if (!vfork())
        execl("/bin/true", "true", "with \"quotes\"", NULL);
    wait(NULL);
}

int main(void)
{
    files();
    memory();
    sockets();
    waiting();
    identity();
    children();
    return 3;
}
