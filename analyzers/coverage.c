/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage: which code ran, by process and module. Blocks and edges are counted chunk by chunk, in
 * parallel (coverage_count.c); in order it is found out whose they are (coverage_places.c) and they
 * become rows (coverage_rows.c), of which the report is made in the end (coverage_sweep.c).
 */
#include "analyzers/builtin.h"
#include "analyzers/coverage_count.h"
#include "analyzers/coverage_private.h"

#include <string.h>

enum { TOP = 40 };

typedef struct Coverage {
    AilPlaces *places;
    AilRows *blocks, *edges;
    CoverRows *rows;
    CoverWish wish;
    GAsyncQueue *spare; /* of Prepared: to be filled again; owned */
} Coverage;

typedef struct Prepared {
    AilCount *count;
    GAsyncQueue *spare; /* where it goes afterwards; borrowed */
} Prepared;

static const AilOption options[] = {
    {"pid", "N", "only what ran in the process with this number", AIL_OPTION_NUMBER, false, false},
    {"comm", "PATTERN", "only processes with such a name (* and ?)", AIL_OPTION_TEXT, false, false},
    {"module", "PATTERN", "only modules with such a path or name (* and ?)", AIL_OPTION_TEXT, false,
     false},
    {"kernel", NULL, "only privileged code", AIL_OPTION_FLAG, false, false},
    {"user", NULL, "only unprivileged code", AIL_OPTION_FLAG, false, false},
    {"top", "N", "show N lines of each table (default 40; 0: all)", AIL_OPTION_NUMBER, false,
     false},
    {"drcov", "FILE",
     "write blocks for Lighthouse and the like; a folder gets a file for each "
     "process",
     AIL_OPTION_TEXT, false, false},
    {"lcov", "FILE", "write counts by source line for genhtml; needs sysroot", AIL_OPTION_TEXT,
     false, false},
    {"sysroot", "DIR", "folder with the guest's files, for their line numbers", AIL_OPTION_TEXT,
     false, false},
    {"edges", "FILE", "write which block followed which, and how often", AIL_OPTION_TEXT, false,
     false},
    {NULL, NULL, NULL, 0, false, false},
};

static AilStatus check(const AilOptions *o, AilError *err)
{
    if (ail_options_flag(o, "kernel") && ail_options_flag(o, "user"))
        return ail_error_set(err, "kernel and user exclude each other; leave both out to see all");
    if (!ail_options_count(o, "lcov") != !ail_options_count(o, "sysroot"))
        return ail_error_set(err, "lcov=FILE and sysroot=DIR go together: lines are found in the "
                                  "guest's programs, which have to be in a folder");
    return AIL_OK;
}

static void prepared_free(gpointer p)
{
    Prepared *prepared = p;
    ail_count_free(prepared->count);
    g_free(prepared);
}

static void destroy(void *self)
{
    Coverage *c = self;
    g_async_queue_unref(c->spare);
    cover_rows_free(c->rows);
    ail_rows_free(c->blocks);
    ail_rows_free(c->edges);
    ail_places_free(c->places);
    g_free(c->wish.comm);
    g_free(c->wish.module);
    g_free(c->wish.drcov);
    g_free(c->wish.lcov);
    g_free(c->wish.edges);
    g_free(c->wish.sysroot);
    g_free(c);
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)env, (void)err;
    Coverage *c = g_new0(Coverage, 1);
    c->places = ail_places_new();
    c->blocks = ail_rows_new(&ail_cover_rows, 0);
    c->edges = ail_rows_new(&ail_edge_rows, 0);
    c->rows = cover_rows_new(c->blocks, c->edges);
    c->spare = g_async_queue_new_full(prepared_free);
    c->wish = (CoverWish){
        .has_pid = ail_options_count(o, "pid"),
        .pid = ail_options_number(o, "pid", 0, 0),
        .kernel = ail_options_flag(o, "kernel"),
        .user = ail_options_flag(o, "user"),
        .top = ail_options_number(o, "top", 0, TOP),
        .comm = g_strdup(ail_options_text(o, "comm", 0)),
        .module = g_strdup(ail_options_text(o, "module", 0)),
        .drcov = g_strdup(ail_options_text(o, "drcov", 0)),
        .lcov = g_strdup(ail_options_text(o, "lcov", 0)),
        .edges = g_strdup(ail_options_text(o, "edges", 0)),
        .sysroot = g_strdup(ail_options_text(o, "sysroot", 0)),
    };
    return c;
}

static void *prepare(const void *self, const AilChunk *chunk)
{
    const Coverage *c = self;
    Prepared *p = g_async_queue_try_pop(c->spare);
    if (!p) {
        p = g_new0(Prepared, 1);
        p->count = ail_count_new();
        p->spare = c->spare;
    }
    ail_count_chunk(p->count, chunk);
    return p;
}

static void discard(void *prepared)
{
    Prepared *p = prepared;
    g_async_queue_push(p->spare, p);
}

/* Processes have their number from the start, but their name may change. */
static bool has_wanted_pid(const void *user, AilRunner runner)
{
    const Coverage *c = user;
    return !c->wish.has_pid || (runner.known && runner.pid == c->wish.pid);
}

static AilStatus take(void *self, const AilChunk *chunk, void *prepared, AilError *err)
{
    Coverage *c = self;
    AilStatus status = cover_rows_take(c->rows, c->places, chunk, ((Prepared *)prepared)->count,
                                       has_wanted_pid, c, err);
    discard(prepared);
    return status;
}

/* --- the report --- */

typedef struct Report {
    const Coverage *c;
    CoverFiles *files;
} Report;

static bool runner_wanted(const void *user, uint32_t runner)
{
    const Coverage *c = ((const Report *)user)->c;
    AilRunner r = ail_places_runner_at(c->places, runner);
    char *valid = g_utf8_make_valid(r.comm, -1);
    bool wanted =
        has_wanted_pid(c, r) && (!c->wish.comm || g_pattern_match_simple(c->wish.comm, valid));
    g_free(valid);
    return wanted;
}

static bool area_wanted(const void *user, const CoverArea *area)
{
    const CoverWish *w = &((const Report *)user)->c->wish;
    char *valid = g_utf8_make_valid(area->name, -1);
    bool wanted = (!w->module || g_pattern_match_simple(w->module, valid)) &&
                  !(area->user && w->kernel) && !(!area->user && w->user);
    g_free(valid);
    return wanted;
}

static AilStatus block(void *user, const CoverBlock *b, AilError *err)
{
    return cover_files_block(((Report *)user)->files, b, err);
}

static void insn(void *user, const CoverInsn *i)
{
    cover_files_insn(((Report *)user)->files, i);
}

static void edge(void *user, const CoverEdge *e)
{
    cover_files_edge(((Report *)user)->files, e);
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Coverage *c = self;
    Report report = {.c = c};
    CoverSweep sweep = {.places = c->places,
                        .block = c->wish.drcov ? block : NULL,
                        .insn = c->wish.lcov ? insn : NULL,
                        .user = &report,
                        .area_wanted = area_wanted,
                        .runner_wanted = runner_wanted};
    report.files = cover_files_new(&c->wish, &sweep, ail_output_is_json(out), err);
    AilStatus status = report.files ? cover_rows_flush(c->rows, err) : AIL_ERR;
    if (status == AIL_OK)
        status = cover_sweep_blocks(&sweep, c->blocks, c->edges, err);
    if (status == AIL_OK)
        status = cover_sweep_edges(&sweep, c->edges, c->wish.edges ? edge : NULL, err);
    if (status == AIL_OK)
        status = cover_files_finish(report.files, err);
    if (status == AIL_OK)
        cover_print(&sweep, &c->wish, out);
    cover_files_free(report.files);
    cover_sweep_clear(&sweep);
    return status;
}

const AilAnalysisOps ail_coverage_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "coverage",
    .summary = "Which blocks and edges ran, by process and module",
    .needs = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_EVENT,
    .order = AIL_SEQUENTIAL,
    .options = options,
    .check = check,
    .create = create,
    .finish = finish,
    .destroy = destroy,
    .prepare = prepare,
    .take = take,
    .discard = discard,
};
