/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What asidstory has counted: rows, and cells of time.
 *
 * The time axis has a fixed number of cells. When the trace outgrows them, neighbours are added up
 * and a cell stands for twice as many instructions, so that memory does not depend on the trace's
 * length and 512 to 1024 cells are always in use.
 *
 * Nothing of address spaces depends on the order in which chunks come, so that instances can be
 * merged exactly: cells lie at multiples of their size, and of too many address spaces those with
 * the lowest ids are kept apart.
 */
#include "analyzers/asidstory_private.h"

#include <string.h>

AsidStory *story_new(void)
{
    AsidStory *s = g_new0(AsidStory, 1);
    s->rows = g_ptr_array_new_with_free_func(g_free);
    s->rows_by_asid = g_hash_table_new(g_int64_hash, g_int64_equal);
    s->story.cell = 1;
    s->first = UINT64_MAX;
    return s;
}

void story_free(AsidStory *s)
{
    g_hash_table_destroy(s->rows_by_asid);
    g_ptr_array_free(s->rows, TRUE);
    g_free(s->svg);
    g_free(s);
}

static StoryRow *row_new(AsidStory *s, uint64_t asid, uint64_t first)
{
    StoryRow *row = g_new0(StoryRow, 1);
    row->asid = asid;
    row->first = first;
    g_ptr_array_add(s->rows, row);
    return row;
}

StoryRow *story_rest_of(AsidStory *s)
{
    if (!s->rest) {
        s->rest = row_new(s, 0, UINT64_MAX);
        s->rest->rest = true;
    }
    return s->rest;
}

static void add_counts(StoryRow *row, uint64_t first, uint64_t last, uint64_t insns, uint64_t user)
{
    row->insns += insns;
    row->user += user;
    row->first = MIN(row->first, first);
    row->last = MAX(row->last, last);
}

void story_add_row(StoryRow *to, const StoryRow *from)
{
    add_counts(to, from->first, from->last, from->insns, from->user);
    for (unsigned c = 0; c < STORY_CELLS; c++)
        to->cells[c] += from->cells[c];
}

/* All rows are taken: the row for a new address space, which is the one with the highest id, whose
 * counts go to the rest, or else the rest itself. */
static StoryRow *take_highest(AsidStory *s, uint64_t asid)
{
    StoryRow *highest = NULL;
    for (guint i = 0; i < s->rows->len; i++) {
        StoryRow *row = s->rows->pdata[i];
        if (!row->rest && (!highest || row->asid > highest->asid))
            highest = row;
    }
    if (asid > highest->asid)
        return story_rest_of(s);
    story_add_row(story_rest_of(s), highest);
    g_hash_table_remove(s->rows_by_asid, &highest->asid);
    *highest = (StoryRow){.asid = asid, .first = UINT64_MAX};
    g_hash_table_insert(s->rows_by_asid, &highest->asid, highest);
    return highest;
}

StoryRow *story_row_of(AsidStory *s, uint64_t asid)
{
    if (s->recent && s->recent->asid == asid && !s->recent->rest)
        return s->recent;
    StoryRow *row = g_hash_table_lookup(s->rows_by_asid, &asid);
    if (!row && g_hash_table_size(s->rows_by_asid) == STORY_MAX_ROWS) {
        row = take_highest(s, asid);
    } else if (!row) {
        row = row_new(s, asid, UINT64_MAX);
        g_hash_table_insert(s->rows_by_asid, &row->asid, row);
    }
    s->recent = row;
    return row;
}

static void halve_resolution(AsidStory *s)
{
    unsigned odd = s->story.origin / s->story.cell % 2;
    for (guint i = 0; i < s->rows->len; i++) {
        uint64_t *cells = ((StoryRow *)s->rows->pdata[i])->cells;
        for (unsigned c = 0; c < STORY_CELLS; c++) {
            uint64_t n = cells[c];
            cells[c] = 0;
            cells[(c + odd) / 2] += n;
        }
    }
    s->story.cell *= 2;
    s->story.origin -= s->story.origin % s->story.cell;
}

/* Let the axis begin earlier. */
static void move_origin(AsidStory *s, uint64_t origin)
{
    size_t by = (s->story.origin - origin) / s->story.cell;
    for (guint i = 0; i < s->rows->len && by; i++) {
        uint64_t *cells = ((StoryRow *)s->rows->pdata[i])->cells;
        memmove(cells + by, cells, (STORY_CELLS - by) * sizeof *cells);
        memset(cells, 0, by * sizeof *cells);
    }
    s->story.origin = origin;
}

/* Make the axis hold instructions first .. end - 1, with cells of at least `cell`. */
static void make_room(AsidStory *s, uint64_t first, uint64_t end, uint64_t cell)
{
    if (s->first == UINT64_MAX)
        s->story.origin = first - first % s->story.cell;
    s->first = MIN(s->first, first);
    s->story.end = MAX(s->story.end, end);
    while (s->story.cell < cell ||
           (s->story.end - 1) / s->story.cell - s->first / s->story.cell >= STORY_CELLS)
        halve_resolution(s);
    uint64_t origin = s->first - s->first % s->story.cell;
    if (origin < s->story.origin)
        move_origin(s, origin);
}

/* Instructions first .. first + insns - 1 belong to row. */
static void fill_cells(AsidStory *s, StoryRow *row, uint64_t first, uint64_t insns)
{
    uint64_t at = first - s->story.origin;
    while (insns) {
        uint64_t left = s->story.cell - at % s->story.cell;
        uint64_t n = MIN(left, insns);
        row->cells[at / s->story.cell] += n;
        at += n;
        insns -= n;
    }
}

void story_add(AsidStory *s, uint64_t asid, uint64_t first, uint64_t insns, uint64_t user)
{
    make_room(s, first, first + insns, 1);
    StoryRow *row = story_row_of(s, asid);
    add_counts(row, first, first + insns - 1, insns, user);
    fill_cells(s, row, first, insns);
    s->story.insns += insns;
}

AilStatus story_merge(void *self, void *other, AilError *err)
{
    AsidStory *s = self;
    const AsidStory *o = other;
    (void)err;
    if (o->first == UINT64_MAX)
        return AIL_OK;
    make_room(s, o->first, o->story.end, o->story.cell);
    for (guint i = 0; i < o->rows->len; i++) {
        const StoryRow *from = o->rows->pdata[i];
        StoryRow *row = from->rest ? story_rest_of(s) : story_row_of(s, from->asid);
        add_counts(row, from->first, from->last, from->insns, from->user);
        for (unsigned c = 0; c < STORY_CELLS; c++) {
            uint64_t at = o->story.origin + c * o->story.cell;
            if (from->cells[c])
                row->cells[(at - at % s->story.cell - s->story.origin) / s->story.cell] +=
                    from->cells[c];
        }
    }
    s->story.insns += o->story.insns;
    return AIL_OK;
}
