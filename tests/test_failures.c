/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands do when something goes wrong: one line, status 1, nothing half-written. */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
    ail_expect_success(dir, "$A record --no-check --kernel $G/x86-count.elf -o g.rr");
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(failures, .init = set_up, .fini = tear_down);

Test(failures, nothing_is_overwritten_unasked)
{
    ail_expect_success(dir, "echo mine >t.trace");
    ail_expect_failure(dir, "$A replay g.rr -o t.trace", "exists");
    ail_expect_success(dir, "test $(cat t.trace) = mine && $A replay g.rr --force -o t.trace && "
                            "$A trace verify t.trace");
}

Test(failures, damaged_recordings_are_refused)
{
    ail_expect_failure(dir, "$A replay none.rr -o t.trace", "none.rr");
    ail_expect_failure(dir, ": >empty.rr; $A replay empty.rr -o t.trace", "empty.rr");
    ail_expect_failure(dir, "head -c 20000 g.rr >cut.rr; $A replay cut.rr -o t.trace", "cut.rr");
    ail_expect_failure(dir,
                       "cp g.rr bad.rr; printf xxxx | dd of=bad.rr bs=1 seek=40000 conv=notrunc "
                       "2>/dev/null; $A replay bad.rr -o t.trace",
                       "bad.rr");
    ail_expect_success(dir, "! ls | grep -v '[.]rr$'");
}

Test(failures, damaged_traces_are_refused)
{
    ail_expect_success(dir, "$A replay g.rr -o t.trace");
    ail_expect_failure(dir, ": >e.trace; $A trace verify e.trace", "empty");
    ail_expect_failure(dir, "$A trace verify g.rr", "not a trace");
    ail_expect_failure(dir, "head -c -100 t.trace >cut.trace; $A trace verify cut.trace",
                       "incomplete");
    /* A byte that is another one for certain: recordings are not alike. */
    ail_expect_failure(dir,
                       "cp t.trace bad.trace; b=$(od -An -tu1 -j5000 -N1 t.trace); "
                       "printf \"\\\\$(printf %o $((b ^ 1)))\" | "
                       "dd of=bad.trace bs=1 seek=5000 conv=notrunc 2>/dev/null; "
                       "$A trace verify bad.trace",
                       "damaged");
    ail_expect_failure(
        dir, "$A replay g.rr --columns flow -o f.trace >/dev/null; $A asidstory f.trace", "event");
}

Test(failures, a_full_disk_leaves_nothing_behind)
{
    ail_expect_failure(dir, "$A replay g.rr -o - >/dev/full", "No space left");
    ail_expect_success(dir, "! ls -A | grep -v '[.]rr$'");
}

Test(failures, results_that_a_full_disk_swallows_are_an_error)
{
    ail_expect_success(dir, "$A replay g.rr -o t.trace");
    ail_expect_failure(dir, "$A asidstory t.trace >/dev/full", "No space left");
    ail_expect_failure(dir, "$A stringsearch t.trace leaves >/dev/full", "No space left");
    ail_expect_failure(dir, "$A trace info t.trace >/dev/full", "No space left");
    ail_expect_failure(dir, "$A trace dump t.trace >/dev/full", "No space left");
}

Test(failures, a_missing_qemu_is_named)
{
    ail_expect_failure(dir, "PATH=/nonexistent $A replay g.rr -o t.trace", "qemu-system-x86");
    ail_expect_failure(dir,
                       "mkdir p; printf '#!/bin/sh\\necho QEMU emulator version 7.2.0' "
                       ">p/qemu-system-x86_64; chmod +x p/*; PATH=$PWD/p:$PATH $A replay g.rr -o "
                       "t.trace",
                       "7.2.0");
    ail_expect_failure(dir,
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
            "n=0; while ! gone && test $n -lt 60; do sleep 1; n=$((n + 1)); done; gone",
            kib * 1024 + 1);
        AilOutcome o = ail_shell(dir, command);
        cr_expect_eq(o.status, 0, "QEMU outlived the replay");
        ail_outcome_clear(&o);
        g_free(command);
        o = ail_shell(dir, "t=k.trace; test -e $t || t=k.trace.partial; test -e $t || exit 0; "
                           "$A trace verify $t >v 2>&1; grep -q -e OK -e incomplete v");
        cr_expect_eq(o.status, 0, "a killed replay left a damaged trace");
        ail_outcome_clear(&o);
        o = ail_shell(dir, "rm -rf k.trace k.trace.partial w v");
        ail_outcome_clear(&o);
    }
}

/* A replay into a pipe that has no room for more than its first bytes, which have come. */
static GPid start_into(int pipe)
{
    char *argv[] = {(char *)AIL_PROGRAM, (char *)"replay", (char *)"g.rr",
                    (char *)"-o",        (char *)"-",      NULL};
    GPid pid;
    int full;
    cr_assert_eq(fcntl(pipe, F_SETPIPE_SZ, 4096), 4096);
    cr_assert(g_spawn_async_with_fds(dir, argv, NULL,
                                     G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                                     NULL, &pid, -1, pipe, -1, NULL));
    do
        cr_assert_eq(ioctl(pipe, FIONREAD, &full), 0);
    while (!full);
    return pid;
}

Test(failures, a_replay_that_nobody_reads_can_be_stopped)
{
    int ends[2], status;
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    GPid pid = start_into(ends[1]);
    kill(pid, SIGINT);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %d", status);
    close(ends[0]);
    close(ends[1]);
    ail_expect_success(dir, "! ls -A | grep -v '[.]rr$'");
}
