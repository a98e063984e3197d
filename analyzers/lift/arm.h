/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 32-bit Arm, also of programs under an AArch64 kernel: what both states share. */
#ifndef AIL_ANALYZERS_LIFT_ARM_H
#define AIL_ANALYZERS_LIFT_ARM_H

#include "analyzers/lift/build.h"

/* As AilLifter's: of A32 and T32, conservatively. reg: where registers lie, ARM_REG_*. */
cs_err ail_arm_open(AilMode mode, csh *handle);
bool ail_arm_lift(AilBuild *b, AilVar (*reg)(AilMode mode, bool user, unsigned reg));

#endif
