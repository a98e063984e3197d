/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packing and unpacking recordings, and what a stranger may try with them. */
#include "formats/rr.h"

#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static char *root; /* a directory for each test, removed after it */

static char *at(const char *name)
{
    return g_build_filename(root, name, NULL);
}

static void setup(void)
{
    root = g_dir_make_tmp("rr-XXXXXX", NULL);
    for (const char *const *d = (const char *const[]){"in", "out", NULL}; *d; d++) {
        char *path = at(*d);
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

static void teardown(void)
{
    empty(root);
    g_rmdir(root);
    g_free(root);
}

TestSuite(rr, .init = setup, .fini = teardown);

static void put(const char *dir, const char *name, const void *bytes, size_t len)
{
    char *path = g_build_filename(root, dir, name, NULL);
    cr_assert(g_file_set_contents(path, bytes, (gssize)len, NULL));
    g_free(path);
}

enum { SNAPSHOT_SIZE = 300000 };

/* A manifest that goes with the files put() here. */
static AilManifest *recording(void)
{
    char *snapshot = g_malloc0(SNAPSHOT_SIZE);
    memset(snapshot + 200000, 'x', 5000);
    put("in", "snapshot.qcow2", snapshot, SNAPSHOT_SIZE);
    g_free(snapshot);
    put("in", "replay.log", "a log", 5);
    put("in", "kernel", "a kernel", 8);
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
    m->machine.disks[0] = (AilDisk){g_strdup("/disk"), 7, 8, true};
    return m;
}

static AilStatus pack(AilManifest *m, bool force, AilError *err)
{
    char *path = at("x.rr"), *in = at("in");
    AilRrWrite w = {.path = path, .dir = in, .force = force};
    AilStatus s = ail_rr_write(&w, m, NULL, err);
    g_free(path);
    g_free(in);
    return s;
}

static AilStatus unpack(AilManifest **m, AilError *err)
{
    char *path = at("x.rr"), *out = at("out");
    char identity[AIL_RR_IDENTITY_SIZE];
    empty(out);
    AilStatus s = ail_rr_unpack(path, out, NULL, NULL, m, identity, err);
    g_free(path);
    g_free(out);
    return s;
}

static void make_archive(void)
{
    AilError err = {0};
    AilManifest *m = recording();
    cr_assert_eq(pack(m, false, &err), AIL_OK, "%s", err.text);
    ail_manifest_free(m);
}

static void expect_same(const char *name)
{
    char *in = g_build_filename(root, "in", name, NULL);
    char *out = g_build_filename(root, "out", name, NULL);
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
    cr_assert_eq(unpack(&m, &err), AIL_OK, "%s", err.text);
    expect_same("snapshot.qcow2");
    expect_same("replay.log");
    expect_same("kernel");
    AilManifest *want = recording();
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        want->members[i] = m->members[i];
        want->members[i].sha256 = g_strdup(m->members[i].sha256);
    }
    char *a = ail_manifest_to_json(m), *b = ail_manifest_to_json(want);
    cr_expect_str_eq(a, b);
    cr_expect_eq(m->instructions, 6000000000);
    cr_expect_eq(m->machine.arch, AIL_MACHINE_AARCH64);
    cr_expect_str_eq(m->machine.disks[0].path, "/disk");
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
    cr_assert_eq(unpack(&m, &err), AIL_OK, "%s", err.text);
    char *path = g_build_filename(root, "out", "snapshot.qcow2", NULL);
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_size, SNAPSHOT_SIZE);
    cr_expect_lt(st.st_blocks * 512, SNAPSHOT_SIZE);
    g_free(path);
    ail_manifest_free(m);
}

Test(rr, an_existing_recording_stays_unless_forced)
{
    make_archive();
    AilError err = {0};
    AilManifest *m = recording();
    cr_expect_eq(pack(m, false, &err), AIL_ERR);
    cr_expect(strstr(err.text, "exists already; --force"), "%s", err.text);
    cr_expect_eq(pack(m, true, &err), AIL_OK);
    ail_manifest_free(m);
    GDir *d = g_dir_open(root, 0, NULL);
    int n = 0;
    while (g_dir_read_name(d))
        n++;
    g_dir_close(d);
    cr_expect_eq(n, 3, "in, out and x.rr, no temporary file");
}

Test(rr, nothing_is_left_when_packing_fails)
{
    AilManifest *m = recording();
    char *kernel = g_build_filename(root, "in", "kernel", NULL), *path = at("x.rr");
    g_unlink(kernel);
    AilError err = {0};
    cr_expect_eq(pack(m, false, &err), AIL_ERR);
    cr_expect(strstr(err.text, "kernel"), "%s", err.text);
    GDir *d = g_dir_open(root, 0, NULL);
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
    char *path = at("x.rr"), *bytes;
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
    char *path = at("x.rr");
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
        AilManifest *fresh = recording();
        cr_assert_eq(pack(fresh, true, &err), AIL_OK);
        ail_manifest_free(fresh);
        spoil(i, SIZE_MAX);
        cr_expect_eq(unpack(&m, &err), AIL_ERR, "cut to %zu bytes", (size_t)i);
    }
    for (gsize i = 0; i < size; i += 3) {
        AilManifest *fresh = recording(), *read = NULL;
        cr_assert_eq(pack(fresh, true, &err), AIL_OK);
        spoil(SIZE_MAX, i);
        /* A flip may hit bytes that say nothing, such as a file's date; the rest must not pass. */
        if (unpack(&read, &err) == AIL_OK) {
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

/* Files of a hand-made archive. */
typedef struct Entry {
    const char *name;
    const char *data;
    const char *link; /* a symbolic link to there instead of a file */
    const char *hard; /* a hard link */
} Entry;

static void write_entry(struct archive *a, const Entry *x)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, x->name);
    archive_entry_set_filetype(e, x->link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(e, 0644);
    if (x->link)
        archive_entry_set_symlink(e, x->link);
    if (x->hard)
        archive_entry_set_hardlink(e, x->hard);
    archive_entry_set_size(e, x->link || x->hard ? 0 : (la_int64_t)strlen(x->data));
    cr_assert_eq(archive_write_header(a, e), ARCHIVE_OK);
    if (!x->link && !x->hard)
        archive_write_data(a, x->data, strlen(x->data));
    archive_entry_free(e);
}

/* An archive of these entries, ended by one without a name. */
static void write_archive(const Entry *entries)
{
    char *path = at("x.rr");
    struct archive *a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    archive_write_add_filter_zstd(a);
    cr_assert_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (; entries->name; entries++)
        write_entry(a, entries);
    archive_write_close(a);
    archive_write_free(a);
    g_free(path);
}

/* The manifest of a recording with this log and snapshot, "from" replaced by "to" in it. */
static char *manifest_text(const char *from, const char *to)
{
    AilManifest *m = recording();
    m->machine.kernel = false;
    m->machine.append[0] = '\0';
    for (int i = 0; i < 2; i++) {
        const char *data = i == AIL_MEMBER_LOG ? "a log" : "a snapshot";
        m->members[i].present = true;
        m->members[i].size = strlen(data);
        m->members[i].sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, data, -1);
    }
    char *text = ail_manifest_to_json(m);
    ail_manifest_free(m);
    if (!from)
        return text;
    cr_assert(strstr(text, from), "'%s' is in the manifest", from);
    char **parts = g_strsplit(text, from, 2);
    g_free(text);
    text = g_strjoinv(to, parts);
    g_strfreev(parts);
    return text;
}

static void expect_unpack(AilStatus want, const char *message)
{
    AilError err = {0};
    AilManifest *m = NULL;
    AilStatus s = unpack(&m, &err);
    cr_expect_eq(s, want, "%s", err.text);
    cr_expect(strstr(err.text, message), "'%s' is not in: %s", message, err.text);
    if (s == AIL_OK)
        ail_manifest_free(m);
}

static const Entry good_snapshot = {"snapshot.qcow2", "a snapshot", NULL, NULL};
static const Entry good_log = {"replay.log", "a log", NULL, NULL};
static const Entry no_more = {NULL, NULL, NULL, NULL};

/* "HEX  manifest.json\n" for this text; free with g_free. */
static char *sum_of(const char *text)
{
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    char *line = g_strconcat(sum, "  manifest.json\n", NULL);
    g_free(sum);
    return line;
}

/* The archive of a good manifest, the two members, and something else. */
static void with(Entry first, Entry second, Entry third)
{
    char *text = manifest_text(NULL, NULL), *sum = sum_of(text);
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL},
                            {"manifest.sha256", sum, NULL, NULL},
                            first,
                            second,
                            third,
                            no_more});
    g_free(sum);
    g_free(text);
}

Test(rr, only_what_the_manifest_lists_is_unpacked)
{
    with(good_snapshot, good_log, no_more);
    expect_unpack(AIL_OK, "");
    with(good_log, good_snapshot, no_more);
    expect_unpack(AIL_OK, "");
    with(good_snapshot, no_more, no_more);
    expect_unpack(AIL_ERR, "replay.log is missing");
    with(good_snapshot, good_log, good_log);
    expect_unpack(AIL_ERR, "does not list");
    with(good_snapshot, good_log, (Entry){"../escaped", "x", NULL, NULL});
    expect_unpack(AIL_ERR, "does not list");
    with((Entry){"/etc/x", "x", NULL, NULL}, good_log, good_snapshot);
    expect_unpack(AIL_ERR, "does not list");
    with(good_snapshot, good_log, (Entry){"kernel", "x", NULL, NULL});
    expect_unpack(AIL_ERR, "does not list");
    with((Entry){"snapshot.qcow2", NULL, "/etc/passwd", NULL}, good_log, no_more);
    expect_unpack(AIL_ERR, "not a plain file");
    with(good_log, (Entry){"snapshot.qcow2", NULL, NULL, "replay.log"}, no_more);
    expect_unpack(AIL_ERR, "not a plain file");
    with(good_snapshot, (Entry){"replay.log", "a log, longer", NULL, NULL}, no_more);
    expect_unpack(AIL_ERR, "size of replay.log");
    with(good_snapshot, (Entry){"replay.log", "A log", NULL, NULL}, no_more);
    expect_unpack(AIL_ERR, "checksum of replay.log");
    write_archive((Entry[]){good_snapshot, good_log, no_more});
    expect_unpack(AIL_ERR, "does not begin with a manifest");
}

static void expect_manifest(const char *from, const char *to, const char *message)
{
    char *text = manifest_text(from, to), *sum = sum_of(text);
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL},
                            {"manifest.sha256", sum, NULL, NULL},
                            good_snapshot,
                            good_log,
                            no_more});
    expect_unpack(AIL_ERR, message);
    g_free(sum);
    g_free(text);
}

Test(rr, a_manifest_is_checked_against_its_sum)
{
    char *text = manifest_text(NULL, NULL), *sum = sum_of("another text");
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL},
                            {"manifest.sha256", sum, NULL, NULL},
                            good_snapshot,
                            good_log,
                            no_more});
    expect_unpack(AIL_ERR, "manifest's checksum is wrong");
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL}, good_snapshot, good_log, no_more});
    expect_unpack(AIL_ERR, "does not begin with a manifest");
    g_free(sum);
    g_free(text);
}

Test(rr, manifests_are_checked)
{
    expect_manifest("\"format\" : 1", "\"format\" : 2", "recording format 2");
    expect_manifest("\"tool\"", "\"tools\"", "manifest.tool is missing");
    expect_manifest("{", "{\"qemu_args\":\"-hda x\",", "unknown key 'qemu_args'");
    expect_manifest("\"wall_ms\" : 1234", "\"wall_ms\" : \"1\"", "wall_ms is not an integer");
    expect_manifest("\"wall_ms\" : 1234", "\"wall_ms\" : -1", "out of range");
    expect_manifest("\"wall_ms\" : 1234", "\"wall_ms\" : 1e999", "wall_ms is not an integer");
    expect_manifest("\"aarch64\"", "\"m68k\"", "unknown value 'm68k'");
    expect_manifest("cortex-a57", "a57,path=/etc", "is not a model");
    expect_manifest("cortex-a57", "a57\\n", "control character");
    expect_manifest("\"mem_mib\" : 256", "\"mem_mib\" : 99999999", "out of range");
    expect_manifest("\"kernel\" : false", "\"kernel\" : true", "machine has 'kernel'");
    expect_manifest("\"/disk\"", "\"disk\"", "not an absolute path");
    expect_manifest("\"replay.log\"", "\"../replay.log\"", "unknown file");
    expect_manifest("\"size\" : 5,", "\"size\" : 999999999999999,", "claims to have");
    expect_manifest("\"tool\"", "[[[[[[[[[[\"tool\"", "not one of a recording");
    expect_manifest("{", "", "not JSON");
}

Test(rr, a_manifest_alone_can_be_read)
{
    make_archive();
    char *path = at("x.rr");
    char one[AIL_RR_IDENTITY_SIZE], two[AIL_RR_IDENTITY_SIZE];
    AilError err = {0};
    AilManifest *m = NULL;
    cr_assert_eq(ail_rr_read_manifest(path, &m, one, &err), AIL_OK, "%s", err.text);
    cr_expect_str_eq(m->end, "guest-shutdown");
    ail_manifest_free(m);
    char *out = at("out");
    cr_assert_eq(ail_rr_unpack(path, out, NULL, NULL, &m, two, &err), AIL_OK, "%s", err.text);
    ail_manifest_free(m);
    cr_expect_str_eq(one, two);
    cr_expect_eq(strlen(one), 64);
    g_free(out);
    g_free(path);
}
