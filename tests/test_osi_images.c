/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of functions in files that processes map, by a made-up kernel's page cache: whole, in
 * parts, and such as makes no sense. */
#include "tests/elf_builder.h"
#include "tests/osi_world.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

/* Of each page of memory there is a struct page. The file's three pages are those with numbers
 * PAGES, PAGES + 2 and PAGES + 4; nodes of the tree have four slots. */
enum { MAPPING = 0x8400, INODE = 0x8500, NODE = 0x8600, SUPER = 0x8700, VARIABLES = 0x8800 };
enum { PAGE_STRUCTS = 0x80000, PAGES = 0x90, FLAGS_AT = 0, INDEX_AT = 32 };
enum { FILE_MAPPING = 16, INODE_INO = 0, INODE_SB = 8, INODE_BYTES = 16, INODE_MTIME = 24 };
enum { LOCKED = 1 };

static void know(AilOsiProfile *p, uint64_t *symbol, uint64_t value)
{
    *symbol = value;
    p->has_symbol[symbol - (uint64_t *)&p->sym] = 1;
}

static void lay_out_cache(World *w)
{
    AilOsiProfile *p = &w->profile;
    AilOsiOffsets *o = &p->off;
    o->file_mapping = FILE_MAPPING;
    o->mapping_host = 0, o->mapping_head = 8;
    o->inode_ino = INODE_INO, o->inode_sb = INODE_SB, o->sb_dev = 0;
    o->inode_size = INODE_BYTES, o->inode_mtime = INODE_MTIME;
    o->xa_node_shift = 0, o->xa_node_slots = 8, o->xa_node_slots_size = 4 * 8;
    o->page_size = 64, o->page_flags = FLAGS_AT, o->page_index = INDEX_AT;
    know(p, &p->sym.vmemmap_base, BASE + VARIABLES);
    know(p, &p->sym.page_offset_base, BASE + VARIABLES + 8);
    world_put(w, BASE + VARIABLES, BASE + PAGE_STRUCTS);
    world_put(w, BASE + VARIABLES + 8, BASE);
}

static uint64_t page_struct(unsigned number)
{
    return BASE + PAGE_STRUCTS + (uint64_t)number * 64;
}

static uint8_t *page_bytes(World *w, unsigned number)
{
    return w->memory + (size_t)number * 4096;
}

static void put_slot(World *w, unsigned slot, uint64_t entry)
{
    world_put(w, BASE + NODE + 8 + slot * 8, entry);
}

static void put_cache(World *w)
{
    uint8_t elf[ELF_SIZE];
    elf_build(elf, true);
    world_put(w, BASE + 0x8100 + FILE_MAPPING, BASE + MAPPING);
    world_put(w, BASE + MAPPING, BASE + INODE);
    world_put(w, BASE + MAPPING + 8, BASE + NODE + 2);
    world_put(w, BASE + INODE + INODE_INO, 77);
    world_put(w, BASE + INODE + INODE_SB, BASE + SUPER);
    world_put(w, BASE + INODE + INODE_BYTES, ELF_SIZE);
    world_put(w, BASE + SUPER, 5);
    world_put(w, BASE + 0x9200 + DENTRY_INODE, BASE + INODE);
    for (unsigned i = 0; i < 3; i++) {
        memcpy(page_bytes(w, PAGES + 2 * i), elf + i * 4096, 4096);
        world_put(w, page_struct(PAGES + 2 * i) + INDEX_AT, i);
        put_slot(w, i, page_struct(PAGES + 2 * i));
    }
}

static World begin_with_file(void)
{
    World w = world_begin();
    lay_out_cache(&w);
    world_put_file(&w);
    put_cache(&w);
    world_put_program(&w, BASE + 0x4000);
    world_put_program(&w, BASE + 0x5000);
    return w;
}

/* The task has this program now, and comes to user code: what is told of symbols. Free it. */
static char *see_symbols(World *w, uint64_t mm)
{
    AilOsiUser user = {.pc = 0x400000, .space = mm};
    if (!w->osi)
        world_take(w);
    world_put(w, BASE + 0x2000 + MM, mm);
    ail_osi_switch(w->osi, BASE + 0x2000);
    g_string_truncate(w->told, 0);
    cr_assert(ail_osi_refresh(w->osi, &user));
    const char *from = strstr(w->told->str, "symbols"), *to = from ? strchr(from, ';') : NULL;
    char *only = g_strndup(to ? from : "", to ? (gsize)(to - from) : 0);
    g_string_truncate(w->told, 0);
    return only;
}

static void expect_symbols(World *w, uint64_t mm, const char *told)
{
    char *only = see_symbols(w, mm);
    cr_expect_str_eq(only, told);
    g_free(only);
}

#define TWO   "symbols of 77 1010 alpha 1040 beta"
#define THREE TWO " 1080 gamma (all)"

Test(osi_images, of_a_file)
{
    World w = begin_with_file();
    expect_symbols(&w, BASE + 0x4000, THREE);
    expect_symbols(&w, BASE + 0x5000, ""); /* the same file */
    world_put(&w, BASE + INODE + INODE_MTIME, 9);
    memset(page_bytes(&w, PAGES + 4) + (ELF_STRTAB & 4095) + 1, 'A', 5);
    expect_symbols(&w, BASE + 0x4000, "symbols of 77 1010 AAAAA 1040 beta 1080 gamma (all)");
    world_end(&w);
}

/* Not all of the file is there at first: it is tried again when another maps it, and at an end. */
Test(osi_images, that_come_later)
{
    World w = begin_with_file();
    put_slot(&w, 2, 1 | 8 << 1); /* no page, but what is remembered of one */
    expect_symbols(&w, BASE + 0x4000, TWO);
    put_slot(&w, 2, page_struct(PAGES + 4));
    world_put(&w, page_struct(PAGES + 4) + FLAGS_AT, LOCKED); /* it is being read */
    expect_symbols(&w, BASE + 0x5000, "");
    world_put(&w, page_struct(PAGES + 4) + FLAGS_AT, 0);
    ail_osi_exit(w.osi, 0);
    world_expect(&w, THREE "; ");
    expect_symbols(&w, BASE + 0x4000, "");
    world_end(&w);
}

/* The loader reads what it needs of the file once it is mapped. */
Test(osi_images, that_come_as_it_runs)
{
    World w = begin_with_file();
    AilOsiUser user = {.pc = 0x400000, .space = BASE + 0x4000};
    put_slot(&w, 2, 0);
    expect_symbols(&w, BASE + 0x4000, TWO);
    put_slot(&w, 2, page_struct(PAGES + 4));
    for (int i = 0; i < 64 && !w.told->len; i++)
        cr_assert(ail_osi_refresh(w.osi, &user));
    world_expect(&w, THREE "; ");
    world_end(&w);
}

/* It is not tried for ever. */
Test(osi_images, that_never_come)
{
    World w = begin_with_file();
    put_slot(&w, 2, 0);
    expect_symbols(&w, BASE + 0x4000, TWO);
    for (int i = 0; i < 100; i++)
        ail_osi_exit(w.osi, 0);
    uint64_t reads = w.reads;
    ail_osi_exit(w.osi, 0);
    cr_expect(w.reads == reads, "%" PRIu64 " reads", w.reads - reads);
    world_end(&w);
}

/* Several pages in one entry, which other slots refer to; a tree of two levels. */
Test(osi_images, in_large_pages)
{
    World w = begin_with_file();
    for (unsigned i = 1; i < 3; i++)
        memcpy(page_bytes(&w, PAGES + i), page_bytes(&w, PAGES + 2 * i), 4096);
    put_slot(&w, 1, 0 << 2 | 2);
    put_slot(&w, 2, 0 << 2 | 2);
    world_put(&w, BASE + 0x8e00, 2); /* a node above, each of whose slots is for four pages */
    world_put(&w, BASE + 0x8e08, BASE + NODE + 2);
    world_put(&w, BASE + MAPPING + 8, BASE + 0x8e00 + 2);
    expect_symbols(&w, BASE + 0x4000, THREE);
    world_end(&w);
}

/* A kernel whose page cache is not known: by what the process has mapped. */
Test(osi_images, that_are_mapped)
{
    World w = begin_with_file();
    const uint64_t vma = BASE + 0x4100, at = BASE + 0x20000;
    world_put(&w, BASE + MAPPING + 8, 0);
    world_put(&w, vma + VMA_START, at);
    world_put(&w, vma + VMA_END, at + 0x2000);
    elf_build(w.memory + (at - BASE), true);
    expect_symbols(&w, BASE + 0x4000, TWO);
    world_end(&w);
}

/* Trees that hold themselves, entries that are none, files of no size and of any. */
Test(osi_images, in_circles, .timeout = 60)
{
    const uint64_t entries[] = {BASE + NODE + 2, BASE + NODE + 1, 6,  0x102, 4096 + 2,
                                UINT64_MAX,      UINT64_MAX - 1,  14, BASE,  BASE + 0xffffe};
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        for (unsigned slot = 0; slot < 3; slot++) {
            World w = begin_with_file();
            put_slot(&w, slot, entries[i]);
            world_put(&w, BASE + INODE + INODE_BYTES, i & 1 ? UINT64_MAX : i * 1000);
            char *only = see_symbols(&w, BASE + 0x4000);
            cr_expect(!*only || slot, "%s: its first page is not there", only);
            cr_expect(!strstr(only, "gamma") || slot == 1, "%s", only);
            g_free(only);
            cr_expect(w.reads < 100000, "%" PRIu64, w.reads);
            world_end(&w);
        }
}

/* Noise instead of all that: it ends, and soon. */
Test(osi_images, noise, .timeout = 120)
{
    for (uint64_t seed = 1; seed < 40; seed++) {
        World w = begin_with_file();
        world_take(&w);
        for (uint64_t at = 0x8100, x = seed; at < SIZE - 8; at += 8 * (x >> 61) + 8) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            if (at < PAGES * 4096 || x >> 56 < 3)
                world_put(&w, BASE + at, x & 1 << 20 ? BASE + (x >> 44) : x >> 50);
        }
        w.random = seed & 1;
        world_put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
        ail_osi_switch(w.osi, BASE + 0x2000);
        ail_osi_refresh(w.osi, &(AilOsiUser){.pc = 0x400000});
        ail_osi_exit(w.osi, 0);
        cr_expect(w.reads < 10000000, "%" PRIu64, w.reads);
        world_end(&w);
    }
}
