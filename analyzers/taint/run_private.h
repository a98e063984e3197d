/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the interpreter. */
#ifndef AIL_ANALYZERS_TAINT_RUN_PRIVATE_H
#define AIL_ANALYZERS_TAINT_RUN_PRIVATE_H

#include "analyzers/taint/run.h"

static inline AilCell taint_with_value(AilCell cell, uint8_t value)
{
    return (cell & AIL_CELL_TAINT) | AIL_CELL_HAS_VALUE | (uint64_t)value << AIL_CELL_VALUE_SHIFT;
}

/* Physical address of byte i of an access, or AIL_TAINT_NOWHERE. */
uint64_t taint_phys_of(const AilTaintAccess *access, unsigned i);
AilCell taint_load_byte(AilTaint *t, const AilTaintAccess *access, unsigned i);
void taint_store_byte(AilTaint *t, const AilTaintAccess *access, unsigned i, AilCell cell);
/* Union of all that is loaded; and all that is stored becomes cell. */
AilCell taint_load_all(AilTaint *t, const AilTaintAccess *access, unsigned n_access);
void taint_store_all(AilTaint *t, const AilTaintAccess *access, unsigned n_access, AilCell cell);
/* How often the steps of an instruction are to be run for these accesses of it; -1: they are not
 * what its steps expect. no_load, no_store: it is predicated, and there was none. */
int taint_iterations(const AilTaintInsn *insn, const AilTaintAccess *access, unsigned n_access,
                     bool *no_load, bool *no_store);
/* The address that an area's offsets count from; the state's byte at an offset, -1: none. */
uint64_t taint_area_base(const AilArea *area, const AilTaintAccess *access, unsigned n_access);
int taint_area_state(const AilArea *area, uint64_t offset);
/* AIL_STEP_AREA_STORE (write), _LOAD. Union of what was moved. */
AilCell taint_area(AilTaint *t, const AilArea *area, const AilTaintAccess *access,
                   unsigned n_access, bool write);

/* Union of n cells. */
AilCell taint_gather(AilTaint *t, const AilCell *from, unsigned n);
/* One computation further from its source. */
AilCell taint_deeper(AilCell cell);

/* An instruction that is run. */
typedef struct TaintInsn {
    const AilTaintProgram *p;
    const AilTaintInsn *insn;
    unsigned index;
    const AilTaintAccess *access; /* its accesses */
    unsigned n_access;
    unsigned load_from, store_from; /* where the iteration at hand begins in the streams */
    bool no_load, no_store;         /* predicated, and there was none */
    AilCell seen;                   /* union of what it has read */
} TaintInsn;

/* One iteration. What it reads is added to `seen` when somebody watches instructions. */
void taint_run_steps(AilTaint *t, TaintInsn *in);
/* All of it, by the conservative rule. */
void taint_run_roughly(AilTaint *t, TaintInsn *in);

#endif
