/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands do when something goes wrong: one line, status 1, nothing half-written. */
#include "tests/facts.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Outcome {
    int status;
    char *out, *err; /* owned */
} Outcome;

/* Run `command` with a shell in folder `dir`; $A is the program under test. */
static Outcome shell(const char *dir, const char *command)
{
    Outcome o = {-1, NULL, NULL};
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
    char **env = g_environ_setenv(g_get_environ(), "A", AIL_PROGRAM, TRUE);
    cr_assert(g_spawn_sync(dir, argv, env, 0, NULL, NULL, &o.out, &o.err, &o.status, NULL));
    g_strfreev(env);
    o.status = WIFEXITED(o.status) ? WEXITSTATUS(o.status) : -1;
    return o;
}

static void drop(Outcome *o)
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

/* The command fails with status 1 and one line that holds `says`. */
static void expect_failure(const char *dir, const char *command, const char *says)
{
    Outcome o = shell(dir, command);
    cr_expect_eq(o.status, 1, "%s: status %d", command, o.status);
    cr_expect(count_lines(o.err) == 1 && strstr(o.err, says), "%s: said %s, not %s", command, o.err,
              says);
    drop(&o);
}

static void expect_success(const char *dir, const char *command)
{
    Outcome o = shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: status %d, %s", command, o.status, o.err);
    drop(&o);
}

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    AilFacts *f = ail_facts_load("x86-count");
    dir = g_dir_make_tmp("ailurus-failures-XXXXXX", NULL);
    char *record = g_strdup_printf("$A record --kernel %s -o g.rr", ail_facts_elf(f));
    expect_success(dir, record);
    g_free(record);
    ail_facts_free(f);
}

static void tear_down(void)
{
    Outcome o = shell(dir, "rm -rf \"$PWD\"");
    drop(&o);
    g_free(dir);
}

TestSuite(failures, .init = set_up, .fini = tear_down);

Test(failures, nothing_is_overwritten_unasked)
{
    expect_success(dir, "echo mine >t.trace");
    expect_failure(dir, "$A replay g.rr -o t.trace", "exists");
    expect_success(dir, "test $(cat t.trace) = mine && $A replay g.rr --force -o t.trace && "
                        "$A trace verify t.trace");
}

Test(failures, damaged_recordings_are_refused)
{
    expect_failure(dir, "$A replay none.rr -o t.trace", "none.rr");
    expect_failure(dir, ": >empty.rr; $A replay empty.rr -o t.trace", "empty.rr");
    expect_failure(dir, "head -c 20000 g.rr >cut.rr; $A replay cut.rr -o t.trace", "cut.rr");
    expect_failure(dir,
                   "cp g.rr bad.rr; printf xxxx | dd of=bad.rr bs=1 seek=40000 conv=notrunc "
                   "2>/dev/null; $A replay bad.rr -o t.trace",
                   "bad.rr");
    expect_success(dir, "! ls | grep -v '[.]rr$'");
}

Test(failures, damaged_traces_are_refused)
{
    expect_success(dir, "$A replay g.rr -o t.trace");
    expect_failure(dir, ": >e.trace; $A trace verify e.trace", "empty");
    expect_failure(dir, "$A trace verify g.rr", "not a trace");
    expect_failure(dir, "head -c -100 t.trace >cut.trace; $A trace verify cut.trace", "incomplete");
    expect_failure(dir,
                   "cp t.trace bad.trace; printf x | dd of=bad.trace bs=1 seek=5000 conv=notrunc "
                   "2>/dev/null; $A trace verify bad.trace",
                   "damaged");
    expect_failure(dir, "$A replay g.rr --columns flow -o f.trace >/dev/null; $A asidstory f.trace",
                   "event");
}

Test(failures, a_full_disk_leaves_nothing_behind)
{
    expect_failure(dir, "$A replay g.rr -o - >/dev/full", "No space left");
}

Test(failures, a_missing_qemu_is_named)
{
    expect_failure(dir, "PATH=/nonexistent $A replay g.rr -o t.trace", "qemu-system-x86");
    expect_failure(dir,
                   "mkdir p; printf '#!/bin/sh\\necho QEMU emulator version 7.2.0' "
                   ">p/qemu-system-x86_64; chmod +x p/*; PATH=$PWD/p:$PATH $A replay g.rr -o "
                   "t.trace",
                   "7.2.0");
    expect_failure(dir,
                   "printf '#!/bin/sh\\necho QEMU emulator version 11.9.0' "
                   ">p/qemu-system-x86_64; PATH=$PWD/p:$PATH $A replay g.rr -o t.trace",
                   "11.9.0");
}

/* Whenever it is killed: what is there is readable, and either whole or said not to be; it does
 * not have the final name; QEMU is gone. Killed when its file has a size, not after a time. */
Test(failures, a_killed_replay_leaves_whole_chunks)
{
    for (int kib = 0; kib < 200; kib += 40) {
        char *command = g_strdup_printf(
            "mkdir w; export TMPDIR=$PWD/w; $A replay g.rr -o k.trace >/dev/null & pid=$!; "
            "while kill -0 $pid 2>/dev/null && test $(stat -c %%s k.trace.partial 2>/dev/null || "
            "echo 0) -lt %d; do :; done; kill -9 $pid 2>/dev/null; wait $pid; "
            "gone() { ! ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -q \"$PWD/w/\"; }; "
            "for n in 1 2 3 4 5 6 7 8 9; do gone && break; sleep 1; done; gone",
            kib * 1024 + 1);
        Outcome o = shell(dir, command);
        cr_expect_eq(o.status, 0, "QEMU outlived the replay");
        drop(&o);
        g_free(command);
        o = shell(dir, "t=k.trace; test -e $t || t=k.trace.partial; test -e $t || exit 0; "
                       "$A trace verify $t >v 2>&1; grep -q -e OK -e incomplete v");
        cr_expect_eq(o.status, 0, "a killed replay left a damaged trace");
        drop(&o);
        o = shell(dir, "rm -rf k.trace k.trace.partial w v");
        drop(&o);
    }
}
