/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of a machine that runs: begun and ended by scripts, by ailurus ctl and by the guest. Each
 * must replay by itself, from its first instruction to its last, and have what happened in it.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <string.h>

typedef struct Guest {
    char options[64];
} Guest;

static Guest guests[] = {{"--kernel $G/x86-live.elf"},
                         {"--arch aarch64 --kernel $G/arm64-live.elf"}};

/* Recording `name` replays, and has these keystrokes, in hex, and no others. */
static void expect_heard(const char *dir, const char *name, const char *keys)
{
    ail_run(dir, "$A verify --replay %s.rr", name);
    char *command = g_strdup_printf("$A log --json %s.rr | sed -n "
                                    "'/char-input/s/.*\"data\":\"\\(.*\\)\".*/\\1/p' | tr -d '\\n'",
                                    name);
    AilOutcome o = ail_shell(dir, command);
    cr_expect_str_eq(o.out, keys, "%s: heard %s, not %s", name, o.out, keys);
    ail_outcome_clear(&o);
    g_free(command);
}

static void write_script(const char *dir, const char *text)
{
    char *path = g_build_filename(dir, "script", NULL);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    g_free(path);
}

static void expect_empty_handed(const char *dir)
{
    ail_run(dir, "test -z \"$(ls -d .ailurus* *.sock 2>/dev/null)\"");
}

ParameterizedTestParameters(pieces, scripts_say_when)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, pieces, scripts_say_when)
{
    char *dir = ail_folder_new();
    write_script(dir, "@wait ready\n@type 0\n@wait heard 0\n@do begin_record one\n@type 1\n"
                      "@wait heard 1\n@do end_record\n@type 2\n@wait heard 2\n"
                      "@do begin_record two.rr\n@type 34\n@wait heard 4\n@do end_record\n"
                      "@do begin_record last\n@type 5\n@wait heard 5\n@type q\n");
    ail_run(dir, "$A record %s --control s.sock --input script --serial-log log >out", g->options);
    ail_run(dir, "grep -q '^one.rr: .*it replays$' out && grep -q '^last.rr: .*it replays$' out");
    expect_heard(dir, "one", "31");
    expect_heard(dir, "two", "3334");
    expect_heard(dir, "last", "3571");
    /* The guest's own end is in the piece that it ended in, and in no other. */
    ail_run(dir, "$A info --json last.rr | grep -q guest-shutdown");
    ail_run(dir, "$A info --json one.rr | grep -q end_record");
    expect_empty_handed(dir);
    ail_folder_remove(dir);
}

ParameterizedTestParameters(pieces, guests_say_when)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, pieces, guests_say_when)
{
    char *dir = ail_folder_new();
    write_script(dir, "@wait ready\n@type b\n@wait heard b\n@sleep 1\n@type 1\n@wait heard 1\n"
                      "@type e\n@wait heard e\n@sleep 1\n@type 2\n@wait heard 2\n@type q\n");
    ail_run(dir, "$A record %s --hypercalls --input script --no-check >out", g->options);
    ail_run(dir, "test \"$(ls *.rr)\" = inner.rr");
    ail_run(dir, "$A info --json inner.rr | grep -q '\"end\":\"guest\"'");
    expect_heard(dir, "inner", "3165");
    expect_empty_handed(dir);
    ail_folder_remove(dir);
}

Test(pieces, guests_do_not_name_files_elsewhere)
{
    char *dir = ail_folder_new();
    write_script(dir, "@wait ready\n@type x\n@wait heard x\n@sleep 0.5\n@type q\n");
    ail_expect_failure(dir,
                       "mkdir in && cd in && $A record --kernel $G/x86-live.elf --hypercalls "
                       "--input ../script && exit 1",
                       "a name that is not made of");
    ail_run(dir, "test -z \"$(find . -name '*.rr')\"");
    ail_folder_remove(dir);
}

Test(pieces, ctl_says_when)
{
    char *dir = ail_folder_new();
    ail_run(
        dir,
        "$A record --kernel $G/x86-live.elf --control s.sock --serial-log log --no-check >out & "
        "until [ -S s.sock ] && grep -q ready log; do sleep 0.1; done; "
        "$A ctl s.sock status | grep -q '^machine: x86_64' && "
        "$A ctl s.sock begin_record a | grep -q '^a.rr: recording' && "
        "$A ctl s.sock type 7 && until [ $(grep -c heard log) = 2 ]; do sleep 0.1; done; "
        "printf 'status\\nend_record\\n' | $A ctl s.sock | grep -q '^a.rr: .* instructions' && "
        "! $A ctl s.sock end_record 2>err && grep -q 'no piece is being recorded' err && "
        "! $A ctl s.sock begin_record a 2>err && grep -q 'a.rr exists already' err && "
        "! $A ctl s.sock nonsense 2>err && grep -q 'unknown command' err && "
        "$A ctl s.sock quit && wait");
    expect_heard(dir, "a", "370d");
    ail_expect_failure(dir, "$A ctl s.sock status", "s.sock");
    expect_empty_handed(dir);
    ail_folder_remove(dir);
}

Test(pieces, monitor_reads_standard_input)
{
    char *dir = ail_folder_new();
    ail_run(dir, "(until grep -q ready log; do sleep 0.1; done; echo begin_record a; echo type 1; "
                 "until grep -q 'heard 1' log; do sleep 0.1; done; echo end_record) | "
                 "$A record --kernel $G/x86-live.elf --interactive --serial-log log >out");
    ail_run(dir, "grep -q '^a.rr: recording' out && grep -q '^a.rr: .*it replays' out");
    expect_empty_handed(dir);
    ail_folder_remove(dir);
}

/* QEMU is killed while a piece is in progress: what it had written of its log is kept, and replays.
 */
Test(pieces, survives_the_death_of_qemu)
{
    char *dir = ail_folder_new();
    ail_expect_failure(
        dir,
        "$A record --kernel $G/x86-live.elf --control s.sock --serial-log log >out 2>err & "
        "until [ -S s.sock ] && grep -q ready log; do sleep 0.1; done; "
        "$A ctl s.sock begin_record whole && $A ctl s.sock type 1 && "
        "until grep -q 'heard 1' log; do sleep 0.1; done; $A ctl s.sock end_record && "
        "$A ctl s.sock begin_record torn && $A ctl s.sock type 2 && "
        "until grep -q 'heard 2' log; do sleep 0.1; done; sleep 0.5; "
        "kill -9 $(cat /proc/$!/task/$!/children); wait $!; s=$?; cat err >&2; exit $s",
        "QEMU was killed by signal 9");
    ail_run(dir, "$A verify --replay whole.rr");
    ail_run(dir, "grep '^torn.rr: .* instructions' out && $A verify --replay torn.rr");
    expect_empty_handed(dir);
    ail_folder_remove(dir);
}

Test(pieces, refuses_what_excludes_each_other)
{
    char *dir = ail_folder_new();
    AilOutcome o = ail_shell(dir, "$A record --kernel $G/x86-live.elf --interactive -o a.rr");
    cr_expect_eq(o.status, 2);
    cr_expect_not_null(strstr(o.err, "exclude each other"), "%s", o.err);
    ail_outcome_clear(&o);
    write_script(dir, "@do begin_record a\n");
    ail_expect_failure(dir, "$A record --kernel $G/x86-live.elf --input script -o a.rr",
                       "@do is for recording pieces");
    ail_run(dir, "echo busy >s.sock");
    ail_expect_failure(dir, "$A record --kernel $G/x86-live.elf --control s.sock",
                       "cannot listen on s.sock");
    ail_run(dir, "test \"$(cat s.sock)\" = busy");
    ail_folder_remove(dir);
}
