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
/* AIL_STEP_AREA_STORE (write), _LOAD. Union of what was moved. */
AilCell taint_area(AilTaint *t, const AilArea *area, const AilTaintAccess *access,
                   unsigned n_access, bool write);

#endif
