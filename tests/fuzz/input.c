/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/input.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void input_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

int input_file(const void *bytes, size_t len, char path[INPUT_PATH])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    EXPECT(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    snprintf(path, INPUT_PATH, "/proc/self/fd/%d", fd);
    return fd;
}

int input_pipe(const void *bytes, size_t len, char path[INPUT_PATH])
{
    int fd[2];
    EXPECT(pipe2(fd, O_CLOEXEC) == 0);
    int capacity = fcntl(fd[1], F_SETPIPE_SZ, 1 << 20);
    if (capacity < 0 || len > (size_t)capacity) {
        close(fd[0]);
        close(fd[1]);
        return -1;
    }
    EXPECT(write(fd[1], bytes, len) == (ssize_t)len);
    close(fd[1]);
    snprintf(path, INPUT_PATH, "/proc/self/fd/%d", fd[0]);
    return fd[0];
}
