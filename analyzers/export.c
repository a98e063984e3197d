/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export: what happened in the guest, as timelines for ui.perfetto.dev and chrome://tracing. */
#include "analyzers/builtin.h"
#include "analyzers/draft.h"
#include "analyzers/export_private.h"

#include <inttypes.h>

enum { SHIFT_MAX = 10 }; /* QEMU's own limit for an instruction's time */

typedef struct Export {
    Exporter *exporter;
    ExportStacks *stacks; /* NULL: not wanted */
    AilDraft drafts[EXPORT_TIMELINES];
    AilTimeline *timelines[EXPORT_TIMELINES];
    size_t n;
} Export;

static const AilOption options[] = {
    {"perfetto", "FILE", "write a trace for ui.perfetto.dev", AIL_OPTION_TEXT, false, false},
    {"chrome", "FILE", "write Chrome's JSON trace events", AIL_OPTION_TEXT, false, false},
    {"from", "ICOUNT", "begin before the instruction with this number", AIL_OPTION_NUMBER, false,
     false},
    {"to", "ICOUNT", "end before the instruction with this number", AIL_OPTION_NUMBER, false,
     false},
    {"shift", "N", "an instruction takes 2^N ns, as in the recording's machine (default 0)",
     AIL_OPTION_NUMBER, false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static AilStatus check(const AilOptions *o, AilError *err)
{
    uint64_t from = ail_options_number(o, "from", 0, 0);
    uint64_t to = ail_options_number(o, "to", 0, UINT64_MAX);
    if (!ail_options_count(o, "perfetto") && !ail_options_count(o, "chrome"))
        return ail_error_set(err, "say what to write: perfetto=FILE or chrome=FILE, or both");
    if (from >= to)
        return ail_error_set(err, "from=%" PRIu64 " is not before to=%" PRIu64, from, to);
    if (ail_options_number(o, "shift", 0, 0) > SHIFT_MAX)
        return ail_error_set(err, "shift=%" PRIu64 ": it is 0 to %d",
                             ail_options_number(o, "shift", 0, 0), SHIFT_MAX);
    return AIL_OK;
}

static void destroy(void *self)
{
    Export *x = self;
    export_stacks_free(x->stacks);
    exporter_free(x->exporter);
    for (size_t i = 0; i < EXPORT_TIMELINES; i++) {
        ail_timeline_free(x->timelines[i]);
        ail_draft_drop(&x->drafts[i]);
    }
    g_free(x);
}

static AilStatus begin(Export *x, const char *path, AilTimelineKind kind, AilError *err)
{
    if (!path)
        return AIL_OK;
    if (ail_draft_open(&x->drafts[x->n], path, err) != AIL_OK)
        return AIL_ERR;
    x->timelines[x->n] = ail_timeline_new(x->drafts[x->n].file, kind);
    x->exporter->to[x->n] = x->timelines[x->n];
    x->exporter->n = ++x->n;
    return AIL_OK;
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)env;
    Export *x = g_new0(Export, 1);
    x->exporter = exporter_new(ail_options_number(o, "from", 0, 0),
                               ail_options_number(o, "to", 0, UINT64_MAX),
                               (unsigned)ail_options_number(o, "shift", 0, 0));
    if (begin(x, ail_options_text(o, "perfetto", 0), AIL_TIMELINE_PERFETTO, err) == AIL_OK &&
        begin(x, ail_options_text(o, "chrome", 0), AIL_TIMELINE_CHROME, err) == AIL_OK)
        return x;
    destroy(x);
    return NULL;
}

static void *create_with_stacks(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    Export *x = create(env, o, err);
    if (x)
        x->stacks = export_stacks_new(x->exporter, env->columns, env->symbols);
    return x;
}

static void begin_chunk(Export *x, const AilChunk *chunk)
{
    x->exporter->asid = chunk->number ? x->exporter->asid : chunk->asid;
    exporter_reach(x->exporter, chunk->icount);
}

static AilStatus end_chunk(Export *x, const AilChunk *chunk)
{
    exporter_reach(x->exporter, chunk->icount + chunk->insns);
    return chunk->icount + chunk->insns >= x->exporter->until ? AIL_END : AIL_OK;
}

static AilStatus take_chunk(void *self, const AilChunk *chunk, AilError *err)
{
    Export *x = self;
    (void)err;
    begin_chunk(x, chunk);
    for (uint32_t i = 0; i < chunk->n_events; i++)
        exporter_take(x->exporter, &chunk->events[i]);
    return end_chunk(x, chunk);
}

static void *prepare(const void *self, const AilChunk *chunk)
{
    return export_stacks_prepare(((const Export *)self)->stacks, chunk);
}

static AilStatus take(void *self, const AilChunk *chunk, void *prepared, AilError *err)
{
    Export *x = self;
    (void)err;
    begin_chunk(x, chunk);
    export_stacks_take(x->stacks, chunk, prepared);
    return end_chunk(x, chunk);
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Export *x = self;
    if (!x->exporter->started)
        return ail_error_set(err, "from=%" PRIu64 ": the trace ends at icount %" PRIu64,
                             x->exporter->from, x->exporter->icount);
    if (x->stacks)
        export_stacks_end(x->stacks);
    exporter_end(x->exporter);
    for (size_t i = 0; i < x->n; i++)
        if (ail_timeline_finish(x->timelines[i], err) != AIL_OK)
            return AIL_ERR;
    for (size_t i = 0; i < x->n; i++)
        if (ail_draft_place(&x->drafts[i], err) != AIL_OK)
            return AIL_ERR;
    if (ail_output_wants_records(out)) {
        ail_json_begin(out, "export");
        ail_json_number(out, "tracks", g_hash_table_size(x->exporter->tracks));
        ail_json_number(out, "events", x->exporter->told);
        ail_json_end(out);
    }
    if (ail_output_wants_text(out)) {
        ail_output_text(out,
                        "%" PRIu64 " slices and instants on %u tracks; ui.perfetto.dev opens "
                        "the file\n",
                        x->exporter->told, g_hash_table_size(x->exporter->tracks));
    }
    return AIL_OK;
}

const AilAnalysisOps ail_export_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "export",
    .summary = "Timelines for ui.perfetto.dev: threads, system calls, interrupts, console",
    .needs = AIL_COL_EVENT,
    .order = AIL_SEQUENTIAL,
    .options = options,
    .check = check,
    .create = create,
    .chunk = take_chunk,
    .finish = finish,
    .destroy = destroy,
};

const AilAnalysisOps ail_export_stacks_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "export-stacks",
    .summary = "The same with call stacks as slices",
    .needs = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_EVENT,
    .wants = AIL_COL_ADDR,
    .order = AIL_SEQUENTIAL,
    .options = options,
    .check = check,
    .create = create_with_stacks,
    .finish = finish,
    .destroy = destroy,
    .prepare = prepare,
    .take = take,
    .discard = export_stacks_discard,
};
