/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/steps.h"

static AilTaintCells cells(unsigned at, unsigned n)
{
    return (AilTaintCells){(uint16_t)at, (uint16_t)n};
}

unsigned ail_step_reads(const AilTaintStep *s, AilTaintCells reads[AIL_STEP_READS])
{
    switch (s->code) {
    case AIL_STEP_MOVE:
    case AIL_STEP_STORE:
    case AIL_STEP_BRANCH:
        reads[0] = cells(s->a, s->n);
        return 1;
    case AIL_STEP_UNION:
        reads[0] = cells(s->a, s->n);
        reads[1] = cells(s->b, s->n);
        return 2;
    case AIL_STEP_SMEAR:
    case AIL_STEP_RISE:
    case AIL_STEP_FALL:
    case AIL_STEP_DEEPEN:
        reads[0] = cells(s->dst, s->n);
        return 1;
    case AIL_STEP_GATHER:
        reads[0] = cells(s->a, s->n);
        reads[1] = cells(s->dst, 1);
        return 2;
    case AIL_STEP_SPLAT:
        reads[0] = cells(s->a, 1);
        reads[1] = cells(s->dst, s->n);
        return 2;
    case AIL_STEP_LOADS:
        reads[0] = cells(s->dst, 1);
        return 1;
    case AIL_STEP_STORES:
        reads[0] = cells(s->a, 1);
        return 1;
    default:
        return 0;
    }
}

AilTaintCells ail_step_writes(const AilTaintStep *s)
{
    switch (s->code) {
    case AIL_STEP_STORE:
    case AIL_STEP_STORES:
    case AIL_STEP_AREA_LOAD:
    case AIL_STEP_AREA_STORE:
    case AIL_STEP_BRANCH:
        return cells(0, 0);
    case AIL_STEP_GATHER:
    case AIL_STEP_LOADS:
        return cells(s->dst, 1);
    default:
        return cells(s->dst, s->n);
    }
}

bool ail_step_overwrites(const AilTaintStep *s)
{
    return s->code <= AIL_STEP_UNION || s->code == AIL_STEP_LOAD;
}
