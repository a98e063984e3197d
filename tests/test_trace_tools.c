/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus trace info` and `verify`, of a trace whose header has texts of a stranger's. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "tests/raw_builder.h"
#include "tests/shell.h"
#include "trace/writer.h"

/* ESC and U+009B, which begin a terminal's commands; what JSON quotes; text. */
#define HOSTILE "\033[2J\302\233m\n\"\\\302\240\303\251"

static void release(void *user)
{
    raw_chunk_free(user);
}

/* A trace of one chunk in file t.trace of the folder; returns its instructions. */
static uint64_t write_trace(const char *dir)
{
    static const AilReg registers[] = {{"all", 0, RAW_BUILDER_SYNC}};
    AilTraceInfo info = {.columns = AIL_COL_ALL,
                         .arch = AIL_ARCH_X86,
                         .tool = HOSTILE,
                         .recording = "none",
                         .machine = HOSTILE,
                         .n_regs = 1,
                         .regs = registers};
    char *path = g_build_filename(dir, "t.trace", NULL);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    RawBuilder *b = raw_builder_new(7);
    RawChunk *chunk = raw_builder_chunk(b, 500);
    uint64_t insns = chunk->raw.insns;
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, 1), AIL_OK);
    cr_assert_eq(ail_trace_writer_add(w, &chunk->raw, release, chunk), AIL_OK);
    cr_assert_eq(ail_trace_writer_finish(w), AIL_OK);
    ail_trace_writer_free(w);
    raw_builder_free(b);
    close(fd);
    g_free(path);
    return insns;
}

/* What the command says: one line without control characters. Free with ail_outcome_clear. */
static AilOutcome line_of(const char *dir, const char *command)
{
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: %s", command, o.err);
    const char *end = strchr(o.out, '\n');
    cr_assert(end && !end[1], "%s: %s", command, o.out);
    for (const char *p = o.out; p < end; p = g_utf8_next_char(p))
        cr_expect(!g_unichar_iscntrl(g_utf8_get_char(p)), "%s: %s", command, o.out);
    return o;
}

/* The JSON object that the command prints; to be freed with the parser. */
static JsonObject *object_of(JsonParser *parser, const char *dir, const char *command)
{
    AilOutcome o = line_of(dir, command);
    cr_assert(json_parser_load_from_data(parser, o.out, -1, NULL), "%s", o.out);
    ail_outcome_clear(&o);
    return json_node_get_object(json_parser_get_root(parser));
}

Test(trace_tools, info_is_json)
{
    char *dir = ail_folder_new();
    uint64_t insns = write_trace(dir);
    JsonParser *parser = json_parser_new();
    JsonObject *info = object_of(parser, dir, "$A trace info --json t.trace");
    cr_expect_str_eq(json_object_get_string_member(info, "tool"), HOSTILE);
    cr_expect_str_eq(json_object_get_string_member(info, "machine"), HOSTILE);
    cr_expect_str_eq(json_object_get_string_member(info, "recording"), "none");
    cr_expect_str_eq(json_object_get_string_member(info, "arch"), "x86");
    cr_expect_eq((uint64_t)json_object_get_int_member(info, "instructions"), insns);
    cr_expect_eq(json_object_get_int_member(info, "chunks"), 1);
    cr_expect_eq(json_object_get_int_member(info, "dictionaries"), 1);
    cr_expect(json_object_get_boolean_member(info, "complete"));
    JsonObject *columns = json_object_get_object_member(info, "columns");
    cr_expect_eq(json_object_get_size(columns), AIL_N_COLUMNS);
    cr_expect_gt(json_object_get_int_member(columns, "flow"), 0);
    g_object_unref(parser);
    ail_folder_remove(dir);
}

Test(trace_tools, verify_is_json)
{
    char *dir = ail_folder_new();
    uint64_t insns = write_trace(dir);
    JsonParser *parser = json_parser_new();
    ail_expect_success(dir, "mv t.trace \"$(printf 'a\\302\\233\\033\"')\"");
    JsonObject *verified = object_of(parser, dir, "$A trace verify --json -j2 a*");
    cr_expect_str_eq(json_object_get_string_member(verified, "file"), "a\302\233\033\"");
    cr_expect_str_eq(json_object_get_string_member(verified, "columns"),
                     "code,flow,addr,data,event,sync,xlate");
    cr_expect_eq((uint64_t)json_object_get_int_member(verified, "instructions"), insns);
    cr_expect_eq(json_object_get_int_member(verified, "threads"), 2);
    cr_expect_geq(json_object_get_double_member(verified, "seconds"), 0);
    g_object_unref(parser);
    ail_folder_remove(dir);
}

Test(trace_tools, text_is_harmless)
{
    char *dir = ail_folder_new();
    write_trace(dir);
    AilOutcome o = line_of(dir, "$A trace info t.trace | grep '^machine'");
    cr_expect_str_eq(o.out, "machine       x86, ?[2J??m?\"\\\302\240\303\251\n");
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}
