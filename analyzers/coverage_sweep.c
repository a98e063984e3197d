/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows come by code and offset. Of each runner, and of all together, the instructions at the
 * offsets that no later row can reach are complete: they are strung together to blocks, from one
 * that is jumped to, or that nothing runs into, to a branch, or to where nothing goes on. So all
 * that is held at a time is what lies in COVERAGE_PIECE bytes.
 */
#include "analyzers/coverage_tracks.h"

#include <string.h>

enum { NEAR = 1 << 20 }; /* addresses further apart than this are lines of their own */

CoverSum *cover_sum(const CoverSweep *s, uint32_t area, uint32_t runner)
{
    uint64_t key = (uint64_t)area << 32 | runner;
    CoverSum *sum = g_hash_table_lookup(s->sums, &key);
    if (!sum) {
        sum = g_new0(CoverSum, 1);
        g_hash_table_insert(s->sums, g_memdup2(&key, sizeof key), sum);
    }
    return sum;
}

static bool is_kernel_image(const Walk *w, uint64_t at)
{
    return w->kernel && at >= w->kernel && at < w->kernel_end;
}

/* Whether the row begins a new area: another code, or, where offsets are addresses, far away. */
static bool divides(const Walk *w, const CoverRow *row)
{
    if (w->area == COVERAGE_ALL)
        return true;
    const CoverArea *a = &g_array_index(w->s->areas, CoverArea, w->area);
    AilCodeKind kind = ail_places_code_at(w->s->places, a->code).kind;
    if (a->code != row->code)
        return true;
    if (kind == AIL_CODE_FILE || kind == AIL_CODE_MODULE)
        return row->offset >> 32 != a->start >> 32;
    bool image = kind == AIL_CODE_KERNEL && is_kernel_image(w, row->offset);
    if (image != (kind == AIL_CODE_KERNEL && is_kernel_image(w, a->start)))
        return true;
    return !image && row->offset > a->end && row->offset - a->end > NEAR;
}

/* Name the area, as far as it is known: of addresses the end comes last. */
static void name_area(const Walk *w, CoverArea *a)
{
    AilCode code = ail_places_code_at(w->s->places, a->code);
    g_free(a->name);
    switch (code.kind) {
    case AIL_CODE_FILE:
        a->name = g_strdup(code.name);
        return;
    case AIL_CODE_MODULE:
        a->name = g_strdup_printf("[%s]", code.name);
        return;
    case AIL_CODE_KERNEL:
        if (is_kernel_image(w, a->start)) {
            a->name = g_strdup("[kernel]");
            return;
        }
        break;
    default:
        break;
    }
    a->name = g_strdup_printf("%s%s0x%" G_GINT64_MODIFIER "x-0x%" G_GINT64_MODIFIER "x",
                              code.kind == AIL_CODE_ANON ? code.name : "",
                              code.kind == AIL_CODE_ANON ? " " : "", a->start, a->end);
}

static gint by_runner(gconstpointer a, gconstpointer b)
{
    uint32_t x = (*(Track *const *)a)->runner, y = (*(Track *const *)b)->runner;
    return x < y ? -1 : x > y;
}

static AilStatus end_area(Walk *w)
{
    AilStatus status = AIL_OK;
    GPtrArray *tracks = g_ptr_array_new();
    GHashTableIter iter;
    gpointer t;
    g_hash_table_iter_init(&iter, w->tracks);
    while (g_hash_table_iter_next(&iter, NULL, &t))
        g_ptr_array_add(tracks, t);
    g_ptr_array_sort(tracks, by_runner);
    for (guint i = 0; i < tracks->len && status == AIL_OK; i++)
        status = cover_track_end(w, tracks->pdata[i]);
    g_ptr_array_free(tracks, TRUE);
    g_hash_table_remove_all(w->tracks);
    if (w->area != COVERAGE_ALL)
        name_area(w, &g_array_index(w->s->areas, CoverArea, w->area));
    w->area = COVERAGE_ALL;
    return status;
}

static AilStatus begin_area(Walk *w, const CoverRow *row)
{
    AilStatus status = w->area == COVERAGE_ALL ? AIL_OK : end_area(w);
    AilCodeKind kind = ail_places_code_at(w->s->places, row->code).kind;
    CoverArea a = {.code = row->code,
                   .start = row->offset,
                   .end = row->offset + row->size,
                   .user = kind != AIL_CODE_MODULE && kind != AIL_CODE_KERNEL};
    g_array_append_val(w->s->areas, a);
    w->area = w->s->areas->len - 1;
    CoverArea *area = &g_array_index(w->s->areas, CoverArea, w->area);
    name_area(w, area);
    area->wanted = w->s->area_wanted(w->s->user, area);
    w->all = cover_track_of(w, COVERAGE_ALL);
    return status;
}

static AilStatus take_row(void *user, const void *p)
{
    Walk *w = user;
    const CoverRow *row = p;
    AilStatus status = AIL_OK;
    if (!w->s->runner_wanted(w->s->user, row->runner))
        return AIL_OK;
    if (divides(w, row))
        status = begin_area(w, row);
    CoverArea *area = &g_array_index(w->s->areas, CoverArea, w->area);
    area->end = MAX(area->end, row->offset + row->size);
    if (!area->wanted)
        return status;
    Track *own = cover_track_of(w, row->runner);
    if (status == AIL_OK)
        status = cover_track_advance(w, own, row->offset);
    if (status == AIL_OK)
        status = cover_track_advance(w, w->all, row->offset);
    cover_track_add(own, row);
    cover_track_add(w->all, row);
    return status;
}

AilStatus cover_sweep_blocks(CoverSweep *s, AilRows *blocks, AilRows *edges, AilError *err)
{
    Walk w = {.s = s, .edges = edges, .err = err, .area = COVERAGE_ALL};
    w.tracks = g_hash_table_new_full(NULL, NULL, NULL, cover_track_free);
    ail_places_kernel(s->places, &w.kernel, &w.kernel_end);
    s->areas = g_array_new(FALSE, FALSE, sizeof(CoverArea));
    s->sums = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    AilStatus status = ail_rows_each(blocks, take_row, &w, err);
    if (status == AIL_OK)
        status = end_area(&w);
    g_hash_table_destroy(w.tracks);
    return status;
}

void cover_sweep_clear(CoverSweep *s)
{
    for (guint i = 0; s->areas && i < s->areas->len; i++)
        g_free(g_array_index(s->areas, CoverArea, i).name);
    if (s->areas)
        g_array_free(s->areas, TRUE);
    if (s->sums)
        g_hash_table_destroy(s->sums);
}
