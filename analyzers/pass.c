/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/pass_private.h"

#include <string.h>

#include "analyzers/module.h"

static void member_free(gpointer p)
{
    AilMember *m = p;
    if (m->self)
        m->ops.destroy(m->self);
    ail_options_free(m->options);
    g_free(m);
}

AilPass *ail_pass_new(void)
{
    AilPass *pass = g_new0(AilPass, 1);
    pass->members = g_ptr_array_new_with_free_func(member_free);
    pass->by_stage = g_ptr_array_new();
    pass->bus = ail_bus_new();
    pass->threads = 1;
    return pass;
}

void ail_pass_free(AilPass *pass)
{
    if (!pass)
        return;
    g_ptr_array_free(pass->by_stage, TRUE);
    g_ptr_array_free(pass->members, TRUE);
    ail_bus_free(pass->bus);
    g_free(pass);
}

const char *ail_pass_error(const AilPass *pass)
{
    return pass->error.text;
}

const char *ail_pass_warning(const AilPass *pass)
{
    return pass->warning.text;
}

void ail_pass_set_threads(AilPass *pass, unsigned n)
{
    pass->threads = CLAMP(n, 1, AIL_MAX_THREADS);
}

void ail_pass_set_symbolizer(AilPass *pass, AilSymbolizer *symbolizer)
{
    pass->symbolizer = symbolizer;
}

void ail_pass_follow(AilPass *pass, const AilChunk *chunk)
{
    for (uint32_t i = 0; i < chunk->n_events && pass->symbolizer; i++)
        ail_symbolizer_take(pass->symbolizer, &chunk->events[i]);
}

AilStatus ail_member_blame(const AilMember *m, AilError *err)
{
    AilError plain = *err;
    bool named = !strncmp(plain.text, m->ops.name, strlen(m->ops.name));
    return ail_error_copy(err, &plain, named ? NULL : m->ops.name);
}

AilStatus ail_pass_add(AilPass *pass, const AilAnalysisOps *ops, AilOptions *options)
{
    AilMember *m = g_new0(AilMember, 1);
    m->options = options;
    AilStatus status = ail_ops_check(&m->ops, ops, &pass->error);
    if (status == AIL_OK && !m->options)
        m->options = ail_options_new(m->ops.name, m->ops.options);
    if (status == AIL_OK && m->ops.check) {
        pass->error.text[0] = 0;
        status = m->ops.check(m->options, &pass->error);
        if (status != AIL_OK)
            status = ail_member_blame(m, &pass->error);
    }
    if (status != AIL_OK) {
        member_free(m);
        return AIL_ERR;
    }
    g_ptr_array_add(pass->members, m);
    guint at = pass->by_stage->len;
    while (at > 0 && ail_pass_member(pass, at - 1)->ops.stage > m->ops.stage)
        at--;
    g_ptr_array_insert(pass->by_stage, (gint)at, m);
    return AIL_OK;
}

uint32_t ail_pass_needs(const AilPass *pass)
{
    uint32_t columns = 0;
    for (guint i = 0; i < pass->members->len; i++)
        columns |= ail_pass_member(pass, i)->ops.needs;
    return columns;
}

uint32_t ail_pass_wants(const AilPass *pass)
{
    uint32_t columns = 0;
    for (guint i = 0; i < pass->members->len; i++)
        columns |= ail_pass_member(pass, i)->ops.wants;
    if (pass->symbolizer)
        columns |= AIL_COL_EVENT;
    return columns & ~ail_pass_needs(pass);
}

AilStatus ail_pass_begin(AilPass *pass, const AilTraceInfo *info, uint32_t columns, AilOutput *out)
{
    const AilSymbols *symbols = pass->symbolizer ? ail_symbolizer_symbols(pass->symbolizer) : NULL;
    pass->env = (AilAnalysisEnv){info, columns, pass->bus, out, symbols};
    pass->quiet = (AilAnalysisEnv){info, columns, NULL, NULL, symbols};
    for (guint i = 0; i < pass->members->len; i++) {
        AilMember *m = pass->members->pdata[i];
        m->self = ail_member_create(pass, m, &pass->error);
        if (!m->self)
            return AIL_ERR;
    }
    return AIL_OK;
}

void *ail_member_create(const AilPass *pass, const AilMember *m, AilError *err)
{
    err->text[0] = 0;
    const AilAnalysisEnv *env = m->ops.order == AIL_MERGEABLE ? &pass->quiet : &pass->env;
    void *self = m->ops.create(env, m->options, err);
    if (!self)
        ail_member_blame(m, err);
    return self;
}

AilStatus ail_member_take(AilMember *m, const AilChunk *chunk, void *prepared, AilError *err)
{
    err->text[0] = 0;
    AilStatus status = m->ops.prepare ? m->ops.take(m->self, chunk, prepared, err)
                                      : m->ops.chunk(m->self, chunk, err);
    if (status == AIL_ERR)
        return ail_member_blame(m, err);
    /* Another instance of a mergeable analysis might not have seen enough: it gets every chunk. */
    m->done = status == AIL_END && m->ops.order == AIL_SEQUENTIAL;
    return AIL_OK;
}

AilStatus ail_member_follow(AilMember *m, const AilChunk *chunk, AilError *err)
{
    err->text[0] = 0;
    if (!m->ops.follow || m->ops.order != AIL_MERGEABLE ||
        m->ops.follow(m->self, chunk, err) != AIL_ERR)
        return AIL_OK;
    return ail_member_blame(m, err);
}

AilStatus ail_pass_chunk(AilPass *pass, const AilChunk *chunk)
{
    bool wanted = false;
    ail_pass_follow(pass, chunk);
    for (guint i = 0; i < pass->by_stage->len; i++) {
        AilMember *m = ail_pass_member(pass, i);
        if (m->done)
            continue;
        void *prepared = m->ops.prepare ? m->ops.prepare(m->self, chunk) : NULL;
        if (ail_member_take(m, chunk, prepared, &pass->error) != AIL_OK ||
            ail_member_follow(m, chunk, &pass->error) != AIL_OK)
            return AIL_ERR;
        wanted |= !m->done;
    }
    return wanted ? AIL_OK : AIL_END;
}

AilStatus ail_pass_finish(AilPass *pass)
{
    for (guint i = 0; i < pass->members->len; i++) {
        const AilMember *m = pass->members->pdata[i];
        pass->error.text[0] = 0;
        if (pass->members->len > 1 && ail_output_wants_text(pass->env.out))
            ail_output_styled(pass->env.out, AIL_STYLE_HEADING, "%s%s:\n", i ? "\n" : "",
                              m->ops.name);
        if (m->ops.finish(m->self, pass->env.out, &pass->error) != AIL_OK)
            return ail_member_blame(m, &pass->error);
    }
    return ail_output_check(pass->env.out, &pass->error);
}
