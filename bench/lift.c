/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How well the instructions of a trace are lifted: shares of what was executed, by quality, and
 * those whose operations load or store other bytes than QEMU did. The trace needs the columns flow
 * and addr.
 *
 *   bench-lift TRACE [INSTRUCTIONS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lift_accesses.h"

static const char *const names[] = {"exact", "rough", "conservative", "unknown"};
enum { QUALITIES = AIL_LIFT_UNKNOWN + 1 };

static void print_shares(const AilLiftRow *sum)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < QUALITIES; i++)
        all += sum->executed[i];
    printf("%" PRIu64 " instructions\n", all);
    for (unsigned i = 0; i < QUALITIES; i++)
        printf("%-14s %12" PRIu64 "  %9.6f %%\n", names[i], sum->executed[i],
               all ? 100.0 * (double)sum->executed[i] / (double)all : 0);
    printf("%-14s %12" PRIu64 "  %9.6f %%\n", "differ", sum->differ,
           all ? 100.0 * (double)sum->differ / (double)all : 0);
}

static void print_rows(const AilLiftAccesses *a)
{
    const AilLiftRow *row;
    for (unsigned i = 0; (row = ail_lift_accesses_row(a, i)); i++) {
        for (unsigned q = AIL_LIFT_ROUGH; q < QUALITIES; q++)
            if (row->executed[q])
                printf("%-14s %12" PRIu64 "  %s %s\n", names[q], row->executed[q], row->mnemonic,
                       q == AIL_LIFT_UNKNOWN ? row->example : "");
        if (row->differ)
            printf("%-14s %12" PRIu64 "  %s\n", "differ", row->differ, row->example);
    }
}

int main(int argc, char **argv)
{
    AilError err = {0};
    if (argc < 2) {
        fprintf(stderr, "Usage: bench-lift TRACE [INSTRUCTIONS]\n");
        return 2;
    }
    uint64_t to = argc > 2 ? strtoull(argv[2], NULL, 0) : UINT64_MAX;
    AilLiftAccesses *a = ail_lift_accesses_new(argv[1], to, &err);
    if (!a) {
        fprintf(stderr, "bench-lift: %s\n", err.text);
        return 1;
    }
    print_shares(ail_lift_accesses_sum(a));
    print_rows(a);
    ail_lift_accesses_free(a);
    return 0;
}
