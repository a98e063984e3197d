/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lift_shares TRACE [ROWS]: prints what tests/lift_shares.h counts. */
#include <stdlib.h>

#include "tests/lift_shares.h"

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: lift_shares TRACE [ROWS]\n");
        return 2;
    }
    AilLiftShares shares;
    AilError err = {{0}};
    AilStatus status = ail_lift_shares(argv[1], 0, &shares, &err);
    if (status == AIL_OK)
        ail_lift_shares_print(&shares, argc > 2 ? (unsigned)atoi(argv[2]) : 20, stdout);
    else
        fprintf(stderr, "lift_shares: %s\n", err.text);
    ail_lift_shares_clear(&shares);
    return status == AIL_OK ? 0 : 1;
}
