/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which steps nobody reads: those of flags and of parts of addresses are most of all. */
#include "analyzers/taint/lower_private.h"
#include "analyzers/taint/steps.h"

static void set_range(LiveSet *live, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n; i++)
        live->word[i / 64] |= UINT64_C(1) << i % 64;
}

static void clear_range(LiveSet *live, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n; i++)
        live->word[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static bool any_in(const LiveSet *live, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n; i++)
        if (live->word[i / 64] >> i % 64 & 1)
            return true;
    return false;
}

/* Whether the step does nothing but to dst. */
static bool only_writes(const AilTaintStep *s)
{
    return s->code < AIL_STEP_STORE || s->code == AIL_STEP_LOADS;
}

static bool is_wanted(const AilTaintStep *s, const LiveSet *live)
{
    AilTaintCells written = ail_step_writes(s);
    return any_in(live, written.at, written.n);
}

/* Cells of lanes of which one is live are all read. */
static void widen_lanes(const AilTaintStep *s, LiveSet *live)
{
    unsigned lane = s->lane ? s->lane : s->n;
    for (unsigned i = 0; i < s->n; i += lane)
        if (any_in(live, s->dst + i, lane))
            set_range(live, s->dst + i, lane);
}

/* The copy of live parts: source i is read when dst i is. */
static void move_live(const AilTaintStep *s, LiveSet *live)
{
    LiveSet before = *live;
    clear_range(live, s->dst, s->n);
    for (unsigned i = 0; i < s->n; i++) {
        if (!any_in(&before, s->dst + i, 1))
            continue;
        set_range(live, s->a + i, 1);
        if (s->code == AIL_STEP_UNION)
            set_range(live, s->b + i, 1);
    }
}

/* What the step reads is added to `live`, after what it overwrites was taken from it. */
static void live_before(const AilTaintStep *s, LiveSet *live)
{
    switch (s->code) {
    case AIL_STEP_CLEAR:
    case AIL_STEP_LOAD:
        clear_range(live, s->dst, s->n);
        break;
    case AIL_STEP_MOVE:
    case AIL_STEP_UNION:
        move_live(s, live);
        break;
    case AIL_STEP_SMEAR:
    case AIL_STEP_RISE:
    case AIL_STEP_FALL:
        widen_lanes(s, live);
        break;
    case AIL_STEP_GATHER:
        if (any_in(live, s->dst, 1))
            set_range(live, s->a, s->n);
        break;
    case AIL_STEP_SPLAT:
        if (any_in(live, s->dst, s->n))
            set_range(live, s->a, 1);
        break;
    case AIL_STEP_STORE:
    case AIL_STEP_BRANCH:
        set_range(live, s->a, s->n);
        break;
    case AIL_STEP_STORES:
        set_range(live, s->a, 1);
        break;
    case AIL_STEP_AREA_STORE: /* any part of the state */
        set_range(live, 0, AIL_STATE_TEMP);
        break;
    default:
        break;
    }
}

void lower_drop_dead(GArray *steps, unsigned from, LiveSet *after)
{
    for (unsigned i = steps->len; i-- > from;) {
        AilTaintStep *s = &g_array_index(steps, AilTaintStep, i);
        if (only_writes(s) && !is_wanted(s, after))
            *s = (AilTaintStep){.code = AIL_STEP_CLEAR};
        else
            live_before(s, after);
    }
}
