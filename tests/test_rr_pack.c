/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going through recordings without unpacking them, and packing what was unpacked. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/rr_folder.h"

static void set_up(void)
{
    rr_folder_setup();
    AilError err = {0};
    AilManifest *m = rr_recording();
    char *path = rr_at("x.rr"), *in = rr_at("in");
    AilRrWrite w = {.path = path, .dir = in};
    cr_assert_eq(ail_rr_write(&w, m, NULL, &err), AIL_OK, "%s", err.text);
    ail_manifest_free(m);
    g_free(path);
    g_free(in);
}

TestSuite(rr_pack, .init = set_up, .fini = rr_folder_teardown);

/* What a visitor sees, and how it behaves. */
typedef struct Visit {
    GString *seen;  /* "NAME=BYTES;" */
    size_t step;    /* bytes to ask for at a time; 0: read nothing */
    AilMember last; /* the member at which `answer` is given */
    AilStatus answer;
} Visit;

static AilStatus visit(void *user, const AilManifest *m, AilMember member, AilRrStream *stream,
                       AilError *err)
{
    Visit *v = user;
    char buf[64];
    ptrdiff_t n;
    (void)m;
    g_string_append_printf(v->seen, "%s=", ail_member_name(member));
    while (v->step && member != AIL_MEMBER_SNAPSHOT &&
           (n = ail_rr_stream_read(stream, buf, v->step)) > 0)
        g_string_append_len(v->seen, buf, n);
    g_string_append_c(v->seen, ';');
    if (member != v->last)
        return AIL_OK;
    return v->answer == AIL_ERR ? ail_error_set(err, "the visitor says no") : v->answer;
}

static void expect_visit(Visit v, AilStatus want, const char *seen, const char *says)
{
    char *path = rr_at("x.rr"), identity[AIL_RR_IDENTITY_SIZE];
    AilManifest *m = NULL;
    AilError err = {0};
    v.seen = g_string_new(NULL);
    AilStatus s = ail_rr_visit(path, visit, NULL, &v, &m, identity, &err);
    cr_expect_eq(s, want, "%s", err.text);
    cr_expect(strstr(err.text, says), "%s", err.text);
    cr_expect_str_eq(v.seen->str, seen);
    cr_expect_eq(m != NULL, want != AIL_ERR);
    ail_manifest_free(m);
    g_string_free(v.seen, TRUE);
    g_free(path);
}

Test(rr_pack, a_visitor_gets_each_member)
{
    const char *all = "snapshot.qcow2=;replay.log=a log;kernel=a kernel;disk0.qcow2=a disk;";
    expect_visit((Visit){.step = 64}, AIL_OK, all, "");
    expect_visit((Visit){.step = 1}, AIL_OK, all, "");
    expect_visit((Visit){.step = 0}, AIL_OK, "snapshot.qcow2=;replay.log=;kernel=;disk0.qcow2=;",
                 "");
    expect_visit((Visit){.step = 2, .last = AIL_MEMBER_LOG, .answer = AIL_END}, AIL_END,
                 "snapshot.qcow2=;replay.log=a log;", "");
    expect_visit((Visit){.step = 2, .last = AIL_MEMBER_LOG, .answer = AIL_ERR}, AIL_ERR,
                 "snapshot.qcow2=;replay.log=a log;", "the visitor says no");
}

/* The path of an unpacked file; free with g_free. */
static char *unpacked(const char *name)
{
    return g_build_filename(rr_folder(), "out", name, NULL);
}

static void unpack_all(char identity[AIL_RR_IDENTITY_SIZE])
{
    char *path = rr_at("x.rr"), *out = rr_at("out");
    AilManifest *m = NULL;
    AilError err = {0};
    cr_assert_eq(ail_rr_unpack_all(path, out, NULL, NULL, &m, identity, &err), AIL_OK, "%s",
                 err.text);
    ail_manifest_free(m);
    g_free(path);
    g_free(out);
}

/* Pack "out" to y.rr; AIL_OK: it can be read and has this identity. */
static AilStatus pack(bool update, char identity[AIL_RR_IDENTITY_SIZE], AilError *err)
{
    char *path = rr_at("y.rr"), *out = rr_at("out"), read[AIL_RR_IDENTITY_SIZE];
    AilRrWrite w = {.path = path, .dir = out};
    AilManifest *m = NULL;
    AilStatus s = ail_rr_pack(&w, update, &m, identity, NULL, err);
    cr_expect_eq(g_file_test(path, G_FILE_TEST_EXISTS), s == AIL_OK);
    if (s == AIL_OK) {
        ail_manifest_free(m);
        cr_expect_eq(ail_rr_visit(path, NULL, NULL, NULL, &m, read, err), AIL_OK, "%s", err->text);
        cr_expect_str_eq(read, identity);
        ail_manifest_free(m);
    }
    g_unlink(path);
    g_free(path);
    g_free(out);
    return s;
}

static void put(const char *name, const char *text)
{
    char *path = unpacked(name);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    g_free(path);
}

static void expect_refused(const char *says)
{
    char identity[AIL_RR_IDENTITY_SIZE];
    AilError err = {0};
    cr_expect_eq(pack(false, identity, &err), AIL_ERR);
    cr_expect(strstr(err.text, says), "not '%s': %s", says, err.text);
}

Test(rr_pack, what_was_unpacked_is_packed_with_the_same_identity)
{
    char first[AIL_RR_IDENTITY_SIZE], second[AIL_RR_IDENTITY_SIZE];
    AilError err = {0};
    unpack_all(first);
    put("notes.txt", "left out");
    cr_assert_eq(pack(false, second, &err), AIL_OK, "%s", err.text);
    cr_expect_str_eq(first, second);
    cr_assert_eq(pack(true, second, &err), AIL_OK, "%s", err.text);
    cr_expect_str_eq(first, second);
}

/* Another program's manifest may be laid out otherwise: the identity is that of its bytes. */
Test(rr_pack, a_manifest_is_packed_to_the_byte)
{
    char identity[AIL_RR_IDENTITY_SIZE], *path = unpacked("manifest.json"), *json, *sum;
    AilError err = {0};
    unpack_all(identity);
    cr_assert(g_file_get_contents(path, &json, NULL, NULL));
    char *wider = g_strconcat(json, "\n\n", NULL);
    put("manifest.json", wider);
    char *hex = g_compute_checksum_for_string(G_CHECKSUM_SHA256, wider, -1);
    sum = g_strconcat(hex, "  manifest.json\n", NULL);
    put("manifest.sha256", sum);
    cr_assert_eq(pack(false, identity, &err), AIL_OK, "%s", err.text);
    cr_expect_str_eq(identity, hex);
    g_free(path);
    g_free(json);
    g_free(wider);
    g_free(hex);
    g_free(sum);
}

Test(rr_pack, what_was_changed_is_named)
{
    char first[AIL_RR_IDENTITY_SIZE], second[AIL_RR_IDENTITY_SIZE];
    AilError err = {0};
    unpack_all(first);
    put("kernel", "A kernel");
    expect_refused("out/kernel: has changed");
    put("kernel", "a kernel, longer");
    expect_refused("out/kernel: has changed");
    cr_assert_eq(pack(true, second, &err), AIL_OK, "%s", err.text);
    cr_expect_str_neq(first, second);
    put("kernel", "a kernel");
    put("manifest.sha256", "another");
    expect_refused("manifest.json: has changed");
    put("manifest.json", "{}");
    cr_expect_eq(pack(true, second, &err), AIL_ERR);
    cr_expect(strstr(err.text, "manifest.format is missing"), "%s", err.text);
}

Test(rr_pack, only_regular_files_are_packed)
{
    char identity[AIL_RR_IDENTITY_SIZE], *kernel = unpacked("kernel"), *other = rr_at("other");
    unpack_all(identity);
    g_rename(kernel, other);
    expect_refused("out/kernel: No such file");
    cr_assert_eq(symlink(other, kernel), 0);
    expect_refused("out/kernel: ");
    g_unlink(kernel);
    cr_assert_eq(mkfifo(kernel, 0600), 0);
    expect_refused("out/kernel: not a regular file");
    g_free(kernel);
    g_free(other);
}
