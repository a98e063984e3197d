/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbol tables as kernels of all ages have them, of symbols that are made up: symbol i is called
 * "sym_I", and every 100th "sym_I.isra.0". */
#ifndef AIL_TESTS_KALLSYMS_BUILDER_H
#define AIL_TESTS_KALLSYMS_BUILDER_H

#include "formats/bytes.h"
#include "formats/kernel_image.h"

typedef enum { PLAN_ABSOLUTE, PLAN_RELATIVE, PLAN_PERCPU, PLAN_OWN_PLACE } PlanWay;

typedef struct KallsymsPlan {
    unsigned pointer_size;
    bool big_endian;
    unsigned align;       /* of each part */
    unsigned marker_size; /* 4, or pointer_size before 4.20 */
    unsigned count;
    unsigned long_name; /* symbol 5's name has so many bytes; 0: it is like the others */
    PlanWay way;
    bool seqs_before; /* seqs_of_names between the markers and token_table (6.2) */
    bool behind;      /* addresses behind token_index (6.4) */
} KallsymsPlan;

enum { PLAN_ROOM = 1 << 16, PLAN_PERCPU_COUNT = 20 };

/* The image's bytes, for `vaddr` on: PLAN_ROOM bytes of nothing, in which symbols are, then the
 * tables. */
void kallsyms_build_image(const KallsymsPlan *plan, uint64_t vaddr, AilBuf *out);

/* Where symbol i is, and its name into a buffer of 600 bytes. */
uint64_t kallsyms_plan_address(const KallsymsPlan *plan, uint64_t vaddr, unsigned i);
void kallsyms_plan_name(const KallsymsPlan *plan, unsigned i, char *name);

#endif
