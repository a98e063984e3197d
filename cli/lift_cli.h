/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ailurus lift` does with the blocks that it found. */
#ifndef AIL_CLI_LIFT_CLI_H
#define AIL_CLI_LIFT_CLI_H

#include "analyzers/lift/llvm.h"
#include "analyzers/output.h"
#include "cli/lift_blocks.h"

/* Print a block: its instructions and their operations. number: of those that have the address. */
void ail_lift_cli_operations(AilOutput *out, AilArch arch, AilLift *lift, const AilLiftBlock *b,
                             unsigned number);
/* Print it as LLVM IR. */
AilStatus ail_lift_cli_ir(AilOutput *out, AilArch arch, const AilLlvm *llvm, const AilLiftBlock *b,
                          unsigned number, AilError *err);

/* Write all blocks as LLVM bitcode into the file `path`, which appears when it is whole. progress
 * may be NULL. *functions: how many were written. */
AilStatus ail_lift_cli_bitcode(const AilLiftBlocks *blocks, AilArch arch, const AilLlvm *llvm,
                               const char *path, void (*progress)(void *user, uint64_t done),
                               void *user, uint64_t *functions, AilError *err);

/* Print how well the executed instructions are modelled. */
void ail_lift_cli_stats(AilOutput *out, const AilLiftBlocks *blocks, AilLift *lift);

/* "exact", "rough", .. */
const char *ail_lift_cli_quality(unsigned quality);

/* Lift its instruction i. */
void ail_lift_cli_insn(AilLift *lift, const AilBlock *block, unsigned i, AilLifted *out);

#endif
