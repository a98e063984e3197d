/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces of a part (`replay --from --to`): what they say is what the whole trace says between the
 * same instructions, wherever the part begins and ends.
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
    {"--kernel $G/x86-faults.elf"},
    {"--kernel $G/x86-net.elf --net user --seconds 3"},
    {"--disk disk.img"},
    {"--arch aarch64 --kernel $G/arm64-irq.elf"},
    {"--arch aarch64 --kernel $G/arm64-spaces.elf"},
};

static uint64_t instructions(const char *dir)
{
    return ail_number(dir, "$A trace info --json whole.trace | "
                           "sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/'");
}

static void record(const char *dir, const char *options)
{
    ail_run(dir, "cp $G/x86-boot.img disk.img");
    ail_run(dir,
            "$A record --no-check %s -o whole.rr && $A replay whole.rr --no-osi -o whole.trace",
            options);
    ail_run(dir, "rm disk.img");
}

/* The events at the very end are the last instruction's. */
static void expect_same(const char *dir, uint64_t from, uint64_t to, uint64_t end)
{
    ail_run(dir, "$A replay whole.rr --from %" PRIu64 " --to %" PRIu64 " --no-osi -f -o part.trace",
            from, to);
    ail_run(dir, "$A trace verify part.trace");
    ail_run(dir,
            "$A trace info --json part.trace | grep -q '\"first\":%" PRIu64
            ",\"instructions\":%" PRIu64 ",'",
            from, to - from);
    /* What a port gave is told behind the instruction that asked, which here is before the part. */
    if (to == end)
        ail_run(dir, "$A trace diff whole.trace part.trace --from %" PRIu64, from);
    else
        ail_run(dir, "$A trace diff whole.trace part.trace --from %" PRIu64 " --to %" PRIu64, from,
                to);
}

/* What another part has is told to differ: the comparison can fail. */
static void expect_other(const char *dir, uint64_t from, uint64_t to)
{
    ail_run(dir,
            "$A trace diff whole.trace part.trace --from %" PRIu64 " --to %" PRIu64
            " --shift 1 >out; test $? = 1",
            from, to);
}

ParameterizedTestParameters(part, is_what_the_whole_has_there)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, part, is_what_the_whole_has_there)
{
    char *dir = ail_folder_new();
    record(dir, g->options);
    uint64_t n = instructions(dir);
    expect_same(dir, n / 3, MIN(n, n / 3 + 100000), n);
    expect_other(dir, n / 3 + 1, MIN(n, n / 3 + 100000));
    expect_same(dir, 1, 2, n);
    expect_same(dir, 0, MIN(n, 50000), n);
    expect_same(dir, n - 1, n, n);
    /* Where interrupts, faults, address spaces and console bytes are, some of each. */
    ail_run(dir,
            "$A trace dump --events whole.trace | awk '$2 > 2 && $2 + 2 < %" PRIu64
            "{ k = $3 $4; if (c[k]++ %% 50 == 1) print $2 }' | sort -n -u | head -n 6 >at.txt",
            n);
    for (int i = 1; i <= 6; i++) {
        char *command = g_strdup_printf("sed -n %dp at.txt", i);
        uint64_t at = ail_number(dir, command);
        g_free(command);
        if (!at)
            break;
        expect_same(dir, at, at + 2, n);
        expect_same(dir, at - 1, at, n);
        expect_same(dir, at + 1, MIN(n, at + 50000), n);
    }
    ail_folder_remove(dir);
}

Test(part, keeps_its_numbers)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel $G/x86-irq.elf");
    uint64_t n = instructions(dir), from = n / 4, at = n / 2;
    ail_run(dir, "$A replay whole.rr --from %" PRIu64 " --chunk 5000 -o part.trace", from);
    ail_run(dir, "$A replay whole.rr --from %" PRIu64 " --chunk 5000 -o again.trace", from);
    ail_run(dir, "cmp part.trace again.trace");
    ail_run(dir, "$A trace diff whole.trace part.trace --from %" PRIu64, from);
    ail_run(dir,
            "for t in whole part; do $A trace dump $t.trace --from %" PRIu64 " --to %" PRIu64
            " >$t.txt; done; test -s part.txt && cmp whole.txt part.txt",
            at, at + 20000);
    ail_run(dir,
            "$A asidstory --json part.trace | grep -q '\"first_icount\":%" PRIu64
            ",\"last_icount\":%" PRIu64 ",'",
            from, n - 1);
    ail_run(dir, "$A callstack part.trace --at %" PRIu64 " | grep -q 'icount %" PRIu64 ",'", at,
            at);
    ail_run(dir,
            "$A replay whole.rr --from %" PRIu64 " -o - | $A trace dump - | head -n 1 | "
            "grep -q '^ *%" PRIu64 " '",
            from, from);
    ail_folder_remove(dir);
}

/* Columns by themselves; what is not asked for does not matter to where it begins. */
Test(part, takes_columns)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel $G/x86-spaces.elf");
    uint64_t from = instructions(dir) / 2;
    ail_run(dir, "$A replay whole.rr --from %" PRIu64 " --columns event -o part.trace", from);
    ail_run(dir, "$A asidstory --json part.trace | grep -q '\"first_icount\":%" PRIu64 ",'", from);
    ail_folder_remove(dir);
}

Test(part, says_what_is_not_there)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel $G/x86-count.elf");
    ail_run(dir, "rm whole.trace");
    ail_expect_failure(dir, "$A replay whole.rr --to 900000000000 -o p.trace",
                       "whole.rr ends at instruction");
    ail_expect_failure(dir, "$A replay whole.rr --from 900000000000 -o p.trace",
                       "nothing lies between");
    ail_expect_failure(dir, "$A replay whole.rr --from 5 --to 5 -o p.trace",
                       "nothing lies between instructions 5 and 5 of whole.rr");
    AilOutcome o = ail_shell(dir, "$A replay whole.rr --from -1 -o p.trace");
    cr_expect_eq(o.status, 2, "%s", o.err);
    ail_outcome_clear(&o);
    ail_run(dir, "test -z \"$(ls -A | grep -v whole.rr)\"");
    ail_folder_remove(dir);
}
