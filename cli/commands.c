/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, from the list in cli/CMakeLists.txt. */
#include "cli/private.h"

#include <string.h>

#include "commands.inc" /* AIL_COMMANDS(X): X(name) for each command */

#define AIL_DECLARE(name) extern const AilCommand ail_command_##name;
AIL_COMMANDS(AIL_DECLARE)

#define AIL_ENTRY(name) &ail_command_##name,
const AilCommand *const ail_commands[] = {AIL_COMMANDS(AIL_ENTRY) NULL};

const AilCommand *ail_cli_find(const char *name)
{
    for (const AilCommand *const *c = ail_commands; *c; c++)
        if (!strcmp((*c)->name, name))
            return *c;
    return NULL;
}

/* Edit distance (insert, delete, replace: one each), by the usual table kept one row at a time. */
static unsigned distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    unsigned *row = g_new(unsigned, n + 1);
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < n; j++) {
            unsigned replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(MIN(row[j], row[j + 1]) + 1, replaced);
        }
    }
    unsigned result = row[n];
    g_free(row);
    return result;
}

const AilCommand *ail_cli_nearest(const char *name)
{
    const AilCommand *best = NULL;
    /* A third of the letters wrong is still a slip; more is another word. */
    unsigned limit = (unsigned)MAX(2, strlen(name) / 3) + 1;
    for (const AilCommand *const *c = ail_commands; *c; c++) {
        unsigned d = distance(name, (*c)->name);
        if (d < limit) {
            limit = d;
            best = *c;
        }
    }
    return best;
}
