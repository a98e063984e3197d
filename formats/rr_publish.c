/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An archive appears under its name when it is complete. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <unistd.h>

#include "formats/rr_private.h"

/* Without a name nothing stays when we are killed. */
int ail_rr_create(const char *path, char **temporary)
{
    char *dir = g_path_get_dirname(path);
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    g_free(dir);
    *temporary = NULL;
    if (fd >= 0)
        return fd;
    *temporary = g_strdup_printf("%s.XXXXXX", path);
    fd = g_mkstemp_full(*temporary, O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0)
        g_clear_pointer(temporary, g_free);
    return fd;
}

/* Give the file without a name this one, which nobody must have. */
static int name_file(int fd, const char *name)
{
    char from[32];
    g_snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, from, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* A link replaces nothing: what is to replace a file needs a name of its own first. */
static int publish_nameless(const AilRrWrite *w, int fd)
{
    int r = name_file(fd, w->path);
    if (r == 0 || errno != EEXIST || !w->force)
        return r;
    char *name = g_strdup_printf("%s.%08x", w->path, g_random_int());
    r = name_file(fd, name);
    if (r == 0 && (r = rename(name, w->path)) < 0)
        unlink(name);
    g_free(name);
    return r;
}

static int publish_named(const AilRrWrite *w, const char *temporary)
{
    int r = renameat2(AT_FDCWD, temporary, AT_FDCWD, w->path, w->force ? 0 : RENAME_NOREPLACE);
    /* Some file systems cannot refuse to replace; a hard link can, but some have none. */
    if (r == 0 || errno != EINVAL)
        return r;
    r = link(temporary, w->path);
    if (r == 0)
        unlink(temporary);
    else if (errno != EEXIST && access(w->path, F_OK) < 0)
        return rename(temporary, w->path);
    else
        errno = EEXIST;
    return r;
}

AilStatus ail_rr_publish(const AilRrWrite *w, int fd, const char *temporary, AilError *err)
{
    int r = temporary ? publish_named(w, temporary) : publish_nameless(w, fd);
    if (r == 0)
        return AIL_OK;
    if (errno == EEXIST)
        return ail_error_set(err, "%s exists already; --force replaces it", w->path);
    return ail_error_set_errno(err, errno, "%s", w->path);
}
