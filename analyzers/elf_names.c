/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/elf_names_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libelf.h>
#include <unistd.h>

enum { MAX_FILES = 1 << 14 };

static void file_free(gpointer p)
{
    ElfFile *f = p;
    g_array_free(f->functions, TRUE);
    g_array_free(f->segments, TRUE);
    ail_dwarf_close(f->dwarf);
    g_free(f->build_id);
    g_free(f->path);
    g_free(f->debug);
    g_free(f);
}

AilElfNames *ail_elf_names_new(const char *sysroot, AilError *err)
{
    int folder = open(sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        ail_error_set(err, "%s: %s; --sysroot is a folder with the guest's files", sysroot,
                      g_strerror(errno));
        return NULL;
    }
    elf_version(EV_CURRENT);
    AilElfNames *n = g_new0(AilElfNames, 1);
    n->folder = folder;
    n->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
    n->text = g_string_chunk_new(1 << 16);
    return n;
}

void ail_elf_names_free(AilElfNames *n)
{
    if (!n)
        return;
    close(n->folder);
    g_hash_table_destroy(n->files);
    g_string_chunk_free(n->text);
    g_free(n);
}

static bool loaded_at(const ElfFile *f, uint64_t offset, uint64_t *at)
{
    for (guint i = 0; i < f->segments->len; i++) {
        const Segment *s = &g_array_index(f->segments, Segment, i);
        if (offset >= s->offset && offset - s->offset < s->size) {
            *at = s->at + (offset - s->offset);
            return true;
        }
    }
    return false;
}

static ElfFile *file_of(AilElfNames *n, const char *path)
{
    ElfFile *f = g_hash_table_lookup(n->files, path);
    if (!f && g_hash_table_size(n->files) < MAX_FILES) {
        f = ail_elf_read(n, path);
        g_hash_table_insert(n->files, g_strdup(path), f);
    }
    return f;
}

/* A supplementary file with what the debug information of several has in common. */
static int open_shared(void *user, const uint8_t *id, size_t len)
{
    char *path = ail_elf_debug_path(id, len);
    int fd = ail_elf_open_below(user, path);
    g_free(path);
    return fd;
}

static AilDwarf *dwarf_of(AilElfNames *n, ElfFile *f)
{
    const char *const paths[] = {f->path, f->debug};
    for (size_t i = 0; !f->asked && !f->dwarf && i < G_N_ELEMENTS(paths); i++) {
        int fd = paths[i] ? ail_elf_open_below(n, paths[i]) : -1;
        f->dwarf = fd < 0 ? NULL : ail_dwarf_open(fd, open_shared, n);
    }
    f->asked = true;
    return f->dwarf;
}

const char *ail_elf_names_at(AilElfNames *n, const char *path, uint64_t offset, uint64_t *into)
{
    uint64_t at, begin;
    ElfFile *f = file_of(n, path);
    if (!f || !loaded_at(f, offset, &at))
        return NULL;
    const AilFunction *function = ail_functions_at(f->functions, at);
    AilDwarf *dwarf = function ? NULL : dwarf_of(n, f);
    const char *name = function ? function->name
                       : dwarf  ? ail_dwarf_function(dwarf, at, &begin)
                                : NULL;
    if (name)
        *into = at - (function ? function->at : begin);
    return name;
}

const char *ail_elf_names_line(AilElfNames *n, const char *path, uint64_t offset, uint32_t *line)
{
    uint64_t at;
    ElfFile *f = file_of(n, path);
    AilDwarf *dwarf = f && loaded_at(f, offset, &at) ? dwarf_of(n, f) : NULL;
    return dwarf ? ail_dwarf_line(dwarf, at, line) : NULL;
}

bool ail_elf_names_any(AilElfNames *n, const char *path)
{
    ElfFile *f = file_of(n, path);
    return f && (f->functions->len || dwarf_of(n, f));
}

const uint8_t *ail_elf_names_build_id(AilElfNames *n, const char *path, size_t *len)
{
    const ElfFile *f = file_of(n, path);
    *len = f ? f->build_id_len : 0;
    return *len ? f->build_id : NULL;
}
