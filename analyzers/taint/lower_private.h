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

/* lower_entry.c: whether instruction i is one of those, in a kernel's entry, that leave everything
 * as it was when all of them have run. */
bool lower_is_entry(const AilBlock *block, unsigned i);

/* lower_memory.c: the same for operations that have no result. True: op was one of them. */
bool lower_memory(AilTaintLower *l, const AilOp *op);

/* Cells of the lowering's own: where a result is made when dst is still needed; and one, for what
 * was gathered. */
enum {
    LOWER_RESULT = AIL_TAINT_SCRATCH,
    LOWER_SUMMED = LOWER_RESULT + 2 * AIL_VAR_MAX,
};

bool lower_in_state(const AilVar *v);
/* Whether v has cells that dst has, too. */
bool lower_overlap(const AilVar *v, const AilVar *dst);
/* to[0 .. n-1] = a, with zeros behind what a has. */
void lower_put_move(AilTaintLower *l, unsigned to, const AilVar *a, unsigned n);
/* to[i] = a[i] union b[i]; where but one of them is of the state, that one. */
void lower_put_union(AilTaintLower *l, unsigned to, const AilVar *a, const AilVar *b, unsigned n);
/* Cell `to` also depends on all of v. */
void lower_put_gather(AilTaintLower *l, unsigned to, const AilVar *v);
/* to[0 .. n-1] also depends on all of v. */
void lower_put_all_of(AilTaintLower *l, unsigned to, unsigned n, const AilVar *v);

/* Fill in the inputs and masks of a program and of its instructions. */
void lower_reads_and_writes(AilTaintProgram *p);

/* A set of cells. */
typedef struct LiveSet {
    uint64_t word[AIL_TAINT_CELLS / 64];
} LiveSet;

/*
 * Leave out the steps from `from` on whose results nobody reads. after: cells that are read behind
 * them; becomes those that are read by them. Steps that are left out become CLEAR of no cells.
 */
void lower_drop_dead(GArray *steps, unsigned from, LiveSet *after);

#endif
