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

/* A set of cells of the state, without temporaries. */
typedef struct TaintCells {
    uint64_t word[AIL_STATE_TEMP / 64];
} TaintCells;

static inline bool taint_has_cell(const TaintCells *cells, unsigned at)
{
    return cells->word[at / 64] >> at % 64 & 1;
}

/* What the instruction's steps read before they have written it. */
void taint_cells_read(const AilTaintProgram *p, const AilTaintInsn *insn, TaintCells *read);

#endif
