/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of LLVM IR: operations compiled, and run on a state and a memory of a few bytes. */
#ifndef AIL_TESTS_LIFT_RUN_H
#define AIL_TESTS_LIFT_RUN_H

#include "analyzers/lift/llvm.h"

enum { LIFT_RUN_MEMORY = 512 }; /* bytes, from address 0 on */

/* The module; the test fails without it. */
const AilLlvm *lift_run_llvm(void);
/* Free with the module's run_free. What it compiles takes the memory as its second argument. */
AilRun *lift_run_new(void);
/* Operations as those of an instruction of 2 bytes at 0x1000. */
AilLifted lift_run_insn_of(const AilOp *ops, unsigned n);
AilRunInsn *lift_run_compile(AilRun *run, const AilOp *ops, unsigned n);

#endif
