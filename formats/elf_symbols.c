/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/elf_symbols.h"

#include <elf.h>
#include <glib.h>
#include <string.h>

#include "formats/bytes.h"

enum {
    MAX_SEGMENTS = 64,
    MAX_SECTIONS = 4096,
    MAX_HEADER = 256, /* bytes of one of either */
    MAX_SYMBOLS = 1 << 18,
    MAX_STRINGS = 32 << 20,
    MAX_NOTES = 4096, /* bytes of one segment of them */
    MAX_DYNAMIC = 256,
};

typedef struct Segment {
    uint64_t offset, addr, size;
    uint32_t type;
    bool code;
} Segment;

/* Where the parts of a table are in the file. */
typedef struct Table {
    uint64_t symbols, symbols_size, strings, strings_size;
    bool known; /* there is one, and this is where */
} Table;

typedef struct Elf {
    const AilElfSource *from;
    bool wide, arm;
    Segment segment[MAX_SEGMENTS];
    unsigned n_segments;
    uint64_t sections; /* where their headers are */
    unsigned n_sections, section_size;
} Elf;

/* A number of a structure: at `wide` in the one of 64-bit files, at `narrow` in the other. */
static uint64_t word(const Elf *e, const uint8_t *at, unsigned wide, unsigned narrow)
{
    return e->wide ? ail_get_le64(at + wide) : ail_get_le32(at + narrow);
}

/* Bytes of the file; *whole is cleared if some were missing. Free it. */
static uint8_t *load(const Elf *e, uint64_t offset, uint64_t size, bool *whole)
{
    uint8_t *bytes = g_malloc(MAX(size, 1));
    if (size && !e->from->read(e->from->user, offset, bytes, size))
        *whole = false;
    return bytes;
}

/* So much of a part of the file can be there. */
static uint64_t within(const Elf *e, uint64_t offset, uint64_t size)
{
    return offset < e->from->size ? MIN(size, e->from->size - offset) : 0;
}

/* --- headers --- */

static void take_segment(Elf *e, const uint8_t *h)
{
    Segment *s = &e->segment[e->n_segments++];
    s->type = ail_get_le32(h);
    s->offset = word(e, h, 8, 4);
    s->addr = word(e, h, 16, 8);
    s->size = word(e, h, 32, 16);
    s->code = ail_get_le32(h + (e->wide ? 4 : 24)) & PF_X;
}

static bool take_header(Elf *e, const AilElfSource *from)
{
    uint8_t h[64] = {0};
    bool whole = true;
    *e = (Elf){.from = from};
    if (!from->read(from->user, 0, h, 52) || memcmp(h, ELFMAG, SELFMAG) != 0 ||
        h[EI_DATA] != ELFDATA2LSB || (h[EI_CLASS] != ELFCLASS64 && h[EI_CLASS] != ELFCLASS32))
        return false;
    e->wide = h[EI_CLASS] == ELFCLASS64;
    if (e->wide && !from->read(from->user, 0, h, 64))
        return false;
    e->arm = ail_get_le16(h + 18) == EM_ARM;
    const uint8_t *counts = h + (e->wide ? 54 : 42);
    unsigned size = ail_get_le16(counts), n = MIN(ail_get_le16(counts + 2), MAX_SEGMENTS);
    e->sections = word(e, h, 40, 32);
    e->section_size = ail_get_le16(counts + 4);
    e->n_sections = e->sections ? MIN(ail_get_le16(counts + 6), MAX_SECTIONS) : 0;
    if (size < (e->wide ? 56 : 32) || size > MAX_HEADER)
        return false;
    uint8_t *all = load(e, word(e, h, 32, 28), (uint64_t)n * size, &whole);
    for (unsigned i = 0; whole && i < n; i++)
        take_segment(e, all + (size_t)i * size);
    g_free(all);
    return whole;
}

/* Its beginning is at hand, and is not an ELF file's. */
static bool is_another(const AilElfSource *from)
{
    uint8_t magic[SELFMAG];
    return from->read(from->user, 0, magic, SELFMAG) && memcmp(magic, ELFMAG, SELFMAG) != 0;
}

static void take_build_id(const Elf *e, const Segment *s, AilElfSymbols *out)
{
    bool whole = true;
    uint64_t size = MIN(s->size, MAX_NOTES);
    uint8_t *notes = load(e, s->offset, size, &whole);
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

/* --- where tables are --- */

typedef struct Sections {
    uint8_t *headers; /* owned */
    const Elf *elf;
} Sections;

static const uint8_t *section(const Sections *s, unsigned i)
{
    return s->headers + (size_t)i * s->elf->section_size;
}

/* By the headers of sections; false: those are not at hand. */
static bool find_by_sections(const Elf *e, Table *symtab, Table *dynsym)
{
    bool whole =
        e->n_sections && e->section_size >= (e->wide ? 64 : 40) && e->section_size <= MAX_HEADER;
    if (!whole)
        return false;
    Sections s = {load(e, e->sections, (uint64_t)e->n_sections * e->section_size, &whole), e};
    for (unsigned i = 0; whole && i < e->n_sections; i++) {
        const uint8_t *h = section(&s, i);
        uint32_t type = ail_get_le32(h + 4), link = ail_get_le32(h + (e->wide ? 40 : 24));
        Table *t = type == SHT_SYMTAB ? symtab : type == SHT_DYNSYM ? dynsym : NULL;
        if (!t || link >= e->n_sections || ail_get_le32(section(&s, link) + 4) != SHT_STRTAB)
            continue;
        const uint8_t *strings = section(&s, link);
        *t = (Table){word(e, h, 24, 16), word(e, h, 32, 20), word(e, strings, 24, 16),
                     word(e, strings, 32, 20), true};
    }
    g_free(s.headers);
    return whole;
}

/* The place in the file of what is loaded at an address, and how much there is from there on. */
static bool file_offset(const Elf *e, uint64_t addr, bool code, uint64_t *offset, uint64_t *left)
{
    for (unsigned i = 0; i < e->n_segments; i++) {
        const Segment *s = &e->segment[i];
        if (s->type == PT_LOAD && (s->code || !code) && addr >= s->addr &&
            addr - s->addr < s->size && s->offset <= UINT64_MAX - s->size) {
            *offset = s->offset + (addr - s->addr);
            *left = s->size - (addr - s->addr);
            return true;
        }
    }
    return false;
}

/* An address of the dynamic section. */
static bool dynamic_offset(const Elf *e, uint64_t addr, uint64_t *offset)
{
    uint64_t left;
    for (unsigned i = 0; i < e->n_segments; i++) {
        const Segment *first = &e->segment[i];
        if (first->type == PT_LOAD && !first->offset && e->from->base > first->addr &&
            addr >= e->from->base)
            addr -= e->from->base - first->addr;
    }
    return addr && file_offset(e, addr, false, offset, &left);
}

/* How many symbols there are, by the table that finds them; 0: not known. */
static uint32_t count_by_hash(const Elf *e, uint64_t at)
{
    enum { CHAIN = 1 << 16 };
    uint8_t h[16], link[4] = {0};
    bool whole = true;
    if (!e->from->read(e->from->user, at, h, sizeof h))
        return 0;
    uint32_t n = ail_get_le32(h), first = ail_get_le32(h + 4), bloom = ail_get_le32(h + 8), top = 0;
    if (n > MAX_SYMBOLS || bloom > MAX_SYMBOLS)
        return 0;
    uint64_t buckets = at + 16 + (uint64_t)bloom * (e->wide ? 8 : 4);
    uint8_t *all = load(e, buckets, (uint64_t)n * 4, &whole);
    for (uint32_t i = 0; whole && i < n; i++)
        top = MAX(top, ail_get_le32(all + (size_t)i * 4));
    g_free(all);
    if (!whole || top < first || top > MAX_SYMBOLS)
        return 0;
    for (uint32_t left = CHAIN; left && top <= MAX_SYMBOLS; left--, top++) {
        uint64_t chain = buckets + (uint64_t)n * 4 + (uint64_t)(top - first) * 4;
        if (!e->from->read(e->from->user, chain, link, 4))
            return 0;
        if (link[0] & 1)
            return top + 1;
    }
    return 0;
}

static uint32_t count_by_old_hash(const Elf *e, uint64_t at)
{
    uint8_t h[8];
    return e->from->read(e->from->user, at, h, sizeof h) ? ail_get_le32(h + 4) : 0;
}

typedef struct Dynamic {
    uint64_t symbols, strings, strings_size, hash, old_hash;
} Dynamic;

static void take_dynamic(const Elf *e, const Segment *s, Dynamic *d)
{
    unsigned size = e->wide ? 16 : 8;
    bool whole = true;
    uint64_t n = MIN(s->size / size, MAX_DYNAMIC);
    uint8_t *all = load(e, s->offset, n * size, &whole);
    for (uint64_t i = 0; whole && i < n; i++) {
        uint64_t tag = word(e, all + i * size, 0, 0), value = word(e, all + i * size, 8, 4);
        if (tag == DT_NULL)
            break;
        uint64_t *to = tag == DT_SYMTAB     ? &d->symbols
                       : tag == DT_STRTAB   ? &d->strings
                       : tag == DT_STRSZ    ? &d->strings_size
                       : tag == DT_GNU_HASH ? &d->hash
                       : tag == DT_HASH     ? &d->old_hash
                                            : NULL;
        if (to)
            *to = value;
    }
    g_free(all);
}

/* By what a loader goes by. The strings mostly come right behind the symbols. */
static Table find_by_dynamic(const Elf *e)
{
    Dynamic d = {0};
    Table t = {0};
    uint64_t at, n = 0;
    for (unsigned i = 0; i < e->n_segments; i++)
        if (e->segment[i].type == PT_DYNAMIC)
            take_dynamic(e, &e->segment[i], &d);
    if (!dynamic_offset(e, d.symbols, &t.symbols) || !dynamic_offset(e, d.strings, &t.strings))
        return t;
    unsigned size = e->wide ? 24 : 16;
    if (dynamic_offset(e, d.hash, &at))
        n = count_by_hash(e, at);
    if (!n && dynamic_offset(e, d.old_hash, &at))
        n = count_by_old_hash(e, at);
    if (!n && t.strings > t.symbols)
        n = (t.strings - t.symbols) / size;
    t.symbols_size = MIN(n, MAX_SYMBOLS) * size;
    t.strings_size = d.strings_size;
    t.known = true;
    return t;
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

static void take_symbol(const Elf *e, const uint8_t *s, const Strings *strings, GArray *to)
{
    uint64_t value = word(e, s, 8, 4), size = word(e, s, 16, 8), left;
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
        !file_offset(e, value, true, &new.offset, &left))
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

static void read_table(const Elf *e, const Table *t, AilElfSymbols *out)
{
    unsigned size = e->wide ? 24 : 16;
    uint64_t n = MIN(within(e, t->symbols, t->symbols_size) / size, MAX_SYMBOLS);
    Strings strings = {.size = MIN(within(e, t->strings, t->strings_size), MAX_STRINGS)};
    bool whole = n == t->symbols_size / size && strings.size == t->strings_size && n;
    uint8_t *symbols = load(e, t->symbols, n * size, &whole);
    strings.bytes = (char *)load(e, t->strings, strings.size, &whole);
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
    Elf e;
    Table symtab = {0}, dynsym = {0};
    AilElfSymbols full = {0}, some = {0};
    *out = (AilElfSymbols){0};
    if (!take_header(&e, source)) {
        out->all = is_another(source);
        return false;
    }
    for (unsigned i = 0; i < e.n_segments && !out->build_id_len; i++)
        if (e.segment[i].type == PT_NOTE)
            take_build_id(&e, &e.segment[i], out);
    bool sections = find_by_sections(&e, &symtab, &dynsym);
    if (!sections)
        dynsym = find_by_dynamic(&e);
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
