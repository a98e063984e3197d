/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_copy.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

AilStatus ail_debug_link(const char *from, const char *to, const char *name, AilError *err)
{
    char *old = g_build_filename(from, name, NULL), *new = g_build_filename(to, name, NULL);
    AilStatus s = link(old, new) == 0 ? AIL_OK : ail_error_set_errno(err, errno, "%s", new);
    g_free(new);
    g_free(old);
    return s;
}

AilStatus ail_debug_copy(const char *from, const char *to, const char *name, AilError *err)
{
    char *old = g_build_filename(from, name, NULL), *new = g_build_filename(to, name, NULL);
    const char *const cp[] = {"cp", "--reflink=auto", "--sparse=always", "--", old, new, NULL};
    char *output = NULL;
    int status = 0;
    AilStatus s = AIL_OK;
    if (!g_spawn_sync(NULL, (char **)cp, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output,
                      &status, NULL) ||
        !g_spawn_check_wait_status(status, NULL))
        s = ail_error_set(err, "cannot copy %s: %s", old, output ? g_strstrip(output) : "cp");
    g_free(output);
    g_free(new);
    g_free(old);
    return s;
}

uint64_t ail_debug_folder_size(const char *path)
{
    uint64_t size = 0;
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *file = g_build_filename(path, name, NULL);
        GStatBuf st;
        if (g_lstat(file, &st) == 0 && S_ISREG(st.st_mode))
            size += (uint64_t)st.st_blocks * 512;
        g_free(file);
    }
    if (dir)
        g_dir_close(dir);
    return size;
}
