/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which open file is what: tables of descriptors, each of one process or several. */
#include "analyzers/syscalls_private.h"

#include <string.h>

typedef struct Table {
    uint64_t key;
    int64_t uses;      /* tasks that have it */
    GHashTable *paths; /* descriptor -> path, both owned */
} Table;

struct SyscallFiles {
    GHashTable *tables; /* &table->key -> table; owned */
    size_t held;        /* bytes of all paths */
};

static void table_free(gpointer p)
{
    Table *t = p;
    g_hash_table_destroy(t->paths);
    g_free(t);
}

SyscallFiles *syscalls_files_new(void)
{
    SyscallFiles *f = g_new0(SyscallFiles, 1);
    f->tables = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, table_free);
    return f;
}

void syscalls_files_free(SyscallFiles *f)
{
    g_hash_table_destroy(f->tables);
    g_free(f);
}

static Table *table_of(SyscallFiles *f, uint64_t key)
{
    Table *t = g_hash_table_lookup(f->tables, &key);
    if (!t) {
        t = g_new0(Table, 1);
        t->key = key;
        t->paths = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
        g_hash_table_insert(f->tables, &t->key, t);
    }
    return t;
}

/* What an entry takes, roughly. */
static size_t cost(const char *path)
{
    return strlen(path) + 128;
}

static void forget_path(SyscallFiles *f, Table *t, uint64_t fd)
{
    const char *path = g_hash_table_lookup(t->paths, &fd);
    if (!path)
        return;
    f->held -= cost(path);
    g_hash_table_remove(t->paths, &fd);
}

static void forget_table(SyscallFiles *f, Table *t)
{
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, t->paths);
    while (g_hash_table_iter_next(&iter, NULL, &path))
        f->held -= cost(path);
    g_hash_table_remove(f->tables, &t->key);
}

void syscalls_files_set(SyscallFiles *f, uint64_t table, uint64_t fd, AilGuestText path)
{
    if (!path.len) {
        Table *t = g_hash_table_lookup(f->tables, &table);
        if (t)
            forget_path(f, t, fd);
        return;
    }
    if (f->held > SYSCALLS_MAX_HELD || g_hash_table_size(f->tables) > SYSCALLS_MAX_TASKS) {
        g_hash_table_remove_all(
            f->tables); /* no guest has so many: rather no names than no memory */
        f->held = 0;
    }
    Table *t = table_of(f, table);
    forget_path(f, t, fd);
    char *copy = g_strndup(path.at, MIN(path.len, 4096));
    f->held += cost(copy);
    g_hash_table_insert(t->paths, g_memdup2(&fd, sizeof fd), copy);
}

void syscalls_files_use(SyscallFiles *f, uint64_t table, int by)
{
    Table *t = g_hash_table_lookup(f->tables, &table);
    if (!t && by < 0)
        return;
    if (!t && g_hash_table_size(f->tables) > SYSCALLS_MAX_TASKS)
        return;
    if (!t)
        t = table_of(f, table);
    t->uses += by;
    if (t->uses <= 0)
        forget_table(f, t);
}

const char *syscalls_files_get(const SyscallFiles *f, uint64_t table, uint64_t fd)
{
    const Table *t = g_hash_table_lookup(f->tables, &table);
    return t ? g_hash_table_lookup(t->paths, &fd) : NULL;
}
