/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packing and unpacking recordings. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/rr_folder.h"

TestSuite(rr, .init = rr_folder_setup, .fini = rr_folder_teardown);

static AilStatus pack(AilManifest *m, bool force, AilError *err)
{
    char *path = rr_at("x.rr"), *in = rr_at("in");
    AilRrWrite w = {.path = path, .dir = in, .force = force};
    AilStatus s = ail_rr_write(&w, m, NULL, err);
    g_free(path);
    g_free(in);
    return s;
}

static void make_archive(void)
{
    AilError err = {0};
    AilManifest *m = rr_recording();
    cr_assert_eq(pack(m, false, &err), AIL_OK, "%s", err.text);
    ail_manifest_free(m);
}

static void expect_same(const char *name)
{
    char *in = g_build_filename(rr_folder(), "in", name, NULL);
    char *out = g_build_filename(rr_folder(), "out", name, NULL);
    char *a, *b;
    gsize len_a, len_b;
    cr_assert(g_file_get_contents(in, &a, &len_a, NULL));
    cr_assert(g_file_get_contents(out, &b, &len_b, NULL));
    cr_expect(len_a == len_b && !memcmp(a, b, len_a), "%s", name);
    g_free(in);
    g_free(out);
    g_free(a);
    g_free(b);
}

Test(rr, what_was_packed_is_unpacked)
{
    make_archive();
    AilError err = {0};
    AilManifest *m = NULL;
    cr_assert_eq(rr_unpack(&m, &err), AIL_OK, "%s", err.text);
    expect_same("snapshot.qcow2");
    expect_same("replay.log");
    expect_same("kernel");
    expect_same("disk0.qcow2");
    AilManifest *want = rr_recording();
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        want->members[i] = m->members[i];
        want->members[i].sha256 = g_strdup(m->members[i].sha256);
    }
    char *a = ail_manifest_to_json(m), *b = ail_manifest_to_json(want);
    cr_expect_str_eq(a, b);
    cr_expect_eq(m->instructions, 6000000000);
    cr_expect_eq(m->machine.arch, AIL_MACHINE_AARCH64);
    cr_expect_str_eq(m->machine.disks[0].path, "disk");
    cr_expect(m->members[AIL_MEMBER_KERNEL].present && !m->members[AIL_MEMBER_INITRD].present);
    g_free(a);
    g_free(b);
    ail_manifest_free(m);
    ail_manifest_free(want);
}

Test(rr, holes_stay_holes)
{
    make_archive();
    AilError err = {0};
    AilManifest *m = NULL;
    cr_assert_eq(rr_unpack(&m, &err), AIL_OK, "%s", err.text);
    char *path = g_build_filename(rr_folder(), "out", "snapshot.qcow2", NULL);
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_size, RR_SNAPSHOT_SIZE);
    cr_expect_lt(st.st_blocks * 512, RR_SNAPSHOT_SIZE);
    g_free(path);
    ail_manifest_free(m);
}

Test(rr, an_existing_recording_stays_unless_forced)
{
    make_archive();
    AilError err = {0};
    AilManifest *m = rr_recording();
    cr_expect_eq(pack(m, false, &err), AIL_ERR);
    cr_expect(strstr(err.text, "exists already; --force"), "%s", err.text);
    cr_expect_eq(pack(m, true, &err), AIL_OK);
    ail_manifest_free(m);
    GDir *d = g_dir_open(rr_folder(), 0, NULL);
    int n = 0;
    while (g_dir_read_name(d))
        n++;
    g_dir_close(d);
    cr_expect_eq(n, 3, "in, out and x.rr, no temporary file");
}

Test(rr, nothing_is_left_when_packing_fails)
{
    AilManifest *m = rr_recording();
    char *kernel = g_build_filename(rr_folder(), "in", "kernel", NULL), *path = rr_at("x.rr");
    g_unlink(kernel);
    AilError err = {0};
    cr_expect_eq(pack(m, false, &err), AIL_ERR);
    cr_expect(strstr(err.text, "kernel"), "%s", err.text);
    GDir *d = g_dir_open(rr_folder(), 0, NULL);
    int n = 0;
    while (g_dir_read_name(d))
        n++;
    g_dir_close(d);
    cr_expect_eq(n, 2);
    ail_manifest_free(m);
    g_free(kernel);
    g_free(path);
}

static void spoil(size_t keep, size_t flip)
{
    char *path = rr_at("x.rr"), *bytes;
    gsize len;
    cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
    if (flip < len)
        bytes[flip] ^= 0x10;
    cr_assert(g_file_set_contents(path, bytes, (gssize)MIN(keep, len), NULL));
    g_free(bytes);
    g_free(path);
}

static gsize archive_size(void)
{
    char *path = rr_at("x.rr");
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    g_free(path);
    return (gsize)st.st_size;
}

Test(rr, cut_and_damaged_archives_are_refused)
{
    make_archive();
    gsize size = archive_size();
    AilError err = {0};
    AilManifest *m = NULL;
    for (gsize i = 0; i + 1 < size; i += 7) {
        AilManifest *fresh = rr_recording();
        cr_assert_eq(pack(fresh, true, &err), AIL_OK);
        ail_manifest_free(fresh);
        spoil(i, SIZE_MAX);
        cr_expect_eq(rr_unpack(&m, &err), AIL_ERR, "cut to %zu bytes", (size_t)i);
    }
    for (gsize i = 0; i < size; i += 3) {
        AilManifest *fresh = rr_recording(), *read = NULL;
        cr_assert_eq(pack(fresh, true, &err), AIL_OK);
        spoil(SIZE_MAX, i);
        /* A flip may hit bytes that say nothing, such as a file's date; the rest must not pass. */
        if (rr_unpack(&read, &err) == AIL_OK) {
            char *a = ail_manifest_to_json(fresh), *b = ail_manifest_to_json(read);
            cr_expect_str_eq(a, b);
            expect_same("snapshot.qcow2");
            expect_same("kernel");
            g_free(a);
            g_free(b);
            ail_manifest_free(read);
        }
        ail_manifest_free(fresh);
    }
}

Test(rr, a_manifest_alone_can_be_read)
{
    make_archive();
    char *path = rr_at("x.rr");
    char one[AIL_RR_IDENTITY_SIZE], two[AIL_RR_IDENTITY_SIZE];
    AilError err = {0};
    AilManifest *m = NULL;
    cr_assert_eq(ail_rr_read_manifest(path, &m, one, &err), AIL_OK, "%s", err.text);
    cr_expect_str_eq(m->end, "guest-shutdown");
    ail_manifest_free(m);
    char *out = rr_at("out");
    cr_assert_eq(ail_rr_unpack(path, out, NULL, NULL, &m, two, &err), AIL_OK, "%s", err.text);
    ail_manifest_free(m);
    cr_expect_str_eq(one, two);
    cr_expect_eq(strlen(one), 64);
    g_free(out);
    g_free(path);
}
