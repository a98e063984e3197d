/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cutting recordings: the trace of a piece is that of the original between the same instructions,
 * whatever it cuts through, and a piece of a piece too.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>

typedef struct Guest {
    char options[96];
} Guest;

static Guest guests[] = {
    {"--kernel $G/x86-irq.elf"},
    {"--kernel $G/x86-spaces.elf"},
    {"--kernel $G/x86-net.elf --net user --seconds 3"},
    {"--disk disk.img"},
    {"--disk disk.img --disk-bus ide"},
    {"--arch aarch64 --kernel $G/arm64-irq.elf"},
    {"--arch aarch64 --kernel $G/arm64-strings.elf"},
};

ParameterizedTestParameters(scissors, cuts_exactly)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

static uint64_t instructions(const char *dir, const char *trace)
{
    char *command =
        g_strdup_printf("$A trace info --json %s | sed 's/.*\"instructions\":\\([0-9]*\\)"
                        ".*/\\1/'",
                        trace);
    uint64_t n = ail_number(dir, command);
    cr_assert_gt(n, 0);
    g_free(command);
    return n;
}

/* Cut [from, to) out of WHOLE.rr into PIECE.rr; their traces must agree in every column. One
 * instruction aside they do not: the comparison can fail. */
static void expect_same(const char *dir, const char *whole, const char *piece, uint64_t from,
                        uint64_t to)
{
    ail_run(dir, "$A scissors %s.rr --from %" PRIu64 " --to %" PRIu64 " -o %s.rr", whole, from, to,
            piece);
    ail_run(dir, "$A replay %s.rr -o %s.trace", piece, piece);
    cr_assert_eq(instructions(dir, "piece.trace"), to - from);
    ail_run(dir,
            "$A trace diff %s.trace %s.trace --from %" PRIu64 " --to %" PRIu64 " --shift %" PRIu64,
            whole, piece, from, to, from);
    ail_run(dir,
            "$A trace diff %s.trace %s.trace --from %" PRIu64 " --to %" PRIu64 " --shift %" PRIu64
            " >out; test $? = 1",
            whole, piece, from + 1, to, from + 1);
}

ParameterizedTest(Guest *g, scissors, cuts_exactly)
{
    char *dir = ail_folder_new();
    ail_run(dir, "cp $G/x86-boot.img disk.img");
    ail_run(dir, "$A record --no-check %s -o whole.rr && $A replay whole.rr -o whole.trace",
            g->options);
    ail_run(dir, "rm disk.img");
    uint64_t n = instructions(dir, "whole.trace");
    expect_same(dir, "whole", "piece", n / 3, n / 3 * 2);
    ail_run(dir, "mv piece.rr again.rr; mv piece.trace again.trace");
    expect_same(dir, "again", "piece", n / 12, n / 4);
    ail_run(dir, "rm piece.*");
    expect_same(dir, "whole", "piece", 0, n / 2);
    ail_run(dir, "rm piece.*");
    expect_same(dir, "whole", "piece", n / 2 + 1, n);
    ail_run(dir, "$A info --json whole.rr | grep -o '\"end\":\"[^\"]*' >whole.end");
    ail_run(dir, "$A info --json piece.rr | grep -o '\"end\":\"[^\"]*' | cmp - whole.end");
    ail_run(dir, "$A info --json again.rr | grep -q '\"end\":\"scissors\"'");
    ail_folder_remove(dir);
}

/* The moment is found in the trace; what is cut has it in its middle. */
Test(scissors, cuts_around_a_moment)
{
    char *dir = ail_folder_new();
    ail_run(dir, "$A record --no-check --kernel $G/x86-strings.elf -o whole.rr && "
                 "$A replay whole.rr -o whole.trace");
    ail_run(dir,
            "$A scissors whole.rr --trace whole.trace --around-string 'moved one byte' --margin "
            "500 -o s.rr");
    ail_run(
        dir,
        "$A replay s.rr -o s.trace && $A stringsearch s.trace 'moved one byte' | grep -q moved");
    ail_run(dir,
            "begin=$(sed -n 's/^\\([0-9a-f]*\\) . begin$/\\1/p' $G/x86-strings.sym) && "
            "$A scissors whole.rr --trace whole.trace --around-pc $begin --margin 100 -o p.rr && "
            "$A replay p.rr -o p.trace && "
            "$A trace dump p.trace --from 100 --to 101 | grep -q \" 0*$begin \"");
    ail_expect_failure(dir,
                       "$A scissors whole.rr --trace whole.trace --around-string nowhere -o n.rr",
                       "'nowhere' is not in this trace");
    ail_expect_failure(dir, "$A scissors whole.rr --trace s.trace --around-pc 1 -o n.rr",
                       "s.trace is the trace of another recording");
    ail_folder_remove(dir);
}

Test(scissors, says_what_cannot_be_cut)
{
    char *dir = ail_folder_new();
    ail_run(dir, "$A record --no-check --kernel $G/x86-count.elf -o whole.rr");
    ail_expect_failure(dir, "$A scissors whole.rr --from 1 --to 900000000000 -o p.rr",
                       "whole.rr ends at instruction");
    ail_expect_failure(dir, "$A scissors whole.rr --from 5 --to 5 -o p.rr", "nothing lies between");
    ail_expect_failure(dir, "$A scissors missing.rr --to 5 -o p.rr", "missing.rr: No such file");
    ail_expect_failure(dir, "$A scissors whole.rr --to 5 -o whole.rr", "whole.rr exists");
    ail_run(dir, "test ! -e p.rr && test -z \"$(ls -d .ailurus* 2>/dev/null)\"");
    ail_folder_remove(dir);
}
