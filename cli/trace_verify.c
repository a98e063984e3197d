/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decode everything, which checks it, and tell how long that took. */
#include "cli/trace_tools.h"

#include "cli/threads.h"
#include "formats/text.h"
#include "trace/parallel.h"

#include <inttypes.h>

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

static void print_json(const Verify *v, const char *path, uint32_t columns)
{
    char names[64];
    g_autofree char *file = ail_text_json(path);
    printf("{\"file\":%s,\"columns\":\"%s\",\"chunks\":%" PRIu64 ",\"instructions\":%" PRIu64
           ",\"threads\":%u,\"seconds\":%.6f,\"mips\":%.0f}\n",
           file, ail_columns_format(columns, names, sizeof names), v->chunks, v->insns, v->threads,
           v->seconds, mips(v));
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

int ail_trace_bad_columns(const char *given)
{
    return ail_cli_usage("trace",
                         "--columns=%s: columns are code, flow, addr, data, event, sync, xlate, "
                         "with commas between them",
                         given);
}

int ail_trace_verify(const AilTraceOptions *o, const char *path)
{
    uint32_t columns = o->columns ? ail_columns_parse(o->columns) : 0;
    Verify v = {.threads = ail_threads("trace", o->threads)};
    if (!v.threads)
        return AIL_EXIT_USAGE;
    if (o->columns && !columns)
        return ail_trace_bad_columns(o->columns);
    return verify(&v, o, path, columns);
}
