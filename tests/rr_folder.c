/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/rr_folder.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static char *root; /* a directory for each test, removed after it */

const char *rr_folder(void)
{
    return root;
}

char *rr_at(const char *name)
{
    return g_build_filename(root, name, NULL);
}

void rr_folder_setup(void)
{
    root = g_dir_make_tmp("rr-XXXXXX", NULL);
    for (const char *const *d = (const char *const[]){"in", "out", NULL}; *d; d++) {
        char *path = rr_at(*d);
        g_mkdir(path, 0700);
        g_free(path);
    }
}

static void empty(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            empty(path);
        g_remove(path);
        g_free(path);
    }
    if (d)
        g_dir_close(d);
}

void rr_folder_teardown(void)
{
    empty(root);
    g_rmdir(root);
    g_free(root);
}

static void put(const char *dir, const char *name, const void *bytes, size_t len)
{
    char *path = g_build_filename(root, dir, name, NULL);
    cr_assert(g_file_set_contents(path, bytes, (gssize)len, NULL));
    g_free(path);
}

AilManifest *rr_recording(void)
{
    char *snapshot = g_malloc0(RR_SNAPSHOT_SIZE);
    memset(snapshot + 200000, 'x', 5000);
    put("in", "snapshot.qcow2", snapshot, RR_SNAPSHOT_SIZE);
    g_free(snapshot);
    put("in", "replay.log", "a log", 5);
    put("in", "kernel", "a kernel", 8);
    put("in", "disk0.qcow2", "a disk", 6);
    AilManifest *m = ail_manifest_new();
    m->tool = g_strdup("1.2.3");
    m->created = g_strdup("2026-01-31T12:00:00Z");
    m->qemu_version = g_strdup("10.0.2");
    m->qemu_package = g_strdup("Debian 1:10.0.2");
    m->end = g_strdup("guest-shutdown");
    m->log_version = 0xe0200c;
    m->instructions = 6000000000;
    m->wall_ms = 1234;
    ail_machine_init(&m->machine, AIL_MACHINE_AARCH64);
    m->machine.kernel = true;
    g_free(m->machine.append);
    m->machine.append = g_strdup("console=\"x\" \\ \xc3\xa4");
    m->machine.n_disks = 1;
    m->machine.disks[0] =
        (AilDisk){.path = g_strdup("/a/disk"), .size = 7, .mtime_ns = 8, .qcow2 = true};
    return m;
}

AilStatus rr_unpack(AilManifest **m, AilError *err)
{
    char *path = rr_at("x.rr"), *out = rr_at("out");
    char identity[AIL_RR_IDENTITY_SIZE];
    empty(out);
    AilStatus s = ail_rr_unpack(path, out, NULL, NULL, m, identity, err);
    g_free(path);
    g_free(out);
    return s;
}
