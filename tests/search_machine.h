/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks from which executions are put together whose accesses stringsearch looks at. */
#ifndef AIL_TESTS_SEARCH_MACHINE_H
#define AIL_TESTS_SEARCH_MACHINE_H

#include "tests/chunk_builder.h"

#define SEARCH_COLUMNS (AIL_COL_ALL & ~AIL_COL_SYNC)

/* One nop (for any access) at 0x100 and at 0x200, eight at 0x300, a call at 0x400, a return at
 * 0x500; all at user level, in address space 0x1000. */
typedef struct SearchMachine {
    ChunkBuilder *b; /* to be freed by the test */
    uint32_t one, other, eight, call, ret;
} SearchMachine;

SearchMachine search_machine(void);

#endif
