/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a process has open: its table is compared with what was told of it last. */
#include "replayer/osi/osi_private.h"

enum {
    MAX_TOLD = 1024, /* at once; the rest when the process comes to user code again */
    SMALL = 256,     /* tables that are read whole */
};

void ail_osi_files_free(gpointer files)
{
    AilOsiFiles *f = files;
    g_free(f->open);
    g_free(f);
}

void ail_osi_forget_files(AilOsi *o, uint64_t key)
{
    const AilOsiFiles *f = g_hash_table_lookup(o->files, &key);
    if (!f)
        return;
    o->n_open -= f->n;
    g_hash_table_remove(o->files, &key);
    ail_osi_tell(o, AIL_EVENT_FILE, key, AIL_GUEST_ALL_FILES);
}

/* Make room, by what has not been looked at for the longest time. */
static void forget_oldest(AilOsi *o)
{
    GHashTableIter iter;
    gpointer key, value;
    uint64_t oldest = UINT64_MAX, found = 0;
    g_hash_table_iter_init(&iter, o->files);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const AilOsiFiles *f = value;
        if (f->used >= oldest)
            continue;
        oldest = f->used;
        found = *(const uint64_t *)key;
    }
    ail_osi_forget_files(o, found);
}

static AilOsiFiles *known_files(AilOsi *o, uint64_t key)
{
    AilOsiFiles *f = g_hash_table_lookup(o->files, &key);
    if (!f) {
        if (g_hash_table_size(o->files) >= AIL_OSI_MAX_TABLES)
            forget_oldest(o);
        f = g_new0(AilOsiFiles, 1);
        g_hash_table_insert(o->files, g_memdup2(&key, sizeof key), f);
    }
    f->used = ++o->files_looks;
    while (o->n_open > AIL_OSI_MAX_OPEN && g_hash_table_size(o->files) > 1)
        forget_oldest(o);
    return f;
}

static void resize(AilOsi *o, AilOsiFiles *f, uint32_t n)
{
    f->open = g_renew(AilOsiOpen, f->open, n);
    if (n > f->n)
        memset(f->open + f->n, 0, (n - f->n) * sizeof *f->open);
    o->n_open += n;
    o->n_open -= f->n;
    f->n = n;
}

/* Of a large table, as far as there are open files in it, as its bitmap says. */
static uint32_t used_part(AilOsi *o, uint64_t fdt, uint32_t n)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint8_t bits[AIL_OSI_MAX_FDS / 8];
    uint64_t at = n <= SMALL || off->fdtable_open_fds < 0
                      ? 0
                      : ail_osi_pointer(o, fdt + (uint64_t)off->fdtable_open_fds);
    if (!at || !ail_osi_read(o, at, bits, n / 8))
        return n;
    uint32_t used = n / 8;
    while (used && !bits[used - 1])
        used--;
    return used * 8;
}

/* The files by descriptor, into o->out; their number. */
static uint32_t read_table(AilOsi *o, uint64_t files)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t fdt = ail_osi_pointer(o, files + (uint64_t)off->files_fdt);
    uint32_t n = fdt ? ail_osi_u32(o, fdt + (uint64_t)off->fdtable_max_fds) : 0;
    uint64_t fd = fdt ? ail_osi_pointer(o, fdt + (uint64_t)off->fdtable_fd) : 0;
    n = used_part(o, fdt, MIN(n, AIL_OSI_MAX_FDS));
    o->out.len = 0;
    ail_buf_reserve(&o->out, (size_t)n * o->pointer);
    return fd && n && ail_osi_read(o, fd, o->out.data, (size_t)n * o->pointer) ? n : 0;
}

uint64_t ail_osi_open_file(AilOsi *o, uint64_t files, uint64_t fd)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (!files || off->files_fdt < 0 || off->fdtable_fd < 0 || off->fdtable_max_fds < 0)
        return 0;
    uint64_t fdt = ail_osi_pointer(o, files + (uint64_t)off->files_fdt);
    uint64_t all = fdt ? ail_osi_pointer(o, fdt + (uint64_t)off->fdtable_fd) : 0;
    return all && fd < ail_osi_u32(o, fdt + (uint64_t)off->fdtable_max_fds)
               ? ail_osi_pointer(o, all + fd * o->pointer)
               : 0;
}

static uint32_t hash_of(const char *socket)
{
    guint hash = g_str_hash(socket);
    return hash ? hash : 1;
}

/* Its path, and behind a NUL what a socket is connected to. */
static void tell_file(AilOsi *o, uint64_t files, uint32_t fd, AilOsiOpen *open)
{
    AilOsiFile f = {0};
    char socket[AIL_OSI_SOCKET] = "";
    const char *path = !open->file ? "" : ail_osi_file(o, open->file, &f) ? f.path : "?";
    if (f.is_socket)
        ail_osi_socket(o, open->file, socket);
    open->socket = f.is_socket ? hash_of(socket) : 0;
    ail_buf_put(&o->buf, path, strlen(path) + (*socket ? 1 : 0));
    ail_buf_put(&o->buf, socket, strlen(socket));
    ail_osi_tell(o, AIL_EVENT_FILE, files, fd);
}

static bool has_moved(AilOsi *o, const AilOsiOpen *open)
{
    char socket[AIL_OSI_SOCKET];
    if (!open->socket)
        return false;
    ail_osi_socket(o, open->file, socket);
    return hash_of(socket) != open->socket;
}

void ail_osi_look_at_files(AilOsi *o, uint64_t files, int64_t socket)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (!files || off->files_fdt < 0 || off->fdtable_fd < 0 || off->fdtable_max_fds < 0)
        return;
    uint32_t n = read_table(o, files), told = 0, fd = 0;
    AilOsiFiles *known = known_files(o, files);
    if (n > known->n)
        resize(o, known, n);
    uint64_t moved = socket >= 0 && socket < known->n ? known->open[socket].file : 0;
    bool any = socket == AIL_OSI_ALL_SOCKETS;
    for (; fd < known->n && told < MAX_TOLD; fd++) {
        AilOsiOpen *open = &known->open[fd];
        uint64_t file =
            fd < n ? ail_osi_number(o->out.data + (size_t)fd * o->pointer, o->pointer) : 0;
        bool may_move = any || (file && file == moved);
        if (file == open->file && !(may_move && has_moved(o, open)))
            continue;
        open->file = file;
        tell_file(o, files, fd, open);
        told++;
    }
    if (fd == known->n && n < known->n)
        resize(o, known, n);
}
