/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing traces: opening them, and sharing the work between threads. Each has a stretch of the
 * instructions, and readers of its own. */
#include "trace/diff_private.h"
#include "trace/parallel.h"
#include "trace/reader_private.h"

#include <glib.h>
#include <string.h>

typedef struct Stretch {
    AilDiffWalk walk;
    AilColumnDiff column[AIL_N_COLUMNS];
    GThread *thread; /* NULL: the caller's */
    AilStatus status;
    AilError err;
} Stretch;

static AilStatus open_sides(AilDiffWalk *w, const AilDiffAsk *ask, AilError *err)
{
    for (int i = 0; i < AIL_DIFF_SIDES; i++) {
        AilDiffSide *s = &w->side[i];
        s->shift = i ? ask->shift : 0;
        s->reader = ail_trace_reader_new();
        if (ail_trace_reader_open(s->reader, ask->path[i], 0, ask->columns) != AIL_OK)
            return ail_error_set(err, "%s", ail_trace_reader_error(s->reader));
    }
    w->ask = ask;
    return AIL_OK;
}

static void clear_places(AilColumnDiff *column)
{
    for (int i = 0; i < AIL_N_COLUMNS; i++)
        for (int k = 0; k < AIL_DIFF_SIDES; k++)
            g_free((void *)column[i].place[k].event.data);
}

static void clear_stretch(Stretch *s)
{
    for (int i = 0; i < AIL_DIFF_SIDES; i++)
        ail_trace_reader_free(s->walk.side[i].reader);
    g_free(s->walk.twin);
    clear_places(s->column);
}

static bool same_registers(const AilTraceInfo *a, const AilTraceInfo *b)
{
    bool same = a->n_regs == b->n_regs && a->sync_len == b->sync_len;
    for (uint32_t i = 0; same && i < a->n_regs; i++)
        same = !strcmp(a->regs[i].name, b->regs[i].name) &&
               a->regs[i].offset == b->regs[i].offset && a->regs[i].size == b->regs[i].size;
    return same;
}

/* What the headers tell. */
static AilStatus compare_headers(AilTraceDiff *diff, const AilDiffWalk *w, AilError *err)
{
    const AilTraceInfo *info[AIL_DIFF_SIDES];
    for (int i = 0; i < AIL_DIFF_SIDES; i++) {
        info[i] = ail_trace_reader_info(w->side[i].reader);
        diff->arch[i] = info[i]->arch;
        diff->has[i] = ail_trace_reader_columns(w->side[i].reader);
    }
    diff->columns = diff->has[0] & diff->has[1];
    diff->recordings = !strcmp(info[0]->recording, info[1]->recording);
    if (!same_registers(info[0], info[1]))
        diff->columns &= ~(uint32_t)AIL_COL_SYNC;
    return diff->columns ? AIL_OK
                         : ail_error_set(err, "%s and %s have no column in common", w->ask->path[0],
                                         w->ask->path[1]);
}

/* In how many stretches: each of a chunk at least, and one of what cannot be opened twice. */
static unsigned count_stretches(const AilDiffWalk *w)
{
    if (!strcmp(w->ask->path[0], "-") || !strcmp(w->ask->path[1], "-"))
        return 1;
    uint64_t a = ail_trace_reader_chunks(w->side[0].reader),
             b = ail_trace_reader_chunks(w->side[1].reader);
    return (unsigned)MAX(1, MIN(MIN(a, b), w->ask->threads));
}

/* Divide what both have of what is asked for; the ends belong to the outer stretches. */
static void divide(Stretch *s, unsigned n)
{
    const AilDiffAsk *ask = s->walk.ask;
    const AilIndex *index = &s->walk.side[0].reader->index;
    uint64_t low = ask->from, high = ask->to;
    if (n > 1) {
        const AilIndexEntry *last = &index->chunks[index->n_chunks - 1];
        low = MAX(low, index->chunks[0].icount);
        high = MAX(low, MIN(high, last->icount + last->insns));
    }
    for (unsigned i = 0; i < n; i++) {
        AilDiffWalk *w = &s[i].walk;
        w->from = i ? low + (high - low) / n * i : ask->from;
        w->to = i + 1 < n ? low + (high - low) / n * (i + 1) : ask->to;
        w->first = i == 0;
        w->begun = i > 0;
    }
}

static void *run_stretch(void *data)
{
    Stretch *s = data;
    s->status = s->status == AIL_OK ? ail_diff_walk(&s->walk, &s->err) : s->status;
    return NULL;
}

static void start_stretches(Stretch *s, unsigned n, uint32_t columns)
{
    for (unsigned i = 0; i < n; i++) {
        AilDiffWalk *w = &s[i].walk;
        w->open = columns;
        w->column = s[i].column;
        w->side[0].columns = w->side[1].columns = columns;
        if (i)
            s[i].thread = g_thread_try_new("diff", run_stretch, &s[i], NULL);
    }
    run_stretch(&s[0]);
    for (unsigned i = 1; i < n; i++) {
        if (s[i].thread)
            g_thread_join(s[i].thread);
        else
            run_stretch(&s[i]);
    }
}

/* What the stretches found, in order, as one would have found it. */
static AilStatus gather(AilTraceDiff *diff, Stretch *s, unsigned n, AilError *err)
{
    uint32_t open = diff->columns;
    for (unsigned i = 0; i < n && open; i++) {
        for (int k = 0; k < AIL_N_COLUMNS; k++) {
            if (!(open & 1u << k))
                continue;
            diff->column[k].compared += s[i].column[k].compared;
            if (!s[i].column[k].differs)
                continue;
            diff->column[k].differs = true;
            memcpy(diff->column[k].place, s[i].column[k].place, sizeof diff->column[k].place);
            memset(s[i].column[k].place, 0, sizeof s[i].column[k].place);
        }
        if (s[i].status != AIL_OK)
            return ail_error_copy(err, &s[i].err, NULL);
        if (s[i].walk.over)
            break;
        open &= s[i].walk.open;
    }
    return AIL_OK;
}

/* Where the column differs, as the first trace counts. */
static uint64_t icount_of(const AilColumnDiff *d, uint64_t shift)
{
    uint64_t a = d->place[0].icount, b = d->place[1].icount + shift;
    if (d->place[0].kind == AIL_PLACE_NOTHING)
        return b;
    return d->place[1].kind == AIL_PLACE_NOTHING ? a : MIN(a, b);
}

/* The column that differs first. At the same instruction: what is said of it in this order. */
static int first_column(const AilTraceDiff *diff, uint64_t shift)
{
    static const uint32_t order[] = {AIL_COL_SYNC, AIL_COL_EVENT, AIL_COL_FLOW, AIL_COL_CODE,
                                     AIL_COL_ADDR, AIL_COL_DATA,  AIL_COL_XLATE};
    int first = -1;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        int n = __builtin_ctz(order[i]);
        const AilColumnDiff *d = &diff->column[n];
        if (d->differs &&
            (first < 0 || icount_of(d, shift) < icount_of(&diff->column[first], shift)))
            first = n;
    }
    return first;
}

/* The comparison with readers that the first stretch has opened. */
static AilStatus compare(const AilDiffAsk *ask, AilTraceDiff *diff, Stretch *s, unsigned n,
                         AilError *err)
{
    for (unsigned i = 1; i < n; i++)
        s[i].status = open_sides(&s[i].walk, ask, &s[i].err);
    divide(s, n);
    start_stretches(s, n, diff->columns);
    AilStatus status = gather(diff, s, n, err);
    for (int i = 0; i < AIL_DIFF_SIDES; i++) {
        diff->complete[i] = ail_trace_reader_complete(s[0].walk.side[i].reader);
        diff->begin[i] = ask->from ? 0 : s[0].walk.side[i].begin;
    }
    diff->first = first_column(diff, ask->shift);
    return status;
}

AilStatus ail_trace_diff(const AilDiffAsk *ask, AilTraceDiff *diff, AilError *err)
{
    *diff = (AilTraceDiff){.first = -1};
    Stretch *s = g_new0(Stretch, MAX(1, ask->threads));
    unsigned n = 1;
    AilStatus status = open_sides(&s[0].walk, ask, err);
    if (status == AIL_OK)
        status = compare_headers(diff, &s[0].walk, err);
    if (status == AIL_OK) {
        n = count_stretches(&s[0].walk);
        status = compare(ask, diff, s, n, err);
    }
    for (unsigned i = 0; i < n; i++)
        clear_stretch(&s[i]);
    g_free(s);
    return status;
}

void ail_trace_diff_clear(AilTraceDiff *diff)
{
    clear_places(diff->column);
    *diff = (AilTraceDiff){0};
}
