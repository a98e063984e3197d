/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asidstory: which task or address space ran when. It needs the event column only.
 *
 * The time axis has a fixed number of cells. When the trace outgrows them, neighbours are added up
 * and a cell stands for twice as many instructions, so that memory does not depend on the trace's
 * length and 512 to 1024 cells are always in use.
 *
 * Nothing of address spaces depends on the order in which chunks come, so that instances can be
 * merged exactly: cells lie at multiples of their size, and of too many address spaces those with
 * the lowest ids are kept apart.
 */
#include "analyzers/asidstory_tasks.h"
#include "analyzers/builtin.h"

#include <inttypes.h>

static const AilOption options[] = {
    {"top", "N", "show the N address spaces that ran most, the rest as one", AIL_OPTION_NUMBER,
     false, false},
    {"asid", NULL, "by address space, even if the guest's tasks are known", AIL_OPTION_FLAG, false,
     false},
    {"svg", "FILE", "write the picture to FILE, too", AIL_OPTION_TEXT, false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static AilStatus check(const AilOptions *o, AilError *err)
{
    if (!ail_options_number(o, "top", 0, 1))
        return ail_error_set(err, "top=0 would show nothing; leave it out to see all");
    return AIL_OK;
}

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

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)env;
    (void)err;
    AsidStory *s = story_new();
    s->top = ail_options_number(o, "top", 0, 0);
    s->svg = g_strdup(ail_options_text(o, "svg", 0));
    s->by_asid = ail_options_flag(o, "asid");
    return s;
}

static void destroy(void *self)
{
    AsidStory *s = self;
    story_tasks_free(s->tasks);
    story_free(s);
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

static void add_row(StoryRow *to, const StoryRow *from)
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
    add_row(story_rest_of(s), highest);
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

AilStatus story_check_span(const AilChunk *c, const AilSpan *span, AilError *err)
{
    if (span->first < c->icount || span->first - c->icount > c->insns ||
        span->insns > c->insns - (span->first - c->icount))
        return ail_error_set(err, "chunk %" PRIu64 ": a span lies outside of it", c->number);
    return AIL_OK;
}

void story_add(AsidStory *s, uint64_t asid, uint64_t first, uint64_t insns, uint64_t user)
{
    make_room(s, first, first + insns, 1);
    StoryRow *row = story_row_of(s, asid);
    add_counts(row, first, first + insns - 1, insns, user);
    fill_cells(s, row, first, insns);
    s->story.insns += insns;
}

static AilStatus chunk(void *self, const AilChunk *c, AilError *err)
{
    AsidStory *s = self;
    for (uint32_t i = 0; i < c->n_spans; i++) {
        const AilSpan *span = &c->spans[i];
        if (!span->insns)
            continue;
        if (story_check_span(c, span, err) != AIL_OK)
            return AIL_ERR;
        story_add(s, span->asid, span->first, span->insns, span->user);
    }
    return AIL_OK;
}

/* Tasks can only be followed in order. Shares nothing with `chunk` but what create has set. */
static AilStatus follow(void *self, const AilChunk *c, AilError *err)
{
    AsidStory *s = self;
    if (s->by_asid)
        return AIL_OK;
    if (!s->tasks)
        s->tasks = story_tasks_new();
    return story_tasks_chunk(s->tasks, c, err);
}

static AilStatus merge(void *self, void *other, AilError *err)
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

static gint by_insns(gconstpointer a, gconstpointer b)
{
    const StoryRow *x = *(StoryRow *const *)a, *y = *(StoryRow *const *)b;
    return x->insns < y->insns ? 1 : x->insns > y->insns ? -1 : x->asid < y->asid ? -1 : 1;
}

static gint by_first(gconstpointer a, gconstpointer b)
{
    const StoryRow *x = *(StoryRow *const *)a, *y = *(StoryRow *const *)b;
    if (x->rest != y->rest)
        return x->rest ? 1 : -1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Put the rows that are not among the top into one. */
static void fold_rest(uint64_t top, GPtrArray *shown, StoryRow *rest)
{
    *rest = (StoryRow){.first = UINT64_MAX, .rest = true};
    g_ptr_array_sort(shown, by_insns);
    for (guint i = (guint)top; i < shown->len; i++)
        add_row(rest, shown->pdata[i]);
    g_ptr_array_set_size(shown, (gint)top);
    g_ptr_array_add(shown, rest);
}

static void add_up(Story *story)
{
    for (guint i = 0; i < story->rows->len; i++) {
        const StoryRow *row = story->rows->pdata[i];
        for (unsigned c = 0; c < STORY_CELLS; c++)
            story->total[c] += row->cells[c];
    }
}

static AilStatus write_svg(const Story *story, const char *path, AilError *err)
{
    char *svg = story_draw_svg(story);
    GError *error = NULL;
    AilStatus status = AIL_OK;
    /* Writes beside it and renames. */
    if (!g_file_set_contents(path, svg, -1, &error))
        status = ail_error_set(err, "%s", error->message);
    g_clear_error(&error);
    g_free(svg);
    return status;
}

/* s: what was counted, of address spaces or tasks. */
static AilStatus show(AsidStory *s, uint64_t top, const char *svg, AilOutput *out, AilError *err)
{
    StoryRow *rest = g_new(StoryRow, 1);
    s->story.rows = g_ptr_array_new();
    for (guint i = 0; i < s->rows->len; i++)
        g_ptr_array_add(s->story.rows, s->rows->pdata[i]);
    if (top && top < s->story.rows->len)
        fold_rest(top, s->story.rows, rest);
    g_ptr_array_sort(s->story.rows, by_first);
    add_up(&s->story);
    AilStatus status = svg ? write_svg(&s->story, svg, err) : AIL_OK;
    story_print(&s->story, out);
    if (s->rest && ail_output_wants_text(out))
        ail_output_text(out, "More than %d %s ran; those with the highest ids are in one row.\n",
                        STORY_MAX_ROWS, s->story.tasks ? "tasks" : "address spaces");
    g_ptr_array_free(s->story.rows, TRUE);
    g_free(rest);
    return status;
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    AsidStory *s = self, *tasks = story_tasks_story(s->tasks);
    if (s->story.insns)
        return show(tasks ? tasks : s, s->top, s->svg, out, err);
    if (ail_output_wants_text(out))
        ail_output_text(out, "No instruction was executed in this trace.\n");
    return AIL_OK;
}

const AilAnalysisOps ail_asidstory_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "asidstory",
    .summary = "Which process or address space ran when: a picture, and counts of each",
    .needs = AIL_COL_EVENT,
    .order = AIL_MERGEABLE,
    .options = options,
    .check = check,
    .create = create,
    .chunk = chunk,
    .merge = merge,
    .save = story_save,
    .load = story_load,
    .follow = follow,
    .finish = finish,
    .destroy = destroy,
};
