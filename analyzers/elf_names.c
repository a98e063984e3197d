/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/elf_names.h"

#include "analyzers/dwarf_names.h"
#include "analyzers/functions.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <glib.h>
#include <libelf.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MAX_FUNCTIONS = 1 << 22, /* of a file */
    MAX_FILES = 1 << 14,
    MAX_SEGMENTS = 256,
};

typedef struct Segment {
    uint64_t offset, size, at; /* bytes of the file that are loaded, and where to */
} Segment;

typedef struct File {
    GArray *functions; /* of AilFunction, sorted; owned */
    GArray *segments;  /* of Segment; owned */
    uint8_t *build_id; /* owned */
    size_t build_id_len;
    char *path, *debug; /* owned; debug: of its file with debug information, NULL: none was found */
    bool symtab;        /* one was read */
    AilDwarf *dwarf;    /* owned; NULL: there is none, or it was not asked for yet */
    bool asked;
} File;

struct AilElfNames {
    int folder;
    GHashTable *files; /* path -> File, owned */
    GStringChunk *text;
};

static void file_free(gpointer p)
{
    File *f = p;
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

/* A regular file below the folder, which is the root for all links on the way; -1: there is none.
 * A kernel without openat2 (before Linux 5.6) finds none. */
static int open_below(const AilElfNames *n, const char *path)
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

/* --- reading a file --- */

static void take_symbol(AilElfNames *n, File *f, const GElf_Sym *s, const char *name, bool arm)
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

static void take_table(AilElfNames *n, File *f, Elf *elf, Elf_Scn *section, const GElf_Shdr *h)
{
    GElf_Ehdr header;
    GElf_Sym s;
    Elf_Data *data = elf_getdata(section, NULL);
    bool arm = gelf_getehdr(elf, &header) && header.e_machine == EM_ARM;
    size_t count = data && h->sh_entsize ? data->d_size / h->sh_entsize : 0;
    for (size_t i = 0; i < MIN(count, MAX_FUNCTIONS) && gelf_getsym(data, (int)i, &s); i++)
        take_symbol(n, f, &s, elf_strptr(elf, h->sh_link, s.st_name), arm);
}

static void take_tables(AilElfNames *n, File *f, Elf *elf)
{
    GElf_Shdr h;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
        if (!gelf_getshdr(s, &h) || (h.sh_type != SHT_SYMTAB && h.sh_type != SHT_DYNSYM))
            continue;
        f->symtab |= h.sh_type == SHT_SYMTAB;
        take_table(n, f, elf, s, &h);
    }
}

static void take_segments(File *f, Elf *elf)
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

/* Symbols of another file, which has those of this one. */
static bool take_debug(AilElfNames *n, File *f, const char *path)
{
    int fd = open_below(n, path);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (elf)
        take_tables(n, f, elf);
    elf_end(elf);
    if (fd >= 0)
        close(fd);
    return elf != NULL;
}

/* Where Debian and others have the debug information of a build; free it. */
static char *debug_path(const uint8_t *id, size_t len)
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
static bool try_debug(AilElfNames *n, File *f, char *path)
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

static void take_debug_file(AilElfNames *n, File *f, Elf *elf)
{
    if (f->build_id_len >= 2 && try_debug(n, f, debug_path(f->build_id, f->build_id_len)))
        return;
    Elf_Scn *link = find_section(elf, ".gnu_debuglink");
    try_debug(n, f, link ? linked_path(elf_getdata(link, NULL), f->path) : NULL);
}

/* "MiniDebugInfo": the symbols of another ELF file, which is inside this one. */
static void take_inner(AilElfNames *n, File *f, Elf *elf)
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

static void take_build_id(File *f, Elf *elf)
{
    enum { MOST = 64 };
    const void *id;
    ssize_t len = dwelf_elf_gnu_build_id(elf, &id);
    if (len <= 0 || len > MOST)
        return;
    f->build_id = g_memdup2(id, (size_t)len);
    f->build_id_len = (size_t)len;
}

static File *read_file(AilElfNames *n, const char *path)
{
    File *f = g_new0(File, 1);
    f->path = g_strdup(path);
    f->functions = g_array_new(FALSE, FALSE, sizeof(AilFunction));
    f->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
    int fd = open_below(n, path);
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

/* --- questions --- */

static bool loaded_at(const File *f, uint64_t offset, uint64_t *at)
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

static File *file_of(AilElfNames *n, const char *path)
{
    File *f = g_hash_table_lookup(n->files, path);
    if (!f && g_hash_table_size(n->files) < MAX_FILES) {
        f = read_file(n, path);
        g_hash_table_insert(n->files, g_strdup(path), f);
    }
    return f;
}

/* A supplementary file with what the debug information of several has in common. */
static int open_shared(void *user, const uint8_t *id, size_t len)
{
    char *path = debug_path(id, len);
    int fd = open_below(user, path);
    g_free(path);
    return fd;
}

static AilDwarf *dwarf_of(AilElfNames *n, File *f)
{
    const char *const paths[] = {f->path, f->debug};
    for (size_t i = 0; !f->asked && !f->dwarf && i < G_N_ELEMENTS(paths); i++) {
        int fd = paths[i] ? open_below(n, paths[i]) : -1;
        f->dwarf = fd < 0 ? NULL : ail_dwarf_open(fd, open_shared, n);
    }
    f->asked = true;
    return f->dwarf;
}

const char *ail_elf_names_at(AilElfNames *n, const char *path, uint64_t offset, uint64_t *into)
{
    uint64_t at, begin;
    File *f = file_of(n, path);
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
    File *f = file_of(n, path);
    AilDwarf *dwarf = f && loaded_at(f, offset, &at) ? dwarf_of(n, f) : NULL;
    return dwarf ? ail_dwarf_line(dwarf, at, line) : NULL;
}

bool ail_elf_names_any(AilElfNames *n, const char *path)
{
    File *f = file_of(n, path);
    return f && (f->functions->len || dwarf_of(n, f));
}

const uint8_t *ail_elf_names_build_id(AilElfNames *n, const char *path, size_t *len)
{
    const File *f = file_of(n, path);
    *len = f ? f->build_id_len : 0;
    return *len ? f->build_id : NULL;
}
