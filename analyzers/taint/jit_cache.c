/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/jit_cache.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "formats/bytes.h"

enum { HEAD = 56, MAX_FUNCTIONS = 4096 };

static const char magic[8] = "AILTAINT";

/* A key, and where its function is. */
typedef struct Entry {
    uint8_t key[AIL_JIT_KEY];
    const char *file; /* interned in `files` */
    unsigned number;
} Entry;

struct AilJitCache {
    char *dir; /* owned, as are all */
    uint64_t max;
    GHashTable *entries; /* Entry, which begins with its key, to itself */
    GHashTable *files;   /* names */
};

static guint hash(gconstpointer key)
{
    guint h;
    memcpy(&h, key, sizeof h);
    return h;
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
    return !memcmp(a, b, AIL_JIT_KEY);
}

void ail_jit_cache_free(AilJitCache *c)
{
    if (!c)
        return;
    g_hash_table_unref(c->entries);
    g_hash_table_unref(c->files);
    g_free(c->dir);
    g_free(c);
}

/* --- files --- */

/* Whether the head makes sense for a file of that size. */
static bool head_is_good(const uint8_t *head, gsize len, unsigned *n, uint64_t *size)
{
    if (len < HEAD || memcmp(head, magic, sizeof magic))
        return false;
    *n = ail_get_le32(head + 8);
    *size = ail_get_le64(head + 16);
    return *n && *n <= MAX_FUNCTIONS && *size <= G_MAXINT32 &&
           len == HEAD + *n * (gsize)AIL_JIT_KEY + *size;
}

static void checksum(const uint8_t *bytes, gsize len, uint8_t *sum)
{
    gsize n = AIL_JIT_KEY;
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(c, bytes, (gssize)len);
    g_checksum_get_digest(c, sum, &n);
    g_checksum_free(c);
}

static void add(AilJitCache *c, const char *file, const uint8_t *keys, unsigned n)
{
    char *name = g_hash_table_lookup(c->files, file);
    if (!name) {
        name = g_strdup(file);
        g_hash_table_add(c->files, name);
    }
    for (unsigned i = 0; i < n; i++) {
        Entry *e = g_new(Entry, 1);
        memcpy(e->key, keys + i * AIL_JIT_KEY, AIL_JIT_KEY);
        e->file = name;
        e->number = i;
        g_hash_table_replace(c->entries, e, e);
    }
}

/* Code of ours is run as it is: nobody else may have written it, or where it is. */
static bool is_ours(int fd, mode_t type)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* NULL: it is not there, or not ours. */
static GMappedFile *map_ours(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    GMappedFile *map = NULL;
    if (fd >= 0 && is_ours(fd, S_IFREG))
        map = g_mapped_file_new_from_fd(fd, FALSE, NULL);
    if (fd >= 0)
        close(fd);
    return map;
}

static bool folder_is_ours(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    bool ours = fd >= 0 && is_ours(fd, S_IFDIR);
    if (fd >= 0)
        close(fd);
    return ours;
}

static void take_file(AilJitCache *c, const char *file)
{
    g_autofree char *path = g_build_filename(c->dir, file, NULL);
    GMappedFile *map = map_ours(path);
    unsigned n;
    uint64_t size;
    if (!map)
        return;
    const uint8_t *bytes = (const uint8_t *)g_mapped_file_get_contents(map);
    if (head_is_good(bytes, g_mapped_file_get_length(map), &n, &size))
        add(c, file, bytes + HEAD, n);
    else
        g_unlink(path);
    g_mapped_file_unref(map);
}

AilJitCache *ail_jit_cache_new(const char *dir, uint64_t max)
{
    bool usable = g_mkdir_with_parents(dir, 0700) == 0 && folder_is_ours(dir);
    GDir *list = usable ? g_dir_open(dir, 0, NULL) : NULL;
    if (!list)
        return NULL;
    AilJitCache *c = g_new0(AilJitCache, 1);
    c->dir = g_strdup(dir);
    c->max = max;
    c->entries = g_hash_table_new_full(hash, equal, g_free, NULL);
    c->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const char *name; (name = g_dir_read_name(list));)
        if (g_str_has_suffix(name, ".code"))
            take_file(c, name);
    g_dir_close(list);
    return c;
}

/* --- asking --- */

const char *ail_jit_cache_find(AilJitCache *c, const uint8_t *key, unsigned *number)
{
    const Entry *e = g_hash_table_lookup(c->entries, key);
    if (e)
        *number = e->number;
    return e ? e->file : NULL;
}

static gboolean is_of(gpointer key, gpointer value, gpointer file)
{
    (void)key;
    return ((const Entry *)value)->file == file;
}

static void forget(AilJitCache *c, const char *file)
{
    gpointer name = g_hash_table_lookup(c->files, file);
    g_autofree char *path = g_build_filename(c->dir, file, NULL);
    g_hash_table_foreach_remove(c->entries, is_of, name);
    g_unlink(path);
}

GBytes *ail_jit_cache_load(AilJitCache *c, const char *file)
{
    g_autofree char *path = g_build_filename(c->dir, file, NULL);
    GMappedFile *map = map_ours(path);
    const uint8_t *bytes = map ? (const uint8_t *)g_mapped_file_get_contents(map) : NULL;
    gsize len = map ? g_mapped_file_get_length(map) : 0;
    uint8_t sum[AIL_JIT_KEY];
    unsigned n;
    uint64_t size;
    GBytes *object = NULL;
    if (head_is_good(bytes, len, &n, &size)) {
        checksum(bytes + HEAD, len - HEAD, sum);
        if (!memcmp(sum, bytes + 24, sizeof sum))
            object = g_bytes_new(bytes + len - size, size);
    }
    if (map)
        g_mapped_file_unref(map);
    if (object)
        g_utime(path, NULL); /* it was used */
    else
        forget(c, file);
    return object;
}

/* --- putting --- */

typedef struct Old {
    char *name; /* owned */
    uint64_t size;
    gint64 used;
} Old;

static gint by_age(gconstpointer x, gconstpointer y)
{
    const Old *a = x, *b = y;
    return a->used != b->used ? (a->used < b->used ? -1 : 1) : strcmp(a->name, b->name);
}

static void clear_old(gpointer data)
{
    g_free(((Old *)data)->name);
}

/* Remove the oldest files until there is room; other processes may be at it, too. */
static void make_room(AilJitCache *c, uint64_t wanted)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(Old));
    GDir *dir = g_dir_open(c->dir, 0, NULL);
    uint64_t sum = wanted;
    g_array_set_clear_func(list, clear_old);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(c->dir, name, NULL);
        GStatBuf st;
        if (g_stat(path, &st))
            continue;
        Old old = {g_strdup(name), (uint64_t)st.st_size, (gint64)st.st_mtime};
        sum += old.size;
        g_array_append_val(list, old);
    }
    g_array_sort(list, by_age);
    for (guint i = 0; i < list->len && sum > c->max; i++) {
        const Old *old = &g_array_index(list, Old, i);
        forget(c, old->name);
        sum -= old->size;
    }
    if (dir)
        g_dir_close(dir);
    g_array_free(list, TRUE);
}

void ail_jit_cache_put(AilJitCache *c, const char *file, const uint8_t *keys, unsigned n,
                       const void *object, size_t size)
{
    g_autofree char *path = g_build_filename(c->dir, file, NULL);
    GByteArray *all = g_byte_array_new();
    uint8_t head[HEAD] = {0};
    gsize len = HEAD + n * (gsize)AIL_JIT_KEY + size;
    if (len <= c->max / 2 && size <= G_MAXINT32) {
        make_room(c, len);
        memcpy(head, magic, sizeof magic);
        ail_put_le32(head + 8, n);
        ail_put_le64(head + 16, size);
        g_byte_array_append(all, head, HEAD);
        g_byte_array_append(all, keys, n * AIL_JIT_KEY);
        g_byte_array_append(all, object, (guint)size);
        checksum(all->data + HEAD, all->len - HEAD, all->data + 24);
        /* writes beside it and renames; a umask that lets a group write must not count */
        if (g_file_set_contents_full(path, (const char *)all->data, (gssize)all->len,
                                     G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
            add(c, file, keys, n);
    }
    g_byte_array_unref(all);
}
