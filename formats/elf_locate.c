/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of an ELF file, and where its tables of symbols are. */
#include "formats/elf_private.h"

#include <elf.h>
#include <glib.h>
#include <string.h>

#include "formats/bytes.h"

enum {
    MAX_SECTIONS = 4096,
    MAX_HEADER = 256, /* bytes of one of either */
    MAX_DYNAMIC = 256,
};

uint64_t elf_word(const ElfFile *e, const uint8_t *at, unsigned wide, unsigned narrow)
{
    return e->wide ? ail_get_le64(at + wide) : ail_get_le32(at + narrow);
}

uint8_t *elf_load(const ElfFile *e, uint64_t offset, uint64_t size, bool *whole)
{
    uint8_t *bytes = g_malloc(MAX(size, 1));
    if (size && !e->from->read(e->from->user, offset, bytes, size))
        *whole = false;
    return bytes;
}

uint64_t elf_within(const ElfFile *e, uint64_t offset, uint64_t size)
{
    return offset < e->from->size ? MIN(size, e->from->size - offset) : 0;
}

static void take_segment(ElfFile *e, const uint8_t *h)
{
    ElfSegment *s = &e->segment[e->n_segments++];
    s->type = ail_get_le32(h);
    s->offset = elf_word(e, h, 8, 4);
    s->addr = elf_word(e, h, 16, 8);
    s->size = elf_word(e, h, 32, 16);
    s->code = ail_get_le32(h + (e->wide ? 4 : 24)) & PF_X;
}

bool elf_take_header(ElfFile *e, const AilElfSource *from)
{
    uint8_t h[64] = {0};
    bool whole = true;
    *e = (ElfFile){.from = from};
    if (!from->read(from->user, 0, h, 52) || memcmp(h, ELFMAG, SELFMAG) != 0 ||
        h[EI_DATA] != ELFDATA2LSB || (h[EI_CLASS] != ELFCLASS64 && h[EI_CLASS] != ELFCLASS32))
        return false;
    e->wide = h[EI_CLASS] == ELFCLASS64;
    if (e->wide && !from->read(from->user, 0, h, 64))
        return false;
    e->arm = ail_get_le16(h + 18) == EM_ARM;
    const uint8_t *counts = h + (e->wide ? 54 : 42);
    unsigned size = ail_get_le16(counts), n = MIN(ail_get_le16(counts + 2), ELF_MAX_SEGMENTS);
    e->sections = elf_word(e, h, 40, 32);
    e->section_size = ail_get_le16(counts + 4);
    e->n_sections = e->sections ? MIN(ail_get_le16(counts + 6), MAX_SECTIONS) : 0;
    if (size < (e->wide ? 56 : 32) || size > MAX_HEADER)
        return false;
    uint8_t *all = elf_load(e, elf_word(e, h, 32, 28), (uint64_t)n * size, &whole);
    for (unsigned i = 0; whole && i < n; i++)
        take_segment(e, all + (size_t)i * size);
    g_free(all);
    return whole;
}

/* --- tables --- */

typedef struct Sections {
    uint8_t *headers; /* owned */
    const ElfFile *elf;
} Sections;

static const uint8_t *section(const Sections *s, unsigned i)
{
    return s->headers + (size_t)i * s->elf->section_size;
}

bool elf_find_by_sections(const ElfFile *e, ElfTable *symtab, ElfTable *dynsym)
{
    bool whole =
        e->n_sections && e->section_size >= (e->wide ? 64 : 40) && e->section_size <= MAX_HEADER;
    if (!whole)
        return false;
    Sections s = {elf_load(e, e->sections, (uint64_t)e->n_sections * e->section_size, &whole), e};
    for (unsigned i = 0; whole && i < e->n_sections; i++) {
        const uint8_t *h = section(&s, i);
        uint32_t type = ail_get_le32(h + 4), link = ail_get_le32(h + (e->wide ? 40 : 24));
        ElfTable *t = type == SHT_SYMTAB ? symtab : type == SHT_DYNSYM ? dynsym : NULL;
        if (!t || link >= e->n_sections || ail_get_le32(section(&s, link) + 4) != SHT_STRTAB)
            continue;
        const uint8_t *strings = section(&s, link);
        *t = (ElfTable){elf_word(e, h, 24, 16), elf_word(e, h, 32, 20),
                        elf_word(e, strings, 24, 16), elf_word(e, strings, 32, 20), true};
    }
    g_free(s.headers);
    return whole;
}

bool elf_file_offset(const ElfFile *e, uint64_t addr, bool code, uint64_t *offset, uint64_t *left)
{
    for (unsigned i = 0; i < e->n_segments; i++) {
        const ElfSegment *s = &e->segment[i];
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
static bool dynamic_offset(const ElfFile *e, uint64_t addr, uint64_t *offset)
{
    uint64_t left;
    for (unsigned i = 0; i < e->n_segments; i++) {
        const ElfSegment *first = &e->segment[i];
        if (first->type == PT_LOAD && !first->offset && e->from->base > first->addr &&
            addr >= e->from->base)
            addr -= e->from->base - first->addr;
    }
    return addr && elf_file_offset(e, addr, false, offset, &left);
}

/* How many symbols there are, by the table that finds them; 0: not known. */
static uint32_t count_by_hash(const ElfFile *e, uint64_t at)
{
    enum { CHAIN = 1 << 16 };
    uint8_t h[16], link[4] = {0};
    bool whole = true;
    if (!e->from->read(e->from->user, at, h, sizeof h))
        return 0;
    uint32_t n = ail_get_le32(h), first = ail_get_le32(h + 4), bloom = ail_get_le32(h + 8), top = 0;
    if (n > ELF_MAX_SYMBOLS || bloom > ELF_MAX_SYMBOLS)
        return 0;
    uint64_t buckets = at + 16 + (uint64_t)bloom * (e->wide ? 8 : 4);
    uint8_t *all = elf_load(e, buckets, (uint64_t)n * 4, &whole);
    for (uint32_t i = 0; whole && i < n; i++)
        top = MAX(top, ail_get_le32(all + (size_t)i * 4));
    g_free(all);
    if (!whole || top < first || top > ELF_MAX_SYMBOLS)
        return 0;
    for (uint32_t left = CHAIN; left && top <= ELF_MAX_SYMBOLS; left--, top++) {
        uint64_t chain = buckets + (uint64_t)n * 4 + (uint64_t)(top - first) * 4;
        if (!e->from->read(e->from->user, chain, link, 4))
            return 0;
        if (link[0] & 1)
            return top + 1;
    }
    return 0;
}

static uint32_t count_by_old_hash(const ElfFile *e, uint64_t at)
{
    uint8_t h[8];
    return e->from->read(e->from->user, at, h, sizeof h) ? ail_get_le32(h + 4) : 0;
}

typedef struct Dynamic {
    uint64_t symbols, strings, strings_size, hash, old_hash;
} Dynamic;

static void take_dynamic(const ElfFile *e, const ElfSegment *s, Dynamic *d)
{
    unsigned size = e->wide ? 16 : 8;
    bool whole = true;
    uint64_t n = MIN(s->size / size, MAX_DYNAMIC);
    uint8_t *all = elf_load(e, s->offset, n * size, &whole);
    for (uint64_t i = 0; whole && i < n; i++) {
        uint64_t tag = elf_word(e, all + i * size, 0, 0), value = elf_word(e, all + i * size, 8, 4);
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

/* The strings mostly come right behind the symbols. */
ElfTable elf_find_by_dynamic(const ElfFile *e)
{
    Dynamic d = {0};
    ElfTable t = {0};
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
    t.symbols_size = MIN(n, ELF_MAX_SYMBOLS) * size;
    t.strings_size = d.strings_size;
    t.known = true;
    return t;
}
