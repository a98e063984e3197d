/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/chunk_builder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Three blocks of 2, 1 and 3 instructions; the last never runs, the first is cut once. */
static ChunkBuilder *example(void)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t two = chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\x90\x90", 2, 2, 1, 1);
    uint32_t one = chunk_block(b, 0xffff0000, AIL_MODE_X86_64, false, "\x90", 1, 1, 1);
    chunk_block(b, 0x200, AIL_MODE_X86_64, true, "\x90\x90\x90", 3, 3, 1, 1, 1);
    for (int i = 0; i < 7; i++)
        chunk_run(b, one);
    chunk_run(b, two);
    chunk_run_cut(b, two, 1);
    for (int i = 0; i < 3; i++)
        chunk_run(b, two);
    return b;
}

static void expect(const char *analysis, AilOutputKind kind, const char *want)
{
    ChunkBuilder *b = example();
    char *got = chunk_analyse(b, analysis, AIL_COL_FLOW, kind);
    cr_assert_str_eq(got, want);
    free(got);
    chunk_builder_free(b);
}

Test(hotblocks, counts_by_instructions)
{
    expect("hotblocks", AIL_OUTPUT_JSON,
           "{\"analysis\":\"hotblocks\",\"pc\":\"0x100\",\"block\":0,\"user\":true,"
           "\"block_instructions\":2,\"executions\":5,\"instructions\":9}\n"
           "{\"analysis\":\"hotblocks\",\"pc\":\"0xffff0000\",\"block\":1,\"user\":false,"
           "\"block_instructions\":1,\"executions\":7,\"instructions\":7}\n");
}

Test(hotblocks, counts_by_executions)
{
    expect("hotblocks,by=executions,top=1", AIL_OUTPUT_JSON,
           "{\"analysis\":\"hotblocks\",\"pc\":\"0xffff0000\",\"block\":1,\"user\":false,"
           "\"block_instructions\":1,\"executions\":7,\"instructions\":7}\n");
}

Test(hotblocks, says_what_is_left_out)
{
    ChunkBuilder *b = example();
    char *got = chunk_analyse(b, "hotblocks,top=1", AIL_COL_FLOW, AIL_OUTPUT_TEXT);
    cr_assert(strstr(got, "1 of 2 blocks shown"), "%s", got);
    cr_assert(strstr(got, "12 executions, 16 instructions in all"), "%s", got);
    free(got);
    chunk_builder_free(b);
}

Test(hotblocks, refuses_another_order)
{
    expect("hotblocks,by=name", AIL_OUTPUT_JSON,
           "error: hotblocks: by=name: say by=instructions or by=executions");
}
