/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of addresses: of the kernel, its modules, and of processes by the ELF files they map. */
#include "analyzers/symbols.h"
#include "tests/chunk_builder.h"
#include "tests/made_guest.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { MM = 5, KEY = 0x1000 };
#define KERNEL 0xffffffff81000000u

/* A kernel with two functions, as formats/kallsyms.h saves it. */
static void put_kernel(GuestEvents *g)
{
    AilBuf raw = {0}, table = {0}, data = {0};
    ail_buf_varint(&raw, KERNEL);
    ail_buf_varint(&raw, 0x100);
    ail_buf_varint(&raw, 0x100);
    ail_buf_put(&raw, "TtB", 3);
    ail_buf_put(&raw, "_stext\0do_it\0_end", 18);
    size_t bound = ZSTD_compressBound(raw.len);
    uint8_t *packed = g_malloc(bound), n[12];
    size_t len = ZSTD_compress(packed, bound, raw.data, raw.len, 1);
    ail_put_le32(n, 3);
    ail_put_le32(n + 4, (uint32_t)raw.len);
    ail_put_le32(n + 8, (uint32_t)len);
    ail_buf_put(&table, "AilKsym1", 8);
    ail_buf_put(&table, n, sizeof n);
    ail_buf_put(&table, packed, len);
    ail_guest_put_kernel(&data, &(AilGuestKernel){{"Linux", 5}, table.data, (uint32_t)table.len});
    AilEvent e = {
        .type = AIL_EVENT_KERNEL, .value = KERNEL, .data = data.data, .len = (uint32_t)data.len};
    g->take(g->user, &e);
    g_free(packed);
    ail_buf_clear(&raw);
    ail_buf_clear(&table);
    ail_buf_clear(&data);
}

static void take(void *user, const AilEvent *e)
{
    ail_symbolizer_take(user, e);
}

static AilSymbolizer *make(const char *sysroot, const AilGuestMap *maps, uint32_t n)
{
    AilError err;
    AilSymbolizer *z = ail_symbolizer_new(sysroot, &err);
    GuestEvents g = {.take = take, .user = z};
    cr_assert_not_null(z);
    put_kernel(&g);
    guest_text(&g, AIL_EVENT_MODULE, 0xffffffffc0000000u, 0x1000, "ext4");
    guest_task(&g, KEY, 7, 1, MM, "sh");
    guest_maps(&g, MM, 0, UINT64_MAX, maps, n);
    return z;
}

/* The name of pc in the process, "" if it has none; one buffer for all. */
static const char *name(AilSymbolizer *z, uint64_t pc)
{
    static char buf[AIL_SYMBOL_MAX];
    bool known = ail_symbolizer_name(z, ail_symbolizer_guest(z), MM, pc, buf, sizeof buf);
    return known ? buf : "";
}

Test(symbols, kernel_modules_and_files)
{
    const AilGuestMap maps[] = {guest_map(0x1000, 0x3000, 0x7000, "/bin/\033sh"),
                                guest_map(0x8000, 0x9000, 0, "[vdso]"),
                                guest_map(0x9000, 0xa000, 0, "")};
    AilSymbolizer *z = make(NULL, maps, 3);
    cr_expect_str_eq(name(z, KERNEL), "_stext");
    cr_expect_str_eq(name(z, KERNEL + 0x112), "do_it+0x12");
    cr_expect_str_eq(name(z, 0xffffffffc0000010u), "[ext4]+0x10");
    cr_expect_str_eq(name(z, 0x1010), "/bin/?sh+0x7010");
    cr_expect_str_eq(name(z, 0x8004), "[vdso]+0x4");
    cr_expect_str_eq(name(z, 0x9000), "");
    cr_expect_str_eq(name(z, 0xb000), "");
    char buf[AIL_SYMBOL_MAX];
    cr_expect(ail_symbolizer_name_any(z, 0x2000, buf, sizeof buf));
    cr_expect_str_eq(buf, "/bin/?sh+0x8000");
    const AilSymbols *symbols = ail_symbolizer_symbols(z);
    cr_expect(symbols->name(symbols->self, MM << 12, 0x1000, buf, sizeof buf));
    cr_expect_str_eq(buf, "/bin/?sh+0x7000");
    cr_expect(!symbols->name(symbols->self, 0x77000, 0x1000, buf, sizeof buf));
    const AilGuestMap other = guest_map(0x2000, 0x3000, 0, "/bin/ls"); /* of another process */
    GuestEvents g = {.take = take, .user = z};
    guest_maps(&g, MM + 1, 0, UINT64_MAX, &other, 1);
    cr_expect(!ail_symbolizer_name_any(z, 0x2000, buf, sizeof buf), "which of the two?");
    ail_symbolizer_free(z);
}

static void take_guest(void *user, const AilEvent *e)
{
    ail_guest_take(user, e);
}

/* Passes give the symbolizer the events of a whole chunk at once; what an analysis meets in it is
 * named as of then. */
Test(symbols, as_of_an_earlier_moment)
{
    const AilGuestMap then = guest_map(0x1000, 0x3000, 0, "/bin/ls"),
                      later = guest_map(0x1000, 0x3000, 0, "/bin/cat");
    AilSymbolizer *z = make(NULL, &later, 1);
    AilGuest *guest = ail_guest_new();
    GuestEvents g = {.take = take_guest, .user = guest};
    const AilSymbols *symbols = ail_symbolizer_symbols(z);
    char buf[AIL_SYMBOL_MAX];
    cr_expect(!ail_symbols_name(symbols, guest, MM << 12, 0x1000, buf, sizeof buf));
    guest_task(&g, KEY, 7, 1, MM, "ls");
    guest_maps(&g, MM, 0, UINT64_MAX, &then, 1);
    cr_expect(ail_symbols_name(symbols, guest, MM << 12, 0x1000, buf, sizeof buf));
    cr_expect_str_eq(buf, "/bin/ls+0x0");
    cr_expect(symbols->name(symbols->self, MM << 12, 0x1000, buf, sizeof buf));
    cr_expect_str_eq(buf, "/bin/cat+0x0");
    cr_expect(!ail_symbols_name(NULL, guest, MM << 12, 0x1000, buf, sizeof buf));
    ail_guest_free(guest);
    ail_symbolizer_free(z);
}

Test(symbols, of_modules)
{
    const uint64_t base = 0xffffffffc0000000u;
    AilSymbolizer *z = make(NULL, NULL, 0);
    GuestEvents g = {.take = take, .user = z};
    guest_module_symbols(&g, base + 0x1000); /* of no module */
    cr_expect_str_eq(name(z, base + 0x21), "[ext4]+0x21");
    guest_module_symbols(&g, base);
    cr_expect_str_eq(name(z, base + 0x10), "[ext4]+0x10", "before its first symbol");
    cr_expect_str_eq(name(z, base + 0x20), "run (ext4)");
    cr_expect_str_eq(name(z, base + 0x3f), "run+0x1f (ext4)");
    cr_expect_str_eq(name(z, base + 0x40), "stop (ext4)");
    cr_expect_str_eq(name(z, base + 0x1020), "", "behind the module");
    guest_text(&g, AIL_EVENT_MODULE, base, 0x1000, "other"); /* comes to be where that was */
    cr_expect_str_eq(name(z, base + 0x20), "[other]+0x20");
    AilEvent bad = {.type = AIL_EVENT_MODULE_SYMBOLS,
                    .value = base,
                    .data = (const uint8_t *)"AilKsym1........",
                    .len = 16};
    ail_symbolizer_take(z, &bad);
    cr_expect_str_eq(name(z, base + 0x20), "[other]+0x20");
    ail_symbolizer_free(z);
}

__attribute__((noinline, used)) static int a_function_of_this_test(int n)
{
    return n * 3 + 1;
}

/* Where in this program's file a function is. */
static int find_offset(struct dl_phdr_info *info, size_t size, void *user)
{
    uint64_t *offset = user, at = (uint64_t)(uintptr_t)a_function_of_this_test - info->dlpi_addr;
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        if (h->p_type == PT_LOAD && at >= h->p_vaddr && at - h->p_vaddr < h->p_filesz)
            *offset = h->p_offset + (at - h->p_vaddr);
    }
    return 1; /* the program itself comes first */
}

Test(symbols, functions_of_elf_files)
{
    char path[4096] = "";
    uint64_t offset = 0;
    cr_assert_gt(readlink("/proc/self/exe", path, sizeof path - 1), 0);
    dl_iterate_phdr(find_offset, &offset);
    cr_assert_gt(offset, 0);
    const AilGuestMap map = guest_map(0x100000, 0x10000000, 0, path);
    AilSymbolizer *z = make("/", &map, 1);
    char *want = g_strdup_printf("a_function_of_this_test+0x1 (%s)", strrchr(path, '/') + 1);
    cr_expect_str_eq(name(z, 0x100000 + offset + 1), want);
    cr_expect(g_str_has_prefix(name(z, 0x100000), path), "no function at its beginning");
    g_free(want);
    ail_symbolizer_free(z);
}

Test(symbols, files_outside_of_the_folder_are_not_read)
{
    char self[4096] = "";
    uint64_t offset = 0;
    char *dir = g_dir_make_tmp("ailurus-symbols-XXXXXX", NULL);
    cr_assert_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
    dl_iterate_phdr(find_offset, &offset);
    char *up = g_strdup_printf("/../../../../../../../../../..%s", self);
    char *names[] = {g_build_filename(dir, "link", NULL), g_build_filename(dir, "fifo", NULL),
                     g_build_filename(dir, "text", NULL)};
    cr_assert_eq(symlink(self, names[0]), 0);
    cr_assert_eq(mkfifo(names[1], 0600), 0);
    cr_assert(g_file_set_contents(names[2], "\177ELF and then nonsense", -1, NULL));
    const AilGuestMap maps[] = {guest_map(0x10000000, 0x20000000, 0, "/link"),
                                guest_map(0x20000000, 0x30000000, 0, "/fifo"),
                                guest_map(0x30000000, 0x40000000, 0, "/text"),
                                guest_map(0x40000000, 0x50000000, 0, up),
                                guest_map(0x50000000, 0x60000000, 0, "/")};
    AilSymbolizer *z = make(dir, maps, G_N_ELEMENTS(maps));
    for (unsigned i = 1; i <= G_N_ELEMENTS(maps); i++)
        cr_expect(*name(z, i * 0x10000000u + offset) == '/', "%s",
                  name(z, i * 0x10000000u + offset));
    ail_symbolizer_free(z);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_unlink(names[i]);
        g_free(names[i]);
    }
    g_rmdir(dir);
    g_free(dir);
    g_free(up);
    AilError err;
    cr_expect_null(ail_symbolizer_new("/no/such/folder", &err));
    cr_expect(strstr(err.text, "/no/such/folder"));
}

/* A process is interrupted and ends; another gets its address space's number and goes on at the
 * same place. */
static ChunkBuilder *same_number(void)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, MM << 12);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    uint32_t user = chunk_block(b, 0x1000, AIL_MODE_X86_64, true, "\x90\x90", 2, 2, 1, 1);
    uint32_t handler = chunk_block(b, KERNEL + 0x100, AIL_MODE_X86_64, false, "\x90", 1, 1, 1);
    uint32_t back = chunk_block(b, KERNEL + 0x101, AIL_MODE_X86_64, false, "\x48\xcf", 2, 1, 2);
    uint32_t more = chunk_block(b, 0x1002, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    const AilGuestMap one = guest_map(0x1000, 0x2000, 0, "/bin/one"),
                      two = guest_map(0x1000, 0x2000, 0x4000, "/bin/two");
    put_kernel(&g);
    guest_task(&g, KEY, 7, 1, MM, "one");
    guest_plain(&g, AIL_EVENT_SWITCH, KEY, 0);
    guest_maps(&g, MM, 0, UINT64_MAX, &one, 1);
    chunk_run(b, user);
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x1002);
    chunk_run(b, handler);
    guest_plain(&g, AIL_EVENT_EXIT, KEY, 0);
    guest_task(&g, KEY + 1, 8, 1, MM, "two");
    guest_plain(&g, AIL_EVENT_SWITCH, KEY + 1, 0);
    chunk_run(b, back);
    guest_maps(&g, MM, 0, UINT64_MAX, &two, 1);
    chunk_run(b, more);
    return b;
}

Test(symbols, stacks_are_of_the_right_process)
{
    ChunkBuilder *b = same_number();
    char *text = chunk_analyse_named(b, "callstack,folded", AIL_COL_ALL & ~AIL_COL_SYNC,
                                     AIL_OUTPUT_TEXT, NULL);
    cr_expect_str_eq(text, "one-7;/bin/one+0x0 2\n"
                           "one-7;/bin/one+0x0;interrupt:do_it 2\n"
                           "two-8;/bin/two+0x4002 1\n");
    free(text);
    chunk_builder_free(b);
    b = same_number();
    text = chunk_analyse_named(b, "callstack,at=0,at=4", AIL_COL_ALL & ~AIL_COL_SYNC,
                               AIL_OUTPUT_TEXT, NULL);
    cr_expect_str_eq(text, "icount 0, asid 0x5000, one 7/7 (at):\n"
                           "  #0   0x1000 /bin/one+0x0 first seen at 0x1000 /bin/one+0x0\n"
                           "icount 4, asid 0x5000, two 8/8 (at):\n"
                           "  #0   0x1002 /bin/two+0x4002 first seen at 0x1002 /bin/two+0x4002\n");
    free(text);
    chunk_builder_free(b);
}

Test(symbols, hot_blocks_have_names)
{
    ChunkBuilder *b = same_number();
    char *text =
        chunk_analyse_named(b, "hotblocks", AIL_COL_FLOW | AIL_COL_EVENT, AIL_OUTPUT_JSON, NULL);
    cr_expect(strstr(text, "\"pc\":\"0xffffffff81000100\",\"symbol\":\"do_it\""), "%s", text);
    cr_expect(strstr(text, "\"pc\":\"0x1000\",\"user\""), "of which of the two? %s", text);
    free(text);
    chunk_builder_free(b);
}

Test(symbols, matches_of_strings_have_names)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, MM << 12);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    const AilGuestMap map = guest_map(0x1000, 0x2000, 0, "/bin/one");
    uint32_t call = chunk_block(b, 0x1000, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5);
    uint32_t store = chunk_block(b, 0x1100, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    put_kernel(&g);
    guest_task(&g, KEY, 7, 1, MM, "one");
    guest_plain(&g, AIL_EVENT_SWITCH, KEY, 0);
    guest_maps(&g, MM, 0, UINT64_MAX, &map, 1);
    chunk_run(b, call);
    chunk_write(b, 0, 0x7ff8, 8, 0x1005);
    chunk_run(b, store);
    chunk_write_bytes(b, 0, 0x8000, "panda!!!", 8);
    guest_plain(&g, AIL_EVENT_EXIT, KEY, 0);
    char *text = chunk_analyse_named(b, "stringsearch,string=panda", AIL_COL_ALL & ~AIL_COL_SYNC,
                                     AIL_OUTPUT_JSON, NULL);
    cr_expect(strstr(text, "\"symbol\":\"/bin/one+0x100\",\"caller_symbol\":\"/bin/one+0x5\""),
              "%s", text);
    cr_expect(strstr(text, "\"pid\":7,\"tid\":7,\"comm\":\"one\""), "%s", text);
    free(text);
    chunk_builder_free(b);
}
