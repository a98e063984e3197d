/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option -j of the commands that read traces. */
#ifndef AIL_CLI_THREADS_H
#define AIL_CLI_THREADS_H

#include "cli/cli.h"

/* The option, which is kept in *n. */
GOptionEntry ail_threads_option(gint *n);

/* How many threads *n asks for, one for each processor when it was not given; or 0 for a number
 * that makes no sense, when the user of `command` has been told. */
unsigned ail_threads(const char *command, gint n);

#endif
