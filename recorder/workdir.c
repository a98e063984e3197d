/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/unsealed.h"

#define PREFIX ".ailurus-"
#define RANDOM "XXXXXX"
#define OWNER  "owner" /* the locked file; no member of a recording has this name */

static const char *const owners[] = {
    [AIL_WORK_RECORD] = "ailurus record\n",
    [AIL_WORK_REPLAY] = "ailurus replay\n",
};

struct AilWorkdir {
    char *path; /* owned */
    int lock;   /* owned; the locked file */
};

/* The directory that working directories are made in, absolute; free with g_free. NULL: errno. */
static char *find_parent(const char *beside)
{
    const char *tmp = g_getenv("TMPDIR");
    char *parent = tmp && *tmp ? g_strdup(tmp) : g_path_get_dirname(beside);
    char *real = realpath(parent, NULL);
    char *copy = g_strdup(real);
    int error = errno;
    free(real);
    g_free(parent);
    errno = error;
    return copy;
}

void ail_remove_tree(const char *path)
{
    GDir *d = g_dir_open(path, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        char *entry = g_build_filename(path, name, NULL);
        if (g_unlink(entry) < 0 && errno == EISDIR)
            ail_remove_tree(entry);
        g_free(entry);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(path);
}

/* The owner's file goes last: what is left when we are killed here can still be swept. */
static void remove_tree(const char *path)
{
    GDir *d = g_dir_open(path, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        char *entry = g_build_filename(path, name, NULL);
        if (strcmp(name, OWNER) && g_unlink(entry) < 0 && errno == EISDIR)
            ail_remove_tree(entry);
        g_free(entry);
    }
    if (d)
        g_dir_close(d);
    ail_remove_tree(path);
}

/* The file gets its text when it is locked: one that is locked by nobody and has a text was left by
 * a process that is gone. Where the file system has no locks nothing is ever swept. */
static AilStatus take_lock(AilWorkdir *dir, AilWork work, AilError *err)
{
    char *path = g_build_filename(dir->path, OWNER, NULL);
    size_t len = strlen(owners[work]);
    AilStatus s = AIL_OK;
    dir->lock = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (dir->lock >= 0)
        while (flock(dir->lock, LOCK_EX) < 0 && errno == EINTR)
            ;
    if (dir->lock < 0 || write(dir->lock, owners[work], len) != (ssize_t)len)
        s = ail_error_set_errno(err, errno, "%s", path);
    g_free(path);
    return s;
}

AilStatus ail_workdir_make(const char *beside, AilWork work, AilWorkdir **dir, AilError *err)
{
    char *parent = find_parent(beside);
    AilWorkdir *made = g_new0(AilWorkdir, 1);
    AilStatus s = AIL_OK;
    made->lock = -1;
    made->path = parent ? g_build_filename(parent, PREFIX RANDOM, NULL) : NULL;
    if (!made->path || !g_mkdtemp(made->path)) {
        s = ail_error_set_errno(err, errno, "cannot make a working directory for %s", beside);
        g_clear_pointer(&made->path, g_free);
    } else {
        s = take_lock(made, work, err);
    }
    if (s != AIL_OK)
        ail_workdir_remove(g_steal_pointer(&made));
    *dir = made;
    g_free(parent);
    return s;
}

const char *ail_workdir_path(const AilWorkdir *dir)
{
    return dir->path;
}

int ail_workdir_lock_fd(const AilWorkdir *dir)
{
    return dir->lock;
}

void ail_workdir_remove(AilWorkdir *dir)
{
    if (dir && dir->path)
        remove_tree(dir->path);
    ail_workdir_leave(dir);
}

void ail_workdir_leave(AilWorkdir *dir)
{
    if (!dir)
        return;
    if (dir->lock >= 0)
        close(dir->lock);
    g_free(dir->path);
    g_free(dir);
}

/* Whose directory it is that nobody holds any more: an index into `owners`; -1 for all others. The
 * lock of *lock is held then. */
static int find_dead_owner(const char *path, int *lock)
{
    char text[32] = "";
    struct stat st;
    char *file = g_build_filename(path, OWNER, NULL);
    int owner = -1;
    *lock = -1;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
        (st.st_mode & 0777) == 0700)
        *lock = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (*lock >= 0 && fstat(*lock, &st) == 0 && S_ISREG(st.st_mode) &&
        flock(*lock, LOCK_EX | LOCK_NB) == 0 && read(*lock, text, sizeof text - 1) > 0)
        for (int i = 0; i < (int)G_N_ELEMENTS(owners); i++)
            if (!strcmp(text, owners[i]))
                owner = i;
    g_free(file);
    return owner;
}

/* As find_dead_owner, *busy: somebody holds the lock. */
static int try_owner(const char *path, int *lock, bool *busy)
{
    int owner = find_dead_owner(path, lock);
    *busy = owner < 0 && *lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (owner < 0 && *lock >= 0)
        close(*lock);
    return owner;
}

AilStatus ail_workdir_adopt(const char *path, AilWorkdir **dir, AilError *err)
{
    enum { TRIES = 30, TRY_US = 100000 };
    bool busy = true;
    int lock = -1, owner = -1;
    char *real = g_canonicalize_filename(path, NULL);
    for (int i = 0; i < TRIES && owner < 0 && busy; i++) {
        if (i)
            g_usleep(TRY_US);
        owner = try_owner(real, &lock, &busy);
    }
    *dir = NULL;
    if (owner == AIL_WORK_RECORD) {
        *dir = g_new0(AilWorkdir, 1);
        **dir = (AilWorkdir){real, lock};
        return AIL_OK;
    }
    if (owner >= 0)
        close(lock);
    g_free(real);
    return busy && owner < 0
               ? ail_error_set(err, "%s is in use: what records there still runs", path)
               : ail_error_set(err, "%s is not what a recording that was killed leaves", path);
}

/* Whether there is nothing in a recording's directory that could be saved. */
static bool is_idle(const char *path)
{
    char **names = ail_unsealed_list(path);
    bool idle = !*names;
    g_strfreev(names);
    return idle;
}

void ail_workdir_sweep(const char *beside,
                       void (*found)(void *user, const char *path, AilLeft left), void *user)
{
    char *parent = find_parent(beside);
    GDir *d = parent ? g_dir_open(parent, 0, NULL) : NULL;
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        if (!g_str_has_prefix(name, PREFIX) || strlen(name) != strlen(PREFIX RANDOM))
            continue;
        char *path = g_build_filename(parent, name, NULL);
        int lock, owner = find_dead_owner(path, &lock);
        AilLeft left = owner == AIL_WORK_REPLAY      ? AIL_LEFT_REPLAY
                       : owner >= 0 && is_idle(path) ? AIL_LEFT_IDLE
                                                     : AIL_LEFT_RECORD;
        if (owner >= 0 && left != AIL_LEFT_RECORD)
            remove_tree(path);
        if (owner >= 0 && found)
            found(user, path, left);
        if (lock >= 0)
            close(lock);
        g_free(path);
    }
    if (d)
        g_dir_close(d);
    g_free(parent);
}
