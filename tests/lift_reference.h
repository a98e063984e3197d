/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What operations compute (analyzers/lift/lift.h), in plain C, one lane after the other: to hold
 * compiled ones against. */
#ifndef AIL_TESTS_LIFT_REFERENCE_H
#define AIL_TESTS_LIFT_REFERENCE_H

#include "analyzers/lift/lift.h"

/* Do it on a state; for operations that compute, in lanes of up to 8 bytes. False: not one that
 * this knows. */
bool lift_reference(const AilOp *op, uint8_t *state);

#endif
