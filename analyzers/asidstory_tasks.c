/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/asidstory_tasks.h"

#include "analyzers/guest.h"

#include <string.h>

enum { MAX_NAMES = 16 }; /* of a task */

/* A part of a chunk in which one task runs. */
typedef struct Turn {
    uint64_t first, insns;
    uint64_t task; /* 0: not known */
    bool kernel;   /* it has no user code */
} Turn;

struct StoryTasks {
    AsidStory *story;
    AilGuest *guest;
    GPtrArray *names; /* by task's number: its names in order, GPtrArray of char *; owned */
    GArray *turns;    /* of Turn: of the chunk at hand */
    bool any;         /* a task was told to run */
};

static void names_free(gpointer p)
{
    if (p)
        g_ptr_array_free(p, TRUE);
}

StoryTasks *story_tasks_new(void)
{
    StoryTasks *t = g_new0(StoryTasks, 1);
    t->story = story_new();
    t->story->story.tasks = true;
    t->guest = ail_guest_new();
    t->names = g_ptr_array_new_with_free_func(names_free);
    t->turns = g_array_new(FALSE, FALSE, sizeof(Turn));
    return t;
}

void story_tasks_free(StoryTasks *t)
{
    if (!t)
        return;
    story_free(t->story);
    ail_guest_free(t->guest);
    g_ptr_array_free(t->names, TRUE);
    g_array_free(t->turns, TRUE);
    g_free(t);
}

/* What the task is called from here on. */
static void take_name(StoryTasks *t, const AilEvent *e)
{
    const AilTask *task = ail_guest_find_task(t->guest, e->value);
    if (!task)
        return;
    if (task->id >= t->names->len)
        g_ptr_array_set_size(t->names, (gint)task->id + 1);
    GPtrArray **names = (GPtrArray **)&t->names->pdata[task->id];
    if (!*names)
        *names = g_ptr_array_new_with_free_func(g_free);
    const char *last = (*names)->len ? (*names)->pdata[(*names)->len - 1] : "";
    if ((*names)->len < MAX_NAMES && strcmp(last, task->comm))
        g_ptr_array_add(*names, g_strdup(task->comm));
}

/* From the last turn's beginning up to `end` the running task ran. */
static void add_turn(StoryTasks *t, uint64_t *from, uint64_t end)
{
    const AilTask *task = ail_guest_running(t->guest);
    if (end <= *from)
        return;
    Turn turn = {*from, end - *from, task ? task->id : 0, task && task->flags & AIL_TASK_KERNEL};
    g_array_append_val(t->turns, turn);
    *from = end;
}

static void find_turns(StoryTasks *t, const AilChunk *c)
{
    uint64_t from = c->icount;
    g_array_set_size(t->turns, 0);
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *e = &c->events[i];
        if (e->type == AIL_EVENT_SWITCH || e->type == AIL_EVENT_KERNEL) {
            add_turn(t, &from, MIN(e->icount, c->icount + c->insns));
            t->any |= e->type == AIL_EVENT_SWITCH;
        }
        ail_guest_take(t->guest, e);
        if (e->type == AIL_EVENT_TASK)
            take_name(t, e);
    }
    add_turn(t, &from, c->icount + c->insns);
}

static uint64_t overlap(const Turn *turn, const AilSpan *s)
{
    uint64_t from = MAX(turn->first, s->first);
    uint64_t to = MIN(turn->first + turn->insns, s->first + s->insns);
    return to > from ? to - from : 0;
}

/* Count the span, which turns from `i` on share. */
static void share_out(StoryTasks *t, const AilSpan *s, guint i)
{
    uint64_t able = 0, all = 0, user = s->user;
    for (guint k = i; k < t->turns->len; k++) {
        const Turn *turn = &g_array_index(t->turns, Turn, k);
        uint64_t n = overlap(turn, s);
        if (!n)
            break;
        all += n;
        able += turn->kernel ? 0 : n;
    }
    bool everyone = able < user; /* as a strange trace may have it */
    uint64_t left = everyone ? all : able;
    for (guint k = i; k < t->turns->len; k++) {
        const Turn *turn = &g_array_index(t->turns, Turn, k);
        uint64_t n = overlap(turn, s);
        if (!n)
            break;
        uint64_t part = 0;
        if ((everyone || !turn->kernel) && left) {
            part = n == left ? user : (uint64_t)((double)user * (double)n / (double)left);
            part = MIN(part, MIN(n, user));
            left -= n;
            user -= part;
        }
        story_add(t->story, turn->task, MAX(turn->first, s->first), n, part);
    }
}

AilStatus story_tasks_chunk(StoryTasks *t, const AilChunk *c, AilError *err)
{
    guint i = 0;
    find_turns(t, c);
    for (uint32_t k = 0; k < c->n_spans; k++) {
        const AilSpan *s = &c->spans[k];
        if (!s->insns)
            continue;
        if (story_check_span(c, s, err) != AIL_OK)
            return AIL_ERR;
        while (i < t->turns->len && !overlap(&g_array_index(t->turns, Turn, i), s))
            i++;
        share_out(t, s, i);
    }
    return AIL_OK;
}

static void name_row(const StoryTasks *t, StoryRow *row)
{
    if (row->rest || !row->asid) {
        g_strlcpy(row->label, row->rest ? "the rest" : "(no task known)", sizeof row->label);
        return;
    }
    const AilTask *task = ail_guest_task_at(t->guest, row->asid - 1);
    row->task = task;
    row->names = row->asid < t->names->len ? t->names->pdata[row->asid] : NULL;
    if (task->pid == task->tgid)
        g_snprintf(row->label, sizeof row->label, "%u %s", task->pid, task->comm);
    else
        g_snprintf(row->label, sizeof row->label, "%u/%u %s", task->tgid, task->pid, task->comm);
}

AsidStory *story_tasks_story(StoryTasks *t)
{
    if (!t || !t->any)
        return NULL;
    for (guint i = 0; i < t->story->rows->len; i++)
        name_row(t, t->story->rows->pdata[i]);
    return t->story;
}
