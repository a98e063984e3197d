/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 32-bit Arm, also of programs under an AArch64 kernel: what both states share. */
#ifndef AIL_ANALYZERS_LIFT_ARM_H
#define AIL_ANALYZERS_LIFT_ARM_H

#include "analyzers/lift/build.h"

/* What of parallel sums was greater or equal, for sel: a register that capstone has not. */
enum { AIL_ARM_GE = ARM_REG_ENDING };

/* Where register ARM_REG_* lies: r0 .. r12, sp and lr of 4 bytes, or of 8 whose upper half is 0;
 * cpsr for its flags n, z, c, v, one after the other. */
typedef AilVar AilArmReg(AilMode mode, bool user, unsigned reg);

/* As AilLifter's, of A32 and T32. */
cs_err ail_arm_open(AilMode mode, csh *handle);
bool ail_arm_lift(AilBuild *b, AilArmReg *reg);

#endif
