/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a process has open: its table is compared with what was told of it last. */
#include "replayer/osi/osi_private.h"

enum { MAX_TABLES = 4096 };

static AilOsiFiles *known_files(AilOsi *o, uint64_t key)
{
    AilOsiFiles *f = g_hash_table_lookup(o->files, &key);
    if (f)
        return f;
    if (g_hash_table_size(o->files) >= MAX_TABLES)
        g_hash_table_remove_all(o->files);
    f = g_new0(AilOsiFiles, 1);
    g_hash_table_insert(o->files, g_memdup2(&key, sizeof key), f);
    return f;
}

/* The files by descriptor; their number. */
static uint32_t read_table(AilOsi *o, uint64_t files, uint64_t file[AIL_OSI_MAX_FDS])
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t fdt = ail_osi_pointer(o, files + (uint64_t)off->files_fdt);
    uint32_t n = fdt ? ail_osi_u32(o, fdt + (uint64_t)off->fdtable_max_fds) : 0;
    uint64_t fd = fdt ? ail_osi_pointer(o, fdt + (uint64_t)off->fdtable_fd) : 0;
    uint8_t bytes[AIL_OSI_MAX_FDS * 8];
    n = MIN(n, AIL_OSI_MAX_FDS);
    if (!fd || !n || !ail_osi_read(o, fd, bytes, (size_t)n * o->pointer))
        return 0;
    for (uint32_t i = 0; i < n; i++)
        file[i] = ail_osi_number(bytes + (size_t)i * o->pointer, o->pointer);
    return n;
}

static void tell_file(AilOsi *o, uint64_t files, uint32_t fd, uint64_t file)
{
    AilOsiFile f;
    const char *path = !file ? "" : ail_osi_file(o, file, &f) ? f.path : "?";
    ail_buf_put(&o->buf, path, strlen(path));
    ail_osi_tell(o, AIL_EVENT_FILE, files, fd);
}

void ail_osi_look_at_files(AilOsi *o, uint64_t files)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t now[AIL_OSI_MAX_FDS];
    if (!files || off->files_fdt < 0 || off->fdtable_fd < 0 || off->fdtable_max_fds < 0)
        return;
    AilOsiFiles *known = known_files(o, files);
    uint32_t n = read_table(o, files, now);
    for (uint32_t fd = 0; fd < MAX(n, known->n); fd++) {
        uint64_t file = fd < n ? now[fd] : 0;
        if (file == known->file[fd])
            continue;
        tell_file(o, files, fd, file);
        known->file[fd] = file;
    }
    known->n = n;
}
