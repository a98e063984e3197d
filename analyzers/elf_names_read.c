/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an ELF file, and others that have its symbols. */
#include "analyzers/elf_names_private.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_FUNCTIONS = 1 << 22, MAX_SEGMENTS = 256 }; /* of a file */

int ail_elf_open_below(const AilElfNames *n, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           .resolve = RESOLVE_IN_ROOT};
    struct stat st;
    int fd = (int)syscall(SYS_openat2, n->folder, path, &how, sizeof how);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return -1;
}

static void take_symbol(AilElfNames *n, ElfFile *f, const GElf_Sym *s, const char *name, bool arm)
{
    unsigned type = GELF_ST_TYPE(s->st_info);
    bool function = type == STT_FUNC || type == STT_GNU_IFUNC;
    /* Assemblers' labels are functions, too, if they have no type; Arm's "$a" marks are not. */
    bool label = type == STT_NOTYPE && GELF_ST_BIND(s->st_info) != STB_LOCAL;
    if ((!function && !label) || s->st_shndx == SHN_UNDEF || s->st_shndx == SHN_ABS ||
        !s->st_value || !name || !*name || *name == '$' || f->functions->len >= MAX_FUNCTIONS)
        return;
    AilFunction new = {s->st_value, s->st_size, g_string_chunk_insert_const(n->text, name)};
    if (arm && function)
        new.at &= ~(uint64_t)1; /* Thumb */
    g_array_append_val(f->functions, new);
}

static void take_table(AilElfNames *n, ElfFile *f, Elf *elf, Elf_Scn *section, const GElf_Shdr *h)
{
    GElf_Ehdr header;
    GElf_Sym s;
    Elf_Data *data = elf_getdata(section, NULL);
    bool arm = gelf_getehdr(elf, &header) && header.e_machine == EM_ARM;
    size_t count = data && h->sh_entsize ? data->d_size / h->sh_entsize : 0;
    for (size_t i = 0; i < MIN(count, MAX_FUNCTIONS) && gelf_getsym(data, (int)i, &s); i++)
        take_symbol(n, f, &s, elf_strptr(elf, h->sh_link, s.st_name), arm);
}

static void take_tables(AilElfNames *n, ElfFile *f, Elf *elf)
{
    GElf_Shdr h;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
        if (!gelf_getshdr(s, &h) || (h.sh_type != SHT_SYMTAB && h.sh_type != SHT_DYNSYM))
            continue;
        f->symtab |= h.sh_type == SHT_SYMTAB;
        take_table(n, f, elf, s, &h);
    }
}

static void take_segments(ElfFile *f, Elf *elf)
{
    size_t count = 0;
    GElf_Phdr h;
    if (elf_getphdrnum(elf, &count) != 0)
        return;
    for (size_t i = 0; i < MIN(count, MAX_SEGMENTS) && gelf_getphdr(elf, (int)i, &h); i++) {
        Segment s = {h.p_offset, h.p_filesz, h.p_vaddr};
        if (h.p_type == PT_LOAD)
            g_array_append_val(f->segments, s);
    }
}

/* Whether a file with debug information is that of this build, as far as both say. */
static bool is_of_build(const ElfFile *f, Elf *elf)
{
    const void *id;
    ssize_t len = dwelf_elf_gnu_build_id(elf, &id);
    return len <= 0 || !f->build_id_len ||
           ((size_t)len == f->build_id_len && !memcmp(id, f->build_id, f->build_id_len));
}

/* Symbols of another file, which has those of this one. */
static bool take_debug(AilElfNames *n, ElfFile *f, const char *path)
{
    int fd = ail_elf_open_below(n, path);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    bool good = elf && is_of_build(f, elf);
    if (good)
        take_tables(n, f, elf);
    elf_end(elf);
    if (fd >= 0)
        close(fd);
    return good;
}

char *ail_elf_debug_path(const uint8_t *id, size_t len)
{
    GString *path = g_string_new(NULL);
    g_string_printf(path, "usr/lib/debug/.build-id/%02x/", id[0]);
    for (size_t i = 1; i < len; i++)
        g_string_append_printf(path, "%02x", id[i]);
    g_string_append(path, ".debug");
    return g_string_free(path, FALSE);
}

static char *linked_path(const Elf_Data *link, const char *path)
{
    const char *name = link ? link->d_buf : NULL;
    if (!name || !memchr(name, 0, link->d_size) || !*name || strchr(name, '/'))
        return NULL;
    char *folder = g_path_get_dirname(path);
    char *beside = g_strdup_printf("usr/lib/debug%s/%s", folder, name);
    g_free(folder);
    return beside;
}

/* Takes over `path`, which may be NULL. */
static bool try_debug(AilElfNames *n, ElfFile *f, char *path)
{
    if (!f->debug && path && take_debug(n, f, path))
        f->debug = g_steal_pointer(&path);
    g_free(path);
    return f->debug;
}

static Elf_Scn *find_section(Elf *elf, const char *wanted)
{
    size_t names;
    GElf_Shdr h;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
        const char *name = gelf_getshdr(s, &h) ? elf_strptr(elf, names, h.sh_name) : NULL;
        if (name && !strcmp(name, wanted))
            return s;
    }
    return NULL;
}

static void take_debug_file(AilElfNames *n, ElfFile *f, Elf *elf)
{
    if (f->build_id_len >= 2 && try_debug(n, f, ail_elf_debug_path(f->build_id, f->build_id_len)))
        return;
    Elf_Scn *link = find_section(elf, ".gnu_debuglink");
    try_debug(n, f, link ? linked_path(elf_getdata(link, NULL), f->path) : NULL);
}

/* "MiniDebugInfo": the symbols of another ELF file, which is inside this one. */
static void take_inner(AilElfNames *n, ElfFile *f, Elf *elf)
{
    size_t len = 0;
    Elf_Scn *section = f->symtab ? NULL : find_section(elf, ".gnu_debugdata");
    const Elf_Data *packed = section ? elf_getdata(section, NULL) : NULL;
    char *bytes = packed ? ail_dwarf_unpack(packed->d_buf, packed->d_size, &len) : NULL;
    Elf *inner = bytes ? elf_memory(bytes, len) : NULL;
    if (inner && elf_kind(inner) == ELF_K_ELF)
        take_tables(n, f, inner);
    elf_end(inner);
    g_free(bytes);
}

static void take_build_id(ElfFile *f, Elf *elf)
{
    enum { MOST = 64 };
    const void *id;
    ssize_t len = dwelf_elf_gnu_build_id(elf, &id);
    if (len <= 0 || len > MOST)
        return;
    f->build_id = g_memdup2(id, (size_t)len);
    f->build_id_len = (size_t)len;
}

ElfFile *ail_elf_read(AilElfNames *n, const char *path)
{
    ElfFile *f = g_new0(ElfFile, 1);
    f->path = g_strdup(path);
    f->functions = g_array_new(FALSE, FALSE, sizeof(AilFunction));
    f->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
    int fd = ail_elf_open_below(n, path);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF) {
        take_segments(f, elf);
        take_build_id(f, elf);
        take_tables(n, f, elf);
        take_debug_file(n, f, elf);
        take_inner(n, f, elf);
        ail_functions_sort(f->functions);
    }
    elf_end(elf);
    if (fd >= 0)
        close(fd);
    return f;
}
