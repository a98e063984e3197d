/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stranger may try with a recording: archives and manifests made by hand. */
#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "tests/rr_folder.h"

TestSuite(rr_hostile, .init = rr_folder_setup, .fini = rr_folder_teardown);

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
    char *path = rr_at("x.rr");
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

/* The manifest of a recording with this log, snapshot and disk, "from" replaced by "to" in it. */
static char *manifest_text(const char *from, const char *to)
{
    AilManifest *m = rr_recording();
    m->machine.kernel = false;
    m->machine.append[0] = '\0';
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        const char *data = i == AIL_MEMBER_LOG    ? "a log"
                           : i == AIL_MEMBER_DISK ? "a disk"
                                                  : "a snapshot";
        if (!ail_member_wanted(&m->machine, (AilMember)i))
            continue;
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

/* Going through it without unpacking finds the same. */
static void expect_visit(AilStatus want, const char *message)
{
    AilError err = {0};
    AilManifest *m = NULL;
    char *path = rr_at("x.rr");
    AilStatus s = ail_rr_visit(path, NULL, NULL, NULL, &m, NULL, &err);
    cr_expect_eq(s, want, "%s", err.text);
    cr_expect_str_eq(err.text, message);
    ail_manifest_free(m);
    g_free(path);
}

static void expect_unpack(AilStatus want, const char *message)
{
    AilError err = {0};
    AilManifest *m = NULL;
    AilStatus s = rr_unpack(&m, &err);
    cr_expect_eq(s, want, "%s", err.text);
    cr_expect(strstr(err.text, message), "'%s' is not in: %s", message, err.text);
    if (s == AIL_OK)
        ail_manifest_free(m);
    expect_visit(want, err.text);
}

static const Entry good_snapshot = {"snapshot.qcow2", "a snapshot", NULL, NULL};
static const Entry good_log = {"replay.log", "a log", NULL, NULL};
static const Entry good_disk = {"disk0.qcow2", "a disk", NULL, NULL};
static const Entry no_more = {NULL, NULL, NULL, NULL};

/* "HEX  manifest.json\n" for this text; free with g_free. */
static char *sum_of(const char *text)
{
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    char *line = g_strconcat(sum, "  manifest.json\n", NULL);
    g_free(sum);
    return line;
}

/* The archive of a good manifest, a disk, two members, and something else. */
static void with(Entry first, Entry second, Entry third)
{
    char *text = manifest_text(NULL, NULL), *sum = sum_of(text);
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL},
                            {"manifest.sha256", sum, NULL, NULL},
                            good_disk,
                            first,
                            second,
                            third,
                            no_more});
    g_free(sum);
    g_free(text);
}

Test(rr_hostile, only_what_the_manifest_lists_is_unpacked)
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
                            good_disk,
                            good_snapshot,
                            good_log,
                            no_more});
    expect_unpack(AIL_ERR, message);
    g_free(sum);
    g_free(text);
}

Test(rr_hostile, a_manifest_is_checked_against_its_sum)
{
    char *text = manifest_text(NULL, NULL), *sum = sum_of("another text");
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL},
                            {"manifest.sha256", sum, NULL, NULL},
                            good_disk,
                            good_snapshot,
                            good_log,
                            no_more});
    expect_unpack(AIL_ERR, "manifest's checksum is wrong");
    write_archive((Entry[]){{"manifest.json", text, NULL, NULL}, good_snapshot, good_log, no_more});
    expect_unpack(AIL_ERR, "does not begin with a manifest");
    g_free(sum);
    g_free(text);
}

Test(rr_hostile, manifests_are_checked)
{
    expect_manifest("\"format\" : 3", "\"format\" : 4", "recording format 4");
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
    expect_manifest("\"name\" : \"disk\"", "\"name\" : \"\"", "name");
    expect_manifest("\"disk0.qcow2\"", "\"disk1.qcow2\"", "machine has 'disk0.qcow2'");
    expect_manifest("\"replay.log\"", "\"../replay.log\"", "unknown file");
    expect_manifest("\"size\" : 5,", "\"size\" : 999999999999999,", "claims to have");
    expect_manifest("\"tool\"", "[[[[[[[[[[\"tool\"", "not one of a recording");
    expect_manifest("{", "", "not JSON");
}
