/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asidstory: which task or address space ran when. It needs the event column only. */
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

AilStatus story_check_span(const AilChunk *c, const AilSpan *span, AilError *err)
{
    if (span->first < c->icount || span->first - c->icount > c->insns ||
        span->insns > c->insns - (span->first - c->icount))
        return ail_error_set(err, "chunk %" PRIu64 ": a span lies outside of it", c->number);
    return AIL_OK;
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
        story_add_row(rest, shown->pdata[i]);
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
    .merge = story_merge,
    .save = story_save,
    .load = story_load,
    .follow = follow,
    .finish = finish,
    .destroy = destroy,
};
