/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decode everything, which checks it, and tell how long that took. */
#include "cli/trace_tools.h"

#include "cli/threads.h"
#include "formats/text.h"
#include "trace/parallel.h"

#include <inttypes.h>
#include <json-glib/json-glib.h>

typedef struct Verify {
    AilProgress *progress;
    uint64_t chunks, insns, end, total;
    unsigned threads;
    double seconds;
} Verify;

static AilStatus count(void *self, unsigned worker, const AilChunk *chunk, AilError *err)
{
    Verify *v = self;
    (void)worker;
    (void)err;
    v->chunks++;
    v->insns += chunk->insns;
    v->end = MAX(v->end, chunk->icount + chunk->insns);
    ail_progress_update(v->progress, v->end, v->total);
    return AIL_OK;
}

static double mips(const Verify *v)
{
    return v->seconds > 0 ? (double)v->insns / v->seconds / 1e6 : 0;
}

static void add_number(JsonBuilder *b, const char *name, uint64_t value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, (gint64)value);
}

static void print_json(const Verify *v, const char *path, uint32_t columns)
{
    char names[64];
    g_autofree char *file = g_utf8_make_valid(path, -1);
    JsonBuilder *b = json_builder_new();
    json_builder_begin_object(b);
    json_builder_set_member_name(b, "file");
    json_builder_add_string_value(b, file);
    json_builder_set_member_name(b, "columns");
    json_builder_add_string_value(b, ail_columns_format(columns, names, sizeof names));
    add_number(b, "chunks", v->chunks);
    add_number(b, "instructions", v->insns);
    add_number(b, "threads", v->threads);
    json_builder_set_member_name(b, "seconds");
    json_builder_add_double_value(b, v->seconds);
    add_number(b, "mips", (uint64_t)(mips(v) + 0.5));
    json_builder_end_object(b);
    JsonNode *root = json_builder_get_root(b);
    char *text = json_to_string(root, FALSE);
    puts(text);
    g_free(text);
    json_node_unref(root);
    g_object_unref(b);
}

static int report(const Verify *v, const AilTraceOptions *o, const AilTraceReader *r,
                  const char *path)
{
    if (!ail_trace_reader_complete(r))
        return ail_cli_fail("trace",
                            "%s: incomplete: its writer was stopped; good up to instruction "
                            "%" PRIu64 " (%" PRIu64 " whole chunks)",
                            path, v->end, v->chunks);
    if (o->json)
        print_json(v, path, ail_trace_reader_columns(r));
    else {
        g_autofree char *name = ail_text_disarm(g_strdup(path));
        printf("%s: OK, %" PRIu64 " chunks, up to instruction %" PRIu64
               " (%.1f s, %.0f million instructions a second)\n",
               name, v->chunks, v->end, v->seconds, mips(v));
    }
    return AIL_EXIT_OK;
}

static int verify(Verify *v, const AilTraceOptions *o, const char *path, uint32_t columns)
{
    AilTraceReader *r = ail_trace_reader_new();
    AilError err = {""};
    /* Without --columns: all that the trace has. */
    AilStatus status = ail_trace_reader_open(r, path, columns, columns ? 0 : AIL_COL_ALL);
    if (status != AIL_OK) {
        ail_error_set(&err, "%s", ail_trace_reader_error(r));
    } else {
        const AilChunkJob job = {.self = v, .commit = count};
        v->progress = ail_progress_start("verifying");
        v->total = ail_trace_reader_total(r);
        int64_t start = g_get_monotonic_time();
        status = ail_parallel_run(r, v->threads, &job, &err);
        v->seconds = (double)(g_get_monotonic_time() - start) / 1e6;
        ail_progress_end(v->progress);
    }
    int code = status == AIL_ERR ? ail_cli_fail("trace", "%s", err.text) : report(v, o, r, path);
    ail_trace_reader_free(r);
    return code;
}

int ail_trace_verify(const AilTraceOptions *o, const char *path)
{
    uint32_t columns = o->columns ? ail_columns_parse(o->columns) : 0;
    Verify v = {.threads = ail_threads("trace", o->threads)};
    if (!v.threads)
        return AIL_EXIT_USAGE;
    if (o->columns && !columns)
        return ail_cli_usage("trace",
                             "--columns=%s: columns are code, flow, addr, data, event, "
                             "sync, with commas between them",
                             o->columns);
    return verify(&v, o, path, columns);
}
