/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pass over a trace file or pipe: the only place here that knows the trace reader. */
#include "analyzers/pass.h"
#include "trace/reader.h"

#include <string.h>

static const AilBlock *reader_block(const void *self, uint32_t id)
{
    return ail_trace_reader_block(self, id);
}

static uint32_t reader_count(const void *self)
{
    return ail_trace_reader_n_blocks(self);
}

static AilStatus reader_failed(AilPass *pass, const AilTraceReader *reader)
{
    return ail_error_set(ail_pass_error_slot(pass), "%s", ail_trace_reader_error(reader));
}

/* The wanted columns that the trace has. A file's header can be read twice, a pipe's cannot. */
static AilStatus look_ahead(AilPass *pass, const char *path, uint32_t *columns)
{
    uint32_t wants = ail_pass_wants(pass);
    if (!wants || !strcmp(path, "-"))
        return AIL_OK;
    AilTraceReader *reader = ail_trace_reader_new();
    AilStatus status = ail_trace_reader_open(reader, path, 0);
    if (status == AIL_OK)
        *columns |= wants & ail_trace_reader_info(reader)->columns;
    else
        reader_failed(pass, reader);
    ail_trace_reader_free(reader);
    return status;
}

static AilStatus read_all(AilPass *pass, AilTraceReader *reader, AilPassProgress progress,
                          void *user)
{
    uint64_t total = ail_trace_reader_total(reader);
    const AilChunk *chunk;
    AilStatus status;
    while ((status = ail_trace_reader_next(reader, &chunk)) == AIL_OK) {
        status = ail_pass_chunk(pass, chunk);
        if (status != AIL_OK)
            return status == AIL_END ? AIL_OK : status;
        if (progress)
            progress(user, chunk->icount + chunk->insns, total);
    }
    if (status == AIL_ERR)
        return reader_failed(pass, reader);
    if (!ail_trace_reader_complete(reader))
        ail_error_set(ail_pass_warning_slot(pass),
                      "the trace was not finished (its writer was stopped): the results are of "
                      "what there is");
    return AIL_OK;
}

AilStatus ail_pass_run(AilPass *pass, const char *path, AilOutput *out, AilPassProgress progress,
                       void *user)
{
    uint32_t columns = ail_pass_needs(pass);
    if (look_ahead(pass, path, &columns) != AIL_OK)
        return AIL_ERR;
    AilTraceReader *reader = ail_trace_reader_new();
    const AilBlocks blocks = {reader, reader_block, reader_count};
    AilStatus status = ail_trace_reader_open(reader, path, columns);
    if (status != AIL_OK)
        status = reader_failed(pass, reader);
    else
        status = ail_pass_begin(pass, ail_trace_reader_info(reader), columns, &blocks, out);
    if (status == AIL_OK)
        status = read_all(pass, reader, progress, user);
    if (status == AIL_OK)
        status = ail_pass_finish(pass);
    ail_trace_reader_free(reader);
    return status;
}
