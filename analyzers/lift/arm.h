/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 32-bit Arm, also of programs under an AArch64 kernel: what both states share. */
#ifndef AIL_ANALYZERS_LIFT_ARM_H
#define AIL_ANALYZERS_LIFT_ARM_H

#include "analyzers/lift/build.h"

/* Registers that capstone has not; they may be nowhere, but for the first two. */
enum {
    AIL_ARM_GE = ARM_REG_ENDING, /* what of parallel sums was greater or equal, for sel */
    AIL_ARM_MONITOR,             /* truth: an exclusive load was the last to claim the monitor */
    AIL_ARM_TPIDRURW,            /* thread registers, of p15 */
    AIL_ARM_TPIDRURO,
    AIL_ARM_TPIDRPRW,
    AIL_ARM_COPROCESSOR, /* all other registers of coprocessors */
};

/* Where register ARM_REG_* lies: r0 .. r12, sp and lr of 4 bytes, or of 8 whose upper half is 0;
 * cpsr for its flags n, z, c, v, one after the other. */
typedef AilVar AilArmReg(AilMode mode, bool user, unsigned reg);

/* As AilLifter's, of A32 and T32. */
cs_err ail_arm_open(AilMode mode, csh *handle);
bool ail_arm_lift(AilBuild *b, AilArmReg *reg);

#endif
