/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manual pages (troff, man macros) from the table of commands. */
#include "cli/private.h"

#include <string.h>

/* Text as troff shows it: backslashes and dashes literal, no line taken for a request. */
static void put_text(GString *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        bool line_start = p == text || p[-1] == '\n';
        if (line_start && (*p == '.' || *p == '\''))
            g_string_append(out, "\\&");
        if (*p == '\\')
            g_string_append(out, "\\e");
        else if (*p == '-')
            g_string_append(out, "\\-");
        else
            g_string_append_c(out, *p);
    }
}

static void put_paragraphs(GString *out, const char *text)
{
    char **paragraphs = g_strsplit(text, "\n\n", -1);
    for (char **p = paragraphs; *p; p++) {
        if (p != paragraphs)
            g_string_append(out, ".PP\n");
        put_text(out, g_strstrip(*p));
        g_string_append_c(out, '\n');
    }
    g_strfreev(paragraphs);
}

/* An item of a list: the term in bold, its text below. */
static void put_item(GString *out, const char *term, const char *text)
{
    g_string_append(out, ".TP\n\\fB");
    put_text(out, term);
    g_string_append(out, "\\fR\n");
    put_text(out, text ? text : "");
    g_string_append_c(out, '\n');
}

static void put_title(GString *out, const char *page, const char *summary)
{
    char *upper = g_ascii_strup(page, -1);
    g_string_append(out, ".TH ");
    put_text(out, upper);
    g_string_append_printf(out, " 1 \"\" \"Ailurus %s\" \"Ailurus\"\n.SH NAME\n", AIL_VERSION);
    put_text(out, page);
    g_string_append(out, " \\- ");
    put_text(out, summary);
    g_string_append(out, "\n.SH SYNOPSIS\n\\fB");
    g_free(upper);
}

static void put_status(GString *out)
{
    g_string_append(out, ".SH EXIT STATUS\n");
    put_item(out, "0", "It was done.");
    put_item(out, "1", "It failed; one line on standard error says why.");
    put_item(out, "2", "The command line was wrong.");
}

static void put_options(GString *out, const AilCommand *command)
{
    void *state;
    GArray *list = ail_option_list(command, &state);
    g_string_append(out, ".SH OPTIONS\n");
    for (guint i = 0; i < list->len; i++) {
        const GOptionEntry *e = &g_array_index(list, GOptionEntry, i);
        char *label = ail_option_label(e, ", ");
        put_item(out, label, e->description);
        g_free(label);
    }
    ail_option_list_free(command, list, state);
}

static char *overview_page(void)
{
    GString *out = g_string_new(NULL);
    put_title(out, "ailurus", "record a machine, replay it into a trace, ask the trace");
    g_string_append(out, "ailurus\\fR COMMAND [OPTION...] [ARGUMENT...]\n.SH DESCRIPTION\n");
    put_paragraphs(out, "Records a whole virtual machine once, replays it once into a trace, and "
                        "answers questions from the trace.\n\nEach command is also a program of "
                        "its own, as in ailurus-replay, with a manual page of that name.");
    g_string_append(out, ".SH COMMANDS\n");
    for (const AilCommand *const *c = ail_commands; *c; c++)
        put_item(out, (*c)->name, (*c)->summary);
    put_item(out, "help [COMMAND]", "Explain a command, with examples.");
    put_status(out);
    g_string_append(out, ".SH SEE ALSO\n");
    for (const AilCommand *const *c = ail_commands; *c; c++)
        g_string_append_printf(out, ".BR ailurus\\-%s (1)%s\n", (*c)->name, c[1] ? "," : "");
    return g_string_free(out, FALSE);
}

char *ail_man_page(const AilCommand *command)
{
    if (!command)
        return overview_page();
    GString *out = g_string_new(NULL);
    char *page = g_strconcat("ailurus-", command->name, NULL);
    put_title(out, page, command->summary);
    g_string_append_printf(out, "ailurus %s\\fR ", command->name);
    put_text(out, command->usage);
    g_string_append(out, "\n.SH DESCRIPTION\n");
    put_paragraphs(out, command->description);
    put_options(out, command);
    if (command->examples && command->examples->command) {
        g_string_append(out, ".SH EXAMPLES\n");
        for (const AilExample *e = command->examples; e->command; e++)
            put_item(out, e->command, e->effect);
    }
    put_status(out);
    g_string_append(out, ".SH SEE ALSO\n.BR ailurus (1)\n");
    g_free(page);
    return g_string_free(out, FALSE);
}
