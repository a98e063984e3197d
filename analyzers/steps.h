/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The moments of a chunk at which a call stack may change, in order: what can be said of them
 * without knowing any stack. Found in parallel, chunk by chunk; stacks.h then follows them.
 */
#ifndef AIL_ANALYZERS_STEPS_H
#define AIL_ANALYZERS_STEPS_H

#include "analyzers/classes.h"

typedef enum {
    /* the values of AilTerminator, for the last instruction of the execution before */
    AIL_STEP_LINK_STORE = AIL_TERM_RESUME + 1, /* it saved x30 at `slot` */
    AIL_STEP_LINK_LOAD,                        /* it loaded x30 from there */
} AilStepKind;

enum {
    AIL_STEP_USER = AIL_CLASS_USER, /* of the block that runs next, as its AIL_CLASS_* */
    AIL_STEP_MARK = AIL_CLASS_MARK,
    AIL_STEP_LINKED = AIL_CLASS_LINKED,
    AIL_STEP_NEXT = 16,   /* there is a block that runs next */
    AIL_STEP_EVENTS = 32, /* events may come between */
};

/* Between two executions. */
typedef struct AilStep {
    uint64_t fall;     /* address after the last instruction of the execution before, */
    uint64_t slot;     /* where that kept, or had kept, its return address; 0: not known */
    uint64_t target;   /* address of the next execution, with AIL_STEP_NEXT */
    uint32_t insns;    /* instructions since the step before, or since the chunk's start */
    uint16_t blocks;   /* executions since then */
    uint8_t kind_size; /* AilTerminator or AilStepKind, and, << 4, the size of that instruction */
    uint8_t flags;     /* AIL_STEP_* */
} AilStep;

static inline unsigned ail_step_kind(const AilStep *step)
{
    return step->kind_size & 15;
}

/* Zero it before the first use; it can be filled again and again. */
typedef struct AilSteps {
    AilStep *steps; /* owned */
    size_t n, cap;
} AilSteps;

/* The steps of a chunk; the last one is at its end. pages: for this chunk. slots: chunks have the
 * addr column. */
void ail_steps_find(AilSteps *steps, const AilClassPages *pages, const AilChunk *chunk, bool slots);
void ail_steps_clear(AilSteps *steps);

#endif
