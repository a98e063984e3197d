/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus --generate`: the files that the build makes from the table of commands. */
#include "cli/private.h"

#include <string.h>

/* Takes text over. */
static int write_file(const char *dir, const char *name, char *text)
{
    char *path = g_build_filename(dir, name, NULL);
    GError *error = NULL;
    int status = AIL_EXIT_OK;
    if (!g_file_set_contents(path, text, -1, &error))
        status = ail_cli_fail(NULL, "%s", error->message);
    g_clear_error(&error);
    g_free(path);
    g_free(text);
    return status;
}

static int write_man_pages(const char *dir)
{
    int status = write_file(dir, "ailurus.1", ail_man_page(NULL));
    for (const AilCommand *const *c = ail_commands; *c && !status; c++) {
        char *name = g_strdup_printf("ailurus-%s.1", (*c)->name);
        status = write_file(dir, name, ail_man_page(*c));
        g_free(name);
    }
    return status;
}

int ail_generate(const char *kind, const char *dir)
{
    if (!strcmp(kind, "man"))
        return write_man_pages(dir);
    if (!strcmp(kind, "bash"))
        return write_file(dir, "ailurus", ail_completion_bash());
    if (!strcmp(kind, "zsh"))
        return write_file(dir, "_ailurus", ail_completion_zsh());
    return ail_cli_usage(NULL, "nothing of the kind '%s' to generate: man, bash or zsh", kind);
}
