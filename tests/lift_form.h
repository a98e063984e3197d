/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether operations are well-formed, as analyzers/lift/lift.h wants them. */
#ifndef AIL_TESTS_LIFT_FORM_H
#define AIL_TESTS_LIFT_FORM_H

#include "analyzers/lift/lift.h"

/* What is wrong with the instruction's operations; NULL: nothing. *which: the operation. */
const char *ail_lift_form(AilArch arch, const AilLifted *lifted, unsigned *which);

#endif
