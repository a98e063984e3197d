/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_TIMEOUT_MS = 30000 };

struct AilQemu {
    AilError err;
    char *path;    /* owned */
    char *version; /* owned */
    char *package; /* owned */
    pid_t pid;
    int stderr_fd; /* a memory file that collects what QEMU says */
    char *words;   /* owned; see ail_qemu_last_words */
    AilQmp *qmp;   /* owned */
};

AilQemu *ail_qemu_new(void)
{
    AilQemu *q = g_new0(AilQemu, 1);
    q->stderr_fd = -1;
    return q;
}

void ail_qemu_free(AilQemu *q)
{
    if (!q)
        return;
    if (q->pid)
        ail_qemu_wait(q, 0);
    ail_qmp_free(q->qmp);
    if (q->stderr_fd >= 0)
        close(q->stderr_fd);
    g_free(q->path);
    g_free(q->version);
    g_free(q->package);
    g_free(q->words);
    g_free(q);
}

const char *ail_qemu_error(const AilQemu *q)
{
    return q->err.text;
}

const char *ail_qemu_version(const AilQemu *q)
{
    return q->version ? q->version : "";
}

const char *ail_qemu_package(const AilQemu *q)
{
    return q->package ? q->package : "";
}

AilQmp *ail_qemu_qmp(AilQemu *q)
{
    return q->qmp;
}

pid_t ail_qemu_pid(const AilQemu *q)
{
    return q->pid;
}

/* "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)" */
static AilStatus parse_version(AilQemu *q, const char *text)
{
    static const char before[] = "version ";
    const char *start = strstr(text, before);
    if (!start)
        return ail_error_set(&q->err, "%s: `--version` does not look like QEMU's", q->path);
    start += strlen(before);
    size_t len = strspn(start, "0123456789.");
    const char *rest = start + len;
    g_free(q->version);
    g_free(q->package);
    q->version = g_strndup(start, len);
    q->package = g_strndup(rest + strspn(rest, " ("), strcspn(rest + strspn(rest, " ("), ")\n"));
    return AIL_OK;
}

static AilStatus check_version(AilQemu *q, AilMachineArch arch)
{
    if (atoi(q->version) >= AIL_QEMU_MIN_MAJOR)
        return AIL_OK;
    return ail_error_set(&q->err,
                         "%s is version %s, but %d.0 or later is needed: install the Debian "
                         "package %s from trixie, or on Debian 12 from bookworm-backports",
                         q->path, q->version, AIL_QEMU_MIN_MAJOR, ail_machine_package(arch));
}

AilStatus ail_qemu_find_again(AilQemu *q, AilMachineArch arch)
{
    g_free(q->path);
    q->path = g_find_program_in_path(ail_machine_program(arch));
    if (!q->path)
        return ail_error_set(&q->err,
                             "%s is not installed: install the Debian package %s (on Debian 12 "
                             "from bookworm-backports)",
                             ail_machine_program(arch), ail_machine_package(arch));
    return AIL_OK;
}

AilStatus ail_qemu_find(AilQemu *q, AilMachineArch arch)
{
    if (ail_qemu_find_again(q, arch) != AIL_OK)
        return AIL_ERR;
    char *const argv[] = {q->path, "--version", NULL};
    char *output = NULL;
    GError *error = NULL;
    AilStatus s = AIL_OK;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output,
                      NULL, NULL, &error))
        s = ail_error_set(&q->err, "cannot run %s: %s", q->path, error->message);
    else if ((s = parse_version(q, output)) == AIL_OK)
        s = check_version(q, arch);
    g_clear_error(&error);
    g_free(output);
    return s;
}

/* In the child, between fork and exec: only calls that are safe there. */
static void child_setup(void *parent)
{
    /* Ctrl-C on the terminal is ours to handle: QEMU gets a process group of its own. */
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != (pid_t)(intptr_t)parent)
        _exit(127);
}

/* The descriptors that QEMU inherits: stderr and these, under their own numbers. */
static AilStatus spawn(AilQemu *q, char **argv, const char *dir, GArray *fds)
{
    GError *error = NULL;
    GPid pid;
    g_free(argv[0]);
    argv[0] = g_strdup(q->path);
    if (!g_spawn_async_with_pipes_and_fds(
            dir, (const char *const *)argv, NULL,
            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, child_setup,
            (void *)(intptr_t)getpid(), -1, -1, q->stderr_fd, (const int *)fds->data,
            (const int *)fds->data, fds->len, &pid, NULL, NULL, NULL, &error)) {
        ail_error_set(&q->err, "cannot start %s: %s", q->path, error->message);
        g_clear_error(&error);
        return AIL_ERR;
    }
    q->pid = pid;
    return AIL_OK;
}

static AilStatus launch(AilQemu *q, const AilMachine *machine, AilMachineRun run, const char *dir,
                        GArray *fds)
{
    g_array_append_val(fds, run.qmp_fd);
    if (run.serial_fd >= 0)
        g_array_append_val(fds, run.serial_fd);
    if (run.gdb_fd)
        g_array_append_val(fds, run.gdb_fd);
    char **argv = ail_machine_argv(machine, &run);
    AilStatus s = spawn(q, argv, dir, fds);
    g_strfreev(argv);
    return s;
}

/* QEMU's own words tell more than "it ended". */
static AilStatus greet(AilQemu *q)
{
    AilStatus s = ail_qmp_greet(q->qmp, START_TIMEOUT_MS);
    if (s == AIL_OK)
        return AIL_OK;
    if (s == AIL_END && ail_qemu_wait(q, START_TIMEOUT_MS) == AIL_ERR)
        return AIL_ERR;
    return ail_error_set(&q->err, "QEMU did not start: %s", ail_qmp_error(q->qmp));
}

AilStatus ail_qemu_start(AilQemu *q, const AilMachine *machine, const AilMachineRun *run,
                         const char *dir, const int *pass_fds, size_t n_pass_fds)
{
    int pair[2];
    q->stderr_fd = memfd_create("qemu-stderr", MFD_CLOEXEC);
    if (q->stderr_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return ail_error_set_errno(&q->err, errno, "cannot prepare to start QEMU");
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));
    if (n_pass_fds)
        g_array_append_vals(fds, pass_fds, (guint)n_pass_fds);
    AilMachineRun with_qmp = *run;
    with_qmp.qmp_fd = pair[1];
    q->qmp = ail_qmp_new(pair[0]);
    AilStatus s = launch(q, machine, with_qmp, dir, fds);
    close(pair[1]);
    g_array_free(fds, TRUE);
    return s == AIL_OK ? greet(q) : s;
}

const char *ail_qemu_last_words(AilQemu *q)
{
    char text[4097] = "";
    g_free(q->words);
    off_t size = q->stderr_fd < 0 ? 0 : lseek(q->stderr_fd, 0, SEEK_END);
    off_t from = size > 4096 ? size - 4096 : 0;
    ssize_t n = size > 0 ? pread(q->stderr_fd, text, 4096, from) : 0;
    text[MAX(n, 0)] = '\0';
    g_strchomp(text);
    const char *line = strrchr(text, '\n');
    q->words = g_strdup(line ? line + 1 : text);
    return q->words;
}

/* Wait until the process has ended, at most timeout_ms. */
static bool ended_within(AilQemu *q, int timeout_ms)
{
    int fd = (int)syscall(SYS_pidfd_open, q->pid, 0);
    if (fd < 0)
        return false;
    struct pollfd p = {fd, POLLIN, 0};
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    int ready;
    do {
        int64_t left = (deadline - g_get_monotonic_time()) / 1000;
        ready = poll(&p, 1, (int)MAX(left, 0));
    } while (ready < 0 && errno == EINTR);
    close(fd);
    return ready > 0;
}

AilStatus ail_qemu_wait(AilQemu *q, int timeout_ms)
{
    if (!q->pid)
        return AIL_OK;
    bool ended = ended_within(q, timeout_ms);
    if (!ended)
        kill(q->pid, SIGKILL);
    int status;
    while (waitpid(q->pid, &status, 0) < 0 && errno == EINTR)
        ;
    q->pid = 0;
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return AIL_OK;
    const char *words = ail_qemu_last_words(q);
    const char *colon = *words ? ": " : "";
    if (!ended)
        return ail_error_set(&q->err, "QEMU did not end and was killed%s%s", colon, words);
    if (WIFSIGNALED(status))
        return ail_error_set(&q->err, "QEMU was killed by signal %d (%s)%s%s", WTERMSIG(status),
                             strsignal(WTERMSIG(status)), colon, words);
    return ail_error_set(&q->err, "QEMU ended with status %d%s%s", WEXITSTATUS(status), colon,
                         words);
}
