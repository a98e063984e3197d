/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/elf_symbols.h"

#include <elf.h>
#include <glib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/elf_private.h"

enum { MAX_STRINGS = 32 << 20, MAX_NOTES = 4096 /* bytes of one segment of them */ };

/* Its beginning is at hand, and is not an ELF file's. */
static bool is_another(const AilElfSource *from)
{
    uint8_t magic[SELFMAG];
    return from->read(from->user, 0, magic, SELFMAG) && memcmp(magic, ELFMAG, SELFMAG) != 0;
}

static void take_build_id(const ElfFile *e, const ElfSegment *s, AilElfSymbols *out)
{
    bool whole = true;
    uint64_t size = MIN(s->size, MAX_NOTES);
    uint8_t *notes = elf_load(e, s->offset, size, &whole);
    AilCursor c = ail_cursor(notes, whole ? size : 0);
    while (!c.bad && ail_cursor_left(&c) >= 12) {
        uint32_t name_size = ail_cursor_le32(&c), id_size = ail_cursor_le32(&c);
        uint32_t type = ail_cursor_le32(&c);
        if (name_size > MAX_NOTES || id_size > MAX_NOTES)
            break;
        const uint8_t *name = ail_cursor_take(&c, (name_size + 3) & ~3u);
        const uint8_t *id = ail_cursor_take(&c, (id_size + 3) & ~3u);
        if (c.bad || type != NT_GNU_BUILD_ID || name_size != 4 || memcmp(name, "GNU", 4) != 0 ||
            !id_size || id_size > AIL_ELF_BUILD_ID)
            continue;
        memcpy(out->build_id, id, id_size);
        out->build_id_len = id_size;
        break;
    }
    g_free(notes);
}

/* --- symbols --- */

typedef struct Strings {
    char *bytes;
    uint64_t size;
} Strings;

/* Its length, up to where it is cut if that is too much; 0: it is not there. */
static uint32_t name_at(const Strings *s, uint32_t at, const char **name)
{
    size_t most = at < s->size ? (size_t)MIN(s->size - at, AIL_ELF_NAME) : 0;
    *name = most ? s->bytes + at : "";
    size_t len = strnlen(*name, most);
    bool ends = len < most || most == AIL_ELF_NAME;
    return ends && **name != '$' && !memchr(*name, AIL_ELF_HOLE, len) ? (uint32_t)len : 0;
}

static void take_symbol(const ElfFile *e, const uint8_t *s, const Strings *strings, GArray *to)
{
    uint64_t value = elf_word(e, s, 8, 4), size = elf_word(e, s, 16, 8), left;
    uint8_t info = s[e->wide ? 4 : 12];
    uint16_t in = ail_get_le16(s + (e->wide ? 6 : 14));
    unsigned type = info & 15, bind = info >> 4;
    bool function = type == STT_FUNC || type == STT_GNU_IFUNC;
    bool label = type == STT_NOTYPE && bind != STB_LOCAL; /* of assemblers' */
    AilElfSymbol new = {0};
    new.len = name_at(strings, ail_get_le32(s), &new.name);
    if (e->arm && function)
        value &= ~(uint64_t)1; /* Thumb */
    if ((!function && !label) || in == SHN_UNDEF || in == SHN_ABS || !new.len ||
        !elf_file_offset(e, value, true, &new.offset, &left))
        return;
    new.size = size <= left ? size : 0;
    g_array_append_val(to, new);
}

static gint by_offset(gconstpointer a, gconstpointer b)
{
    const AilElfSymbol *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    int name = memcmp(x->name, y->name, MIN(x->len, y->len));
    if (name)
        return name;
    return x->len != y->len ? (x->len < y->len ? -1 : 1)
                            : (x->size > y->size) - (x->size < y->size);
}

static void read_table(const ElfFile *e, const ElfTable *t, AilElfSymbols *out)
{
    unsigned size = e->wide ? 24 : 16;
    uint64_t n = MIN(elf_within(e, t->symbols, t->symbols_size) / size, ELF_MAX_SYMBOLS);
    Strings strings = {.size = MIN(elf_within(e, t->strings, t->strings_size), MAX_STRINGS)};
    bool whole = n == t->symbols_size / size && strings.size == t->strings_size && n;
    uint8_t *symbols = elf_load(e, t->symbols, n * size, &whole);
    strings.bytes = (char *)elf_load(e, t->strings, strings.size, &whole);
    GArray *list = g_array_new(FALSE, FALSE, sizeof(AilElfSymbol));
    for (uint64_t i = 0; i < n; i++)
        take_symbol(e, symbols + i * size, &strings, list);
    g_free(symbols);
    g_array_sort(list, by_offset);
    out->whole = whole;
    out->n = list->len;
    out->list = (AilElfSymbol *)(void *)g_array_free(list, FALSE);
    out->names = strings.bytes;
}

static void drop_table(AilElfSymbols *s)
{
    g_free(s->list);
    g_free(s->names);
    s->list = NULL;
    s->names = NULL;
    s->n = 0;
    s->whole = false;
}

/* The one with more; all of .symtab is as good. */
static void take_best(AilElfSymbols *out, AilElfSymbols *symtab, AilElfSymbols *dynsym)
{
    bool is_symtab = (symtab->whole && symtab->n) || symtab->n > dynsym->n;
    AilElfSymbols *best = is_symtab ? symtab : dynsym;
    drop_table(is_symtab ? dynsym : symtab);
    out->whole = best->whole;
    out->symtab = is_symtab;
    out->list = best->list;
    out->names = best->names;
    out->n = best->n;
}

bool ail_elf_symbols_read(const AilElfSource *source, AilElfSymbols *out)
{
    ElfFile e;
    ElfTable symtab = {0}, dynsym = {0};
    AilElfSymbols full = {0}, some = {0};
    *out = (AilElfSymbols){0};
    if (!elf_take_header(&e, source)) {
        out->all = is_another(source);
        return false;
    }
    for (unsigned i = 0; i < e.n_segments && !out->build_id_len; i++)
        if (e.segment[i].type == PT_NOTE)
            take_build_id(&e, &e.segment[i], out);
    bool sections = elf_find_by_sections(&e, &symtab, &dynsym);
    if (!sections)
        dynsym = elf_find_by_dynamic(&e);
    if (symtab.known)
        read_table(&e, &symtab, &full);
    if (dynsym.known && (!full.whole || !full.n))
        read_table(&e, &dynsym, &some);
    out->all = sections && (symtab.known ? full.whole : !dynsym.known || some.whole);
    take_best(out, &full, &some);
    out->whole |= sections && !symtab.known && !dynsym.known;
    return true;
}

void ail_elf_symbols_clear(AilElfSymbols *s)
{
    drop_table(s);
}
