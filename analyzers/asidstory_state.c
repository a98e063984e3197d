/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an asidstory has counted, as bytes for another machine. */
#include "analyzers/asidstory_private.h"

static void save_row(const StoryRow *row, AilState *to)
{
    const uint64_t counts[] = {row->rest, row->asid, row->first, row->last, row->insns, row->user};
    unsigned used = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        ail_state_put(to, counts[i]);
    for (unsigned c = 0; c < STORY_CELLS; c++)
        used += row->cells[c] != 0;
    ail_state_put(to, used);
    for (unsigned c = 0; c < STORY_CELLS; c++) {
        if (!row->cells[c])
            continue;
        ail_state_put(to, c);
        ail_state_put(to, row->cells[c]);
    }
}

AilStatus story_save(void *self, AilState *to, AilError *err)
{
    const AsidStory *s = self;
    (void)err;
    const uint64_t story[] = {s->first,      s->story.origin, s->story.end,
                              s->story.cell, s->story.insns,  s->rows->len};
    for (size_t i = 0; i < G_N_ELEMENTS(story); i++)
        ail_state_put(to, story[i]);
    for (guint i = 0; i < s->rows->len; i++)
        save_row(s->rows->pdata[i], to);
    return AIL_OK;
}

static bool load_row(AsidStory *s, AilState *from)
{
    bool rest = ail_state_take(from);
    uint64_t asid = ail_state_take(from);
    if (rest ? s->rest != NULL
             : g_hash_table_contains(s->rows_by_asid, &asid) ||
                   g_hash_table_size(s->rows_by_asid) == STORY_MAX_ROWS)
        return false;
    StoryRow *row = rest ? story_rest_of(s) : story_row_of(s, asid);
    row->first = ail_state_take(from);
    row->last = ail_state_take(from);
    row->insns = ail_state_take(from);
    row->user = ail_state_take(from);
    for (uint64_t used = ail_state_take(from); used && !ail_state_bad(from); used--) {
        uint64_t c = ail_state_take(from);
        if (c > (s->story.end - 1) / s->story.cell - s->story.origin / s->story.cell)
            return false;
        row->cells[c] = ail_state_take(from);
    }
    return !ail_state_bad(from);
}

AilStatus story_load(void *self, AilState *from, AilError *err)
{
    AsidStory *s = self;
    s->first = ail_state_take(from);
    s->story.origin = ail_state_take(from);
    s->story.end = ail_state_take(from);
    s->story.cell = ail_state_take(from);
    s->story.insns = ail_state_take(from);
    uint64_t cell = s->story.cell, n = ail_state_take(from);
    if (s->first == UINT64_MAX && !n)
        return AIL_OK;
    bool good = cell && !(cell & (cell - 1)) && cell <= UINT64_MAX / 2 / STORY_CELLS;
    if (good)
        good = s->first < s->story.end && s->story.end <= UINT64_MAX / 2 &&
               s->story.origin == s->first - s->first % cell &&
               (s->story.end - 1) / cell - s->first / cell < STORY_CELLS;
    for (; good && n; n--)
        good = load_row(s, from);
    return good ? AIL_OK : ail_error_set(err, "asidstory: a state that it did not save");
}
