/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus unpack`: the members of a recording as files. */
#include "cli/rerun.h"
#include "formats/rr.h"
#include "formats/text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAME "unpack"

typedef struct Unpack {
    char *output; /* owned */
    gboolean force;
    GOptionEntry *entries; /* owned */
    AilWatch watch;
    char *temporary; /* owned; the directory until all is in it */
} Unpack;

static GOptionEntry *options(void **state)
{
    Unpack *u = g_new0(Unpack, 1);
    *state = u;
    u->watch.stop.fd = -1;
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &u->output,
         "unpack into this directory (default: NAME, here)", "DIR"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &u->force,
         "replace a recording that was unpacked there", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    u->entries = g_memdup2(table, sizeof table);
    return u->entries;
}

static void discard(void *state)
{
    Unpack *u = state;
    ail_stop_end(&u->watch.stop);
    g_free(u->output);
    g_free(u->temporary);
    g_free(u->entries);
    g_free(u);
}

/* The name of file `i` of an unpacked recording; NULL behind the last. */
static const char *file_name(int i)
{
    if (i < AIL_MEMBER_COUNT)
        return ail_member_name((AilMember)i);
    return i == AIL_MEMBER_COUNT ? AIL_RR_SUM : i == AIL_MEMBER_COUNT + 1 ? AIL_RR_MANIFEST : NULL;
}

static bool is_empty(const char *path)
{
    GDir *d = g_dir_open(path, 0, NULL);
    bool empty = d && !g_dir_read_name(d);
    if (d)
        g_dir_close(d);
    return empty;
}

static bool holds_recording(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, AIL_RR_MANIFEST, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* What must not be replaced is not. */
static int check_output(const Unpack *u)
{
    const char *dir = u->output;
    if (!g_file_test(dir, G_FILE_TEST_EXISTS) && !g_file_test(dir, G_FILE_TEST_IS_SYMLINK))
        return AIL_EXIT_OK;
    if (!g_file_test(dir, G_FILE_TEST_IS_DIR))
        return ail_cli_fail(NAME, "%s exists and is no directory; name another with -o", dir);
    if (is_empty(dir))
        return AIL_EXIT_OK;
    if (!holds_recording(dir))
        return ail_cli_fail(NAME, "%s is not empty, and holds no recording; name another with -o",
                            dir);
    if (!u->force)
        return ail_cli_fail(NAME, "%s exists; --force replaces the recording in it", dir);
    return AIL_EXIT_OK;
}

static void remove_files(const char *dir)
{
    for (int i = 0; file_name(i); i++) {
        g_autofree char *path = g_build_filename(dir, file_name(i), NULL);
        g_unlink(path);
    }
}

/* One after the other, where the directory holds more than ours; the manifest comes last. */
static AilStatus move_files(const Unpack *u, AilError *err)
{
    remove_files(u->output);
    for (int i = 0; file_name(i); i++) {
        g_autofree char *from = g_build_filename(u->temporary, file_name(i), NULL);
        g_autofree char *to = g_build_filename(u->output, file_name(i), NULL);
        if (g_rename(from, to) < 0 && errno != ENOENT)
            return ail_error_set_errno(err, errno, "%s", to);
    }
    return AIL_OK;
}

/* All is there: give it its name. rename replaces an empty directory. */
static AilStatus publish(const Unpack *u, AilError *err)
{
    if (g_rename(u->temporary, u->output) == 0)
        return AIL_OK;
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
        return ail_error_set_errno(err, errno, "%s", u->output);
    return move_files(u, err);
}

static AilStatus unpack(Unpack *u, const char *path, char identity[AIL_RR_IDENTITY_SIZE],
                        AilError *err)
{
    AilManifest *manifest = NULL;
    u->temporary = g_strconcat(u->output, ".XXXXXX", NULL);
    if (!g_mkdtemp(u->temporary))
        return ail_error_set_errno(err, errno, "cannot make a directory for %s", u->output);
    u->watch.bar = ail_progress_start("unpacking");
    AilStatus s =
        ail_rr_unpack_all(path, u->temporary, ail_watch_bytes, &u->watch, &manifest, identity, err);
    ail_progress_end(u->watch.bar);
    if (s == AIL_OK)
        s = publish(u, err);
    remove_files(u->temporary); /* if it still is there */
    g_rmdir(u->temporary);
    ail_manifest_free(manifest);
    return s;
}

/* "x/boot.rr" -> "boot". NULL: the name does not say. */
static char *default_output(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    if (!g_str_has_suffix(base, ".rr") || strlen(base) == strlen(".rr"))
        return NULL;
    return g_strndup(base, strlen(base) - strlen(".rr"));
}

/* Without "/" at its end, behind which no temporary name could be put. */
static int name_output(Unpack *u, const char *path)
{
    if (!u->output)
        u->output = default_output(path);
    if (!u->output)
        return ail_cli_usage(NAME, "%s does not end in .rr: say where to with -o DIR", path);
    for (size_t n = strlen(u->output); n > 1 && u->output[n - 1] == '/'; n--)
        u->output[n - 1] = '\0';
    return *u->output ? check_output(u) : ail_cli_usage(NAME, "-o wants a directory's name");
}

static int run(void *state, int argc, char **argv)
{
    Unpack *u = state;
    AilError err = {0};
    char identity[AIL_RR_IDENTITY_SIZE];
    int status = argc == 1 ? name_output(u, argv[0]) : ail_cli_usage(NAME, "wants one recording");
    if (status == AIL_EXIT_OK && !ail_stop_begin(&u->watch.stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    if (status == AIL_EXIT_OK) {
        if (unpack(u, argv[0], identity, &err) != AIL_OK) {
            status = ail_cli_not_a_recording(NAME, argv[0], "trace info", &err);
        } else {
            g_autofree char *dir = ail_text_disarm(g_strdup(u->output));
            printf("%s: identity %s\n", dir, identity);
        }
    }
    discard(u);
    return status;
}

static const AilExample examples[] = {
    {"ailurus unpack boot.rr", "a directory boot, with all members and the manifest"},
    {"ailurus unpack boot.rr -o look && qemu-img snapshot -l look/snapshot.qcow2",
     "look at a member with another tool"},
    {NULL, NULL},
};

const AilCommand ail_command_unpack = {
    .name = "unpack",
    .usage = "NAME.rr [-o DIR]",
    .summary = "Unpack the members of a recording into a directory",
    .description =
        "Puts the members of a recording into a directory, together with the manifest and its "
        "checksum, to look at them with other tools. `ailurus pack` makes the same recording of "
        "them again. The directory appears under its name when all is in it, and only its owner "
        "can enter it: a recording has a machine's memory.\n\n"
        "An existing directory is taken when it is empty. With --force it may also hold an "
        "unpacked recording, which is replaced; other files in it stay.\n\n"
        "A recording may come from a stranger. Only what its manifest lists is unpacked, under "
        "the names that recordings have, with the size and checksum that it says. But what is in "
        "a member is the stranger's: its qcow2 images may name files of yours, which tools that "
        "open images then read. `ailurus replay` refuses such images.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
