/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations of lifted instructions, done on numbers: what lift.h says of each, simple and slow. */
#ifndef AIL_TESTS_LIFT_EVALUATE_H
#define AIL_TESTS_LIFT_EVALUATE_H

#include <glib.h>

#include "tests/lift/machine.h"

/* The state, while operations are done. */
typedef struct Evaluation {
    uint8_t byte[AIL_STATE_SIZE];
    bool unknown[AIL_STATE_SIZE]; /* it comes from an operation that says no value: LANES .. */
    uint8_t window[WINDOW_SIZE];
    bool window_unknown[WINDOW_SIZE];
    const uint8_t *code; /* the code page */
    uint64_t pc, next;   /* where the instruction is, where control goes */
    bool next_unknown;
    /* Addresses of the bytes that were loaded and stored, one after the other. */
    GArray *loads, *stores; /* of uint64_t; owned */
    bool outside;           /* some of them are not in the window */
    bool anywhere;          /* accesses that no operation gives addresses of: LOADS .. */
    uint64_t iterations;
} Evaluation;

void evaluation_init(Evaluation *e);
void evaluation_clear(Evaluation *e);

/* Do an instruction's operations, so many times, on e->byte and window, in which nothing is
 * unknown. false: they make no sense, and why is in why. */
bool evaluate(Evaluation *e, const AilLifted *insn, uint64_t iterations, char *why,
              size_t why_size);

#endif
