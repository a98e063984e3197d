/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pass, the walker and the example analysis of docs/analyses.md. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/walker.h"
#include "tests/chunk_builder.h"

typedef struct Log {
    GString *text;
} Log;

static void on_block(void *self, const AilExec *e)
{
    g_string_append_printf(((Log *)self)->text, "block %x at %u asid %x ran %u;",
                           (unsigned)e->block->pc, (unsigned)e->icount, (unsigned)e->asid,
                           e->executed);
}

static void on_access(void *self, const AilExec *e, const AilAccess *a)
{
    g_string_append_printf(((Log *)self)->text, "%s %x at %u by %x: %x %x size %u in %u;",
                           a->write ? "write" : "read", (unsigned)a->addr, (unsigned)a->icount,
                           (unsigned)a->pc, (unsigned)a->value, (unsigned)a->high, a->size,
                           e->index);
}

static void on_asid(void *self, uint64_t icount, uint64_t from, uint64_t to)
{
    g_string_append_printf(((Log *)self)->text, "asid %x to %x at %u;", (unsigned)from,
                           (unsigned)to, (unsigned)icount);
}

static void on_exception(void *self, const AilEvent *e)
{
    g_string_append_printf(((Log *)self)->text, "exception %u at %u;", (unsigned)e->value,
                           (unsigned)e->icount);
}

static void on_console(void *self, const AilEvent *e)
{
    g_string_append_printf(((Log *)self)->text, "console %.*s;", (int)e->len, e->data);
}

Test(walker, tells_everything_in_order)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t id = chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\x90\x90\x90", 3, 3, 1, 1, 1);
    chunk_run(b, id);
    chunk_read(b, 0, 0x8000, 4, 0x1234);
    chunk_write_bytes(b, 2, 0x9000, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0", 16);
    chunk_asid(b, 0x2000);
    chunk_run_cut(b, id, 1);
    chunk_trap(b, AIL_EVENT_EXCEPTION, 14, 0x101);
    chunk_run(b, id);
    chunk_console(b, "hello");
    Log log = {g_string_new(NULL)};
    AilWalker walker = {.self = &log,
                        .block = on_block,
                        .access = on_access,
                        .asid_changed = on_asid,
                        .exception = on_exception,
                        .console = on_console};
    ail_walk(&walker, chunk_builder_take(b));
    cr_expect_str_eq(log.text->str,
                     "block 100 at 0 asid 1000 ran 3;"
                     "read 8000 at 0 by 100: 1234 0 size 4 in 0;"
                     "write 9000 at 2 by 102: 1 2 size 16 in 0;"
                     "asid 1000 to 2000 at 3;block 100 at 3 asid 2000 ran 1;exception 14 at 4;"
                     "block 100 at 4 asid 2000 ran 3;console hello;");
    g_string_free(log.text, TRUE);
    chunk_builder_free(b);
}

static AilOptions *watch(const char *addr)
{
    AilOptions *options = ail_options_new("writers", ail_analysis_module()->options);
    cr_assert_eq(ail_options_add_bare(options, addr, NULL), AIL_OK);
    return options;
}

Test(pass, runs_several_analyses_in_one_pass)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    uint32_t id = chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\x90\x90", 2, 2, 1, 1);
    chunk_run(b, id);
    chunk_write(b, 0, 0x8000, 4, 1);
    chunk_write(b, 1, 0x8004, 8, 1);
    chunk_read(b, 1, 0x8000, 8, 1);
    chunk_run(b, id);
    chunk_write(b, 1, 0x7ffd, 8, 1);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(ail_pass_add(pass, ail_analysis_module(), watch("0x8003")), AIL_OK);
    cr_assert_eq(ail_pass_add(pass, ail_analysis_module(), watch("0x9000")), AIL_OK);
    cr_expect_eq(ail_pass_needs(pass), AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR);
    cr_assert_eq(ail_pass_begin(pass, chunk_info(b), AIL_COL_ALL, out), AIL_OK);
    cr_assert_eq(ail_pass_chunk(pass, chunk_builder_take(b)), AIL_OK);
    cr_assert_eq(ail_pass_finish(pass), AIL_OK);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    cr_expect_str_eq(text, "writers:\n0x100              1 writes\n0x101              1 writes\n"
                           "\nwriters:\nNothing writes to 0x9000.\n");
    free(text);
    chunk_builder_free(b);
}

Test(pass, refuses_what_does_not_fit)
{
    AilPass *pass = ail_pass_new();
    cr_expect_eq(ail_pass_add(pass, ail_analysis_module(), NULL), AIL_ERR);
    cr_expect_str_eq(ail_pass_error(pass), "writers: give addr=ADDRESS");
    AilAnalysisOps other = *ail_analysis_module();
    other.abi = AIL_ANALYSIS_ABI + 1;
    cr_expect_eq(ail_pass_add(pass, &other, watch("1")), AIL_ERR);
    cr_expect(strstr(ail_pass_error(pass), "build it again") != NULL);
    other = *ail_analysis_module();
    other.merge = NULL;
    cr_expect_eq(ail_pass_add(pass, &other, watch("1")), AIL_ERR);
    cr_expect_str_eq(ail_pass_error(pass),
                     "analysis writers: its table of functions is not complete");
    other = *ail_analysis_module();
    other.size = offsetof(AilAnalysisOps, prepare); /* older, and still good */
    other.prepare = (void *)1;
    cr_expect_eq(ail_pass_add(pass, &other, watch("1")), AIL_OK);
    ail_pass_free(pass);
}

Test(options, are_checked)
{
    AilOptions *o = ail_options_new("writers", ail_analysis_module()->options);
    AilError err = {""};
    cr_expect_eq(ail_options_parse(o, "addr=0xffffffffffffffff", &err), AIL_OK);
    cr_expect_eq(ail_options_number(o, "addr", 0, 0), UINT64_MAX);
    cr_expect_eq(ail_options_parse(o, "addr=1", &err), AIL_ERR);
    cr_expect_str_eq(err.text, "writers: option \"addr\" is given twice");
    cr_expect_eq(ail_options_parse(o, "addr=0x10000000000000000", &err), AIL_ERR);
    cr_expect_eq(ail_options_parse(o, "addr", &err), AIL_ERR);
    cr_expect_str_eq(err.text, "writers: option \"addr\" needs a value: addr=ADDRESS");
    ail_options_free(o);
}
