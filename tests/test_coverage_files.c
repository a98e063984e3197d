/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that `ailurus coverage` writes for other programs. */
#include "tests/covered_programs.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

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
    char *got = chunk_analyse(b, analysis, COVERED_COLUMNS, AIL_OUTPUT_TEXT);
    cr_assert(!g_str_has_prefix(got, "error"), "%s", got);
    for (const char *c = got; *c; c++)
        cr_expect(*c == '\n' || (unsigned char)*c >= 0x20, "a control character: %s", got);
    free(got);
    g_free(analysis);
    chunk_builder_free(b);
    return dir;
}

Test(coverage_files, drcov_has_modules_and_blocks)
{
    static const char head[] =
        "DRCOV VERSION: 2\nDRCOV FLAVOR: drcov\nModule Table: version 2, count 2\n"
        "Columns: id, base, end, entry, path\n"
        "  0, 0x0000000000400000, 0x0000000000403000, 0x0000000000000000, /bin/o_ ?e\n"
        "  1, 0x00000000007f0000, 0x00000000007f2000, 0x0000000000000000, /lib/libc.so\n"
        "BB Table: 2 bbs\n";
    static const char blocks[] = "\x10\x10\0\0\5\0\0\0\0\1\0\0\4\0\1";
    gsize size;
    char *dir = write_files(covered_processes("/bin/o, \ne", "one"),
                            "coverage,pid=1,user,drcov=%s/all.drcov");
    char *got = read_file(dir, "all.drcov", &size), *want = g_strdup(head);
    *strchr(want, '?') = '_';
    cr_expect_eq(size, strlen(want) + sizeof blocks);
    cr_expect(!memcmp(got, want, strlen(want)), "%s", got);
    cr_expect(!memcmp(got + strlen(want), blocks, sizeof blocks));
    g_free(got);
    g_free(want);
    ail_folder_remove(dir);
}

Test(coverage_files, drcov_into_a_folder_has_a_file_for_each_process)
{
    char *dir = write_files(covered_processes("/bin/one", "../\x1b[1m/x"), "coverage,drcov=%s");
    AilOutcome o = ail_shell(dir, "ls -A; grep -a libc.so 2-two.drcov");
    cr_expect_str_eq(o.out,
                     "1-..---1m-x.drcov\n2-two.drcov\nasid-0x1000.drcov\n"
                     "  1, 0x0000000000400000, 0x0000000000402000, 0x0000000000000000, "
                     "/lib/libc.so\n",
                     "%s", o.out);
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}

Test(coverage_files, edges_are_listed_with_counts)
{
    char *dir =
        write_files(covered_processes("/bin/o\nne", "o\tne"), "coverage,user,edges=%s/edges");
    char *got = read_file(dir, "edges", NULL);
    cr_expect_str_eq(got,
                     "1\t1 o?ne\t/bin/o\\nne+0x1013\t/lib/libc.so+0x100\n"
                     "1\t2 two\t/lib/libc.so+0x102\t0x900000\n",
                     "%s", got);
    g_free(got);
    ail_folder_remove(dir);
}

Test(coverage_files, what_cannot_be_written_is_said_and_nothing_is_left)
{
    char *dir = ail_folder_new();
    char *analysis = g_strdup_printf("coverage,drcov=%s/a,edges=%s/no/such/b", dir, dir);
    ChunkBuilder *b = covered_processes("/bin/one", "one");
    char *got = chunk_analyse(b, analysis, COVERED_COLUMNS, AIL_OUTPUT_TEXT);
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
    uint32_t start = covered_block(b, 0x7001000, 1, true, true),
             end = covered_block(b, 0x7001005, 1, false, true);
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 1, 0, MM_A, "prog");
    guest_maps(&g, MM_A, 0, UINT64_MAX, maps, 2);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    chunk_run(b, start);
    chunk_run(b, start);
    chunk_run(b, end);
    return b;
}

Test(coverage_files, lcov_counts_source_lines)
{
    char *dir = ail_folder_new();
    ail_run(dir, "mkdir -p root/bin && printf '.globl _start\n_start: nop\njmp 1f\nnop\nnop\n"
                 "1: nop\n' >prog.s && x86_64-linux-gnu-as -g prog.s -o prog.o && "
                 "x86_64-linux-gnu-ld -Ttext=0x401000 -z noseparate-code prog.o -o root/bin/prog");
    char *analysis = g_strdup_printf("coverage,sysroot=%s/root,lcov=%s/info", dir, dir);
    ChunkBuilder *b = program_with_lines("/bin/prog");
    char *got = chunk_analyse(b, analysis, COVERED_COLUMNS, AIL_OUTPUT_TEXT);
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
    got = chunk_analyse(b, analysis, COVERED_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect(g_str_has_prefix(got, "error: coverage: lcov: no program that ran is in "), "%s",
              got);
    free(got);
    chunk_builder_free(b);
    g_free(analysis);
    ail_folder_remove(dir);
}
