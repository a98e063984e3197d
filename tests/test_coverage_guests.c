/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coverage of our own guests: blocks, bytes and branches are those found in another way from the
 * list of executed instructions and the disassembly (coverage_reference.py). And the files for
 * source lines, of a program whose lines are known.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

typedef struct Guest {
    char options[48], name[16], objdump[32];
    char filter[32]; /* lines of the dump that are the guest's own code; others take long */
} Guest;

static Guest guests[] = {
    {"--kernel", "x86-irq", "x86_64-linux-gnu-objdump", "^--| 00000000001"},
    {"--arch aarch64 --kernel", "arm64-irq", "aarch64-linux-gnu-objdump", "^"},
    {"--arch aarch64 --kernel", "arm64-count", "aarch64-linux-gnu-objdump", "^"},
    {"--arch aarch64 --kernel", "arm64-faults", "aarch64-linux-gnu-objdump", "^"}};

ParameterizedTestParameters(coverage_guests, is_what_ran)
{
    return cr_make_param_array(Guest, guests, sizeof guests / sizeof *guests);
}

ParameterizedTest(Guest *guest, coverage_guests, is_what_ran)
{
    char *dir = ail_folder_new();
    ail_run(dir, "$A record --no-check %s $G/%s.elf -o g.rr >r.log", guest->options, guest->name);
    ail_run(dir, "$A replay g.rr --columns flow,event -o g.trace 2>p.log");
    ail_run(dir, "%s -d --insn-width=16 $G/%s.elf >g.dis", guest->objdump, guest->name);
    ail_run(dir, "$A coverage g.trace --drcov=g.drcov --edges=g.edges -j2 >table");
    ail_run(dir, "$A trace dump g.trace | grep -E '%s' | python3 %s g.dis g.drcov g.edges",
            guest->filter, AIL_REFERENCE_SCRIPT);
    /* The same for any number of threads, and from a pipe. */
    ail_run(dir, "$A coverage - --drcov=1.drcov --edges=1.edges -j1 <g.trace | cmp - table && "
                 "cmp 1.drcov g.drcov && cmp 1.edges g.edges");
    ail_folder_remove(dir);
}

Test(coverage_guests, wrong_words_are_usage_errors)
{
    char *dir = ail_folder_new();
    AilOutcome o = ail_shell(dir, "$A coverage none.trace --lcov=x");
    cr_expect_eq(o.status, 2);
    cr_expect(strstr(o.err, "lcov=FILE and sysroot=DIR go together"), "%s", o.err);
    ail_outcome_clear(&o);
    ail_expect_failure(dir, "$A coverage none.trace", "none.trace");
    ail_folder_remove(dir);
}
