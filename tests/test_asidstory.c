/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/asidstory_private.h"
#include "analyzers/builtin.h"
#include "tests/chunk_builder.h"
#include "tests/made_guest.h"

#define NOP4 "\x90\x90\x90\x90"

/* Kernel 4 instructions in 0x1000, user 8 in 0x2000, kernel 4 in 0x1000, then 0x3000. */
static ChunkBuilder *three_spaces(void)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t kernel = chunk_block(b, 0x100, AIL_MODE_X86_64, false, NOP4, 4, 4, 1, 1, 1, 1);
    uint32_t user = chunk_block(b, 0x200, AIL_MODE_X86_64, true, NOP4, 4, 4, 1, 1, 1, 1);
    chunk_run(b, kernel);
    chunk_asid(b, 0x2000);
    chunk_run(b, user);
    chunk_run(b, user);
    chunk_asid(b, 0x1000);
    chunk_run(b, kernel);
    chunk_asid(b, 0x3000);
    chunk_run(b, kernel);
    chunk_run(b, user);
    chunk_run(b, user);
    chunk_run_cut(b, user, 2);
    return b;
}

Test(asidstory, counts_are_exact)
{
    ChunkBuilder *b = three_spaces();
    char *text = chunk_analyse(b, "asidstory", AIL_COL_EVENT, AIL_OUTPUT_JSON);
    cr_assert_str_eq(
        text,
        "{\"analysis\":\"asidstory\",\"asid\":\"0x1000\",\"instructions\":8,"
        "\"kernel_instructions\":8,\"user_instructions\":0,\"first_icount\":0,\"last_icount\":15,"
        "\"cell_origin\":0,\"cell_instructions\":1,"
        "\"cells\":[1,1,1,1,0,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}\n"
        "{\"analysis\":\"asidstory\",\"asid\":\"0x2000\",\"instructions\":8,"
        "\"kernel_instructions\":0,\"user_instructions\":8,\"first_icount\":4,\"last_icount\":11,"
        "\"cell_origin\":0,\"cell_instructions\":1,"
        "\"cells\":[0,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}\n"
        "{\"analysis\":\"asidstory\",\"asid\":\"0x3000\",\"instructions\":14,"
        "\"kernel_instructions\":4,\"user_instructions\":10,\"first_icount\":16,\"last_icount\":29,"
        "\"cell_origin\":0,\"cell_instructions\":1,"
        "\"cells\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}\n");
    free(text);
    chunk_builder_free(b);
}

Test(asidstory, text_fits_the_width_and_shows_rows_in_order)
{
    ChunkBuilder *b = three_spaces();
    char *text = chunk_analyse(b, "asidstory", AIL_COL_EVENT, AIL_OUTPUT_TEXT);
    char **lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; i < 4; i++)
        cr_expect(strlen(lines[i]) <= 100, "line %u: %s", i, lines[i]);
    cr_expect(g_str_has_prefix(lines[1], "0x1000  |####"));
    cr_expect(g_str_has_prefix(lines[2], "0x2000  |    "));
    cr_expect(g_str_has_suffix(lines[3], "####|"));
    cr_expect(strstr(text, "46.67%  28.57%  71.43%              16              29"));
    g_strfreev(lines);
    free(text);
    chunk_builder_free(b);
}

Test(asidstory, top_folds_the_rest)
{
    ChunkBuilder *b = three_spaces();
    char *text = chunk_analyse(b, "asidstory,top=1", AIL_COL_EVENT, AIL_OUTPUT_JSON);
    char **lines = g_strsplit(text, "\n", -1);
    cr_expect_eq(g_strv_length(lines), 3);
    cr_expect(strstr(lines[0], "\"asid\":\"0x3000\",\"instructions\":14,"));
    cr_expect(strstr(lines[1], "\"rest\":true,\"instructions\":16,\"kernel_instructions\":8,"
                               "\"user_instructions\":8,\"first_icount\":0,\"last_icount\":15,"));
    g_strfreev(lines);
    free(text);
    char *error = chunk_analyse(b, "asidstory,top=0", AIL_COL_EVENT, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(error, "error: asidstory: top=0 would show nothing; leave it out to see all");
    free(error);
    chunk_builder_free(b);
}

Test(asidstory, an_empty_trace_is_said)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0);
    char *text = chunk_analyse(b, "asidstory", AIL_COL_EVENT, AIL_OUTPUT_TEXT);
    cr_assert_str_eq(text, "No instruction was executed in this trace.\n");
    free(text);
    chunk_builder_free(b);
}

static uint64_t number_after(const char *text, const char *key)
{
    const char *p = strstr(text, key);
    cr_assert(p, "%s is missing in %s", key, text);
    return strtoull(p + strlen(key), NULL, 10);
}

static uint64_t sum_of_cells(const char *line, unsigned *n)
{
    const char *p = strstr(line, "\"cells\":[") + strlen("\"cells\":[");
    uint64_t sum = 0;
    for (*n = 0; *p != ']' && *p; ++*n) {
        char *end;
        sum += strtoull(p, &end, 10);
        p = *end == ',' ? end + 1 : end;
    }
    return sum;
}

/* Feed chunks that consist of spans alone; odd ones to the second instance when there is one. */
static char *story_of_spans(const AilSpan *spans, size_t n, bool merged)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 0);
    AilAnalysisEnv env = {.out = out};
    AilOptions *options = ail_options_new("asidstory", ail_asidstory_ops.options);
    AilError err = {""};
    const AilAnalysisOps *ops = &ail_asidstory_ops;
    void *a = ops->create(&env, options, &err);
    void *b = merged ? ops->create(&env, options, &err) : a;
    for (size_t i = 0; i < n; i++) {
        AilChunk chunk = {.number = i,
                          .icount = spans[i].first,
                          .insns = spans[i].insns,
                          .n_spans = 1,
                          .spans = &spans[i]};
        cr_assert_eq(ops->chunk(i % 2 ? b : a, &chunk, &err), AIL_OK);
    }
    if (merged) {
        cr_assert_eq(ops->merge(a, b, &err), AIL_OK);
        ops->destroy(b);
    }
    cr_assert_eq(ops->finish(a, out, &err), AIL_OK);
    ops->destroy(a);
    ail_options_free(options);
    ail_output_free(out);
    fclose(file);
    return text;
}

Test(asidstory, resolution_adapts_and_nothing_is_lost)
{
    AilSpan spans[2000];
    uint64_t at = 7;
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++) {
        spans[i] = (AilSpan){.asid = i % 3, .first = at, .insns = 1 + i * 977};
        at += spans[i].insns;
    }
    char *text = story_of_spans(spans, G_N_ELEMENTS(spans), false);
    char **lines = g_strsplit(text, "\n", -1);
    uint64_t total = 0;
    for (unsigned i = 0; i < 3; i++) {
        unsigned n;
        cr_expect_eq(sum_of_cells(lines[i], &n), number_after(lines[i], "\"instructions\":"));
        cr_expect(n >= 512 && n <= 1024, "%u cells", n);
        total += number_after(lines[i], "\"instructions\":");
    }
    cr_expect_eq(total, at - 7);
    g_strfreev(lines);
    free(text);
}

static void expect_merged_equals_sequential(const AilSpan *spans, size_t n, size_t n_rows)
{
    char *one = story_of_spans(spans, n, false);
    char *two = story_of_spans(spans, n, true);
    char **lines = g_strsplit(one, "\n", -1);
    cr_expect_eq(g_strv_length(lines), n_rows + 1);
    cr_expect_str_eq(one, two);
    g_strfreev(lines);
    free(one);
    free(two);
}

Test(asidstory, merged_is_the_same_as_sequential)
{
    AilSpan spans[300];
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++)
        spans[i] = (AilSpan){.asid = i % 7, .first = i * 1000, .insns = 1000, .user = i % 1000};
    expect_merged_equals_sequential(spans, G_N_ELEMENTS(spans), 7);
    /* Unequal shares and resolutions, an odd beginning. */
    uint64_t at = 1234567;
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++) {
        spans[i] = (AilSpan){.asid = i % 7, .first = at, .insns = 1 + (i % 2 ? i * i : 3)};
        at += spans[i].insns;
    }
    for (size_t n = 1; n < G_N_ELEMENTS(spans); n = n * 3 + 1)
        expect_merged_equals_sequential(spans, n, MIN(n, 7));
}

Test(asidstory, merged_is_the_same_when_there_are_too_many_address_spaces)
{
    enum { N = 2 * STORY_MAX_ROWS + 500 };
    AilSpan *spans = g_new(AilSpan, N);
    for (uint64_t i = 0; i < N; i++)
        spans[i] = (AilSpan){.asid = i * 7919 % 6007, .first = i * 10, .insns = 10, .user = i % 10};
    expect_merged_equals_sequential(spans, N, STORY_MAX_ROWS + 1);
    g_free(spans);
}

Test(asidstory, svg_is_written_whole)
{
    ChunkBuilder *b = three_spaces();
    char *dir = g_dir_make_tmp("ail-XXXXXX", NULL);
    char *path = g_build_filename(dir, "story.svg", NULL);
    char *analysis = g_strdup_printf("asidstory,svg=%s", path);
    free(chunk_analyse(b, analysis, AIL_COL_EVENT, AIL_OUTPUT_TEXT));
    char *svg = NULL;
    cr_assert(g_file_get_contents(path, &svg, NULL, NULL));
    cr_expect(g_str_has_prefix(svg, "<svg "));
    cr_expect(g_str_has_suffix(svg, "</svg>\n"));
    cr_expect(strstr(svg, ">0x2000</text>"));
    cr_expect(strstr(svg, ">46.67% (71%)</text>"));
    g_unlink(path);
    g_rmdir(dir);
    g_free(svg);
    g_free(analysis);
    g_free(path);
    g_free(dir);
    chunk_builder_free(b);
}

/* A shell that becomes ls, and a thread of the kernel in its address space. */
static ChunkBuilder *two_tasks(void)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x9000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    uint32_t kernel = chunk_block(b, 0x100, AIL_MODE_X86_64, false, NOP4, 4, 4, 1, 1, 1, 1);
    uint32_t user = chunk_block(b, 0x200, AIL_MODE_X86_64, true, NOP4, 4, 4, 1, 1, 1, 1);
    chunk_run(b, kernel);
    guest_kernel(&g, "Linux");
    guest_task(&g, 0xa, 7, 1, 1, "sh");
    guest_task(&g, 0xb, 8, 2, 0, "kworker");
    chunk_asid(b, 0x1000);
    guest_plain(&g, AIL_EVENT_SWITCH, 0xa, 0);
    chunk_run(b, user);
    guest_task(&g, 0xa, 7, 1, 1, "ls");
    chunk_run(b, kernel);
    guest_plain(&g, AIL_EVENT_SWITCH, 0xb, 0);
    chunk_run(b, kernel);
    guest_plain(&g, AIL_EVENT_SWITCH, 0xa, 0);
    chunk_run(b, user);
    return b;
}

Test(asidstory, tasks_are_told_apart)
{
    ChunkBuilder *b = two_tasks();
    char *text = chunk_analyse(b, "asidstory", AIL_COL_EVENT, AIL_OUTPUT_JSON);
    cr_assert_str_eq(
        text,
        "{\"analysis\":\"asidstory\",\"task\":0,\"instructions\":4,"
        "\"kernel_instructions\":4,\"user_instructions\":0,\"first_icount\":0,\"last_icount\":3,"
        "\"cell_origin\":0,\"cell_instructions\":1,"
        "\"cells\":[1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}\n"
        "{\"analysis\":\"asidstory\",\"task\":1,\"pid\":7,\"tid\":7,\"comm\":\"ls\","
        "\"names\":[\"sh\",\"ls\"],\"kernel\":false,\"asid\":\"0x1000\",\"instructions\":12,"
        "\"kernel_instructions\":4,\"user_instructions\":8,\"first_icount\":4,\"last_icount\":19,"
        "\"cell_origin\":0,\"cell_instructions\":1,"
        "\"cells\":[0,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,1,1,1,1]}\n"
        "{\"analysis\":\"asidstory\",\"task\":2,\"pid\":8,\"tid\":8,\"comm\":\"kworker\","
        "\"names\":[\"kworker\"],\"kernel\":true,\"instructions\":4,"
        "\"kernel_instructions\":4,\"user_instructions\":0,\"first_icount\":12,"
        "\"last_icount\":15,\"cell_origin\":0,\"cell_instructions\":1,"
        "\"cells\":[0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0]}\n",
        "%s", text);
    free(text);
    chunk_builder_free(b);
}

Test(asidstory, tasks_have_names_in_text_and_picture)
{
    ChunkBuilder *b = two_tasks();
    char *dir = g_dir_make_tmp("ailurus-story-XXXXXX", NULL), *svg;
    char *path = g_build_filename(dir, "s.svg", NULL);
    char *words = g_strdup_printf("asidstory,svg=%s", path);
    char *text = chunk_analyse(b, words, AIL_COL_EVENT, AIL_OUTPUT_TEXT);
    cr_expect(strstr(text, "7 ls ") && strstr(text, "  sh > ls\n"), "%s", text);
    cr_assert(g_file_get_contents(path, &svg, NULL, NULL));
    cr_expect(strstr(svg, ">Tasks over time<") && strstr(svg, ">8 kworker<"), "%s", svg);
    free(text);
    g_free(svg);
    chunk_builder_free(b);
    b = two_tasks();
    text = chunk_analyse(b, "asidstory,asid", AIL_COL_EVENT, AIL_OUTPUT_TEXT);
    cr_expect(strstr(text, "0x1000") && !strstr(text, "ls"), "%s", text);
    free(text);
    chunk_builder_free(b);
    g_unlink(path);
    g_rmdir(dir);
    g_free(words);
    g_free(path);
    g_free(dir);
}
