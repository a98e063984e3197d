/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edges come by the code and offset that they lead from, those of all runners next to each other.
 */
#include "analyzers/coverage_private.h"

typedef struct EdgeWalk {
    CoverSweep *s;
    void (*edge)(void *user, const CoverEdge *edge);
    EdgeRow last; /* the one before: the same edge of another runner comes next to it */
    bool any;
} EdgeWalk;

static uint32_t find_area(const CoverSweep *s, uint32_t code, uint64_t offset)
{
    uint32_t low = 0, high = s->areas->len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const CoverArea *a = &g_array_index(s->areas, CoverArea, middle);
        if (a->code < code || (a->code == code && a->start <= offset))
            low = middle + 1;
        else
            high = middle;
    }
    const CoverArea *a = low ? &g_array_index(s->areas, CoverArea, low - 1) : NULL;
    return a && a->code == code && offset < a->end ? low - 1 : COVERAGE_ALL;
}

static AilStatus take_edge(void *user, const void *p)
{
    EdgeWalk *w = user;
    const EdgeRow *row = p;
    uint32_t area = find_area(w->s, row->code, row->offset);
    bool all = row->runner == COVERAGE_ALL;
    if (area == COVERAGE_ALL || !g_array_index(w->s->areas, CoverArea, area).wanted ||
        (!all && !w->s->runner_wanted(w->s->user, row->runner)))
        return AIL_OK;
    bool same = w->any && w->last.code == row->code && w->last.offset == row->offset &&
                w->last.to_code == row->to_code && w->last.to_offset == row->to_offset;
    if (!same)
        cover_sum(w->s, area, COVERAGE_ALL)->edges++;
    w->last = *row;
    w->any = true;
    if (all)
        return AIL_OK;
    cover_sum(w->s, area, row->runner)->edges++;
    CoverEdge e = {row->runner, area,           find_area(w->s, row->to_code, row->to_offset),
                   row->offset, row->to_offset, row->runs};
    if (w->edge && e.to_area != COVERAGE_ALL)
        w->edge(w->s->user, &e);
    return AIL_OK;
}

AilStatus cover_sweep_edges(CoverSweep *s, AilRows *edges,
                            void (*edge)(void *user, const CoverEdge *edge), AilError *err)
{
    EdgeWalk w = {.s = s, .edge = edge};
    return ail_rows_each(edges, take_edge, &w, err);
}
