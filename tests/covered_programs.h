/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up programs whose coverage is known. */
#ifndef AIL_TESTS_COVERED_PROGRAMS_H
#define AIL_TESTS_COVERED_PROGRAMS_H

#include "tests/chunk_builder.h"
#include "tests/made_guest.h"

enum { COVERED_COLUMNS = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_EVENT };
enum { KEY_A = 0x10, KEY_B = 0x20, MM_A = 0x110, MM_B = 0x120 };

#define KERNEL 0xffffffff81000000u

/* n nops of one byte, then a jump of two if `jump`. */
uint32_t covered_block(ChunkBuilder *b, uint64_t pc, unsigned n, bool jump, bool user);

/*
 * Two processes: "one" has its program at 400000, where "two" has the library that "one" has at
 * 7f0000; "two" runs code without a file, too. Both run the same function of the kernel.
 */
ChunkBuilder *covered_processes(const char *program, const char *comm);

#endif
