/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/elf_names.h"

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

typedef struct Function {
    uint64_t at, size; /* 0: up to the next one */
    const char *name;  /* in `text` of AilElfNames */
} Function;

typedef struct Segment {
    uint64_t offset, size, at; /* bytes of the file that are loaded, and where to */
} Segment;

typedef struct File {
    GArray *functions; /* of Function, by address; owned */
    GArray *segments;  /* of Segment; owned */
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
    Function new = {s->st_value, s->st_size, g_string_chunk_insert_const(n->text, name)};
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
        if (gelf_getshdr(s, &h) && (h.sh_type == SHT_SYMTAB || h.sh_type == SHT_DYNSYM))
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

static bool by_build_id(AilElfNames *n, File *f, Elf_Data *notes)
{
    GElf_Nhdr h;
    size_t at = 0, name, desc;
    while (notes && (at = gelf_getnote(notes, at, &h, &name, &desc)) > 0) {
        const uint8_t *id = (const uint8_t *)notes->d_buf + desc;
        if (h.n_type != NT_GNU_BUILD_ID || h.n_descsz < 2 || h.n_descsz > 64)
            continue;
        GString *path = g_string_new(NULL);
        g_string_printf(path, "usr/lib/debug/.build-id/%02x/", id[0]);
        for (uint32_t i = 1; i < h.n_descsz; i++)
            g_string_append_printf(path, "%02x", id[i]);
        g_string_append(path, ".debug");
        bool found = take_debug(n, f, path->str);
        g_string_free(path, TRUE);
        return found;
    }
    return false;
}

static void by_link(AilElfNames *n, File *f, Elf_Data *link, const char *path)
{
    const char *name = link ? link->d_buf : NULL;
    if (!name || !memchr(name, 0, link->d_size) || !*name || strchr(name, '/'))
        return;
    char *folder = g_path_get_dirname(path);
    char *beside = g_strdup_printf("usr/lib/debug%s/%s", folder, name);
    take_debug(n, f, beside);
    g_free(beside);
    g_free(folder);
}

static void take_debug_file(AilElfNames *n, File *f, Elf *elf, const char *path)
{
    size_t names;
    GElf_Shdr h;
    Elf_Data *link = NULL;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
        const char *name = gelf_getshdr(s, &h) ? elf_strptr(elf, names, h.sh_name) : NULL;
        if (name && !strcmp(name, ".note.gnu.build-id") && by_build_id(n, f, elf_getdata(s, NULL)))
            return;
        if (name && !strcmp(name, ".gnu_debuglink"))
            link = elf_getdata(s, NULL);
    }
    by_link(n, f, link, path);
}

/* By address; of several at one, that with a size, of those the one with fewest "_" in front, and
 * then the first by name. */
static gint by_address(gconstpointer a, gconstpointer b)
{
    const Function *x = a, *y = b;
    size_t bars[] = {strspn(x->name, "_"), strspn(y->name, "_")};
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (!x->size != !y->size)
        return x->size ? -1 : 1;
    return bars[0] != bars[1] ? (bars[0] < bars[1] ? -1 : 1) : strcmp(x->name, y->name);
}

static File *read_file(AilElfNames *n, const char *path)
{
    File *f = g_new0(File, 1);
    f->functions = g_array_new(FALSE, FALSE, sizeof(Function));
    f->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
    int fd = open_below(n, path);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF) {
        take_segments(f, elf);
        take_tables(n, f, elf);
        take_debug_file(n, f, elf, path);
        g_array_sort(f->functions, by_address);
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

static const char *function_at(const File *f, uint64_t at, uint64_t *into)
{
    guint low = 0, high = f->functions->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(f->functions, Function, middle).at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    const Function *best = &g_array_index(f->functions, Function, low - 1);
    while (low > 1 && g_array_index(f->functions, Function, low - 2).at == best->at)
        best = &g_array_index(f->functions, Function, --low - 1);
    *into = at - best->at;
    return !best->size || *into < best->size ? best->name : NULL;
}

const char *ail_elf_names_at(AilElfNames *n, const char *path, uint64_t offset, uint64_t *into)
{
    uint64_t at;
    File *f = g_hash_table_lookup(n->files, path);
    if (!f && g_hash_table_size(n->files) < MAX_FILES) {
        f = read_file(n, path);
        g_hash_table_insert(n->files, g_strdup(path), f);
    }
    return f && loaded_at(f, offset, &at) ? function_at(f, at, into) : NULL;
}
