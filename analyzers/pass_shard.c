/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pass shared out to several machines: each does its part of the chunks and writes down what it
 * has seen; one puts it together. */
#include "analyzers/partial.h"

static AilStatus check_shardable(const AilPass *pass, AilError *err)
{
    for (guint i = 0; i < pass->members->len; i++) {
        const AilMember *m = pass->members->pdata[i];
        if (!m->ops.save || !m->ops.load)
            return ail_error_set(err, "%s cannot be shared out: %s; run it without shards",
                                 m->ops.name,
                                 m->ops.order == AIL_SEQUENTIAL ? "it needs the chunks in order"
                                                                : "it cannot save what it saw");
    }
    return AIL_OK;
}

AilStatus ail_pass_run_shard(AilPass *pass, const char *path, unsigned shard, unsigned n,
                             const char *result, AilPassProgress progress, void *user)
{
    AilStatus status = check_shardable(pass, &pass->error);
    if (status != AIL_OK)
        return status;
    AilTraceReader *reader = ail_trace_reader_new();
    pass->symbolizer = NULL; /* names are for who merges, and so is what needs order */
    pass->shared_out = true;
    status = ail_pass_open(pass, reader, path, NULL);
    if (status == AIL_OK && ail_trace_reader_part(reader, shard - 1, n) != AIL_OK)
        status = ail_error_set(&pass->error, "%s", ail_trace_reader_error(reader));
    if (status == AIL_OK)
        status = ail_pass_read(pass, reader, progress, user);
    if (status == AIL_OK)
        status = ail_partial_write(pass, reader, shard, n, result, &pass->error);
    ail_trace_reader_free(reader);
    return status;
}

static AilStatus check_all_seen(const bool *seen, unsigned n, AilError *err)
{
    for (unsigned i = 1; i <= n; i++)
        if (!seen[i])
            return ail_error_set(err, "shard %u of %u is missing", i, n);
    return AIL_OK;
}

static AilStatus merge_files(AilPass *pass, const AilTraceReader *reader,
                             const char *const *results)
{
    bool *seen = NULL;
    unsigned n = 0;
    AilStatus status = AIL_OK;
    for (; *results && status == AIL_OK; results++)
        status = ail_partial_merge(pass, reader, *results, &seen, &n, &pass->error);
    if (status == AIL_OK)
        status = check_all_seen(seen, n, &pass->error);
    g_free(seen);
    return status;
}

/* What has to be done in order could not be done by shards. */
static AilStatus follow_all(AilPass *pass, const AilChunk *chunk)
{
    AilStatus status = AIL_OK;
    ail_pass_follow(pass, chunk);
    for (guint i = 0; i < pass->by_stage->len && status == AIL_OK; i++)
        status = ail_member_follow(ail_pass_member(pass, i), chunk, &pass->error);
    return status;
}

static bool anybody_follows(const AilPass *pass)
{
    bool any = pass->symbolizer != NULL;
    for (guint i = 0; i < pass->by_stage->len; i++)
        any |= ail_pass_member(pass, i)->ops.follow != NULL;
    return any;
}

static AilStatus follow_events(AilPass *pass, const char *path)
{
    AilTraceReader *reader = ail_trace_reader_new();
    const AilChunk *chunk;
    AilStatus status = ail_trace_reader_open(reader, path, 0, AIL_COL_EVENT);
    while (status == AIL_OK && (status = ail_trace_reader_next(reader, &chunk)) == AIL_OK) {
        if (follow_all(pass, chunk) != AIL_OK)
            break;
    }
    bool failed = status == AIL_ERR, refused = status == AIL_OK; /* by an analysis */
    if (failed)
        ail_error_set(&pass->error, "%s", ail_trace_reader_error(reader));
    ail_trace_reader_free(reader);
    return failed || refused ? AIL_ERR : AIL_OK;
}

AilStatus ail_pass_merge(AilPass *pass, const char *path, const char *const *results,
                         AilOutput *out)
{
    AilStatus status = check_shardable(pass, &pass->error);
    if (status != AIL_OK)
        return status;
    AilTraceReader *reader = ail_trace_reader_new();
    status = ail_pass_open(pass, reader, path, out);
    if (status == AIL_OK)
        status = merge_files(pass, reader, results);
    if (status == AIL_OK && anybody_follows(pass))
        status = follow_events(pass, path);
    if (status == AIL_OK)
        ail_pass_warn_unfinished(pass, reader);
    if (status == AIL_OK)
        status = ail_pass_finish(pass);
    ail_trace_reader_free(reader);
    return status;
}
