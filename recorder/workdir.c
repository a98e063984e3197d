/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/workdir.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

AilStatus ail_workdir_make(const char *beside, char **dir, AilError *err)
{
    const char *tmp = g_getenv("TMPDIR");
    char *parent = tmp && *tmp ? g_strdup(tmp) : g_path_get_dirname(beside);
    char *real = realpath(parent, NULL);
    AilStatus s = AIL_OK;
    char *name = real ? g_build_filename(real, ".ailurus-XXXXXX", NULL) : NULL;
    if (!name || !g_mkdtemp(name)) {
        s = ail_error_set_errno(err, errno, "cannot make a working directory in %s", parent);
        g_clear_pointer(&name, g_free);
    }
    *dir = name;
    free(real);
    g_free(parent);
    return s;
}

void ail_workdir_remove(char *dir)
{
    if (!dir)
        return;
    /* All that is ever made in it is plain files. */
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        char *path = g_build_filename(dir, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(dir);
    g_free(dir);
}
