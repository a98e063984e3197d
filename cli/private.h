/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the command-line framework; commands do not need it. */
#ifndef AIL_CLI_PRIVATE_H
#define AIL_CLI_PRIVATE_H

#include "cli/cli.h"

/* The command of that name, or NULL. */
const AilCommand *ail_cli_find(const char *name);

/* The command whose name is nearest to `name`, or NULL when none is near. */
const AilCommand *ail_cli_nearest(const char *name);

/* Print the list of commands, or the whole help of one, on stdout. */
void ail_help_overview(void);
void ail_help_command(const AilCommand *command);

/* An option as people write it: "-o, --output=FILE". Free the result. */
char *ail_option_label(const GOptionEntry *entry, const char *separator);

/* The options of a command that help shows, --help included, as a list of GOptionEntry values.
 * *state is to be given to command->discard when the list is no longer used. */
GArray *ail_option_list(const AilCommand *command, void **state);
void ail_option_list_free(const AilCommand *command, GArray *list, void *state);

/* `ailurus --generate KIND DIR` (man, bash, zsh): write what the build installs into folder DIR.
 * Returns an exit status. */
int ail_generate(const char *kind, const char *dir);

/* The texts of it. Free the results. command NULL: the page of `ailurus` itself. */
char *ail_man_page(const AilCommand *command);
char *ail_completion_bash(void);
char *ail_completion_zsh(void);

#endif
