/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files that go back over an instruction. */
#ifndef AIL_ANALYZERS_TAINT_BACK_PRIVATE_H
#define AIL_ANALYZERS_TAINT_BACK_PRIVATE_H

#include "analyzers/taint/back.h"

/* What is wanted: in `taint` each cell is the set of steps that want its byte. Go back over
 * instruction i of a program; node: its number if it becomes a step. Returns how many cells of the
 * state and bytes of memory have come to be wanted by it; users: the set that wanted what it wrote,
 * 0: it wrote nothing that was wanted, and nothing is changed. */
unsigned back_run_insn(AilTaint *wanted, const AilTaintProgram *p, unsigned i,
                       const AilTaintAccess *access, unsigned n_access, uint32_t node,
                       uint32_t *users);

/* An instruction that is undone. */
typedef struct BackInsn {
    AilTaint *t; /* what is wanted, as above */
    const AilTaintProgram *p;
    const AilTaintInsn *insn;
    const AilTaintAccess *access;
    unsigned n_access;
    AilCell node;
    unsigned found; /* cells and bytes that are wanted by it */
} BackInsn;

/* Whatever wanted what the instruction writes now wants the instruction. Returns who did. */
AilCell back_claim_state(BackInsn *in);
AilCell back_claim_memory(BackInsn *in);
/* After its steps are undone: what it wrote and is still wanted, it had changed in place, so that
 * it is found, too. */
void back_find_changed(BackInsn *in);

#endif
