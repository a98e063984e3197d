/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers chose, on its way to terminals and to programs that read our output. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/builtin.h"
#include "tests/chunk_builder.h"

/* An escape sequence, with ESC [ and with U+009B, which means the same; the end of a line and of a
 * JSON string; DEL; text; a byte that is not UTF-8. */
#define HOSTILE "\033[2J\n\"\\\177\302\233m\302\237\302\240\303\251\377"

Test(output, json_strings_hold_no_control_characters)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 100);
    ail_json_begin(out, "test");
    ail_json_text(out, HOSTILE, HOSTILE);
    ail_json_end(out);
    ail_output_free(out);
    fclose(file);
#define QUOTED "\"\\u001b[2J\\u000a\\\"\\\\\\u007f\\u009bm\\u009f\302\240\303\251\357\277\275\""
    cr_expect_str_eq(text, "{\"analysis\":\"test\"," QUOTED ":" QUOTED "}\n");
    free(text);
}

/* Names as a guest's debugging information may have them. */
static bool hostile_name(void *self, uint64_t asid, uint64_t pc, char *buf, size_t size)
{
    (void)self, (void)asid;
    if (pc == 0x100)
        g_strlcpy(buf, "main", size);
    else
        g_strlcpy(buf, "f;g 7\nkernel;\033]0;\302\233", size);
    return true;
}

static void *create_with_names(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    static const AilSymbols symbols = {NULL, hostile_name};
    AilAnalysisEnv with = *env;
    with.symbols = &symbols;
    return ail_callstack_ops.create(&with, o, err);
}

/* What callstack writes of 0x100, which calls 0x200. */
static char *callstack(const char *options_text, AilOutputKind kind)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    chunk_run(b, chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5));
    chunk_write(b, 0, 0x7ff8, 8, 0x105);
    chunk_run(b, chunk_block(b, 0x200, AIL_MODE_X86_64, true, "\x90", 1, 1, 1));
    AilAnalysisOps ops = ail_callstack_ops;
    ops.create = create_with_names;
    AilOptions *options = ail_options_new(ops.name, ops.options);
    cr_assert_eq(ail_options_parse(options, options_text, NULL), AIL_OK);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, kind, 100);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(ail_pass_add(pass, &ops, options), AIL_OK);
    cr_assert_eq(ail_pass_begin(pass, chunk_info(b), AIL_COL_ALL & ~AIL_COL_SYNC, out), AIL_OK);
    cr_assert_neq(ail_pass_chunk(pass, chunk_builder_take(b)), AIL_ERR);
    cr_assert_eq(ail_pass_finish(pass), AIL_OK);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    chunk_builder_free(b);
    return text;
}

Test(output, names_do_not_break_folded_stacks)
{
    char *text = callstack("folded", AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "asid:0x1000;main 1\n"
                           "asid:0x1000;main;f:g 7?kernel:?]0:?? 1\n");
    free(text);
    text = callstack("folded", AIL_OUTPUT_JSON);
    cr_expect(strstr(text, "\"stack\":\"asid:0x1000;main;f:g 7?kernel:?]0:??\""), "%s", text);
    free(text);
}

Test(output, names_do_not_break_stacks)
{
    char *text = callstack("at=1", AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "icount 1, asid 0x1000 (at):\n"
                           "  #0   0x200 f;g 7?kernel;?]0;?? in 0x200 f;g 7?kernel;?]0;??\n"
                           "  #1   0x100 main         first seen at 0x100 main\n");
    free(text);
}
