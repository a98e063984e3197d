/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fuzz_kernel reads: a byte that says what the rest is. */
#ifndef AIL_TESTS_FUZZ_KERNEL_SEEDS_H
#define AIL_TESTS_FUZZ_KERNEL_SEEDS_H

#include "formats/bytes.h"

enum {
    KERNEL_MEMORY, /* + 8: big-endian, + 16: 64-bit; behind a page of zeros, KERNEL_VADDR on */
    KERNEL_BTF,
    KERNEL_PROFILE,
    KERNEL_COLUMNS, /* of a saved symbol table, not compressed: 4 bytes of count in front */
    KERNEL_SAVED,   /* a saved symbol table */
    KERNEL_KINDS,
    KERNEL_BIG = 8,
    KERNEL_WIDE = 16,
};

#define KERNEL_VADDR(wide) ((wide) ? 0xffffffff81000000u : 0xc0100000u)

/* Seed number `i` into `out`; false: there are no more. */
bool kernel_seed(unsigned i, AilBuf *out);

#endif
