/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/builtin.h"
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
           "{\"analysis\":\"hotblocks\",\"pc\":\"0x100\",\"user\":true,"
           "\"block_instructions\":2,\"executions\":5,\"instructions\":9}\n"
           "{\"analysis\":\"hotblocks\",\"pc\":\"0xffff0000\",\"user\":false,"
           "\"block_instructions\":1,\"executions\":7,\"instructions\":7}\n");
}

Test(hotblocks, counts_by_executions)
{
    expect("hotblocks,by=executions,top=1", AIL_OUTPUT_JSON,
           "{\"analysis\":\"hotblocks\",\"pc\":\"0xffff0000\",\"user\":false,"
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

/* Four chunks of two dictionaries: the same block has another id in the second. */
static char *count_two_dictionaries(unsigned instances)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 100);
    AilAnalysisEnv env = {.info = chunk_info(b), .columns = AIL_COL_FLOW};
    AilOptions *o = ail_options_new("hotblocks", ail_hotblocks_ops.options);
    AilError err;
    void *self[2];
    for (unsigned i = 0; i < instances; i++)
        self[i] = ail_hotblocks_ops.create(&env, o, &err);
    for (unsigned k = 0; k < 4; k++) {
        if (k == 2) {
            chunk_fresh(b);
            chunk_block(b, 0x300, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
        }
        if (k % 2 == 0)
            chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\x90\x90", 2, 2, 1, 1);
        chunk_run(b, k / 2);
        chunk_run(b, k / 2);
        cr_assert_eq(ail_hotblocks_ops.chunk(self[k % instances], chunk_builder_take(b), &err),
                     AIL_OK);
    }
    if (instances == 2)
        cr_assert_eq(ail_hotblocks_ops.merge(self[0], self[1], &err), AIL_OK);
    cr_assert_eq(ail_hotblocks_ops.finish(self[0], out, &err), AIL_OK);
    for (unsigned i = 0; i < instances; i++)
        ail_hotblocks_ops.destroy(self[i]);
    ail_options_free(o);
    ail_output_free(out);
    fclose(file);
    chunk_builder_free(b);
    return text;
}

Test(hotblocks, a_block_is_one_in_all_dictionaries)
{
    for (unsigned instances = 1; instances <= 2; instances++) {
        char *got = count_two_dictionaries(instances);
        cr_expect_str_eq(got, "{\"analysis\":\"hotblocks\",\"pc\":\"0x100\",\"user\":true,"
                              "\"block_instructions\":2,\"executions\":8,\"instructions\":16}\n");
        free(got);
    }
}
