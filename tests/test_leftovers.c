/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Working directories of killed runs: the next run removes a replay's, keeps a recording's and says
 * so, and leaves alone whatever is still in use or not ours. Of a recording's, ailurus salvage
 * makes what can be made.
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

/* QEMU dies with us, a moment later; until then the directory is in use. */
#define KILL "kill -9 $pid; wait $pid; until flock -n .ailurus-*/owner true; do sleep 0.01; done; "

/* A recording of all of the run of a guest, idle for so long that QEMU has written some of its
 * log; killed. */
#define KILLED(options)                                                                            \
    "$A record --no-check --kernel $G/x86-live.elf " options                                       \
    " -o killed.rr & pid=$!; until [ $(stat -c %s .ailurus-*/replay.log 2>/dev/null || echo 0) "   \
    "-gt 8000 ]; do sleep 0.05; done; " KILL

Test(leftovers, of_a_killed_recording_are_kept)
{
    ail_expect_success(dir, KILLED("") "test ! -e killed.rr");
    const char *says[] = {"a recording was killed", "ailurus salvage /", "/.ailurus-", NULL};
    expect_note("$A replay g.rr -o 1.trace", says);
    expect_note("$A record --no-check --kernel $G/x86-count.elf -o h.rr", says);
    ail_expect_success(dir, "ls .ailurus-*/replay.log .ailurus-*/kernel");
}

Test(leftovers, of_a_killed_recording_are_salvaged)
{
    ail_expect_success(dir, KILLED("") "$A salvage .ailurus-* >out && "
                                       "grep '^/.*/killed.rr: .* up to the last .*; it replays$' "
                                       "out && ! ls -d .ailurus-*");
    ail_expect_success(dir, "$A info --json killed.rr | grep -q '\"end\":\"host-error\"'");
}

Test(leftovers, with_disks_get_all_of_them)
{
    ail_expect_success(
        dir,
        "cp $G/x86-boot.img disk.img; " KILLED(
            "--disk disk.img") "mv disk.img away && $A salvage .ailurus-* 2>err; test $? = 1 && "
                               "grep -q 'disk.img: No such file' err && ls .ailurus-*/replay.log "
                               "&& "
                               "mv away disk.img && $A salvage .ailurus-* -o other.rr && rm "
                               "disk.img && "
                               "$A verify --replay other.rr && ! ls -d .ailurus-* && test ! -e "
                               "killed.rr");
}

/* Pieces: one is sealed, one is in progress, and none. */
#define SESSION(options)                                                                           \
    "$A record --kernel $G/x86-live.elf " options                                                  \
    " --control s.sock --serial-log log --no-check >out 2>err & pid=$!; "                          \
    "until [ -S s.sock ] && grep -q ready log; do sleep 0.05; done; "

Test(leftovers, of_killed_pieces_are_salvaged)
{
    ail_expect_success(dir,
                       SESSION("") "$A ctl s.sock begin_record whole && $A ctl s.sock type 1 && "
                                   "$A ctl s.sock end_record && "
                                   "$A ctl s.sock begin_record torn && $A ctl s.sock type 2 && "
                                   "sleep 0.5; " KILL "$A verify whole.rr && test ! -e torn.rr "
                                   "&& touch torn.rr");
    ail_expect_success(dir, "$A salvage .ailurus-* 2>said; test $? = 1 && "
                            "grep -q 'torn.rr exists already' said && rm torn.rr && "
                            "$A salvage .ailurus-* >said && test $(wc -l <said) = 1 && "
                            "grep -q '^/.*/torn.rr: .*; it replays$' said && ! ls -d .ailurus-*");
}

Test(leftovers, of_killed_pieces_with_disks_are_lost)
{
    ail_expect_success(
        dir,
        "cp $G/x86-boot.img disk.img; " SESSION(
            "--disk disk.img") "$A ctl s.sock begin_record torn && sleep 0.3; " KILL
                               "$A salvage .ailurus-* 2>said; test $? = 1 && "
                               "grep -q 'torn.rr: lost: what was written to the disks' said && "
                               "! ls -d .ailurus-* && test ! -e torn.rr");
}

Test(leftovers, with_nothing_to_save_are_removed)
{
    ail_expect_success(dir, SESSION("") KILL "ls -d .ailurus-*");
    expect_note("$A replay g.rr -o 1.trace",
                (const char *const[]){"removed /", "while it recorded nothing", NULL});
    ail_expect_success(dir, "! ls -d .ailurus-*");
}

Test(leftovers, salvage_takes_no_others)
{
    ail_expect_failure(dir, "$A salvage .", "not what a recording that was killed leaves");
    ail_expect_failure(dir, "$A salvage nowhere", "nowhere is not what");
    ail_expect_success(dir,
                       SESSION("") "$A salvage .ailurus-* 2>said; test $? = 1 && "
                                   "grep -q 'is in use' said && $A ctl s.sock quit && wait $pid");
}

/* A member that takes a while to look at. */
Test(leftovers, of_interrupted_packing_are_none)
{
    ail_expect_success(dir, "$A unpack g.rr -o g && truncate -s 3G g/kernel");
    ail_expect_failure(dir,
                       "$A pack g --update-checksums -o p.rr & pid=$!; sleep 0.5; kill -TERM $pid; "
                       "wait $pid",
                       "p.rr: interrupted");
    ail_expect_success(dir, "! ls p.rr*");
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
