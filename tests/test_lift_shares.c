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

static void expect_good(const AilLiftShares *s)
{
    uint64_t poor = s->quality[AIL_LIFT_CONSERVATIVE] + s->quality[AIL_LIFT_UNKNOWN];
    cr_expect_gt(s->executed, INSNS / 2);
    cr_expect_lt(poor * 1000, s->executed, "not modelled: 0.1 %% or more");
    cr_expect_lt(s->differ * 100000, s->executed, "bytes differ from the trace's accesses");
}

Test(lift_shares, arm64)
{
    char *dir = ail_folder_new(), *trace = g_build_filename(dir, "end.trace", NULL);
    AilLiftShares shares;
    AilError err = {{0}};
    ail_run(dir, AIL_DEBIAN_GUEST " arm64 " AIL_DEBIAN_DIR " " AIL_DEVICES_INIT);
    ail_run(dir, "$A record --no-check --arch aarch64 --kernel " AIL_DEBIAN_DIR "/arm64/vmlinuz "
                 "--initrd " AIL_DEBIAN_DIR "/arm64/devices.cpio.gz "
                 "--append 'console=ttyAMA0 cryptomgr.notests' --seconds 240 -o k.rr");
    uint64_t all = ail_number(dir, "$A info --json k.rr | "
                                   "sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/'");
    ail_run(dir,
            "$A replay k.rr --from %" G_GUINT64_FORMAT " --columns flow,addr --no-osi -o end.trace",
            all - INSNS);
    cr_assert_eq(ail_lift_shares(trace, 0, &shares, &err), AIL_OK, "%s", err.text);
    ail_lift_shares_print(&shares, 8, stdout);
    expect_good(&shares);
    ail_lift_shares_clear(&shares);
    g_free(trace);
    ail_folder_remove(dir);
}
