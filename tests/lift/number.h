/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on little-endian numbers of up to 64 bytes: see analyzers/lift/lift.h. */
#ifndef AIL_TESTS_LIFT_NUMBER_H
#define AIL_TESTS_LIFT_NUMBER_H

#include "analyzers/lift/lift.h"

/* dst = op(a, b, c); each has AIL_VAR_MAX bytes, beyond its size zeros. false: the operation has no
 * value of its own, or its lanes are too wide for it. */
bool number_compute(const AilOp *op, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                    uint8_t *dst);

#endif
