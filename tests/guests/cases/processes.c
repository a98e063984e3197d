/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From one process to another, and through the kernel. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static void must(int ok, const char *what)
{
    if (!ok)
        fail(what);
}

/* Whether this is the child. */
static int forked(void)
{
    fflush(stdout);
    pid_t pid = fork();
    must(pid >= 0, "fork");
    return !pid;
}

static void end(void)
{
    wait(NULL);
}

/* A child writes to `to`; what it wrote is read from `from`. */
static void over(int from, int to)
{
    if (forked())
        _exit(write(to, in, IN) != IN);
    must(read(from, out, IN) == IN, "read");
    end();
    close(from);
    close(to);
}

void by_pipe(void)
{
    int ends[2];
    must(!pipe(ends), "pipe");
    over(ends[0], ends[1]);
}

void by_writev(void)
{
    int ends[2];
    struct iovec parts[2] = {{in + 8, 8}, {in, 8}};
    must(!pipe(ends) && writev(ends[1], parts, 2) == IN && read(ends[0], out, IN) == IN, "writev");
    close(ends[0]);
    close(ends[1]);
}

void by_socketpair(void)
{
    int ends[2];
    must(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    over(ends[0], ends[1]);
}

void by_loopback(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(4321)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    must(!bind(listening, (struct sockaddr *)&here, sizeof here) && !listen(listening, 1), "bind");
    if (forked()) {
        int to = socket(AF_INET, SOCK_STREAM, 0);
        must(!connect(to, (struct sockaddr *)&here, sizeof here), "connect");
        _exit(write(to, in, IN) != IN);
    }
    int from = accept(listening, NULL, NULL);
    must(read(from, out, IN) == IN, "accept");
    end();
    close(from);
    close(listening);
}

void by_shared_memory(void)
{
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared != MAP_FAILED, "mmap");
    if (forked()) {
        memcpy(shared, in, IN);
        _exit(0);
    }
    end();
    memcpy(out, shared, IN);
    munmap(shared, 4096);
}

/* A file with the bytes, open for reading. */
static int written(void)
{
    int to = open("/tmp/cases.out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(write(to, in, IN) == IN && !close(to), "/tmp/cases.out");
    return open("/tmp/cases.out", O_RDONLY);
}

void by_file(void)
{
    int from = written();
    must(read(from, out, IN) == IN, "read");
    close(from);
}

void by_mapped_file(void)
{
    int from = written();
    char *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, from, 0);
    must(mapped != MAP_FAILED, "mmap");
    memcpy(out, mapped, IN);
    munmap(mapped, 4096);
    close(from);
}

/* A child writes into its parent's memory. */
void by_vm_writev(void)
{
    struct iovec from = {in, IN}, to = {out, IN};
    pid_t parent = getpid();
    if (forked())
        _exit(process_vm_writev(parent, &from, 1, &to, 1, 0) != IN);
    end();
    must(out[0] == in[0], "process_vm_writev");
}

/* The child has its own copy of the page. */
void by_fork(void)
{
    static char kept[4096] __attribute__((aligned(4096)));
    int ends[2];
    memcpy(kept, in, IN);
    must(!pipe(ends), "pipe");
    if (forked()) {
        kept[IN] = 1; /* copied on this write */
        _exit(write(ends[1], kept, IN) != IN);
    }
    must(read(ends[0], out, IN) == IN, "read");
    end();
    memset(kept, 0, IN);
    close(ends[0]);
    close(ends[1]);
}

/* The new program writes what its argument is. */
void by_exec(void)
{
    int ends[2];
    must(!pipe(ends), "pipe");
    if (forked()) {
        dup2(ends[1], 1);
        execl("/proc/self/exe", "cases", in, (char *)NULL);
        _exit(1);
    }
    must(read(ends[0], out, IN) == IN, "read");
    end();
    close(ends[0]);
    close(ends[1]);
}
