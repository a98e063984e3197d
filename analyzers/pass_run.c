/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pass over a trace file or pipe: the only place here that knows the trace reader. */
#include "analyzers/pass_private.h"

void ail_pass_warn_unfinished(AilPass *pass, const AilTraceReader *reader)
{
    if (!ail_trace_reader_complete(reader))
        ail_error_set(&pass->warning,
                      "the trace was not finished (its writer was stopped): the results are of "
                      "what there is");
}

AilStatus ail_pass_read(AilPass *pass, AilTraceReader *reader, AilPassProgress progress, void *user)
{
    AilCrew *crew = ail_crew_new(pass, pass->threads, &pass->error);
    if (!crew)
        return AIL_ERR;
    ail_crew_on_progress(crew, progress, user, ail_trace_reader_total(reader));
    AilChunkJob job = ail_crew_job(crew);
    AilStatus status = ail_parallel_run(reader, pass->threads, &job, &pass->error);
    if (status == AIL_END)
        ail_pass_warn_unfinished(pass, reader);
    if (status != AIL_ERR)
        status = ail_crew_merge(crew, &pass->error);
    ail_crew_free(crew);
    return status;
}

AilStatus ail_pass_open(AilPass *pass, AilTraceReader *reader, const char *path, AilOutput *out)
{
    if (ail_trace_reader_open(reader, path, ail_pass_needs(pass), ail_pass_wants(pass)) != AIL_OK)
        return ail_error_set(&pass->error, "%s", ail_trace_reader_error(reader));
    return ail_pass_begin(pass, ail_trace_reader_info(reader), ail_trace_reader_columns(reader),
                          out);
}

AilStatus ail_pass_run(AilPass *pass, const char *path, AilOutput *out, AilPassProgress progress,
                       void *user)
{
    AilTraceReader *reader = ail_trace_reader_new();
    AilStatus status = ail_pass_open(pass, reader, path, out);
    if (status == AIL_OK)
        status = ail_pass_read(pass, reader, progress, user);
    if (status == AIL_OK)
        status = ail_pass_finish(pass);
    ail_trace_reader_free(reader);
    return status;
}
