/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/lcov.h"

#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <glib.h>
#include <inttypes.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From this address on, to the next Row's, code is of this line. */
typedef struct Row {
    uint64_t addr;
    GHashTable *lines; /* of its file; NULL: of none. Borrowed */
    uint32_t line;
} Row;

struct AilLcovModule {
    uint64_t base; /* lowest address of the program, as linked */
    GArray *rows;  /* of Row, by addr */
};

struct AilLcov {
    GHashTable *files;  /* name -> (line -> uint64_t count), owned */
    GPtrArray *modules; /* of AilLcovModule, owned */
};

static void module_free(gpointer p)
{
    AilLcovModule *m = p;
    g_array_free(m->rows, TRUE);
    g_free(m);
}

static void lines_free(gpointer p)
{
    g_hash_table_destroy(p);
}

AilLcov *ail_lcov_new(void)
{
    AilLcov *l = g_new0(AilLcov, 1);
    elf_version(EV_CURRENT);
    l->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, lines_free);
    l->modules = g_ptr_array_new_with_free_func(module_free);
    return l;
}

void ail_lcov_free(AilLcov *l)
{
    if (!l)
        return;
    g_hash_table_destroy(l->files);
    g_ptr_array_free(l->modules, TRUE);
    g_free(l);
}

bool ail_lcov_any(const AilLcov *l)
{
    return l->modules->len;
}

/* A regular file below root; -1: there is none, or the path leads out of root. */
static int open_below(const char *root, const char *path)
{
    struct stat st;
    char **parts = g_strsplit(path, "/", -1);
    bool out = g_strv_contains((const char *const *)parts, "..");
    g_strfreev(parts);
    if (out)
        return -1;
    char *name = g_build_filename(root, path, NULL);
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    g_free(name);
    if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The address that the first byte of the program is linked to. */
static uint64_t linked_at(Elf *elf)
{
    size_t n = 0;
    uint64_t low = UINT64_MAX, first = 0;
    GElf_Phdr h;
    elf_getphdrnum(elf, &n);
    for (size_t i = 0; i < n; i++)
        if (gelf_getphdr(elf, (int)i, &h) && h.p_type == PT_LOAD && h.p_vaddr < low) {
            low = h.p_vaddr;
            first = h.p_vaddr - h.p_offset;
        }
    return first;
}

static gint by_addr(gconstpointer a, gconstpointer b)
{
    const Row *x = a, *y = b;
    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    /* The end of one sequence is where the next begins. */
    return (x->lines != NULL) - (y->lines != NULL);
}

static void take_line(AilLcov *l, AilLcovModule *m, Dwarf_Line *line)
{
    Dwarf_Addr addr;
    int number = 0;
    bool end = false;
    const char *name = dwarf_linesrc(line, NULL, NULL);
    if (dwarf_lineaddr(line, &addr) || dwarf_lineno(line, &number) ||
        dwarf_lineendsequence(line, &end))
        return;
    Row row = {.addr = addr};
    if (!end && name && number > 0) {
        row.line = (uint32_t)number;
        row.lines = g_hash_table_lookup(l->files, name);
        if (!row.lines) {
            row.lines = g_hash_table_new_full(NULL, NULL, NULL, g_free);
            g_hash_table_insert(l->files, g_strdup(name), row.lines);
        }
        if (!g_hash_table_contains(row.lines, GUINT_TO_POINTER(row.line)))
            g_hash_table_insert(row.lines, GUINT_TO_POINTER(row.line), g_new0(uint64_t, 1));
    }
    g_array_append_val(m->rows, row);
}

/* All lines of the program; false: it has none. */
static bool take_lines(AilLcov *l, AilLcovModule *m, int fd)
{
    Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;
    guint before = m->rows->len;
    while (dwarf && dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0) {
        Dwarf_Lines *lines;
        size_t n;
        if (dwarf_getsrclines(&die, &lines, &n))
            continue;
        for (size_t i = 0; i < n; i++)
            take_line(l, m, dwarf_onesrcline(lines, i));
    }
    dwarf_end(dwarf);
    g_array_sort(m->rows, by_addr);
    return m->rows->len > before;
}

/* Where debugging information is that was split off; NULL: it is not said. Free it. */
static char *debug_path(Elf *elf)
{
    const void *id;
    ssize_t n = dwelf_elf_gnu_build_id(elf, &id);
    if (n < 2)
        return NULL;
    GString *s = g_string_new("usr/lib/debug/.build-id/");
    for (ssize_t i = 0; i < n; i++)
        g_string_append_printf(s, "%02x%s", ((const uint8_t *)id)[i], i ? "" : "/");
    g_string_append(s, ".debug");
    return g_string_free(s, FALSE);
}

AilLcovModule *ail_lcov_open(AilLcov *l, const char *root, const char *path)
{
    int fd = open_below(root, path);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    AilLcovModule *m = NULL;
    if (elf && elf_kind(elf) == ELF_K_ELF) {
        m = g_new0(AilLcovModule, 1);
        m->rows = g_array_new(FALSE, FALSE, sizeof(Row));
        m->base = linked_at(elf);
        if (!take_lines(l, m, fd)) {
            char *debug = debug_path(elf);
            int other = debug ? open_below(root, debug) : -1;
            if (other < 0 || !take_lines(l, m, other))
                g_clear_pointer(&m, module_free);
            if (other >= 0)
                close(other);
            g_free(debug);
        }
    }
    if (m)
        g_ptr_array_add(l->modules, m);
    elf_end(elf);
    if (fd >= 0)
        close(fd);
    return m;
}

void ail_lcov_count(AilLcovModule *m, uint64_t offset, uint64_t runs)
{
    uint64_t addr = m->base + offset;
    guint low = 0, high = m->rows->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(m->rows, Row, middle).addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    const Row *row = low ? &g_array_index(m->rows, Row, low - 1) : NULL;
    if (!row || !row->lines)
        return;
    uint64_t *count = g_hash_table_lookup(row->lines, GUINT_TO_POINTER(row->line));
    *count = MAX(*count, runs);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);
    return x < y ? -1 : x > y;
}

static void write_file(const char *name, GHashTable *lines, FILE *file)
{
    GList *numbers = g_list_sort(g_hash_table_get_keys(lines), by_number);
    unsigned found = 0, hit = 0;
    fputs("SF:", file);
    for (const char *c = name; *c; c++)
        fputc((unsigned char)*c < 0x20 ? '?' : *c, file);
    fputc('\n', file);
    for (GList *n = numbers; n; n = n->next) {
        const uint64_t *count = g_hash_table_lookup(lines, n->data);
        fprintf(file, "DA:%u,%" PRIu64 "\n", GPOINTER_TO_UINT(n->data), *count);
        found++;
        hit += *count != 0;
    }
    fprintf(file, "LF:%u\nLH:%u\nend_of_record\n", found, hit);
    g_list_free(numbers);
}

AilStatus ail_lcov_write(const AilLcov *l, FILE *file, AilError *err)
{
    GList *names = g_list_sort(g_hash_table_get_keys(l->files), by_name);
    fputs("TN:\n", file);
    for (GList *n = names; n; n = n->next)
        write_file(n->data, g_hash_table_lookup(l->files, n->data), file);
    g_list_free(names);
    if (fflush(file) || ferror(file))
        return ail_error_set_errno(err, errno, "cannot write the lcov file");
    return AIL_OK;
}
