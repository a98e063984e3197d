/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command says that something went wrong. */
#include "cli/cli.h"

#include "formats/text.h"

/* One line of safe text on stderr: what is in it may come from a hostile file, and must not steer
 * the terminal. */
static void print_line(const char *command, const char *format, va_list args, const char *end)
{
    char *text = g_strdup_vprintf(format, args);
    ail_text_disarm(text);
    fflush(stdout); /* so that the order is right where both go to one place */
    fprintf(stderr, "ailurus%s%s: %s%s\n", command ? " " : "", command ? command : "", text, end);
    g_free(text);
}

int ail_cli_fail(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(command, format, args, "");
    va_end(args);
    return AIL_EXIT_FAILURE;
}

int ail_cli_usage(const char *command, const char *format, ...)
{
    char *end =
        g_strdup_printf(" (see: ailurus %s%s--help)", command ? command : "", command ? " " : "");
    va_list args;
    va_start(args, format);
    print_line(command, format, args, end);
    va_end(args);
    g_free(end);
    return AIL_EXIT_USAGE;
}
