/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of asidstory: what was counted, and its pictures. */
#ifndef AIL_ANALYZERS_ASIDSTORY_PRIVATE_H
#define AIL_ANALYZERS_ASIDSTORY_PRIVATE_H

#include <glib.h>

#include "analyzers/guest.h"
#include "analyzers/output.h"
#include "analyzers/state.h"
#include "trace/trace.h"

enum {
    STORY_CELLS = 1024,    /* resolution of the time axis: 512 to 1024 cells are in use */
    STORY_MAX_ROWS = 4096, /* address spaces told apart; the rest share a row */
};

/* One address space, or task. */
typedef struct StoryRow {
    uint64_t asid;        /* or the number of a task (AilTask.id), 0: it is not known which */
    uint64_t first, last; /* icount of its first and last instruction */
    uint64_t insns, user; /* instructions; of these without privilege */
    uint64_t cells[STORY_CELLS];
    bool rest;              /* several address spaces in one row */
    char label[48];         /* of a task, made when it is shown; else "" */
    const AilTask *task;    /* borrowed; NULL: none */
    const GPtrArray *names; /* of char *: what it was called, in order; borrowed, may be NULL */
} StoryRow;

/* The rows that are shown. */
typedef struct Story {
    GPtrArray *rows;             /* of StoryRow, by first appearance */
    uint64_t origin;             /* icount at which cell 0 starts */
    uint64_t end;                /* icount after the last instruction */
    uint64_t cell;               /* instructions a cell stands for */
    uint64_t insns;              /* in all rows */
    uint64_t total[STORY_CELLS]; /* the rows' cells added up, for the pictures */
    bool tasks;                  /* rows are tasks, not address spaces */
} Story;

/* An instance of the analysis. */
typedef struct AsidStory {
    GHashTable *rows_by_asid; /* &row->asid -> row, owned by rows */
    GPtrArray *rows;          /* of StoryRow, in order of creation; owned */
    StoryRow *rest;           /* where address spaces beyond STORY_MAX_ROWS go; owned by rows */
    StoryRow *recent;         /* of the last span */
    Story story;              /* without rows: extent and resolution */
    uint64_t first;           /* icount of the first instruction; UINT64_MAX: there was none yet */
    uint64_t top;             /* rows to show, 0: all */
    char *svg;                /* file to write, or NULL; owned */
    bool by_asid;             /* although tasks are known */
    struct StoryTasks *tasks; /* owned; NULL: nobody follows them */
} AsidStory;

AsidStory *story_new(void);
void story_free(AsidStory *s);

/* Instructions first .. first + insns - 1, `user` of them without privilege, are of this row. */
void story_add(AsidStory *s, uint64_t asid, uint64_t first, uint64_t insns, uint64_t user);
/* AIL_ERR and err set if the span is not in its chunk. */
AilStatus story_check_span(const AilChunk *chunk, const AilSpan *span, AilError *err);

/* The report: as text with a picture and a table, or as JSON. */
void story_print(const Story *shown, AilOutput *out);

/* The row of an address space, a new one if need be; and that of those without a row. */
StoryRow *story_row_of(AsidStory *s, uint64_t asid);
StoryRow *story_rest_of(AsidStory *s);

/* Add what another row has counted. */
void story_add_row(StoryRow *to, const StoryRow *from);

/* AilAnalysisOps.merge, save and load. */
AilStatus story_merge(void *self, void *other, AilError *err);
AilStatus story_save(void *self, AilState *to, AilError *err);
AilStatus story_load(void *self, AilState *from, AilError *err);

/* The share (0 to 1) that `row` has of column x of n. */
double story_share(const Story *story, const StoryRow *row, unsigned x, unsigned n);

/* "0x1ffa000", "81 cat" or "the rest", safe to print. buf has STORY_LABEL bytes; returns it. */
enum { STORY_LABEL = 48 };
const char *story_label(const StoryRow *row, char *buf, size_t size);

/* 12345678901 -> "12.3 G". buf has at least 16 bytes; returns it. */
const char *story_amount(uint64_t n, char *buf, size_t size);

void story_draw_text(const Story *story, AilOutput *out);
char *story_draw_svg(const Story *story); /* free with g_free */

#endif
