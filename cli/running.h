/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands share that run a machine for a long time: signals that end them in order, and
 * what killed ones left behind.
 */
#ifndef AIL_CLI_RUNNING_H
#define AIL_CLI_RUNNING_H

#include "formats/error.h"

#include <signal.h>
#include <stdbool.h>

/* From begin to end SIGINT, SIGTERM and SIGHUP do not end the program, but can be asked for;
 * SIGPIPE does nothing, so that a reader of our output that goes away is an error of writing. */
typedef struct AilStop {
    int fd; /* readable when there was such a signal; -1 before begin */
    sigset_t before;
} AilStop;

/* False: it cannot be done; errno says why. Once, with only one thread running. */
bool ail_stop_begin(AilStop *stop);

/* Whether there was a signal since begin, or since the last time it was forgotten. */
bool ail_stop_wanted(const AilStop *stop);
void ail_stop_forget(const AilStop *stop);

/* Signals are as before, but those that came are forgotten. Harmless without begin. */
void ail_stop_end(AilStop *stop);

/* Look after working directories of killed runs beside file `beside`, and note each on stderr. */
void ail_cli_sweep(const char *command, const char *beside);

/* Where plugin `file` for QEMU is; free with g_free. NULL: not where it belongs, says err. */
char *ail_cli_find_plugin(const char *file, AilError *err);

#endif
