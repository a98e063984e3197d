/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coverage of made-up programs, to the number. */
#include "tests/covered_programs.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define NOPS "\x90\x90\x90\x90\x90\x90\x90\x90"

/* What it wrote as JSON, without the words that are in every line. */
static char *lines(ChunkBuilder *b, const char *analysis)
{
    char *got = chunk_analyse(b, analysis, COVERED_COLUMNS, AIL_OUTPUT_JSON);
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
    uint32_t whole = covered_block(b, 0x100, 4, true, true),
             tail = covered_block(b, 0x102, 2, true, true);
    chunk_run(b, whole); /* 100-105, then to itself, then into its middle */
    chunk_run(b, whole);
    chunk_run(b, tail);
    /* Blocks 100-101 and 102-105; edges to either, and from the first to the second. */
    expect_range(b, "0x100-0x106,user:true,blocks:2,edges:3,instructions:13,bytes:6");
}

Test(coverage, where_an_interrupt_ended_nothing_begins)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t whole = covered_block(b, 0x100, 4, true, true),
             rest = covered_block(b, 0x102, 2, true, true);
    chunk_run_cut(b, whole, 2);
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x102);
    chunk_run(b, rest);
    expect_range(b, "0x100-0x106,user:true,blocks:1,edges:0,instructions:5,bytes:6");
}

Test(coverage, what_was_cut_and_never_went_on_counts_as_far_as_it_ran)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t a = covered_block(b, 0x100, 0, true, true),
             whole = covered_block(b, 0x200, 4, true, true);
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
    uint32_t first = covered_block(b, 0xffe, 2, false, true),
             second = covered_block(b, 0x1000, 3, true, true);
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
    uint32_t jump = covered_block(b, 0x300, 0, true, true);
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
        id[i] = covered_block(b, 0x100 + 8 * i, 8, false, true);
    uint32_t end = covered_block(b, 0x1a0, 0, true, true);
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
    char *got = chunk_analyse(b, "coverage,module=nothing", COVERED_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(got, "No code that was asked for ran in this trace.\n");
    free(got);
    chunk_builder_free(b);
}

/* --- with a kernel --- */

Test(coverage, code_is_whose_it_is_at_the_moment)
{
    expect(covered_processes("/bin/one", "one"), "coverage",
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
    expect(covered_processes("/bin/one", "one"), "coverage,pid=1,module=*/one", one);
    expect(covered_processes("/bin/one", "one"), "coverage,comm=o?e,user,module=*n*", one);
    expect(covered_processes("/bin/one", "one"), "coverage,comm=two,kernel,module=[[]dummy]", "");
    expect(covered_processes("/bin/one", "one"), "coverage,comm=two,kernel,module=?dummy?",
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
    uint32_t code = covered_block(b, 0x400100, 2, true, true);
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
