/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two traces side by side. Both are always at the same instruction, or the one that is behind goes
 * on alone: each is a sequence of things (instructions, events, ...), of which those that are next
 * in both are compared. An execution of a block that is the same in both is compared whole; only
 * where that fails, or where blocks begin and end elsewhere, instruction by instruction.
 */
#include "trace/diff_private.h"

#include <glib.h>

typedef struct Next {
    AilDiffNext what[AIL_DIFF_SIDES];
    uint64_t at[AIL_DIFF_SIDES];
} Next;

static AilStatus look_one(AilDiffWalk *w, int i, Next *next, AilError *err)
{
    AilDiffSide *s = &w->side[i];
    bool fresh = s->fresh;
    if (ail_diff_look(s, &next->what[i], &next->at[i]) != AIL_OK)
        return ail_error_set(err, "%s", ail_trace_reader_error(s->reader));
    if (!s->fresh || fresh)
        return AIL_OK;
    w->new_chunk = true;
    if (w->ask->progress && i == 0)
        w->ask->progress(w->ask->user, s->icount - MIN(s->icount, w->from), 0);
    return AIL_OK;
}

/* What a port gave is told behind the instruction that asked, which is before the stretch here. */
static bool is_before(const AilDiffWalk *w, int i, const Next *next)
{
    const AilDiffSide *s = &w->side[i];
    return w->first && next->what[i] == AIL_NEXT_EVENT && next->at[i] == w->from &&
           s->chunk->events[s->event].type == AIL_EVENT_PORT;
}

/* What comes next in side i; behind the stretch nothing does. */
static AilStatus look(AilDiffWalk *w, int i, Next *next, AilError *err)
{
    AilStatus status = look_one(w, i, next, err);
    while (status == AIL_OK && is_before(w, i, next)) {
        ail_diff_take(&w->side[i], AIL_NEXT_EVENT, 0);
        status = look_one(w, i, next, err);
    }
    if (next->at[i] >= w->to)
        next->what[i] = AIL_NEXT_END;
    return status;
}

static void compare_next(AilDiffWalk *w, const Next *next)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    uint32_t n = MIN(ail_diff_left(a), ail_diff_left(b));
    switch (next->what[0]) {
    case AIL_NEXT_RUN:
        ail_diff_runs(w, (uint32_t)MIN(n, w->to - a->icount));
        return;
    case AIL_NEXT_SYNC:
        ail_diff_registers(w);
        break;
    case AIL_NEXT_EVENT:
        ail_diff_events(w);
        break;
    default:
        ail_diff_accesses(w, ail_diff_access_end(a), ail_diff_access_end(b));
    }
    ail_diff_take(a, next->what[0], 0);
    ail_diff_take(b, next->what[1], 0);
}

static const struct {
    uint32_t column;
    AilPlaceKind kind;
} things[] = {[AIL_NEXT_EVENT] = {AIL_COL_EVENT, AIL_PLACE_EVENT},
              [AIL_NEXT_ATTEMPT] = {AIL_COL_ADDR, AIL_PLACE_ACCESS},
              [AIL_NEXT_RUN] = {AIL_COL_FLOW, AIL_PLACE_INSN}};

/* Side i has something that the other one does not have. */
static void take_alone(AilDiffWalk *w, int i, const Next *next)
{
    AilDiffSide *s = &w->side[i];
    AilDiffNext what = next->what[i];
    if (what != AIL_NEXT_SYNC && w->open & things[what].column) {
        AilPlace p[AIL_DIFF_SIDES];
        p[i] = what == AIL_NEXT_ATTEMPT ? ail_diff_access_place(s, s->access)
                                        : ail_diff_place(s, things[what].kind);
        p[!i] = ail_diff_place(&w->side[!i], AIL_PLACE_NOTHING);
        ail_diff_found(w, things[what].column, p[0], p[1]);
    }
    w->over = w->side[!i].ended && what != AIL_NEXT_SYNC;
    uint64_t n = MIN(next->at[!i], w->to) - s->icount;
    ail_diff_take(s, what, what == AIL_NEXT_RUN ? (uint32_t)MIN(n, ail_diff_left(s)) : 0);
}

static AilStatus step(AilDiffWalk *w, AilError *err)
{
    Next next;
    for (int i = 0; i < AIL_DIFF_SIDES; i++)
        if (look(w, i, &next, err) != AIL_OK)
            return AIL_ERR;
    if (next.what[0] == AIL_NEXT_END && next.what[1] == AIL_NEXT_END)
        return AIL_END;
    if (next.what[0] == next.what[1] && next.at[0] == next.at[1])
        compare_next(w, &next);
    else if (next.at[0] < next.at[1] || (next.at[0] == next.at[1] && next.what[0] < next.what[1]))
        take_alone(w, 0, &next);
    else
        take_alone(w, 1, &next);
    return AIL_OK;
}

/* Go to where the stretch begins. What comes before its first instruction may be in the chunk
 * before. */
static AilStatus go_to_start(AilDiffWalk *w, int i, AilError *err)
{
    AilDiffSide *s = &w->side[i];
    Next next;
    if (w->from > s->shift && ail_trace_reader_chunks(s->reader) &&
        ail_trace_reader_seek(s->reader, w->from - s->shift - 1) != AIL_OK)
        return ail_error_set(err, "%s", ail_trace_reader_error(s->reader));
    for (;;) {
        if (look_one(w, i, &next, err) != AIL_OK)
            return AIL_ERR;
        if (next.at[i] >= w->from)
            return AIL_OK;
        uint64_t n = w->from - s->icount;
        ail_diff_take(s, next.what[i], (uint32_t)MIN(n, ail_diff_left(s)));
    }
}

AilStatus ail_diff_walk(AilDiffWalk *w, AilError *err)
{
    AilStatus status = AIL_OK;
    for (int i = 0; i < AIL_DIFF_SIDES && status == AIL_OK; i++)
        status = go_to_start(w, i, err);
    while (status == AIL_OK && w->open && !w->over)
        status = step(w, err);
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}
