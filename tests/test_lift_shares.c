/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How well the instructions of a Linux kernel and of its first programs are lifted: hardly any is
 * not modelled, and they load and store as many bytes as the trace says. Of the boot's end, which
 * has programs in it.
 */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_shares.h"
#include "tests/shell.h"

enum { INSNS = 150000000 };

static void expect_good(const AilLiftShares *s, uint64_t least)
{
    uint64_t poor = s->quality[AIL_LIFT_CONSERVATIVE] + s->quality[AIL_LIFT_UNKNOWN];
    cr_expect_gt(s->executed, least);
    cr_expect_lt(poor * 1000, s->executed, "not modelled: 0.1 %% or more");
    cr_expect_lt(s->differ * 100000, s->executed, "bytes differ from the trace's accesses");
}

static void check(const char *trace_dir, uint64_t least)
{
    char *trace = g_build_filename(trace_dir, "k.trace", NULL);
    AilLiftShares shares;
    AilError err = {{0}};
    cr_assert_eq(ail_lift_shares(trace, 0, &shares, &err), AIL_OK, "%s", err.text);
    ail_lift_shares_print(&shares, 8, stdout);
    expect_good(&shares, least);
    ail_lift_shares_clear(&shares);
    g_free(trace);
}

/* The end of a boot: the kernel, and programs. */
static void check_boot(const char *arch, const char *debian, const char *console)
{
    char *dir = ail_folder_new();
    ail_run(dir, AIL_DEBIAN_GUEST " %s " AIL_DEBIAN_DIR " " AIL_DEVICES_INIT, debian);
    ail_run(dir,
            "$A record --no-check --arch %s --kernel " AIL_DEBIAN_DIR "/%s/vmlinuz "
            "--initrd " AIL_DEBIAN_DIR "/%s/devices.cpio.gz "
            "--append 'console=%s cryptomgr.notests' --seconds 240 -o k.rr",
            arch, debian, debian, console);
    uint64_t all = ail_number(dir, "$A info --json k.rr | "
                                   "sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/'");
    ail_run(dir,
            "$A replay k.rr --from %" G_GUINT64_FORMAT " --columns flow,addr --no-osi -o k.trace",
            all - INSNS);
    check(dir, INSNS / 2);
    ail_folder_remove(dir);
}

Test(lift_shares, arm64)
{
    check_boot("aarch64", "arm64", "ttyAMA0");
}

/* x86's kernel is long in unpacking itself, so here only the firmware, of 16 and 32 bits, and a
 * guest of 64. */
Test(lift_shares, x86_firmware)
{
    char *dir = ail_folder_new();
    ail_run(dir, "$A record --no-check --kernel " AIL_GUESTS "/x86-strings.elf -o k.rr");
    ail_run(dir, "$A replay k.rr --columns flow,addr --no-osi -o k.trace");
    check(dir, 1000000);
    ail_folder_remove(dir);
}

Test(lift_shares, x86_64)
{
    if (!g_getenv("AIL_SLOW"))
        cr_skip_test("set AIL_SLOW, or run tests/slow: its boot takes a minute");
    check_boot("x86_64", "amd64", "ttyS0");
}
