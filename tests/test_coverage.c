/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coverage of made-up programs, to the number. */
#include "tests/chunk_builder.h"
#include "tests/made_guest.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define NOPS "\x90\x90\x90\x90\x90\x90\x90\x90"

enum { COLUMNS = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_EVENT };

/* n nops of one byte, then a jump of two if `jump`. */
static uint32_t block(ChunkBuilder *b, uint64_t pc, unsigned n, bool jump, bool user)
{
    g_assert(n <= 8 && (n || jump));
    uint8_t bytes[10];
    memset(bytes, 0x90, n);
    memcpy(bytes + n, "\xeb\x00", 2);
    unsigned l[9];
    for (unsigned i = 0; i < 9; i++)
        l[i] = i < n ? 1 : 2;
    return chunk_block(b, pc, AIL_MODE_X86_64, user, bytes, n + (jump ? 2 : 0), n + jump, l[0],
                       l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8]);
}

/* What it wrote as JSON, without the words that are in every line. */
static char *lines(ChunkBuilder *b, const char *analysis)
{
    char *got = chunk_analyse(b, analysis, COLUMNS, AIL_OUTPUT_JSON);
    GString *s = g_string_new(got);
    g_string_replace(s, "{\"analysis\":\"coverage\",", "{", 0);
    g_string_replace(s, "\"", "", 0);
    free(got);
    return g_string_free(s, FALSE);
}

static void expect(ChunkBuilder *b, const char *analysis, const char *want)
{
    char *got = lines(b, analysis);
    cr_expect_str_eq(got, want, "%s: %s\nnot\n%s", analysis, got, want);
    g_free(got);
    chunk_builder_free(b);
}

/* Without a kernel: what lies near each other is a range of an address space. */
static void expect_range(ChunkBuilder *b, const char *sums)
{
    char *want = g_strdup_printf("{module:%s}\n{asid:0x1000,module:%s}\n", sums, sums);
    expect(b, "coverage", want);
    g_free(want);
}

Test(coverage, a_jump_into_the_middle_splits_a_block)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t whole = block(b, 0x100, 4, true, true), tail = block(b, 0x102, 2, true, true);
    chunk_run(b, whole); /* 100-105, then to itself, then into its middle */
    chunk_run(b, whole);
    chunk_run(b, tail);
    /* Blocks 100-101 and 102-105; edges to either, and from the first to the second. */
    expect_range(b, "0x100-0x106,user:true,blocks:2,edges:3,instructions:13,bytes:6");
}

Test(coverage, where_an_interrupt_ended_nothing_begins)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t whole = block(b, 0x100, 4, true, true), rest = block(b, 0x102, 2, true, true);
    chunk_run_cut(b, whole, 2);
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x102);
    chunk_run(b, rest);
    expect_range(b, "0x100-0x106,user:true,blocks:1,edges:0,instructions:5,bytes:6");
}

Test(coverage, what_was_cut_and_never_went_on_counts_as_far_as_it_ran)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t a = block(b, 0x100, 0, true, true), whole = block(b, 0x200, 4, true, true);
    chunk_run(b, a);
    chunk_run_cut(b, whole, 3);
    chunk_trap(b, AIL_EVENT_EXCEPTION, 14, 0x203);
    chunk_run(b, a);
    chunk_run_cut(b, whole, 0); /* not one instruction of it: no edge */
    chunk_trap(b, AIL_EVENT_EXCEPTION, 14, 0x200);
    expect_range(b, "0x100-0x203,user:true,blocks:2,edges:1,instructions:5,bytes:5");
}

Test(coverage, a_block_goes_on_where_only_the_emulator_ended_it)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t first = block(b, 0xffe, 2, false, true), second = block(b, 0x1000, 3, true, true);
    chunk_run(b, first);
    chunk_run(b, second);
    chunk_run(b, first);
    chunk_run(b, second);
    /* One block, and one edge from its end to its beginning. */
    expect_range(b, "0xffe-0x1005,user:true,blocks:1,edges:1,instructions:12,bytes:7");
}

Test(coverage, instructions_may_overlap)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t jump = block(b, 0x300, 0, true, true);
    uint32_t one =
        chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\xb8\x90\x90\x90\x90\xc3", 6, 2, 5, 1);
    uint32_t other =
        chunk_block(b, 0x102, AIL_MODE_X86_64, true, "\x90\x90\x90\xc3", 4, 4, 1, 1, 1, 1);
    chunk_run(b, one);
    chunk_run(b, jump);
    chunk_run(b, other);
    chunk_run(b, jump);
    /* 100-104 | 105 both ways, 102-104: the last one, c3, is of one of them. */
    expect_range(b, "0x100-0x302,user:true,blocks:3,edges:2,instructions:8,bytes:8");
}

Test(coverage, long_blocks_are_whole)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t id[20];
    for (unsigned i = 0; i < 20; i++)
        id[i] = block(b, 0x100 + 8 * i, 8, false, true);
    uint32_t end = block(b, 0x1a0, 0, true, true);
    for (unsigned i = 0; i < 20; i++)
        chunk_run(b, id[i]);
    chunk_run(b, end);
    expect_range(b, "0x100-0x1a2,user:true,blocks:1,edges:0,instructions:161,bytes:162");
}

Test(coverage, says_what_is_wrong_with_options)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    expect(b, "coverage,kernel,user",
           "error: coverage: kernel and user exclude each other; leave both out to see all");
    b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    char *got = chunk_analyse(b, "coverage,module=nothing", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(got, "No code that was asked for ran in this trace.\n");
    free(got);
    chunk_builder_free(b);
}

/* --- with a kernel --- */

enum { KEY_A = 0x10, KEY_B = 0x20, MM_A = 0x110, MM_B = 0x120 };
#define KERNEL 0xffffffff81000000u

/*
 * Two processes: "one" has its program at 400000, where "two" has the library that "one" has at
 * 7f0000; "two" runs code without a file, too. Both run the same function of the kernel.
 */
static ChunkBuilder *two_processes(const char *program, const char *comm)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    AilGuestMap of_a[] = {guest_map(0x400000, 0x401000, 0, program),
                          guest_map(0x401000, 0x403000, 0x1000, program),
                          guest_map(0x7f0000, 0x7f2000, 0, "/lib/libc.so")};
    AilGuestMap of_b[] = {guest_map(0x400000, 0x402000, 0, "/lib/libc.so"),
                          guest_map(0x900000, 0x901000, 0, "")};
    uint32_t at_400000 = block(b, 0x400100, 2, true, true);
    uint32_t at_401000 = block(b, 0x401010, 3, true, true);
    uint32_t library = block(b, 0x7f0100, 2, true, true);
    uint32_t anonymous = block(b, 0x900000, 0, true, true);
    uint32_t kernel = block(b, KERNEL + 0x40, 1, true, false);
    uint32_t early = block(b, 0x7c00, 0, true, false);
    uint32_t module = block(b, 0xffffffffc0000010u, 0, true, false);
    chunk_run(b, early);
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 1, 0, MM_A, comm);
    guest_task(&g, KEY_B, 2, 1, MM_B, "two");
    guest_maps(&g, MM_A, 0, UINT64_MAX, of_a, 3);
    guest_maps(&g, MM_B, 0, UINT64_MAX, of_b, 2);
    guest_text(&g, AIL_EVENT_MODULE, 0xffffffffc0000000u, 0x1000, "dummy");
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    chunk_run(b, at_401000);
    chunk_run(b, library);
    chunk_run(b, kernel);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_B, 0);
    chunk_run(b, kernel);
    chunk_run(b, module);
    chunk_run(b, at_400000);
    chunk_run(b, anonymous);
    return b;
}

Test(coverage, code_is_whose_it_is_at_the_moment)
{
    expect(two_processes("/bin/one", "one"), "coverage",
           "{module:/lib/libc.so,user:true,base:0x7f0000,end:0x7f2000,blocks:1,edges:1,"
           "instructions:6,bytes:4}\n"
           "{module:[kernel],user:false,blocks:1,edges:1,instructions:4,bytes:3}\n"
           "{module:/bin/one,user:true,base:0x400000,end:0x403000,blocks:1,edges:1,"
           "instructions:4,bytes:5}\n"
           "{module:0x7c00-0x7c02,user:false,blocks:1,edges:0,instructions:1,bytes:2}\n"
           "{module:[dummy],user:false,base:0xffffffffc0000000,end:0xffffffffc0001000,blocks:1,"
           "edges:0,instructions:1,bytes:2}\n"
           "{module:[anonymous] 0x900000-0x900002,user:true,blocks:1,edges:0,instructions:1,"
           "bytes:2}\n"
           "{pid:1,comm:one,module:/bin/one,user:true,base:0x400000,end:0x403000,blocks:1,edges:1,"
           "instructions:4,bytes:5}\n"
           "{pid:1,comm:one,module:/lib/libc.so,user:true,base:0x7f0000,end:0x7f2000,blocks:1,"
           "edges:0,instructions:3,bytes:4}\n"
           "{pid:2,comm:two,module:/lib/libc.so,user:true,base:0x400000,end:0x402000,blocks:1,"
           "edges:1,instructions:3,bytes:4}\n"
           "{pid:1,comm:one,module:[kernel],user:false,blocks:1,edges:0,instructions:2,bytes:3}\n"
           "{pid:2,comm:two,module:[kernel],user:false,blocks:1,edges:1,instructions:2,bytes:3}\n"
           "{asid:0x1000,module:0x7c00-0x7c02,user:false,blocks:1,edges:0,instructions:1,bytes:2}\n"
           "{pid:2,comm:two,module:[dummy],user:false,base:0xffffffffc0000000,"
           "end:0xffffffffc0001000,blocks:1,edges:0,instructions:1,bytes:2}\n"
           "{pid:2,comm:two,module:[anonymous] 0x900000-0x900002,user:true,blocks:1,edges:0,"
           "instructions:1,bytes:2}\n");
}

Test(coverage, filters_leave_what_is_asked_for)
{
    static const char one[] = "{module:/bin/one,user:true,base:0x400000,end:0x403000,blocks:1,"
                              "edges:1,instructions:4,bytes:5}\n"
                              "{pid:1,comm:one,module:/bin/one,user:true,base:0x400000,"
                              "end:0x403000,blocks:1,edges:1,instructions:4,bytes:5}\n";
    expect(two_processes("/bin/one", "one"), "coverage,pid=1,module=*/one", one);
    expect(two_processes("/bin/one", "one"), "coverage,comm=o?e,user,module=*n*", one);
    expect(two_processes("/bin/one", "one"), "coverage,comm=two,kernel,module=[[]dummy]", "");
    expect(two_processes("/bin/one", "one"), "coverage,comm=two,kernel,module=?dummy?",
           "{module:[dummy],user:false,base:0xffffffffc0000000,end:0xffffffffc0001000,blocks:1,"
           "edges:0,instructions:1,bytes:2}\n"
           "{pid:2,comm:two,module:[dummy],user:false,base:0xffffffffc0000000,"
           "end:0xffffffffc0001000,blocks:1,edges:0,instructions:1,bytes:2}\n");
}

Test(coverage, an_exec_begins_another_program_at_the_same_addresses)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    AilGuestMap before = guest_map(0x400000, 0x402000, 0, "/bin/sh");
    AilGuestMap after = guest_map(0x400000, 0x402000, 0, "/bin/ls");
    uint32_t code = block(b, 0x400100, 2, true, true);
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 7, 1, MM_A, "sh");
    guest_maps(&g, MM_A, 0, UINT64_MAX, &before, 1);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    chunk_run(b, code);
    guest_task(&g, KEY_A, 7, 1, MM_B, "ls");
    guest_maps(&g, MM_B, 0, UINT64_MAX, &after, 1);
    chunk_run(b, code);
    chunk_run(b, code);
    /* And in the same space something else is mapped: its own, then. */
    after = guest_map(0x400000, 0x402000, 0x2000, "/bin/plugin");
    guest_maps(&g, MM_B, 0x400000, 0x402000, &after, 1);
    chunk_run(b, code);
    expect(b, "coverage,pid=7",
           "{module:/bin/ls,user:true,base:0x400000,end:0x402000,blocks:1,edges:1,instructions:6,"
           "bytes:4}\n"
           "{module:/bin/sh,user:true,base:0x400000,end:0x402000,blocks:1,edges:0,instructions:3,"
           "bytes:4}\n"
           "{module:/bin/plugin,user:true,base:0x3fe000,end:0x402000,blocks:1,edges:0,"
           "instructions:3,bytes:4}\n"
           "{pid:7,comm:ls,module:/bin/ls,user:true,base:0x400000,end:0x402000,blocks:1,edges:1,"
           "instructions:6,bytes:4}\n"
           "{pid:7,comm:sh,module:/bin/sh,user:true,base:0x400000,end:0x402000,blocks:1,edges:0,"
           "instructions:3,bytes:4}\n"
           "{pid:7,comm:ls,module:/bin/plugin,user:true,base:0x3fe000,end:0x402000,blocks:1,"
           "edges:0,instructions:3,bytes:4}\n");
}

/* --- files --- */

static char *read_file(const char *dir, const char *name, gsize *size)
{
    char *path = g_build_filename(dir, name, NULL), *text = NULL;
    cr_assert(g_file_get_contents(path, &text, size, NULL), "%s", path);
    g_free(path);
    return text;
}

static char *write_files(ChunkBuilder *b, const char *options)
{
    char *dir = ail_folder_new(), *analysis = g_strdup_printf(options, dir);
    char *got = chunk_analyse(b, analysis, COLUMNS, AIL_OUTPUT_TEXT);
    cr_assert(!g_str_has_prefix(got, "error"), "%s", got);
    for (const char *c = got; *c; c++)
        cr_expect(*c == '\n' || (unsigned char)*c >= 0x20, "a control character: %s", got);
    free(got);
    g_free(analysis);
    chunk_builder_free(b);
    return dir;
}

Test(coverage, drcov_has_modules_and_blocks)
{
    static const char head[] =
        "DRCOV VERSION: 2\nDRCOV FLAVOR: drcov\nModule Table: version 2, count 2\n"
        "Columns: id, base, end, entry, path\n"
        "  0, 0x0000000000400000, 0x0000000000403000, 0x0000000000000000, /bin/o_ ?e\n"
        "  1, 0x00000000007f0000, 0x00000000007f2000, 0x0000000000000000, /lib/libc.so\n"
        "BB Table: 2 bbs\n";
    static const char blocks[] = "\x10\x10\0\0\5\0\0\0\0\1\0\0\4\0\1";
    gsize size;
    char *dir =
        write_files(two_processes("/bin/o, \ne", "one"), "coverage,pid=1,user,drcov=%s/all.drcov");
    char *got = read_file(dir, "all.drcov", &size), *want = g_strdup(head);
    *strchr(want, '?') = '_';
    cr_expect_eq(size, strlen(want) + sizeof blocks);
    cr_expect(!memcmp(got, want, strlen(want)), "%s", got);
    cr_expect(!memcmp(got + strlen(want), blocks, sizeof blocks));
    g_free(got);
    g_free(want);
    ail_folder_remove(dir);
}

Test(coverage, drcov_into_a_folder_has_a_file_for_each_process)
{
    char *dir = write_files(two_processes("/bin/one", "../\x1b[1m/x"), "coverage,drcov=%s");
    AilOutcome o = ail_shell(dir, "ls -A; grep -a libc.so 2-two.drcov");
    cr_expect_str_eq(o.out,
                     "1-..---1m-x.drcov\n2-two.drcov\nasid-0x1000.drcov\n"
                     "  1, 0x0000000000400000, 0x0000000000402000, 0x0000000000000000, "
                     "/lib/libc.so\n",
                     "%s", o.out);
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}

Test(coverage, edges_are_listed_with_counts)
{
    char *dir = write_files(two_processes("/bin/o\nne", "o\tne"), "coverage,user,edges=%s/edges");
    char *got = read_file(dir, "edges", NULL);
    cr_expect_str_eq(got,
                     "1\t1 o?ne\t/bin/o\\nne+0x1013\t/lib/libc.so+0x100\n"
                     "1\t2 two\t/lib/libc.so+0x102\t0x900000\n",
                     "%s", got);
    g_free(got);
    ail_folder_remove(dir);
}

Test(coverage, what_cannot_be_written_is_said_and_nothing_is_left)
{
    char *dir = ail_folder_new();
    char *analysis = g_strdup_printf("coverage,drcov=%s/a,edges=%s/no/such/b", dir, dir);
    ChunkBuilder *b = two_processes("/bin/one", "one");
    char *got = chunk_analyse(b, analysis, COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect(g_str_has_prefix(got, "error: coverage: ") && strstr(got, "/no/such/b: No such file"),
              "%s", got);
    AilOutcome o = ail_shell(dir, "ls");
    cr_expect_str_eq(o.out, "");
    ail_outcome_clear(&o);
    free(got);
    g_free(analysis);
    chunk_builder_free(b);
    ail_folder_remove(dir);
}

/* A program whose lines are known is mapped elsewhere than it was linked to. */
static ChunkBuilder *program_with_lines(const char *path)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    AilGuestMap maps[] = {guest_map(0x7000000, 0x7001000, 0, path),
                          guest_map(0x7001000, 0x7002000, 0x1000, path)};
    uint32_t start = block(b, 0x7001000, 1, true, true), end = block(b, 0x7001005, 1, false, true);
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 1, 0, MM_A, "prog");
    guest_maps(&g, MM_A, 0, UINT64_MAX, maps, 2);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    chunk_run(b, start);
    chunk_run(b, start);
    chunk_run(b, end);
    return b;
}

Test(coverage, lcov_counts_source_lines)
{
    char *dir = ail_folder_new();
    ail_run(dir, "mkdir -p root/bin && printf '.globl _start\n_start: nop\njmp 1f\nnop\nnop\n"
                 "1: nop\n' >prog.s && x86_64-linux-gnu-as -g prog.s -o prog.o && "
                 "x86_64-linux-gnu-ld -Ttext=0x401000 -z noseparate-code prog.o -o root/bin/prog");
    char *analysis = g_strdup_printf("coverage,sysroot=%s/root,lcov=%s/info", dir, dir);
    ChunkBuilder *b = program_with_lines("/bin/prog");
    char *got = chunk_analyse(b, analysis, COLUMNS, AIL_OUTPUT_TEXT);
    cr_assert(!g_str_has_prefix(got, "error"), "%s", got);
    free(got);
    chunk_builder_free(b);
    AilOutcome o = ail_shell(dir, "sed 's,SF:.*/,SF:,' info");
    cr_expect_str_eq(o.out,
                     "TN:\nSF:prog.s\nDA:2,2\nDA:3,2\nDA:4,0\nDA:5,0\nDA:6,1\nLF:5\nLH:3\n"
                     "end_of_record\n",
                     "%s", o.out);
    ail_outcome_clear(&o);
    /* A path that leads out of the folder names nothing. */
    b = program_with_lines("/../root/bin/prog");
    got = chunk_analyse(b, analysis, COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect(g_str_has_prefix(got, "error: coverage: lcov: no program that ran is in "), "%s",
              got);
    free(got);
    chunk_builder_free(b);
    g_free(analysis);
    ail_folder_remove(dir);
}
