/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket on which a command waits for a debugger. */
#ifndef AIL_CLI_LISTENING_H
#define AIL_CLI_LISTENING_H

typedef struct AilListening {
    int fd;            /* -1 before begin */
    char *socket;      /* owned; a file to remove; NULL: none */
    char address[160]; /* as gdb's `target remote` takes it */
} AilListening;

/*
 * Listen at ":PORT" of 127.0.0.1, at "unix:PATH", for this user only, or with NULL at a free port.
 * Returns an exit status, having said for command `name` what was wrong.
 */
int ail_listening_begin(AilListening *listening, const char *name, const char *where);

/* Close it, remove its file. Harmless without begin. */
void ail_listening_end(AilListening *listening);

#endif
