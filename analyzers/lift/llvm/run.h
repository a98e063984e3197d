/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AIL_ANALYZERS_LIFT_LLVM_RUN_H
#define AIL_ANALYZERS_LIFT_LLVM_RUN_H

#include "analyzers/lift/llvm.h"

/* See AilLlvm. */
AilRun *ail_run_new(AilArch arch, const AilRunMemory *memory, AilError *err);
void ail_run_free(AilRun *run);
AilRunInsn *ail_run_compile(AilRun *run, const AilLifted *insn, AilError *err);

#endif
