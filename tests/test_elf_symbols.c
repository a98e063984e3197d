/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions and build IDs of ELF files of which perhaps a part is at hand, or that lie. */
#include "formats/elf_symbols.h"

#include "formats/bytes.h"
#include "tests/elf_builder.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { PAGE = 0x1000 };

typedef struct File {
    uint8_t bytes[ELF_SIZE];
    unsigned there; /* set of pages */
    uint64_t reads; /* bytes that were asked for */
} File;

static bool read_file(void *user, uint64_t offset, void *to, size_t len)
{
    File *f = user;
    uint8_t *out = to;
    bool whole = true;
    f->reads += len;
    for (size_t i = 0; i < len; i++) {
        bool has = offset + i < ELF_SIZE && f->there >> ((offset + i) / PAGE) & 1;
        out[i] = has ? f->bytes[offset + i] : AIL_ELF_HOLE;
        whole &= has;
    }
    return whole;
}

static File *make(bool wide)
{
    File *f = g_new0(File, 1);
    elf_build(f->bytes, wide);
    f->there = 7;
    return f;
}

static char *describe(File *f, uint64_t base)
{
    AilElfSymbols s;
    GString *text = g_string_new(NULL);
    AilElfSource source = {.user = f, .size = ELF_SIZE, .read = read_file, .base = base};
    if (!ail_elf_symbols_read(&source, &s))
        g_string_append(text, "no ELF file");
    if (s.build_id_len)
        g_string_append_printf(text, "id of %zu, ", s.build_id_len);
    if (s.build_id_len == strlen(ELF_BUILD_ID))
        cr_expect(!memcmp(s.build_id, ELF_BUILD_ID, s.build_id_len));
    g_string_append_printf(text, "%s%s%s", s.whole ? "whole " : "", s.symtab ? "symtab " : "",
                           s.all ? "all" : "");
    for (size_t i = 0; i < s.n; i++)
        g_string_append_printf(text, " %" PRIx64 "+%" PRIx64 " %.*s", s.list[i].offset,
                               s.list[i].size, (int)s.list[i].len, s.list[i].name);
    ail_elf_symbols_clear(&s);
    return g_string_free(text, FALSE);
}

static void expect(File *f, uint64_t base, const char *what)
{
    char *text = describe(f, base);
    cr_expect_str_eq(text, what);
    g_free(text);
}

#define SOME " 1010+10 alpha 1040+0 beta"
#define ALL  SOME " 1080+8 gamma"

Test(elf_symbols, whole_files)
{
    for (int wide = 0; wide < 2; wide++) {
        File *f = make(wide);
        expect(f, 0, "id of 5, whole symtab all" ALL);
        f->bytes[ELF_SHDRS + 3 * (wide ? 64 : 40) + 4] = SHT_PROGBITS; /* no .symtab */
        expect(f, 0, "id of 5, whole all" SOME);
        f->bytes[ELF_NOTE + 8] = 9; /* another kind of note */
        expect(f, 0, "whole all" SOME);
        g_free(f);
    }
}

Test(elf_symbols, parts_of_files)
{
    for (int wide = 0; wide < 2; wide++) {
        File *f = make(wide);
        f->there = 1; /* what a loader reads */
        expect(f, 0, "id of 5, whole " SOME);
        f->bytes[ELF_HASH + 4] = 77; /* the table to find them by is wrong: count otherwise */
        memset(f->bytes + ELF_DYNSYM + 3 * (wide ? 24 : 16), 0, 64);
        expect(f, 0, "id of 5, whole " SOME);
        f->there = 6;
        expect(f, 0, "no ELF file");
        f->there = 1;
        f->bytes[0] = '#';
        expect(f, 0, "no ELF fileall"); /* and never will be */
        f->there = 0;
        expect(f, 0, "no ELF file");
        g_free(f);
    }
}

/* Part of .symtab, and nothing else. */
Test(elf_symbols, parts_of_tables)
{
    File *f = make(true);
    memset(f->bytes + ELF_SHDRS + 64 + 4, 0, 4);                     /* no .dynsym */
    ail_put_le64(f->bytes + ELF_SHDRS + 4 * 64 + 24, ELF_SIZE - 12); /* strings: 12 are there */
    memcpy(f->bytes + ELF_SIZE - 12, "\0alpha\0beta\0", 12);
    expect(f, 0, "id of 5, symtab " SOME);
    g_free(f);
}

/* Loaders may have added where the file is to the addresses in the dynamic section. */
Test(elf_symbols, moved_addresses)
{
    File *f = make(true);
    const uint64_t base = 0x7f0000000000u;
    f->there = 1;
    for (int i = 0; i < 3; i++) {
        uint8_t *at = f->bytes + ELF_DYNAMIC + i * 16 + 8;
        ail_put_le64(at, ail_get_le64(at) - ELF_BASE + base);
    }
    expect(f, 0, "id of 5, ");
    expect(f, base, "id of 5, whole " SOME);
    g_free(f);
}

/* Numbers that are far too large end in nothing, and soon. */
Test(elf_symbols, lies, .timeout = 60)
{
    const unsigned places[] = {
        0x20,
        0x28,
        0x36,
        0x38,
        0x3c,
        ELF_PHDRS + 8,
        ELF_PHDRS + 32,
        ELF_NOTE,
        ELF_NOTE + 4,
        ELF_HASH,
        ELF_HASH + 4,
        ELF_HASH + 8,
        ELF_HASH + 24,
        ELF_HASH + 28,
        ELF_DYNSYM + 24,
        ELF_DYNAMIC + 56,
        ELF_SHDRS + 64 + 32,
        ELF_SHDRS + 3 * 64 + 32,
        ELF_SHDRS + 3 * 64 + 40,
        ELF_SHDRS + 4 * 64 + 32,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        for (unsigned pages = 1; pages < 8; pages += 6) {
            File *f = make(true);
            f->there = pages;
            memset(f->bytes + places[i], 0xff, 4);
            f->bytes[places[i] + 3] = 0x7f;
            g_free(describe(f, 0));
            cr_expect(f->reads < 1 << 20, "%x: %" PRIu64, places[i], f->reads);
            g_free(f);
        }
}

/* Whatever is changed, names are in the file and in order. */
Test(elf_symbols, noise, .timeout = 120)
{
    GRand *r = g_rand_new_with_seed(5);
    for (int i = 0; i < 3000; i++) {
        File *f = make(i & 1);
        AilElfSymbols s;
        for (int k = g_rand_int_range(r, 1, 12); k > 0; k--) {
            uint32_t at = (uint32_t)g_rand_int_range(r, 0, ELF_SIZE);
            at = k & 1 ? at : at % 0x900; /* most of what matters is there */
            f->bytes[at] = (uint8_t)g_rand_int(r);
        }
        f->there = g_rand_int(r) | (i & 3);
        if (ail_elf_symbols_read(&(AilElfSource){.user = f,
                                                 .size = i & 2 ? ELF_SIZE : UINT64_MAX,
                                                 .read = read_file},
                                 &s))
            for (size_t k = 0; k < s.n; k++)
                cr_assert(s.list[k].len && s.list[k].len <= AIL_ELF_NAME &&
                          !memchr(s.list[k].name, 0, s.list[k].len) &&
                          (!k || s.list[k - 1].offset <= s.list[k].offset));
        ail_elf_symbols_clear(&s);
        g_free(f);
    }
    g_rand_free(r);
}
