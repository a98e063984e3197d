/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side of a person or a script of a session's control connection (recorder/control.h). */
#ifndef AIL_CLI_MONITOR_H
#define AIL_CLI_MONITOR_H

#include <stdbool.h>

/* Send command `line` over connected socket `fd` and wait for the answer. False: the connection is
 * gone. *text is the caller's: g_free. */
bool ail_monitor_ask(int fd, const char *line, bool *ok, char **text);

typedef struct AilMonitor {
    int fd; /* the connection; borrowed */
    /* A command that is not for the session: true when it was one. May be NULL. */
    bool (*local)(void *user, const char *line);
    void (*refused)(void *user); /* a command was refused or failed; may be NULL */
    const char *local_help;      /* what help says of those, a line each; or NULL */
    void *user;
} AilMonitor;

/*
 * Take commands from standard input until its end or that of the session, and print the answers.
 * On a terminal lines can be edited and recalled; only one thread may do so. Returns whether all
 * commands were done.
 */
bool ail_monitor_run(const AilMonitor *monitor);

#endif
