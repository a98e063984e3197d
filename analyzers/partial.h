/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with what one shard of a pass has seen. It is one zstd frame with a checksum, whose
 * content is an AilState: the text "ailurus partial result", format, shard, number of shards, what
 * tells the trace (recording, columns, chunks, instructions), then for each analysis its name with
 * its options, and its state. Such files may come from strangers: all of it is checked.
 */
#ifndef AIL_ANALYZERS_PARTIAL_H
#define AIL_ANALYZERS_PARTIAL_H

#include "analyzers/pass_private.h"
#include "analyzers/state.h"

/* Write it under a temporary name beside `path`, then rename. */
AilStatus ail_partial_write(const AilPass *pass, const AilTraceReader *reader, unsigned shard,
                            unsigned n, const char *path, AilError *err);

/*
 * Read it, and add it to the pass's instances. It must be of the same trace and the same analyses
 * with the same options. *seen: a flag for each shard so far, made by the first call for the number
 * of shards that its file says, which is then *n; owned by the caller.
 */
AilStatus ail_partial_merge(AilPass *pass, const AilTraceReader *reader, const char *path,
                            bool **seen, unsigned *n, AilError *err);

#endif
