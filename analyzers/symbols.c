/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/symbols.h"

#include "analyzers/analysis.h"
#include "analyzers/elf_names.h"
#include "analyzers/file_names.h"
#include "formats/text.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_CODE = 1 << 16, MAX_BARE = 1 << 12 };

/* A file, as mappings name it. */
typedef struct Image {
    const char *path; /* in `paths`, or borrowed for a question */
    uint64_t inode;
    uint32_t dev;
} Image;

/* Code that was mapped somewhere at some time. */
typedef struct Code {
    uint64_t start, end, offset;
    Image image;
} Code;

struct AilSymbolizer {
    AilSymbols symbols;
    AilGuest *guest;
    AilFileNames *told; /* by the guest's memory */
    AilElfNames *files; /* NULL: no files are at hand */
    GHashTable *others; /* paths of files that are not the guest's; owned */
    GHashTable *bare;   /* paths of files of which no function is known; owned */
    GHashTable *code;   /* of Code, owned; keys are the values */
    GStringChunk *paths;
};

/* Both paths are in `paths`. */
static bool same_image(const Image *a, const Image *b)
{
    return a->path == b->path && a->inode == b->inode && a->dev == b->dev;
}

static guint code_hash(gconstpointer p)
{
    const Code *c = p;
    return (guint)((c->start * 31 + c->end * 7 + c->offset) >> 12) ^
           GPOINTER_TO_UINT(c->image.path) ^ (guint)c->image.inode;
}

static gboolean code_equal(gconstpointer a, gconstpointer b)
{
    const Code *x = a, *y = b;
    return x->start == y->start && x->end == y->end && x->offset == y->offset &&
           same_image(&x->image, &y->image);
}

static bool name_now(void *self, uint64_t asid, uint64_t pc, char *buf, size_t size)
{
    AilSymbolizer *z = self;
    return ail_symbolizer_name(z, z->guest, ail_guest_mm_of(z->guest, asid), pc, buf, size);
}

AilSymbolizer *ail_symbolizer_new(const char *sysroot, AilError *err)
{
    AilElfNames *files = sysroot ? ail_elf_names_new(sysroot, err) : NULL;
    if (sysroot && !files)
        return NULL;
    AilSymbolizer *z = g_new0(AilSymbolizer, 1);
    z->symbols = (AilSymbols){z, name_now};
    z->guest = ail_guest_new();
    z->told = ail_file_names_new();
    z->files = files;
    z->others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    z->bare = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    z->code = g_hash_table_new_full(code_hash, code_equal, g_free, NULL);
    z->paths = g_string_chunk_new(4096);
    return z;
}

void ail_symbolizer_free(AilSymbolizer *z)
{
    if (!z)
        return;
    ail_guest_free(z->guest);
    ail_file_names_free(z->told);
    ail_elf_names_free(z->files);
    g_hash_table_destroy(z->others);
    g_hash_table_destroy(z->bare);
    g_hash_table_destroy(z->code);
    g_string_chunk_free(z->paths);
    g_free(z);
}

const AilSymbols *ail_symbolizer_symbols(AilSymbolizer *z)
{
    return &z->symbols;
}

AilSymbolizer *ail_symbolizer_of(const AilSymbols *symbols)
{
    return symbols && symbols->name == name_now ? symbols->self : NULL;
}

bool ail_symbols_name(const AilSymbols *symbols, const AilGuest *guest, uint64_t asid, uint64_t pc,
                      char *buf, size_t size)
{
    AilSymbolizer *z = ail_symbolizer_of(symbols);
    if (!z)
        return symbols && symbols->name(symbols->self, asid, pc, buf, size);
    uint64_t mm = ail_guest_mm_of(guest, asid);
    const AilTask *running = ail_guest_running(guest);
    if (!mm && running)
        mm = running->mm;
    return ail_symbolizer_name(z, guest, mm, pc, buf, size);
}

const AilGuest *ail_symbolizer_guest(const AilSymbolizer *z)
{
    return z->guest;
}

static void take_code(AilSymbolizer *z, const AilEvent *e)
{
    AilGuestMaps maps;
    AilGuestMap m;
    if (!ail_guest_maps(e, &maps))
        return;
    while (ail_guest_next_map(&maps.next, &m)) {
        if (!(m.flags & AIL_MAP_EXEC) || !m.path.len || *m.path.at != '/' ||
            g_hash_table_size(z->code) >= MAX_CODE)
            continue;
        char *path = g_strndup(m.path.at, m.path.len);
        Code c = {m.start,
                  m.end,
                  m.offset,
                  {g_string_chunk_insert_const(z->paths, path), m.inode, m.dev}};
        if (!g_hash_table_contains(z->code, &c))
            g_hash_table_add(z->code, g_memdup2(&c, sizeof c));
        g_free(path);
    }
}

void ail_symbolizer_take(AilSymbolizer *z, const AilEvent *e)
{
    if (e->type == AIL_EVENT_MAPS)
        take_code(z, e);
    ail_symbolizer_take_names(z, e);
    ail_guest_take(z->guest, e);
}

void ail_symbolizer_take_names(AilSymbolizer *z, const AilEvent *e)
{
    ail_file_names_take(z->told, e);
}

/* --- names --- */

static void put_name(const char *name, uint64_t into, const char *where, char *buf, size_t size)
{
    char offset[24] = "";
    if (into)
        g_snprintf(offset, sizeof offset, "+0x%" PRIx64, into);
    g_snprintf(buf, size, where ? "%s%s (%s)" : "%s%s", name, offset, where);
    ail_text_disarm(buf);
}

static void put_offset(const char *name, uint64_t offset, char *buf, size_t size)
{
    g_snprintf(buf, size, "%s+0x%" PRIx64, name, offset);
    ail_text_disarm(buf);
}

/* `guest` has the same table, unless this was not told of the trace's events: one is enough. */
static bool kernel_name(const AilSymbolizer *z, const AilGuest *guest, uint64_t pc, char *buf,
                        size_t size)
{
    uint64_t into;
    const AilGuest *from = guest && !ail_guest_kernel_symbols(z->guest) ? guest : z->guest;
    const char *name = ail_guest_kernel_symbol(from, pc, &into);
    if (name)
        put_name(name, into, NULL, buf, size);
    return name;
}

static bool module_name(const AilGuest *guest, uint64_t pc, char *buf, size_t size)
{
    uint64_t into;
    const AilModule *m = ail_guest_module(guest, pc);
    if (!m)
        return false;
    const char *symbol = ail_guest_module_symbol(guest, m, pc, &into);
    if (symbol) {
        put_name(symbol, into, m->name, buf, size);
        return true;
    }
    char *name = g_strdup_printf("[%s]", m->name);
    put_offset(name, pc - m->base, buf, size);
    g_free(name);
    return true;
}

/* Whether the folder has the file that the guest had, as far as one can tell. */
static bool is_at_hand(AilSymbolizer *z, const Image *i)
{
    size_t len[2];
    if (!z->files)
        return false;
    const uint8_t *guest = ail_file_names_build_id(z->told, i->dev, i->inode, &len[0]);
    const uint8_t *here = guest ? ail_elf_names_build_id(z->files, i->path, &len[1]) : NULL;
    if (!here || (len[0] == len[1] && !memcmp(guest, here, len[0])))
        return true;
    if (!g_hash_table_contains(z->others, i->path))
        g_hash_table_add(z->others, g_strdup(i->path));
    return false;
}

/* Nothing names the byte at hand: does anything name any of the file? */
static void note_bare(AilSymbolizer *z, const Image *i)
{
    if (g_hash_table_size(z->bare) < MAX_BARE && !g_hash_table_contains(z->bare, i->path) &&
        !ail_file_names_any(z->told, i->dev, i->inode) &&
        !(is_at_hand(z, i) && ail_elf_names_any(z->files, i->path)))
        g_hash_table_add(z->bare, g_strdup(i->path));
}

/* The byte at `offset` of a file. */
static void file_name(AilSymbolizer *z, const Image *i, uint64_t offset, char *buf, size_t size)
{
    uint64_t into;
    const char *name = NULL;
    if (is_at_hand(z, i))
        name = ail_elf_names_at(z->files, i->path, offset, &into);
    if (!name)
        name = ail_file_names_at(z->told, i->dev, i->inode, offset, &into);
    if (!name) {
        note_bare(z, i);
        put_offset(i->path, offset, buf, size);
        return;
    }
    const char *slash = strrchr(i->path, '/');
    put_name(name, into, slash ? slash + 1 : i->path, buf, size);
}

static Image image_of(const AilMapping *m)
{
    return (Image){m->path, m->inode, m->dev};
}

bool ail_symbolizer_name(AilSymbolizer *z, const AilGuest *guest, uint64_t mm, uint64_t pc,
                         char *buf, size_t size)
{
    if (kernel_name(z, guest, pc, buf, size))
        return true;
    if (!guest || module_name(guest, pc, buf, size))
        return guest != NULL;
    const AilMapping *m = mm ? ail_guest_mapping(guest, mm, pc) : NULL;
    if (!m || !*m->path)
        return false;
    Image image = image_of(m);
    if (*m->path == '/')
        file_name(z, &image, m->offset + (pc - m->start), buf, size);
    else
        put_offset(m->path, pc - m->start, buf, size);
    return true;
}

bool ail_symbolizer_line(AilSymbolizer *z, const AilGuest *guest, uint64_t mm, uint64_t pc,
                         char *source, size_t size, uint32_t *line)
{
    const AilMapping *m = guest && mm ? ail_guest_mapping(guest, mm, pc) : NULL;
    if (!m || *m->path != '/')
        return false;
    Image image = image_of(m);
    const char *name = is_at_hand(z, &image) ? ail_elf_names_line(z->files, m->path,
                                                                  m->offset + (pc - m->start), line)
                                             : NULL;
    if (!name)
        return false;
    g_strlcpy(source, name, size);
    ail_text_disarm(source);
    return true;
}

bool ail_symbolizer_name_any(AilSymbolizer *z, uint64_t pc, char *buf, size_t size)
{
    const Code *found = NULL;
    GHashTableIter iter;
    gpointer at;
    g_hash_table_iter_init(&iter, z->code);
    while (g_hash_table_iter_next(&iter, &at, NULL)) {
        const Code *c = at;
        if (pc < c->start || pc >= c->end)
            continue;
        if (found && (!same_image(&found->image, &c->image) ||
                      found->offset - found->start != c->offset - c->start))
            return false;
        found = c;
    }
    if (!found)
        return false;
    file_name(z, &found->image, found->offset + (pc - found->start), buf, size);
    return true;
}

/* The first of the set, which is not empty, by its name; *others: what to say of the rest, owned by
 * the caller. one, more: the words before "another one", "7 others". */
static const char *first_of(GHashTable *set, const char *one, const char *more, char **others)
{
    guint n = g_hash_table_size(set);
    GList *paths = g_list_sort(g_hash_table_get_keys(set), (GCompareFunc)strcmp);
    const char *first = paths->data;
    *others = n > 2   ? g_strdup_printf("%s %u others", more, n - 1)
              : n > 1 ? g_strdup_printf("%s another one", one)
                      : g_strdup("");
    g_list_free(paths);
    return first;
}

char *ail_symbolizer_note(const AilSymbolizer *z)
{
    g_autofree char *others = NULL;
    if (!g_hash_table_size(z->bare))
        return NULL;
    const char *path = first_of(z->bare, " and", " and", &others);
    char *text = g_strdup_printf("no function is known of %s%s: stripped, or not found in the "
                                 "guest's memory; --sysroot DIR with such files, or their debug "
                                 "files, names more",
                                 path, others);
    return ail_text_disarm(text);
}

char *ail_symbolizer_warning(const AilSymbolizer *z)
{
    g_autofree char *others = NULL;
    if (!g_hash_table_size(z->others))
        return NULL;
    const char *path = first_of(z->others, ", nor is", ", nor are", &others);
    char *text = g_strdup_printf("%s in --sysroot is not the file that the guest had (build IDs "
                                 "differ)%s; names are by what the guest's memory had of it",
                                 path, others);
    return ail_text_disarm(text);
}
