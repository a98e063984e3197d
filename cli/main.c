/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus`: find the command, parse its options, run it, and see that what it printed arrived. */
#include "cli/private.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

/* GLib keeps "--" where what follows starts with a dash; the command wants the rest only. */
static void drop_double_dash(int *argc, char **argv)
{
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--"))
            continue;
        memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof *argv);
        (*argc)--;
        return;
    }
}

/* GLib does not know "-j4", which is what everybody types: make it "--threads=4". Returns the new
 * strings, which must outlive what the options keep of them. */
static GPtrArray *spell_out(const GOptionEntry *entries, int argc, char **argv)
{
    GPtrArray *made = g_ptr_array_new_with_free_func(g_free);
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        const GOptionEntry *e = entries;
        if (argv[i][0] != '-' || !argv[i][1] || !argv[i][2])
            continue;
        while (e && e->long_name && !(e->short_name == argv[i][1] && e->arg != G_OPTION_ARG_NONE))
            e++;
        if (!e || !e->long_name)
            continue;
        argv[i] = g_strdup_printf("--%s=%s", e->long_name, argv[i] + 2);
        g_ptr_array_add(made, argv[i]);
    }
    return made;
}

/* argv[0] is the command's name. */
static int run_command(const AilCommand *command, int argc, char **argv)
{
    gboolean help = FALSE;
    GOptionEntry help_entries[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &help, NULL, NULL},
                                   {NULL, 0, 0, 0, NULL, NULL, NULL}};
    void *state = NULL;
    GOptionEntry *entries = command->options ? command->options(&state) : NULL;
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;
    int status = AIL_EXIT_OK;

    GPtrArray *made = spell_out(entries, argc, argv);
    g_option_context_set_help_enabled(context, FALSE);
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, help_entries, NULL);
    bool parsed = g_option_context_parse(context, &argc, &argv, &error);
    g_option_context_free(context);
    if (parsed && !help) {
        argc--;
        argv++;
        drop_double_dash(&argc, argv);
        status = command->run(state, argc, argv);
        g_ptr_array_unref(made);
        return status;
    }
    g_ptr_array_unref(made);
    if (parsed)
        ail_help_command(command);
    else
        status = ail_cli_usage(command->name, "%s", error->message);
    g_clear_error(&error);
    if (command->discard)
        command->discard(state);
    return status;
}

static int unknown_command(const char *name)
{
    const AilCommand *near = ail_cli_nearest(name);
    if (near)
        return ail_cli_usage(NULL, "there is no command '%s'; did you mean '%s'?", name,
                             near->name);
    return ail_cli_usage(NULL, "there is no command '%s'", name);
}

static int help(int argc, char **argv)
{
    if (argc > 1)
        return ail_cli_usage(NULL, "help takes one command");
    if (!argc) {
        ail_help_overview();
        return AIL_EXIT_OK;
    }
    const AilCommand *command = ail_cli_find(argv[0]);
    if (!command)
        return unknown_command(argv[0]);
    ail_help_command(command);
    return AIL_EXIT_OK;
}

/* argv[0] is the first word after `ailurus`. */
static int dispatch(int argc, char **argv)
{
    const char *word = argv[0];
    const AilCommand *command = ail_cli_find(word);
    if (command)
        return run_command(command, argc, argv);
    if (!strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h"))
        return help(argc - 1, argv + 1);
    if (!strcmp(word, "--version")) {
        puts("ailurus " AIL_VERSION);
        return AIL_EXIT_OK;
    }
    if (!strcmp(word, "--generate") && argc == 3)
        return ail_generate(argv[1], argv[2]);
    if (word[0] == '-')
        return ail_cli_usage(NULL, "there is no option '%s' before the command", word);
    return unknown_command(word);
}

/* Called as `ailurus-callstack`: the rest of the name is the command. NULL: called as `ailurus`. */
static const char *command_of_program(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *base = slash ? slash + 1 : program;
    return g_str_has_prefix(base, "ailurus-") ? base + strlen("ailurus-") : NULL;
}

/* What a full disk swallowed must not look like success; a command that failed has said why. A
 * reader that went away is not our failure: it has what it wanted. */
static int close_stdout(int status)
{
    bool bad = ferror(stdout);
    errno = 0;
    if (fclose(stdout) == 0 && !bad)
        return status;
    if (errno == EPIPE || status != AIL_EXIT_OK)
        return status;
    return ail_cli_fail(NULL, "cannot write to standard output: %s",
                        errno ? g_strerror(errno) : "an earlier write failed");
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_DFL); /* some parents leave it ignored; `ailurus ... | head` must end */

    const char *name = argc ? command_of_program(argv[0]) : NULL;
    char **words = argv + 1;
    int n = argc - 1;
    if (name) {
        words = argv;
        n = argc;
        words[0] = (char *)name;
    }
    if (n < 1) {
        ail_help_overview();
        return close_stdout(AIL_EXIT_USAGE);
    }
    return close_stdout(dispatch(n, words));
}
