/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AIL_ANALYZERS_TAINT_LLVM_COMPILE_H
#define AIL_ANALYZERS_TAINT_LLVM_COMPILE_H

#include "analyzers/taint/jit_module.h"

/* See AilLlvm.taint. */
extern const AilTaintCompile ail_taint_compile;

#endif
