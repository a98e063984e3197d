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

static void run(const char *dir, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void run(const char *dir, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *command = g_strdup_vprintf(format, args);
    va_end(args);
    ail_expect_success(dir, command);
    g_free(command);
}

static uint64_t instructions(const char *dir, const char *trace)
{
    char *command =
        g_strdup_printf("$A trace info --json %s | sed 's/.*\"instructions\":\\([0-9]*\\)"
                        ".*/\\1/'",
                        trace);
    AilOutcome o = ail_shell(dir, command);
    uint64_t n = g_ascii_strtoull(o.out, NULL, 10);
    cr_assert_gt(n, 0, "%s", o.out);
    ail_outcome_clear(&o);
    g_free(command);
    return n;
}

/* NAME.txt = all that trace NAME has from `from` on, counted from there, up to `to`. */
static void write_out(const char *dir, const char *name, uint64_t from, uint64_t to)
{
    run(dir,
        "$A trace dump %s.trace --from %" PRIu64 " --to %" PRIu64 " | awk -v b=%" PRIu64
        " '/^ *[0-9]+ /{ $1 -= b } /^-- /{ $2 -= b } { print }' >%s.txt",
        name, from, to, from, name);
}

/* Cut [from, to) out of WHOLE.rr into PIECE.rr; their traces must agree. */
static void expect_same(const char *dir, const char *whole, const char *piece, uint64_t from,
                        uint64_t to)
{
    run(dir, "$A scissors %s.rr --from %" PRIu64 " --to %" PRIu64 " -o %s.rr", whole, from, to,
        piece);
    run(dir, "$A replay %s.rr -o %s.trace", piece, piece);
    cr_assert_eq(instructions(dir, "piece.trace"), to - from);
    write_out(dir, whole, from, to);
    write_out(dir, piece, 0, to - from);
    run(dir, "cmp %s.txt %s.txt && test -s %s.txt", whole, piece, piece);
}

ParameterizedTest(Guest *g, scissors, cuts_exactly)
{
    char *dir = ail_folder_new();
    run(dir, "cp $G/x86-boot.img disk.img");
    run(dir, "$A record --no-check %s -o whole.rr && $A replay whole.rr -o whole.trace",
        g->options);
    run(dir, "rm disk.img");
    uint64_t n = instructions(dir, "whole.trace");
    expect_same(dir, "whole", "piece", n / 3, n / 3 * 2);
    run(dir, "mv piece.rr again.rr; mv piece.trace again.trace");
    expect_same(dir, "again", "piece", n / 12, n / 4);
    run(dir, "rm piece.*");
    expect_same(dir, "whole", "piece", 0, n / 2);
    run(dir, "rm piece.*");
    expect_same(dir, "whole", "piece", n / 2 + 1, n);
    ail_folder_remove(dir);
}

Test(scissors, says_what_cannot_be_cut)
{
    char *dir = ail_folder_new();
    run(dir, "$A record --no-check --kernel $G/x86-count.elf -o whole.rr");
    ail_expect_failure(dir, "$A scissors whole.rr --from 1 --to 900000000000 -o p.rr",
                       "whole.rr ends at instruction");
    ail_expect_failure(dir, "$A scissors whole.rr --from 5 --to 5 -o p.rr", "nothing lies between");
    ail_expect_failure(dir, "$A scissors missing.rr --to 5 -o p.rr", "missing.rr: No such file");
    ail_expect_failure(dir, "$A scissors whole.rr --to 5 -o whole.rr", "whole.rr exists");
    run(dir, "test ! -e p.rr && test -z \"$(ls -d .ailurus* 2>/dev/null)\"");
    ail_folder_remove(dir);
}
