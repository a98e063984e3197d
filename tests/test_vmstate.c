/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in its log a snapshot was taken, and making it the beginning of another. */
#include "formats/vmstate.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/snapshot_builder.h"

#define NO_ID UINT64_MAX

static const SnapshotPlan recorded = {.tag = "init",
                                      .name = 9,
                                      .pages = 10,
                                      .clock_ns = 4321,
                                      .bias = 1000,
                                      .icount = 5000,
                                      .current = 4900,
                                      .offset = 777,
                                      .event_id = NO_ID,
                                      .kind = UINT32_MAX};

static char *write_image(const SnapshotPlan *plan)
{
    AilBuf b = {0};
    char *path = NULL;
    int fd = g_file_open_tmp("snapshot-XXXXXX", &path, NULL);
    snapshot_build(&b, plan);
    cr_assert_eq(write(fd, b.data, b.len), (ssize_t)b.len);
    close(fd);
    ail_buf_clear(&b);
    return path;
}

static void drop(char *path)
{
    g_unlink(path);
    g_free(path);
}

static void expect_place(const SnapshotPlan *plan, uint64_t offset, uint32_t left, uint64_t done)
{
    AilVmstate s;
    AilError err = {{0}};
    char *path = write_image(plan);
    cr_assert_eq(ail_vmstate_read(path, plan->tag, &s, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(s.icount, plan->icount);
    cr_expect_eq(s.log_offset, offset);
    cr_expect_eq(s.left, left);
    cr_expect_eq(s.done, done);
    drop(path);
}

Test(vmstate, finds_the_place_in_the_log)
{
    expect_place(&recorded, 777, 0, 100);
    SnapshotPlan p = recorded;
    p.current = p.icount; /* nothing since the last event */
    expect_place(&p, 777, 0, 0);
    p.unread = true; /* a replay, that has read on: instructions, */
    p.kind = 0;
    p.left = 33;
    expect_place(&p, 772, 33, 0);
    p.kind = 30; /* a checkpoint, */
    expect_place(&p, 776, 0, 0);
    p.kind = 8; /* a disk request and its number */
    p.event_id = 4;
    expect_place(&p, 768, 0, 0);
}

Test(vmstate, is_not_taken_in_by_what_looks_alike)
{
    SnapshotPlan p = recorded;
    p.decoy = true;
    expect_place(&p, 777, 0, 100);
}

/* Wherever it lies relative to the image's clusters. */
Test(vmstate, lies_across_clusters)
{
    SnapshotPlan p = recorded;
    for (p.name = 0; p.name < 256; p.name += 3)
        expect_place(&p, 777, 0, 100);
}

Test(vmstate, begins_anew)
{
    AilVmstate s;
    AilError err = {{0}};
    SnapshotPlan p = recorded;
    for (p.name = 0; p.name < 256; p.name += 13) {
        char *path = write_image(&p);
        cr_assert_eq(ail_vmstate_rebase(path, "init", 5, 40, &err), AIL_OK, "%s", err.text);
        cr_assert_eq(ail_vmstate_read(path, "init", &s, &err), AIL_OK, "%s", err.text);
        cr_expect_eq(s.icount, 0);
        cr_expect_eq(s.log_offset, 40);
        cr_expect_eq(s.left, 0);
        cr_expect_eq(s.done, 0);
        drop(path);
    }
}

/* What the guest's clock says, bias + icount * 2^shift, must not change. */
Test(vmstate, keeps_the_clock)
{
    AilError err = {{0}};
    char *path = write_image(&recorded), *bytes;
    gsize len;
    cr_assert_eq(ail_vmstate_rebase(path, "init", 5, 40, &err), AIL_OK, "%s", err.text);
    cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
    uint8_t want[16] = {0};
    uint64_t bias = GUINT64_TO_BE(1000 + (5000 << 5));
    memcpy(want, &bias, 8);
    cr_expect_not_null(memmem(bytes, len, want, sizeof want));
    g_free(bytes);
    drop(path);
}

Test(vmstate, of_arm_machines_too)
{
    SnapshotPlan p = recorded;
    p.arm = true;
    expect_place(&p, 777, 0, 100);
}

/* One that was taken without record/replay leaves clock and count to another. */
Test(vmstate, makes_any_a_beginning)
{
    AilVmstate s;
    AilError err = {{0}};
    SnapshotPlan p = recorded;
    bool counts;
    uint64_t clock_ns;
    char *path = write_image(&p);
    cr_assert_eq(ail_vmstate_restart(path, "init", 5, &counts, &clock_ns, &err), AIL_OK);
    cr_expect(counts);
    cr_expect_eq(ail_vmstate_set_clock(path, "init", 99, &err), AIL_OK);
    cr_assert_eq(ail_vmstate_read(path, "init", &s, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(s.icount, 0);
    drop(path);
    p.plain = true;
    path = write_image(&p);
    cr_assert_eq(ail_vmstate_restart(path, "init", 5, &counts, &clock_ns, &err), AIL_OK);
    cr_expect_not(counts);
    cr_expect_eq(clock_ns, 4321);
    cr_expect_eq(ail_vmstate_set_clock(path, "init", 99, &err), AIL_ERR);
    drop(path);
}

Test(vmstate, says_what_is_wrong)
{
    AilVmstate s;
    AilError err = {{0}};
    char *path = write_image(&recorded);
    cr_expect_eq(ail_vmstate_read(path, "elsewhere", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "no snapshot named 'elsewhere'"), "%s", err.text);
    cr_expect_eq(ail_vmstate_read(path, "other", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "has no state of a machine"), "%s", err.text);
    cr_expect_eq(truncate(path, 5000), 0);
    cr_expect_eq(ail_vmstate_read(path, "init", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "has no state of a machine"), "%s", err.text);
    cr_expect_eq(truncate(path, 10), 0);
    cr_expect_eq(ail_vmstate_read(path, "init", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "not a qcow2 image"), "%s", err.text);
    drop(path);
    SnapshotPlan p = recorded;
    p.plain = true;
    path = write_image(&p);
    cr_expect_eq(ail_vmstate_read(path, "init", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "does not say where it is"), "%s", err.text);
    drop(path);
    p = recorded;
    p.name = 256; /* no machine is called that */
    path = write_image(&p);
    cr_expect_eq(ail_vmstate_read(path, "init", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "not laid out as"), "%s", err.text);
    drop(path);
    p = recorded;
    p.current = p.icount + 1;
    path = write_image(&p);
    cr_expect_eq(ail_vmstate_read(path, "init", &s, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "does not say where it is"), "%s", err.text);
    drop(path);
}
