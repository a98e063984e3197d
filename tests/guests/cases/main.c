/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one case after the other, and asks about the result of each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "program.h"

char in[IN + 1], out[OUT];

typedef struct Case {
    const char *name;
    void (*run)(void);
    unsigned bytes;
} Case;

#define CASE_ENTRY(name, bytes, answer, with) {#name, name, bytes},
static const Case cases[] = {CASES(CASE_ENTRY)};

void fail(const char *what)
{
    printf("CASES FAILED: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void run(const Case *c, int fd)
{
    memset(out, 0, sizeof out);
    if (pread(fd, in, IN, 0) != IN)
        fail("/tmp/cases");
    c->run();
    ask(out, c->bytes);
}

int main(int argc, char **argv)
{
    if (argc > 1) /* by_exec */
        return write(1, argv[1], IN) != IN;
    int fd = open("/tmp/cases", O_RDONLY);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run(&cases[i], fd);
    puts("CASES DONE");
    return 0;
}
