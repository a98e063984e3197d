/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line as its user meets it: exit status, stdout and stderr, each by itself. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Result {
    int status;
    char *out; /* owned */
    char *err; /* owned */
} Result;

/* Run `ailurus` with the words of `args` in a shell-free way. */
static Result run(const char *args)
{
    Result r = {0};
    char **argv;
    char *line = g_strdup_printf("'%s' %s", AIL_PROGRAM, args);
    cr_assert(g_shell_parse_argv(line, NULL, &argv, NULL));
    int wait_status;
    cr_assert(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &r.out, &r.err, &wait_status, NULL));
    cr_assert(WIFEXITED(wait_status), "it did not exit by itself");
    r.status = WEXITSTATUS(wait_status);
    g_strfreev(argv);
    g_free(line);
    return r;
}

static void clear(Result *r)
{
    g_free(r->out);
    g_free(r->err);
}

/* An error is one line on stderr and nothing on stdout. */
static void expect_error(const char *args, int status, const char *err)
{
    Result r = run(args);
    cr_expect_eq(r.status, status, "%s: status %d", args, r.status);
    cr_expect_str_eq(r.out, "");
    cr_expect_str_eq(r.err, err);
    clear(&r);
}

Test(cli, version)
{
    Result r = run("--version");
    cr_expect_eq(r.status, 0);
    cr_expect_str_eq(r.out, "ailurus " AIL_VERSION "\n");
    cr_expect_str_eq(r.err, "");
    clear(&r);
}

Test(cli, no_command_shows_the_list_and_is_wrong_usage)
{
    Result r = run("");
    cr_expect_eq(r.status, 2);
    cr_expect(strstr(r.out, "Commands:"));
    clear(&r);
}

Test(cli, unknown_command)
{
    expect_error("xyzzy", 2, "ailurus: there is no command 'xyzzy' (see: ailurus --help)\n");
    expect_error("--xyzzy", 2,
                 "ailurus: there is no option '--xyzzy' before the command (see: ailurus "
                 "--help)\n");
}

Test(cli, near_miss_is_suggested)
{
    expect_error("recrod", 2,
                 "ailurus: there is no command 'recrod'; did you mean 'record'? (see: ailurus "
                 "--help)\n");
    expect_error("help calstack", 2,
                 "ailurus: there is no command 'calstack'; did you mean 'callstack'? (see: "
                 "ailurus --help)\n");
}

Test(cli, control_characters_do_not_reach_the_terminal)
{
    expect_error("\"\033[31mred\"", 2,
                 "ailurus: there is no command '?[31mred' (see: ailurus --help)\n");
}

Test(cli, unknown_option_of_a_command)
{
    expect_error("replay --xyzzy", 2,
                 "ailurus replay: Unknown option --xyzzy (see: ailurus replay --help)\n");
}

/* --help, `help NAME` and the program's other name all lead to the same text. */
Test(cli, help_of_each_command)
{
    Result list = run("help");
    cr_expect_eq(list.status, 0);
    static const char *const names[] = {"record",    "replay",       "info",      "verify",
                                        "log",       "unpack",       "pack",      "trace",
                                        "asidstory", "stringsearch", "callstack", "analyze"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *line = g_strdup_printf("\n  %s", names[i]);
        cr_expect(strstr(list.out, line), "%s is not in the list", names[i]);
        char *a = g_strdup_printf("%s --help", names[i]), *b = g_strdup_printf("help %s", names[i]);
        Result option = run(a), command = run(b);
        cr_expect_eq(option.status, 0);
        cr_expect_eq(command.status, 0);
        cr_expect_str_eq(option.err, "");
        cr_expect_str_eq(option.out, command.out);
        cr_expect(strstr(option.out, "\nOptions:\n"), "%s", names[i]);
        cr_expect(strstr(option.out, "\nExamples:\n"), "%s: no examples", names[i]);
        clear(&option);
        clear(&command);
        g_free(line);
        g_free(a);
        g_free(b);
    }
    clear(&list);
}

/* Whether standard output took it all is part of success. */
Test(cli, full_disk)
{
    char *command = g_strdup_printf("'%s' help >/dev/full", AIL_PROGRAM);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    char *err;
    int status;
    cr_assert(g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, NULL, &err, &status, NULL));
    cr_expect_eq(WEXITSTATUS(status), 1);
    cr_expect_str_eq(err, "ailurus: cannot write to standard output: No space left on device\n");
    g_free(err);
    g_free(command);
}

/* A link called ailurus-NAME is that command. */
Test(cli, called_by_the_name_of_a_command)
{
    char *dir = g_dir_make_tmp("ailurus-XXXXXX", NULL);
    char *link = g_build_filename(dir, "ailurus-replay", NULL);
    cr_assert_eq(symlink(AIL_PROGRAM, link), 0);
    const char *argv[] = {link, "--help", NULL};
    char *out;
    int status;
    cr_assert(g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, &out, NULL, &status, NULL));
    cr_expect_eq(WEXITSTATUS(status), 0);
    cr_expect(g_str_has_prefix(out, "Usage: ailurus replay "));
    g_free(out);
    g_unlink(link);
    g_rmdir(dir);
    g_free(link);
    g_free(dir);
}
