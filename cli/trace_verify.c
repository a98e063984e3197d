/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_tools.h"

#include "trace/reader.h"

#include <inttypes.h>

static int report(AilTraceReader *r, const char *path, uint64_t chunks, uint64_t end)
{
    if (!ail_trace_reader_complete(r))
        return ail_cli_fail("trace",
                            "%s: incomplete: its writer was stopped; good up to instruction "
                            "%" PRIu64 " (%" PRIu64 " whole chunks)",
                            path, end, chunks);
    printf("%s: OK, %" PRIu64 " chunks, up to instruction %" PRIu64 "\n", path, chunks, end);
    return AIL_EXIT_OK;
}

int ail_trace_verify(const char *path)
{
    AilTraceReader *r = ail_trace_reader_new();
    AilProgress *progress = NULL;
    uint64_t chunks = 0, end = 0;
    /* The columns are known only after the header was read, so all that are there are asked for. */
    AilStatus status = ail_trace_reader_open(r, path, AIL_COL_PRESENT);
    if (status == AIL_OK)
        progress = ail_progress_start("verifying");
    for (const AilChunk *chunk; status == AIL_OK;) {
        status = ail_trace_reader_next(r, &chunk);
        if (status != AIL_OK)
            break;
        chunks++;
        end = chunk->icount + chunk->insns;
        ail_progress_update(progress, end, ail_trace_reader_total(r));
    }
    ail_progress_end(progress);
    int exit_status = status == AIL_ERR ? ail_cli_fail("trace", "%s", ail_trace_reader_error(r))
                                        : report(r, path, chunks, end);
    ail_trace_reader_free(r);
    return exit_status;
}
