/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files that lower operations to steps. */
#ifndef AIL_ANALYZERS_TAINT_LOWER_PRIVATE_H
#define AIL_ANALYZERS_TAINT_LOWER_PRIVATE_H

#include <glib.h>

#include "analyzers/taint/program.h"

struct AilTaintLower {
    AilLift *lift;
    unsigned flags;
    GArray *steps; /* of AilTaintStep */
    GPtrArray *areas;
    AilTaintInsn *insn; /* the one at hand */
};

/* Put down a step; n = 0: nothing. */
void lower_put(AilTaintLower *l, AilTaintStepCode code, unsigned dst, unsigned a, unsigned b,
               unsigned n, unsigned lane);

/* Steps of one operation, which is of the instruction at hand. */
void lower_op(AilTaintLower *l, const AilOp *op);

/* The same for the operations that move bits by a count (SHL .. FUNNEL); result into cell `to`. */
void lower_shift(AilTaintLower *l, const AilOp *op, unsigned to);

/* A set of cells. */
typedef struct LiveSet {
    uint64_t word[AIL_TAINT_CELLS / 64];
} LiveSet;

/*
 * Leave out the steps from `from` on whose results nobody reads. after: cells that are read behind
 * them; becomes those that are read by them. Steps that are left out become CLEAR of no cells.
 */
void lower_drop_dead(GArray *steps, unsigned from, LiveSet *after);
/* What the step reads is added to `live`, after what it overwrites was taken from it. */
void lower_live_before(const AilTaintStep *step, LiveSet *live);

#endif
