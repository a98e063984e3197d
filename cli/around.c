/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/around.h"

#include <errno.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "analyzers/builtin.h"
#include "analyzers/pass.h"
#include "analyzers/walker.h"
#include "trace/reader.h"

static AilStatus open_trace(const AilAround *a, AilTraceReader *r, AilError *err)
{
    if (ail_trace_reader_open(r, a->trace, AIL_COL_FLOW, 0) != AIL_OK)
        return ail_error_set(err, "%s", ail_trace_reader_error(r));
    if (strcmp(ail_trace_reader_info(r)->recording, a->identity))
        return ail_error_set(err,
                             "%s is the trace of another recording; `ailurus replay` makes this "
                             "one's",
                             a->trace);
    return AIL_OK;
}

typedef struct FirstRun {
    uint64_t pc, icount;
    bool found;
} FirstRun;

static void on_block(void *self, const AilExec *exec)
{
    FirstRun *f = self;
    const AilBlock *b = exec->block;
    if (f->found || f->pc - b->pc >= b->size)
        return;
    for (uint32_t i = 0; i < exec->executed && !f->found; i++) {
        f->found = b->pc + b->start[i] == f->pc;
        f->icount = exec->icount + i;
    }
}

static AilStatus find_pc(const AilAround *a, AilTraceReader *r, uint64_t *icount, AilError *err)
{
    FirstRun first = {.pc = a->pc};
    const AilWalker walker = {.self = &first, .block = on_block};
    const AilChunk *chunk;
    uint64_t done = 0, total = ail_trace_reader_total(r);
    AilStatus s;
    while (!first.found && (s = ail_trace_reader_next(r, &chunk)) == AIL_OK) {
        ail_walk(&walker, chunk);
        done += chunk->insns;
        a->progress(a->user, done, total);
    }
    *icount = first.icount;
    if (first.found)
        return AIL_OK;
    return s == AIL_END ? s : ail_error_set(err, "%s", ail_trace_reader_error(r));
}

/* The earliest of stringsearch's matches: a JSON object a line. */
static AilStatus earliest(FILE *results, uint64_t *icount)
{
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    rewind(results);
    while (getline(&line, &size, results) >= 0) {
        JsonNode *node = json_from_string(line, NULL);
        JsonObject *o = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
        int64_t at = o ? json_object_get_int_member_with_default(o, "first_icount", -1) : -1;
        if (at >= 0 && (!found || (uint64_t)at < *icount)) {
            *icount = (uint64_t)at;
            found = true;
        }
        g_clear_pointer(&node, json_node_unref);
    }
    free(line);
    return found ? AIL_OK : AIL_END;
}

static AilStatus find_string(const AilAround *a, uint64_t *icount, AilError *err)
{
    FILE *results = tmpfile();
    if (!results)
        return ail_error_set_errno(err, errno, "cannot make a temporary file");
    AilOutput *out = ail_output_new(results, AIL_OUTPUT_JSON, 0);
    AilPass *pass = ail_pass_new();
    AilOptions *options = ail_options_new("stringsearch", ail_stringsearch_ops.options);
    AilStatus s = ail_options_add_bare(options, a->string, err);
    if (s != AIL_OK) {
        ail_options_free(options);
    } else if (ail_pass_add(pass, &ail_stringsearch_ops, options) != AIL_OK) {
        s = ail_error_set(err, "%s", ail_pass_error(pass));
    } else {
        ail_pass_set_threads(pass, a->threads);
        s = ail_pass_run(pass, a->trace, out, a->progress, a->user) == AIL_OK
                ? AIL_OK
                : ail_error_set(err, "%s", ail_pass_error(pass));
    }
    fflush(results);
    if (s == AIL_OK)
        s = earliest(results, icount);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(results);
    return s;
}

AilStatus ail_around_find(const AilAround *a, uint64_t *icount, AilError *err)
{
    AilTraceReader *r = ail_trace_reader_new();
    AilStatus s = open_trace(a, r, err);
    if (s == AIL_OK)
        s = a->string ? find_string(a, icount, err) : find_pc(a, r, icount, err);
    ail_trace_reader_free(r);
    return s;
}
