/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trace holds, in the canonical form of tests/reference/README.md: as the library reads it.
 * tests/reference/decode.py prints the same without the library.
 */
#ifndef AIL_TESTS_REFERENCE_CANONICAL_H
#define AIL_TESTS_REFERENCE_CANONICAL_H

#include <glib.h>
#include <stdint.h>

#include "formats/error.h"

/*
 * Append the canonical form of the trace in file `path` to `out`.
 * skip, chunks: without the first chunks, and no more than so many. On AIL_ERR the message is
 * appended as well.
 */
AilStatus ail_canonical(const char *path, uint64_t skip, uint64_t chunks, GString *out);

#endif
