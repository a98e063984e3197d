/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/elf_builder.h"

#include "formats/bytes.h"

#include <elf.h>
#include <string.h>

typedef struct Out {
    uint8_t *at;
    bool wide;
} Out;

static void half(Out *o, unsigned v)
{
    *o->at++ = (uint8_t)v;
    *o->at++ = (uint8_t)(v >> 8);
}

static void word(Out *o, uint32_t v)
{
    ail_put_le32(o->at, v);
    o->at += 4;
}

/* As wide as the file. */
static void number(Out *o, uint64_t v)
{
    word(o, (uint32_t)v);
    if (o->wide)
        word(o, (uint32_t)(v >> 32));
}

static void put_header(Out o)
{
    memcpy(o.at, ELFMAG "\x01\x01\x01", 7);
    o.at[EI_CLASS] = o.wide ? ELFCLASS64 : ELFCLASS32;
    o.at += 16;
    half(&o, ET_DYN);
    half(&o, o.wide ? EM_X86_64 : EM_ARM);
    word(&o, 1);
    number(&o, 0);
    number(&o, ELF_PHDRS);
    number(&o, ELF_SHDRS);
    word(&o, 0);
    half(&o, o.wide ? 64 : 52);
    half(&o, o.wide ? 56 : 32);
    half(&o, 4);
    half(&o, o.wide ? 64 : 40);
    half(&o, 5);
    half(&o, 0);
}

static void put_segment(Out *o, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size)
{
    word(o, type);
    if (o->wide)
        word(o, flags);
    number(o, offset);
    number(o, offset + ELF_BASE);
    number(o, offset + ELF_BASE);
    number(o, size);
    number(o, size);
    if (!o->wide)
        word(o, flags);
    number(o, 1);
}

static void put_section(Out *o, uint32_t type, uint64_t offset, uint64_t size, uint32_t link)
{
    word(o, 0);
    word(o, type);
    number(o, 0);
    number(o, offset + ELF_BASE);
    number(o, offset);
    number(o, size);
    word(o, link);
    word(o, 0);
    number(o, 1);
    number(o, 0);
}

static void put_symbol(Out *o, uint32_t name, unsigned info, uint64_t at, uint64_t size)
{
    word(o, name);
    if (!o->wide)
        number(o, at + ELF_BASE), number(o, size);
    *o->at++ = (uint8_t)info;
    *o->at++ = 0;
    half(o, name ? 1 : 0);
    if (o->wide)
        number(o, at + ELF_BASE), number(o, size);
}

/* Those that both tables have. */
static void put_common(Out *o)
{
    unsigned thumb = o->wide ? 0 : 1; /* the lowest bit of an address in Arm's files */
    put_symbol(o, 0, 0, 0, 0);
    put_symbol(o, 1, STB_GLOBAL << 4 | STT_FUNC, 0x1010 + thumb, 16);
    put_symbol(o, 7, STB_GLOBAL << 4 | STT_FUNC, 0x1040, 0);
}

static void put_tables(uint8_t *to, bool wide)
{
    static const char names[] = "\0alpha\0beta\0gamma\0data";
    Out o = {to + ELF_DYNSYM, wide};
    put_common(&o);
    memcpy(to + ELF_DYNSTR, names, 12);
    o.at = to + ELF_SYMTAB;
    put_common(&o);
    put_symbol(&o, 12, STB_LOCAL << 4 | STT_FUNC, 0x1080, 8);
    put_symbol(&o, 18, STB_GLOBAL << 4 | STT_OBJECT, 0x1100, 8);
    memcpy(to + ELF_STRTAB, names, sizeof names);
    o.at = to + ELF_HASH;
    const uint32_t hash[] = {1, 1, 1, 0}, chain[] = {1, 2, 3}; /* one bucket: from 1 on, to 2 */
    for (int i = 0; i < 4; i++)
        word(&o, hash[i]);
    number(&o, 0);
    for (int i = 0; i < 3; i++)
        word(&o, chain[i]);
    o.at = to + ELF_NOTE;
    word(&o, 4);
    word(&o, strlen(ELF_BUILD_ID));
    word(&o, NT_GNU_BUILD_ID);
    memcpy(o.at, "GNU\0" ELF_BUILD_ID, 4 + strlen(ELF_BUILD_ID));
}

void elf_build(uint8_t *to, bool wide)
{
    unsigned symbol = wide ? 24 : 16;
    const uint64_t dynamic[][2] = {{DT_GNU_HASH, ELF_HASH + ELF_BASE},
                                   {DT_SYMTAB, ELF_DYNSYM + ELF_BASE},
                                   {DT_STRTAB, ELF_DYNSTR + ELF_BASE},
                                   {DT_STRSZ, 12},
                                   {DT_NULL, 0}};
    Out o = {to, wide};
    memset(to, 0, ELF_SIZE);
    put_header(o);
    put_tables(to, wide);
    o.at = to + ELF_PHDRS;
    put_segment(&o, PT_LOAD, PF_R, 0, 0x1000);
    put_segment(&o, PT_LOAD, PF_R | PF_X, 0x1000, 0x1000);
    put_segment(&o, PT_DYNAMIC, PF_R, ELF_DYNAMIC, 5 * (wide ? 16 : 8));
    put_segment(&o, PT_NOTE, PF_R, ELF_NOTE, 0x20);
    o.at = to + ELF_DYNAMIC;
    for (int i = 0; i < 5; i++)
        number(&o, dynamic[i][0]), number(&o, dynamic[i][1]);
    o.at = to + ELF_SHDRS;
    put_section(&o, SHT_NULL, 0, 0, 0);
    put_section(&o, SHT_DYNSYM, ELF_DYNSYM, 3 * symbol, 2);
    put_section(&o, SHT_STRTAB, ELF_DYNSTR, 12, 0);
    put_section(&o, SHT_SYMTAB, ELF_SYMTAB, 5 * symbol, 4);
    put_section(&o, SHT_STRTAB, ELF_STRTAB, 23, 0);
}
