/* SPDX-License-Identifier: GPL-2.0-or-later */
/* measure [--console] RESULT COMMAND [ARG...]
 * Runs COMMAND and writes "SECONDS PEAK_KIB" to the file RESULT: wall time, and the largest
 * resident set among COMMAND and the children that it waited for. With --console file descriptor 3
 * of COMMAND is a socket, for QEMU's serial port: Enter is typed there when the guest has printed
 * READY, and when it has printed WORKDONE. Exits as COMMAND does. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONSOLE_FD = 3, TIMEOUT_MS = 600000 };

static void die(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(125);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t start(char **argv, int console)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid)
        return pid;
    /* Also right when the socket has this number already: it must then not close on exec. */
    if (console < 0 ||
        (dup2(console, CONSOLE_FD) == CONSOLE_FD && fcntl(CONSOLE_FD, F_SETFD, 0) == 0))
        execvp(argv[0], argv);
    fprintf(stderr, "measure: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Type Enter after each of the two lines that the guest waits behind, until it closes the port.
 * Returns whether it printed both. */
static bool answer(int fd)
{
    static const char *const prompts[] = {"READY", "WORKDONE"};
    char text[4096];
    size_t len = 0, next = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, TIMEOUT_MS) > 0) {
        ssize_t n = read(fd, text + len, sizeof text - 1 - len);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++, len++)
            if (!text[len])
                text[len] = ' ';
        text[len] = '\0';
        if (next < 2 && strstr(text, prompts[next])) {
            if (write(fd, "\r", 1) != 1)
                break;
            next++;
            len = 0;
        } else if (len > sizeof text / 2) {
            /* A prompt may be cut at the end. */
            memmove(text, text + len - 16, 16);
            len = 16;
        }
    }
    return next == 2;
}

int main(int argc, char **argv)
{
    bool console = argc > 1 && !strcmp(argv[1], "--console");
    argv += console;
    argc -= console;
    if (argc < 3) {
        fputs("usage: measure [--console] RESULT COMMAND [ARG...]\n", stderr);
        return 2;
    }
    /* Our end must not stay open in the child, or the guest's end would never be seen. */
    int ends[2] = {-1, -1};
    if (console && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        die("socketpair");
    signal(SIGPIPE, SIG_IGN);
    double begin = now();
    pid_t pid = start(argv + 2, ends[1]);
    bool typed = true;
    if (console) {
        close(ends[1]);
        typed = answer(ends[0]);
        if (!typed)
            kill(pid, SIGKILL);
    }
    int status;
    struct rusage use;
    if (wait4(pid, &status, 0, &use) < 0)
        die("wait4");
    double seconds = now() - begin;
    if (!typed) {
        fputs("measure: the guest did not get through its work\n", stderr);
        return 1;
    }
    FILE *out = fopen(argv[1], "w");
    if (!out || fprintf(out, "%.4f %ld\n", seconds, use.ru_maxrss) < 0 || fclose(out))
        die(argv[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
