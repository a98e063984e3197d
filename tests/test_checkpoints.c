/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checkpoints: traces are the same bytes with and without them, they are used where they are good,
 * and not when they are another recording's, damaged, or want QEMU to open other files.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

typedef struct Guest {
    char options[96];
} Guest;

static Guest guests[] = {
    {"--kernel $G/x86-irq.elf"},
    {"--disk disk.img"},
    {"--arch aarch64 --kernel $G/arm64-irq.elf"},
};

/* Record r.rr; returns its instructions. */
static uint64_t record(const char *dir, const char *options)
{
    ail_run(dir, "cp $G/x86-boot.img disk.img && $A record %s -o r.rr && rm disk.img", options);
    return ail_number(dir, "tar --zstd -xOf r.rr manifest.json | "
                           "sed -n 's/.*\"instructions\" *: *\\([0-9]*\\).*/\\1/p'");
}

/* The part's trace with what is there of checkpoints; what was noted on the way. Free it. */
static char *part(const char *dir, uint64_t from, const char *trace)
{
    char *command = g_strdup_printf("$A replay r.rr --from %" PRIu64 " -f -o %s", from, trace);
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: %s", command, o.err);
    char *notes = g_strdup(o.err);
    ail_outcome_clear(&o);
    g_free(command);
    return notes;
}

static void expect_same(const char *dir, uint64_t from)
{
    char *with = part(dir, from, "with.trace");
    ail_run(dir, "mv r.rr.checkpoints away");
    char *without = part(dir, from, "without.trace");
    ail_run(dir, "mv away r.rr.checkpoints && cmp with.trace without.trace");
    cr_expect_str_eq(with, "");
    cr_expect_str_eq(without, "");
    g_free(with);
    g_free(without);
}

ParameterizedTestParameters(checkpoints, change_no_byte)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, checkpoints, change_no_byte)
{
    char *dir = ail_folder_new();
    uint64_t n = record(dir, g->options);
    ail_run(dir, "$A replay r.rr --checkpoints 3 | grep -q '^r.rr.checkpoints: 3 checkpoints$'");
    ail_run(dir, "test $(ls r.rr.checkpoints/at-*.qcow2 | wc -l) = 3");
    uint64_t last = ail_number(
        dir, "ls r.rr.checkpoints | sed -n 's/^at-\\([0-9]*\\).*/\\1/p' | sort -n | tail -n 1");
    cr_assert(last >= n / 4 * 3 && last < n, "%" PRIu64 " of %" PRIu64, last, n);
    expect_same(dir, n / 8); /* before all of them */
    expect_same(dir, n / 2 + 777);
    expect_same(dir, last); /* one begins before, */
    expect_same(dir, last + 1);
    expect_same(dir, n - 2);
    ail_run(dir, "test -z \"$(ls -d .ailurus* r.rr.checkpoints.* 2>/dev/null)\"");
    ail_folder_remove(dir);
}

/* That one is used shows when it is unusable in a way that only QEMU sees. */
Test(checkpoints, are_used)
{
    char *dir = ail_folder_new();
    uint64_t n = record(dir, "--kernel $G/x86-count.elf");
    ail_run(dir, "$A replay r.rr --checkpoints 1");
    ail_run(dir, "cd r.rr.checkpoints && f=$(ls at-*) && python3 -c '\n"
                 "import sys\n"
                 "b = bytearray(open(sys.argv[1], \"rb\").read())\n"
                 "j = b.index(b\"cpu_common\", b.index(b\"timer/icount\"))\n"
                 "b[j:j + 4] = b\"XXXX\"\n"
                 "open(sys.argv[1], \"wb\").write(b)' $f");
    char *command = g_strdup_printf("$A replay r.rr --from %" PRIu64 " -o p.trace", n - 5);
    AilOutcome o = ail_shell(dir, command);
    cr_expect_eq(o.status, 1, "%s", o.err);
    ail_run(dir, "test ! -e p.trace");
    ail_outcome_clear(&o);
    g_free(command);
    ail_folder_remove(dir);
}

/* With the folder changed by `command`, none is used, a note says so, and the trace is the same. */
static void expect_unused(const char *dir, uint64_t from, const char *command, const char *says)
{
    ail_run(dir,
            "rm -rf r.rr.checkpoints && cp -r good r.rr.checkpoints && cd r.rr.checkpoints && %s",
            command);
    char *notes = part(dir, from, "with.trace");
    cr_expect(strstr(notes, "note: no checkpoint is used: ") && strstr(notes, says), "%s: %s",
              command, notes);
    ail_run(dir, "cmp with.trace without.trace");
    g_free(notes);
}

Test(checkpoints, that_are_not_good_are_not_used)
{
    char *dir = ail_folder_new();
    uint64_t n = record(dir, "--disk disk.img"), from = n / 4 * 3;
    g_free(part(dir, from, "without.trace"));
    ail_run(dir, "$A replay r.rr --checkpoints 1 && mv r.rr.checkpoints good");
    expect_unused(dir, from, "rm recording", "is of another recording");
    expect_unused(dir, from, "echo x >>recording", "is of another recording");
    expect_unused(dir, from, "for f in at-*; do echo text >$f; done", "at-");
    expect_unused(dir, from, "for f in at-*; do truncate -s 70000 $f; done", "at-");
    expect_unused(dir, from, "mv at-* at-1000.qcow2", "at-1000");
    expect_unused(dir, from, "rm overlay0.qcow2", "overlay0.qcow2: No such file");
    expect_unused(dir, from, "qemu-img rebase -u -f qcow2 -b /etc/passwd -F raw overlay0.qcow2",
                  "refers to another file");
    expect_unused(dir, from,
                  "for f in at-*; do qemu-img rebase -u -f qcow2 -b /etc/passwd -F raw $f; done",
                  "refers to another file");
    expect_unused(dir, from, "rm overlay0.qcow2 && mkfifo overlay0.qcow2", "overlay0.qcow2: ");
    expect_unused(dir, from, "mv at-* x && mkfifo at-1000.qcow2", "not a regular file");
    expect_unused(dir, from, "rm recording && mkfifo recording", "is of another recording");
    ail_folder_remove(dir);
}

Test(checkpoints, want_a_good_number)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel $G/x86-count.elf");
    static const char *const wrong[] = {"-1", "1001"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        char *command = g_strdup_printf("$A replay r.rr --checkpoints %s", wrong[i]);
        AilOutcome o = ail_shell(dir, command);
        cr_expect_eq(o.status, 2, "%s: %s", command, o.err);
        ail_outcome_clear(&o);
        g_free(command);
    }
    ail_expect_failure(dir, "$A replay missing.rr --checkpoints 2", "missing.rr: No such file");
    ail_run(dir, "test \"$(ls -A)\" = r.rr");
    ail_folder_remove(dir);
}
