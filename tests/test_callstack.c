/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls and returns, and how their stacks are told. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/registry.h"
#include "tests/stacks_builder.h"

/* 0x100 calls 0x200, which calls 0x300; both return. */
static ChunkBuilder *nested(void)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8); /* 0 */
    call(b, 0x200, USER, 0x7ff0); /* 1 */
    nop(b, 0x300, USER);          /* 2 */
    ret(b, 0x301, USER, 0x7ff0);  /* 3 */
    nop(b, 0x205, USER);          /* 4 */
    ret(b, 0x206, USER, 0x7ff8);  /* 5 */
    nop(b, 0x105, USER);          /* 6 */
    return b;
}

Test(callstack, calls_and_returns)
{
    static const char all[] = "100:100r |200:200c 100:100r |300:300c 200:200c 100:100r |"
                              "205:200c 100:100r |105:100r |";
    static const char what[] = "callstack,at=0,at=1,at=2,at=4,at=6";
    expect_stacks(nested(), what, STACKS_COLUMNS, all);
    expect_stacks(nested(), what, STACKS_COLUMNS & ~(AIL_COL_ADDR | AIL_COL_DATA), all);
}

/* A pass that gets a chunk for each execution: what a transfer waits for comes with the next. */
Test(callstack, transfers_across_chunks)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    const AilAnalysisOps *ops;
    AilOptions *options;
    AilError err = {""};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 100);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(
        ail_analysis_parse("callstack,at=0,at=1,at=2,at=3,at=4,at=5,at=6", &ops, &options, &err),
        AIL_OK);
    cr_assert_eq(ail_pass_add(pass, ops, options), AIL_OK);
    cr_assert_eq(ail_pass_begin(pass, chunk_info(b), STACKS_COLUMNS, out), AIL_OK);
    for (unsigned i = 0; i <= 6; i++) {
        switch (i) {
        case 0:
            call(b, 0x100, USER, 0x7ff8);
            break;
        case 1:
            call(b, 0x200, USER, 0x7ff0);
            break;
        case 2:
            ret(b, 0x300, USER, 0x7ff0);
            break;
        case 3:
            chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x205);
            iret(b, 0xe000);
            break;
        case 4:
            ret(b, 0x205, USER, 0x7ff8);
            break;
        case 5:
            syscall_insn(b, 0x105);
            break;
        default:
            nop(b, 0xf000, KERNEL);
        }
        cr_assert_neq(ail_pass_chunk(pass, chunk_builder_take(b)), AIL_ERR);
    }
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    chunk_builder_free(b);
    text = stacks_compact(text);
    cr_expect_str_eq(text, "100:100r |200:200c 100:100r |300:300c 200:200c 100:100r |"
                           "e000:e000i 205:200c 100:100r |205:200c 100:100r |105:100r |"
                           "f000:f000s 107:100r |");
    g_free(text);
}

Test(callstack, text)
{
    ChunkBuilder *b = nested();
    char *text = chunk_analyse(b, "callstack,at=2,max-depth=2", STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "icount 2, asid 0x1000 (at):\n"
                           "  #0   0x300              in 0x300\n"
                           "  #1   0x200              in 0x200\n"
                           "  ... and 1 more frames (max-depth)\n");
    free(text);
    chunk_builder_free(b);
}

Test(callstack, moments_inside_a_block)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    uint32_t id =
        chunk_block(b, 0x200, AIL_MODE_X86_64, USER, "\x90\x90\x90\xc3", 4, 4, 1, 1, 1, 1);
    chunk_run_cut(b, id, 2); /* a fault before the third */
    expect_stacks(b, "callstack,at=2,when-pc=0x200,when-pc=0x202", STACKS_COLUMNS,
                  "200:200c 100:100r |201:200c 100:100r |");
}

Test(callstack, a_moment_beyond_the_end_is_an_error)
{
    ChunkBuilder *b = nested();
    char *text = chunk_analyse(b, "callstack,at=7", STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "error: callstack: at=7: the trace ends at icount 7");
    free(text);
    chunk_builder_free(b);
    b = nested();
    text = chunk_analyse(b, "callstack", STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "error: callstack: say when: at=ICOUNT, when-pc=ADDRESS, on-match or "
                           "folded");
    free(text);
    chunk_builder_free(b);
}

Test(callstack, folded_counts_every_instruction_once)
{
    ChunkBuilder *b = nested();
    char *text = chunk_analyse(b, "callstack,folded", STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "asid:0x1000;0x100 2\n"
                           "asid:0x1000;0x100;0x200 3\n"
                           "asid:0x1000;0x100;0x200;0x300 2\n");
    free(text);
    chunk_builder_free(b);
    b = nested();
    text = chunk_analyse(b, "callstack,folded,max-depth=2", STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "asid:0x1000;0x100 2\nasid:0x1000;0x100;0x200 5\n");
    free(text);
    chunk_builder_free(b);
}

Test(callstack, limit_is_said)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    for (unsigned i = 0; i < 5; i++)
        nop(b, 0x100, USER);
    char *text =
        chunk_analyse(b, "callstack,when-pc=0x100,limit=2", STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect(strstr(text, "icount 1, asid 0x1000 (when-pc):\n"));
    cr_expect(!strstr(text, "icount 2,"));
    cr_expect(g_str_has_suffix(text, "3 more matches were not printed (limit=2).\n"));
    free(text);
    chunk_builder_free(b);
}

Test(callstack, retpoline_shows_its_target)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, KERNEL, 0x7ff8); /* the thunk */
    call(b, 0x900, KERNEL, 0x7ff0);
    ret(b, 0x910, KERNEL, 0x7ff0); /* to the function */
    nop(b, 0x300, KERNEL);         /* 3 */
    ret(b, 0x301, KERNEL, 0x7ff8);
    nop(b, 0x105, KERNEL); /* 5 */
    expect_stacks(b, "callstack,at=3,at=5", STACKS_COLUMNS, "300:300c 100:100r |105:100r |");
}

Test(callstack, longjmp_drops_frames)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    call(b, 0x200, USER, 0x7fe8);
    call(b, 0x300, USER, 0x7fd8);
    nop(b, 0x400, USER);          /* 3: jumps to 0x210, back in the first function called */
    call(b, 0x210, USER, 0x7fe8); /* 4 */
    nop(b, 0x500, USER);          /* 5 */
    ret(b, 0x501, USER, 0x7fe8);
    ret(b, 0x215, USER, 0x7ff8);
    nop(b, 0x105, USER); /* 8 */
    expect_stacks(b, "callstack,at=5,at=8", STACKS_COLUMNS,
                  "500:500c 210:200c 100:100r |105:100r |");
}

Test(callstack, at_each_string_match_of_the_same_pass)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    nop(b, 0x200, USER);
    chunk_read_bytes(b, 0, 0x9000, "a secret", 8);
    AilPass *pass = ail_pass_new();
    static const char *const given[] = {"callstack,on-match", "stringsearch,string=secret"};
    AilError err = {""};
    for (unsigned i = 0; i < 2; i++) {
        const AilAnalysisOps *ops;
        AilOptions *options;
        cr_assert_eq(ail_analysis_parse(given[i], &ops, &options, &err), AIL_OK);
        cr_assert_eq(ail_pass_add(pass, ops, options), AIL_OK);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    cr_assert_eq(ail_pass_begin(pass, chunk_info(b), STACKS_COLUMNS, out), AIL_OK);
    cr_assert_eq(ail_pass_chunk(pass, chunk_builder_take(b)), AIL_OK);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    cr_expect_str_eq(text, "icount 1, asid 0x1000 (string match):\n"
                           "  #0   0x200              in 0x200\n"
                           "  #1   0x100              first seen at 0x100\n");
    free(text);
    chunk_builder_free(b);
}
