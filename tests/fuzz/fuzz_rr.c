/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings from strangers. The first byte says what the others are: an archive (a plain tar gets
 * past zstd), or the entries of one whose manifest is right, so that more than the manifest is
 * reached. Whatever it is, nothing but members of a recording, as plain files, may come out.
 */
#include "formats/rr.h"
#include "formats/rr_private.h"
#include "tests/fuzz/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"

static const char *const names[] = {
    "snapshot.qcow2", "replay.log",    "kernel",          "initrd",
    "firmware",       "manifest.json", "manifest.sha256", "../escaped",
    "/tmp/x-rr",      "./replay.log",  "replay.log/more", "",
    "KERNEL",         "kernel\\..",
};

/* An archive being made, and where the bytes for it come from. */
typedef struct Maker {
    AilCursor in;
    struct archive *archive;
    AilBuf out;
} Maker;

static la_ssize_t append(struct archive *a, void *user, const void *bytes, size_t len)
{
    (void)a;
    ail_buf_put(user, bytes, len);
    return (la_ssize_t)len;
}

/* odd: bits that say what is wrong with the entry. */
static void put_entry(Maker *m, const char *name, const void *bytes, size_t len, uint8_t odd)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_mode(e, (odd & 3) == 1 ? AE_IFLNK | 0777 : AE_IFREG | 0644);
    archive_entry_set_size(e, (la_int64_t)len + (odd & 4));
    if ((odd & 3) == 1)
        archive_entry_set_symlink(e, "../escaped");
    else if ((odd & 3) == 2)
        archive_entry_set_hardlink(e, "replay.log");
    else if ((odd & 3) == 3)
        archive_entry_sparse_add_entry(e, (la_int64_t)(len / 2), (la_int64_t)(len - len / 2));
    if (archive_write_header(m->archive, e) >= ARCHIVE_WARN)
        archive_write_data(m->archive, bytes, len);
    archive_entry_free(e);
}

static void set_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

/* A manifest of a machine with these members, which have the sizes and checksums of the bytes. */
static AilManifest *manifest_for(uint8_t members, const uint8_t *bytes, size_t len)
{
    AilManifest *m = ail_manifest_new();
    set_text(&m->tool, "0.1.0");
    set_text(&m->created, "2026-01-31T12:00:00Z");
    set_text(&m->qemu_version, "10.0.2");
    set_text(&m->qemu_package, "");
    set_text(&m->end, "guest-shutdown");
    m->log_version = 0xe0200c;
    ail_machine_init(&m->machine, AIL_MACHINE_X86_64);
    members |= 1 << AIL_MEMBER_SNAPSHOT | 1 << AIL_MEMBER_LOG | 1 << AIL_MEMBER_KERNEL;
    m->machine.kernel = true;
    m->machine.initrd = members >> AIL_MEMBER_INITRD & 1;
    m->machine.firmware = members >> AIL_MEMBER_FIRMWARE & 1;
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        m->members[i].present = members >> i & 1;
        m->members[i].size = len;
        m->members[i].sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, len);
    }
    return m;
}

static void put_manifest(Maker *m, uint8_t members, const uint8_t *bytes, size_t len)
{
    AilManifest *manifest = manifest_for(members, bytes, len);
    char *json = ail_manifest_to_json(manifest);
    char *sum = ail_rr_sum_line(json, strlen(json));
    put_entry(m, AIL_RR_MANIFEST, json, strlen(json), 0);
    put_entry(m, AIL_RR_SUM, sum, strlen(sum), 0);
    g_free(sum);
    g_free(json);
    ail_manifest_free(manifest);
}

/* u8 members, u8 length, that many bytes: the content of all members; then entries: u8 name, u8
 * how odd it is. */
static void make_archive(Maker *m, bool zstd)
{
    uint8_t members = ail_cursor_u8(&m->in);
    size_t len = ail_cursor_u8(&m->in);
    len = MIN(len, ail_cursor_left(&m->in));
    const uint8_t *bytes = ail_cursor_take(&m->in, len);
    m->archive = archive_write_new();
    archive_write_set_format_pax(m->archive);
    if (zstd)
        archive_write_add_filter_zstd(m->archive);
    archive_write_set_bytes_in_last_block(m->archive, 1); /* no padding behind zstd's frame */
    archive_write_open(m->archive, &m->out, NULL, append, NULL);
    put_manifest(m, members, bytes, len);
    for (int n = 0; n < 12 && ail_cursor_left(&m->in) >= 2; n++) {
        const char *name = names[ail_cursor_u8(&m->in) % G_N_ELEMENTS(names)];
        uint8_t odd = ail_cursor_u8(&m->in);
        put_entry(m, name, bytes, len - MIN(len, odd >> 6), odd);
    }
    archive_write_free(m->archive);
}

/* What is in the folder are members, as plain files. Removes all. */
static void check_folder(const char *dir, bool complete, const AilManifest *manifest)
{
    unsigned found = 0, expected = 0;
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        struct stat st;
        char *path = g_build_filename(dir, ail_member_name((AilMember)i), NULL);
        if (lstat(path, &st) == 0) {
            EXPECT(S_ISREG(st.st_mode) && st.st_nlink == 1);
            EXPECT(!complete || (uint64_t)st.st_size == manifest->members[i].size);
            found++;
            g_unlink(path);
        }
        expected += complete && manifest->members[i].present;
        g_free(path);
    }
    EXPECT(!complete || found == expected);
    EXPECT(g_rmdir(dir) == 0); /* else there is something else in it */
    EXPECT(g_access("escaped", F_OK) < 0 && g_access("/tmp/x-rr", F_OK) < 0);
}

static void unpack(const char *path)
{
    char dir[] = "unpacked-XXXXXX", identity[AIL_RR_IDENTITY_SIZE], first[AIL_RR_IDENTITY_SIZE];
    AilManifest *manifest = NULL, *only = NULL;
    AilError err = {{0}};
    EXPECT(g_mkdtemp(dir));
    AilStatus status = ail_rr_unpack(path, dir, NULL, NULL, &manifest, identity, &err);
    EXPECT(status != AIL_ERR || *err.text);
    check_folder(dir, status == AIL_OK, manifest);
    EXPECT(ail_rr_visit(path, NULL, NULL, NULL, &only, first, &err) == status);
    if (status == AIL_OK) {
        EXPECT(!strcmp(first, identity));
        ail_manifest_free(only);
        EXPECT(ail_rr_read_manifest(path, &only, first, &err) == AIL_OK);
        EXPECT(!strcmp(first, identity));
        ail_manifest_free(only);
        ail_manifest_free(manifest);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char path[INPUT_PATH];
    Maker m = {.in = ail_cursor(data, len)};
    uint8_t kind = ail_cursor_u8(&m.in);
    if (kind & 1)
        make_archive(&m, kind & 2);
    else
        ail_buf_put(&m.out, m.in.at, ail_cursor_left(&m.in));
    int fd = input_file(m.out.data, m.out.len, path);
    unpack(path);
    close(fd);
    ail_buf_clear(&m.out);
    return 0;
}
