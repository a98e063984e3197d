/* SPDX-License-Identifier: GPL-2.0-or-later */
/* canonical FILE [CHUNKS [SKIP]]: the canonical form of a trace, as the library reads it. */
#include "tests/reference/canonical.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4) {
        fputs("Usage: canonical FILE [CHUNKS [SKIP]]\n", stderr);
        return 2;
    }
    uint64_t chunks = argc > 2 ? strtoull(argv[2], NULL, 10) : UINT64_MAX;
    uint64_t skip = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    GString *out = g_string_new(NULL);
    AilStatus status = ail_canonical(argv[1], skip, chunks, out);
    fputs(out->str, status == AIL_OK ? stdout : stderr);
    g_string_free(out, TRUE);
    return status != AIL_OK;
}
