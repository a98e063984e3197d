/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_tools.h"

#include "formats/text.h"
#include "trace/reader.h"

#include <inttypes.h>
#include <json-glib/json-glib.h>

static const char *const column_names[] = {"code", "flow", "addr", "data", "event", "sync"};

static const char *arch_name(AilArch arch)
{
    return arch == AIL_ARCH_X86 ? "x86" : arch == AIL_ARCH_ARM64 ? "aarch64" : "unknown";
}

static void print_text(const AilTraceInfo *info, const AilTraceSummary *s)
{
    g_autofree char *tool = ail_text_disarm(g_strdup(info->tool));
    g_autofree char *machine = ail_text_disarm(g_strdup(info->machine));
    g_autofree char *recording = ail_text_disarm(g_strdup(info->recording));
    printf("format        %u, written by %s\n", info->format, tool);
    printf("machine       %s, %s\n", arch_name(info->arch), machine);
    printf("recording     %s\n", recording);
    printf("instructions  %" PRIu64 " (%" PRIu64 " .. %" PRIu64 ")\n", s->insns, s->first,
           s->first + s->insns);
    printf("chunks        %" PRIu64 "%s\n", s->chunks,
           s->complete ? "" : ", then the writer was stopped: incomplete");
    printf("bytes         %" PRIu64, s->bytes);
    if (s->insns)
        printf(", %.4f an instruction", (double)s->bytes / (double)s->insns);
    printf("\n\n%-8s %14s %14s\n", "column", "bytes", "bytes/insn");
    for (int i = 0; i < 6; i++) {
        if (info->columns >> i & 1)
            printf("%-8s %14" PRIu64 " %14.6f\n", column_names[i], s->column[i],
                   s->insns ? (double)s->column[i] / (double)s->insns : 0);
    }
}

static void add_number(JsonBuilder *b, const char *name, uint64_t value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, (gint64)value);
}

static void add_text(JsonBuilder *b, const char *name, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    json_builder_set_member_name(b, name);
    json_builder_add_string_value(b, valid);
}

static void print_json(const AilTraceInfo *info, const AilTraceSummary *s)
{
    JsonBuilder *b = json_builder_new();
    json_builder_begin_object(b);
    add_number(b, "format", info->format);
    add_text(b, "tool", info->tool);
    add_text(b, "arch", arch_name(info->arch));
    add_text(b, "machine", info->machine);
    add_text(b, "recording", info->recording);
    add_number(b, "first", s->first);
    add_number(b, "instructions", s->insns);
    add_number(b, "chunks", s->chunks);
    add_number(b, "bytes", s->bytes);
    json_builder_set_member_name(b, "complete");
    json_builder_add_boolean_value(b, s->complete);
    json_builder_set_member_name(b, "columns");
    json_builder_begin_object(b);
    for (int i = 0; i < 6; i++) {
        if (info->columns >> i & 1)
            add_number(b, column_names[i], s->column[i]);
    }
    json_builder_end_object(b);
    json_builder_end_object(b);
    JsonNode *root = json_builder_get_root(b);
    char *text = json_to_string(root, FALSE);
    puts(text);
    g_free(text);
    json_node_unref(root);
    g_object_unref(b);
}

int ail_trace_info(const AilTraceOptions *o, const char *path)
{
    AilTraceReader *r = ail_trace_reader_new();
    AilTraceSummary summary;
    int status = AIL_EXIT_OK;
    if (ail_trace_reader_open(r, path, 0, 0) != AIL_OK ||
        ail_trace_reader_summary(r, &summary) != AIL_OK)
        status = ail_cli_fail("trace", "%s", ail_trace_reader_error(r));
    else if (o->json)
        print_json(ail_trace_reader_info(r), &summary);
    else
        print_text(ail_trace_reader_info(r), &summary);
    ail_trace_reader_free(r);
    return status;
}
