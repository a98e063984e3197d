/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help and `ailurus help`, from the table of commands. */
#include "cli/private.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const GOptionEntry help_entry = {"help", 'h', 0, G_OPTION_ARG_NONE, NULL, "Show this help.",
                                        NULL};

GArray *ail_option_list(const AilCommand *command, void **state)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(GOptionEntry));
    *state = NULL;
    GOptionEntry *entries = command->options ? command->options(state) : NULL;
    for (GOptionEntry *e = entries; e && e->long_name; e++)
        if (!(e->flags & G_OPTION_FLAG_HIDDEN))
            g_array_append_val(list, *e);
    g_array_append_val(list, help_entry);
    return list;
}

void ail_option_list_free(const AilCommand *command, GArray *list, void *state)
{
    g_array_unref(list);
    if (command->discard)
        command->discard(state);
}

char *ail_option_label(const GOptionEntry *e, const char *separator)
{
    GString *s = g_string_new(NULL);
    if (e->short_name)
        g_string_append_printf(s, "-%c%s", e->short_name, separator);
    g_string_append_printf(s, "--%s", e->long_name);
    if (e->arg_description)
        g_string_append_printf(s, "=%s", e->arg_description);
    return g_string_free(s, FALSE);
}

/* Columns to write in: the terminal's, within reason; 80 for a file or a pipe. */
static int text_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return CLAMP(size.ws_col, 40, 100);
}

/* Print words, broken between them at the width, each line after the first `indent` columns in.
 * `column` is where the cursor is. A blank line in the text is kept. */
static void print_wrapped(const char *text, int column, int indent, int width)
{
    const char *p = text;
    bool first = true;
    while (*p) {
        const char *space = p;
        int breaks = 0;
        for (; *p == ' ' || *p == '\n'; p++)
            breaks += *p == '\n';
        int len = (int)strcspn(p, " \n");
        if (!len)
            break;
        bool paragraph = breaks > 1;
        if (paragraph || (!first && column + 1 + len > width)) {
            printf("%s\n%*s", paragraph ? "\n" : "", indent, "");
            column = indent;
        } else if (!first && p != space) {
            putchar(' ');
            column++;
        }
        printf("%.*s", len, p);
        column += len;
        p += len;
        first = false;
    }
    putchar('\n');
}

/* "  label   text", the text in its own column where the label leaves room. */
static void print_item(const char *label, const char *text, int text_column, int width)
{
    int used = printf("  %s", label);
    if (used + 2 > text_column) {
        putchar('\n');
        used = 0;
    }
    printf("%*s", text_column - used, "");
    print_wrapped(text ? text : "", text_column, text_column, width);
}

void ail_help_overview(void)
{
    int width = text_width();
    puts("Usage: ailurus COMMAND [OPTION...] [ARGUMENT...]\n");
    print_wrapped("Record a whole machine once. Replay it once, into a trace. Ask the trace "
                  "anything, as often as you like.",
                  0, 0, width);
    puts("\nCommands:");
    for (const AilCommand *const *c = ail_commands; *c; c++)
        print_item((*c)->name, (*c)->summary, 18, width);
    print_item("help [COMMAND]", "Explain a command, with examples.", 18, width);
    puts("\nOptions:");
    print_item("-h, --help", "Show this list.", 18, width);
    print_item("--version", "Say which version this is.", 18, width);
    puts("\nA first session:\n"
         "  ailurus record --kernel vmlinuz --initrd initrd.gz -o boot.rr\n"
         "  ailurus replay boot.rr -o boot.trace\n"
         "  ailurus asidstory boot.trace");
}

static void print_options(const AilCommand *command, int width)
{
    void *state;
    GArray *list = ail_option_list(command, &state);
    puts("\nOptions:");
    for (guint i = 0; i < list->len; i++) {
        const GOptionEntry *e = &g_array_index(list, GOptionEntry, i);
        char *label = ail_option_label(e, ", ");
        char *padded = e->short_name ? g_strdup(label) : g_strconcat("    ", label, NULL);
        print_item(padded, e->description, 28, width);
        g_free(padded);
        g_free(label);
    }
    ail_option_list_free(command, list, state);
}

void ail_help_command(const AilCommand *command)
{
    int width = text_width();
    printf("Usage: ailurus %s %s\n\n", command->name, command->usage);
    print_wrapped(command->description, 0, 0, width);
    print_options(command, width);
    if (!command->examples || !command->examples->command)
        return;
    puts("\nExamples:");
    for (const AilExample *e = command->examples; e->command; e++) {
        printf("  %s\n      ", e->command);
        print_wrapped(e->effect, 6, 6, width);
    }
}
