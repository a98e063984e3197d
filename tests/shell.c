/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>
#include <sys/wait.h>

AilOutcome ail_shell(const char *dir, const char *command)
{
    AilOutcome o = {-1, NULL, NULL};
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
    char **env = g_environ_setenv(g_get_environ(), "A", AIL_PROGRAM, TRUE);
    env = g_environ_setenv(env, "G", AIL_GUESTS, TRUE);
    env = g_environ_unsetenv(env, "TMPDIR"); /* what is left behind is to be seen in `dir` */
    cr_assert(g_spawn_sync(dir, argv, env, 0, NULL, NULL, &o.out, &o.err, &o.status, NULL));
    g_strfreev(env);
    o.status = WIFEXITED(o.status) ? WEXITSTATUS(o.status) : -1;
    return o;
}

void ail_outcome_clear(AilOutcome *o)
{
    g_free(o->out);
    g_free(o->err);
}

static unsigned count_lines(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

void ail_expect_failure(const char *dir, const char *command, const char *says)
{
    AilOutcome o = ail_shell(dir, command);
    cr_expect_eq(o.status, 1, "%s: status %d", command, o.status);
    cr_expect(count_lines(o.err) == 1 && strstr(o.err, says), "%s: said %s, not %s", command, o.err,
              says);
    ail_outcome_clear(&o);
}

void ail_expect_success(const char *dir, const char *command)
{
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: status %d, %s", command, o.status, o.err);
    ail_outcome_clear(&o);
}

void ail_run(const char *dir, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *command = g_strdup_vprintf(format, args);
    va_end(args);
    ail_expect_success(dir, command);
    g_free(command);
}

uint64_t ail_number(const char *dir, const char *command)
{
    AilOutcome o = ail_shell(dir, command);
    uint64_t n = g_ascii_strtoull(o.out, NULL, 10);
    cr_assert_eq(o.status, 0, "%s: %s", command, o.err);
    ail_outcome_clear(&o);
    return n;
}

char *ail_folder_new(void)
{
    char *dir = g_dir_make_tmp("ailurus-test-XXXXXX", NULL);
    cr_assert_not_null(dir);
    return dir;
}

void ail_folder_remove(char *dir)
{
    AilOutcome o = ail_shell(dir, "rm -rf \"$PWD\"");
    ail_outcome_clear(&o);
    g_free(dir);
}
