/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The story of tasks: which ran when. Chunks must come in order. Instructions belong to the task of
 * the last switch. How many of them had no privilege is known of stretches of an address space
 * alone, and is shared out to the tasks in the stretch, by their instructions; threads of the
 * kernel have none. So it is exact where one task of a stretch has user code, and about right where
 * threads of a process take turns.
 */
#ifndef AIL_ANALYZERS_ASIDSTORY_TASKS_H
#define AIL_ANALYZERS_ASIDSTORY_TASKS_H

#include "analyzers/asidstory_private.h"
#include "trace/trace.h"

typedef struct StoryTasks StoryTasks;

StoryTasks *story_tasks_new(void);
void story_tasks_free(StoryTasks *t); /* may be NULL */

AilStatus story_tasks_chunk(StoryTasks *t, const AilChunk *chunk, AilError *err);

/* What was counted: rows by number of the task (0: not known which), with their names, valid as
 * long as t. NULL: no task was ever told to run. t may be NULL. */
AsidStory *story_tasks_story(StoryTasks *t);

#endif
