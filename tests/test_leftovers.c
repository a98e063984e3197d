/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Working directories of killed runs: the next run removes a replay's, keeps a recording's and says
 * so, and leaves alone whatever is still in use or not ours.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

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

TestSuite(leftovers, .init = set_up, .fini = tear_down);

/* The command succeeds and says on stderr what holds all of `says`, or nothing when it is NULL. */
static void expect_note(const char *command, const char *const *says)
{
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: status %d, %s", command, o.status, o.err);
    cr_expect(says || !*o.err, "said %s", o.err);
    for (; says && *says; says++)
        cr_expect(strstr(o.err, *says), "not '%s': %s", *says, o.err);
    ail_outcome_clear(&o);
}

/* Starts a replay, $pid, that cannot go on: what has come of its trace is read, and the rest is
 * more than the pipe holds. */
#define NOISE                                                                                      \
    "$A record --no-check --kernel $G/x86-noise.elf -o noise.rr >/dev/null; mkfifo pipe; "         \
    "$A replay noise.rr -o - >pipe & pid=$!; exec 3<pipe; head -c 65536 <&3 >/dev/null; "

Test(leftovers, of_a_killed_replay_are_removed)
{
    ail_expect_success(dir, NOISE "kill -9 $pid; wait $pid; ls -d .ailurus-*");
    expect_note("$A replay g.rr -o 1.trace", (const char *const[]){"removed", "/.ailurus-", NULL});
    ail_expect_success(dir, "! ls -d .ailurus-*");
    expect_note("$A replay g.rr -o 2.trace", NULL);
}

Test(leftovers, of_a_running_replay_stay)
{
    ail_expect_success(dir, NOISE "$A replay g.rr -o 1.trace 2>said && test ! -s said && "
                                  "ls .ailurus-*/replay.log && "
                                  "cat <&3 >/dev/null && wait $pid && ! ls -d .ailurus-*");
}

/* Without its network card the guest looks for it for ever. */
Test(leftovers, of_a_killed_recording_are_kept)
{
    ail_expect_success(dir, "$A record --no-check --kernel $G/x86-net.elf -o killed.rr & pid=$!; "
                            "until ls .ailurus-*/replay.log; do sleep 0.1; done; kill -9 $pid; "
                            "wait $pid; test ! -e killed.rr");
    const char *says[] = {"recording that was killed left", "/.ailurus-", "rm -r", NULL};
    expect_note("$A replay g.rr -o 1.trace", says);
    expect_note("$A record --no-check --kernel $G/x86-count.elf -o h.rr", says);
    ail_expect_success(dir, "ls .ailurus-*/replay.log .ailurus-*/kernel");
}

/* Almost what is removed, but for one thing each. */
Test(leftovers, of_others_stay)
{
    ail_expect_success(
        dir,
        "make() { mkdir -m 700 $1; echo ailurus replay >$1/owner; echo mine >$1/data; }; "
        "make .ailurus-noownr; rm .ailurus-noownr/owner; "
        "make .ailurus-others; echo something else >.ailurus-others/owner; "
        "make .ailurus-nobody; : >.ailurus-nobody/owner; "
        "make .ailurus-shared; chmod 755 .ailurus-shared; "
        "make .ailurus-toolong; make elsewhere; ln -s elsewhere .ailurus-linked; "
        "make .ailurus-linkin; mv .ailurus-linkin/owner owner; ln -s ../owner .ailurus-linkin/");
    ail_expect_success(dir, "find . -path './*/*' | sort >before");
    expect_note("$A replay g.rr -o 1.trace", NULL);
    ail_expect_success(dir, "find . -path './*/*' | sort | cmp - before");
    /* And one that has all of it is removed. */
    ail_expect_success(dir, "mkdir -m 700 .ailurus-proper; echo ailurus replay >.ailurus-proper/"
                            "owner; $A replay g.rr -o 2.trace; test ! -e .ailurus-proper");
}

Test(leftovers, are_looked_for_where_they_are_made)
{
    ail_expect_success(dir, "mkdir tmp; mkdir -m 700 tmp/.ailurus-proper; "
                            "echo ailurus replay >tmp/.ailurus-proper/owner; "
                            "TMPDIR=$PWD/tmp $A replay g.rr -o 1.trace; rmdir tmp");
}
