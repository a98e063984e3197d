/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of asidstory, and its JSON. */
#include "analyzers/asidstory_private.h"

#include "formats/text.h"

#include <inttypes.h>

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* "sh > ls": what a task was called, in order; free with g_free. */
static char *names_of(const StoryRow *row)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; row->names && i < row->names->len; i++)
        g_string_append_printf(text, "%s%s", i ? " > " : "", (char *)row->names->pdata[i]);
    if (row->rest || !row->task)
        g_string_append(text, row->rest ? "the rest" : "(no task known)");
    return ail_text_disarm(g_string_free(text, FALSE));
}

/* What tells the row from others, in 18 columns. */
static void print_who(const StoryRow *row, bool tasks, AilOutput *out)
{
    char label[STORY_LABEL];
    if (!tasks)
        ail_output_text(out, "%-18s", story_label(row, label, sizeof label));
    else if (row->task)
        ail_output_text(out, "%8u  %8u", row->task->tgid, row->task->pid);
    else
        ail_output_text(out, "%8s  %8s", "-", "-");
}

static void print_table(const Story *story, AilOutput *out)
{
    char who[24];
    g_snprintf(who, sizeof who, story->tasks ? "%8s  %8s" : "%-18s", story->tasks ? "pid" : "asid",
               "tid");
    ail_output_styled(out, AIL_STYLE_STRONG, "%s %15s %7s %7s %7s %15s %15s%s\n", who,
                      "instructions", "share", "kernel", "user", "first icount", "last icount",
                      story->tasks ? "  name" : "");
    for (guint i = 0; i < story->rows->len; i++) {
        const StoryRow *row = story->rows->pdata[i];
        g_autofree char *names = story->tasks ? names_of(row) : NULL;
        print_who(row, story->tasks, out);
        ail_output_text(out,
                        " %15" PRIu64 " %6.2f%% %6.2f%% %6.2f%% %15" PRIu64 " %15" PRIu64 "%s%s\n",
                        row->insns, percent(row->insns, story->insns),
                        percent(row->insns - row->user, row->insns), percent(row->user, row->insns),
                        row->first, row->last, names ? "  " : "", names ? names : "");
    }
}

static void json_task(const StoryRow *row, AilOutput *out)
{
    const AilTask *t = row->task;
    if (row->rest) {
        ail_json_bool(out, "rest", true);
        return;
    }
    ail_json_number(out, "task", t ? t->id : 0);
    if (!t)
        return;
    ail_json_number(out, "pid", t->tgid);
    ail_json_number(out, "tid", t->pid);
    ail_json_text(out, "comm", t->comm);
    ail_json_array(out, "names");
    for (guint i = 0; row->names && i < row->names->len; i++)
        ail_json_text(out, NULL, row->names->pdata[i]);
    ail_json_array_end(out);
    ail_json_bool(out, "kernel", t->flags & AIL_TASK_KERNEL);
    if (t->asid)
        ail_json_address(out, "asid", t->asid);
}

static void print_json(const Story *story, AilOutput *out)
{
    for (guint i = 0; i < story->rows->len; i++) {
        const StoryRow *row = story->rows->pdata[i];
        ail_json_begin(out, "asidstory");
        if (story->tasks)
            json_task(row, out);
        else if (row->rest)
            ail_json_bool(out, "rest", true);
        else
            ail_json_address(out, "asid", row->asid);
        ail_json_number(out, "instructions", row->insns);
        ail_json_number(out, "kernel_instructions", row->insns - row->user);
        ail_json_number(out, "user_instructions", row->user);
        ail_json_number(out, "first_icount", row->first);
        ail_json_number(out, "last_icount", row->last);
        ail_json_number(out, "cell_origin", story->origin);
        ail_json_number(out, "cell_instructions", story->cell);
        ail_json_array(out, "cells");
        unsigned used = (unsigned)((story->end - story->origin + story->cell - 1) / story->cell);
        for (unsigned c = 0; c < used; c++)
            ail_json_number(out, NULL, row->cells[c]);
        ail_json_array_end(out);
        ail_json_end(out);
    }
}

void story_print(const Story *shown, AilOutput *out)
{
    if (ail_output_wants_records(out))
        print_json(shown, out);
    if (!ail_output_wants_text(out))
        return;
    story_draw_text(shown, out);
    print_table(shown, out);
}
