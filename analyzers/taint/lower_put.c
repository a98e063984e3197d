/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that operations are put together from. */
#include "analyzers/taint/lower_private.h"

void lower_put(AilTaintLower *l, AilTaintStepCode code, unsigned dst, unsigned a, unsigned b,
               unsigned n, unsigned lane)
{
    if (!n)
        return;
    AilTaintStep step = {.code = (uint8_t)code,
                         .lane = (uint8_t)lane,
                         .n = (uint16_t)n,
                         .dst = (uint16_t)dst,
                         .a = (uint16_t)a,
                         .b = (uint16_t)b};
    g_array_append_val(l->steps, step);
}

bool lower_in_state(const AilVar *v)
{
    return v->kind == AIL_VAR_STATE;
}

bool lower_overlap(const AilVar *v, const AilVar *dst)
{
    return lower_in_state(v) && v->at < dst->at + dst->size && dst->at < v->at + v->size;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void lower_put_move(AilTaintLower *l, unsigned to, const AilVar *a, unsigned n)
{
    unsigned have = lower_in_state(a) ? smaller(a->size, n) : 0;
    if (to != a->at || !have)
        lower_put(l, AIL_STEP_MOVE, to, a->at, 0, have, 0);
    lower_put(l, AIL_STEP_CLEAR, to + have, 0, 0, n - have, 0);
}

void lower_put_union(AilTaintLower *l, unsigned to, const AilVar *a, const AilVar *b, unsigned n)
{
    if (lower_in_state(a) && lower_in_state(b) && a->size >= n && b->size >= n)
        lower_put(l, AIL_STEP_UNION, to, a->at, b->at, n, 0);
    else
        lower_put_move(l, to, lower_in_state(a) ? a : b, n);
}

void lower_put_gather(AilTaintLower *l, unsigned to, const AilVar *v)
{
    if (lower_in_state(v))
        lower_put(l, AIL_STEP_GATHER, to, v->at, 0, v->size, 0);
}

void lower_put_all_of(AilTaintLower *l, unsigned to, unsigned n, const AilVar *v)
{
    if (!lower_in_state(v))
        return;
    unsigned from = v->at;
    if (v->size > 1) {
        from = LOWER_SUMMED;
        lower_put(l, AIL_STEP_CLEAR, LOWER_SUMMED, 0, 0, 1, 0);
        lower_put_gather(l, LOWER_SUMMED, v);
    }
    lower_put(l, AIL_STEP_SPLAT, to, from, 0, n, 0);
}
