/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/pass.h"

#include <glib.h>
#include <string.h>

typedef struct Member {
    const AilAnalysisOps *ops;
    AilOptions *options; /* owned */
    void *self;          /* owned, by ops->destroy */
    bool done;           /* wants no more chunks */
} Member;

struct AilPass {
    GPtrArray *members;  /* of Member, as added; owned */
    GPtrArray *by_stage; /* the same, in order of stage */
    AilAnalysisEnv env;
    AilBlocks blocks;
    AilBus *bus; /* owned */
    AilError error, warning;
};

static void member_free(gpointer p)
{
    Member *m = p;
    if (m->self)
        m->ops->destroy(m->self);
    ail_options_free(m->options);
    g_free(m);
}

AilPass *ail_pass_new(void)
{
    AilPass *pass = g_new0(AilPass, 1);
    pass->members = g_ptr_array_new_with_free_func(member_free);
    pass->by_stage = g_ptr_array_new();
    pass->bus = ail_bus_new();
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

AilError *ail_pass_error_slot(AilPass *pass)
{
    return &pass->error;
}

AilError *ail_pass_warning_slot(AilPass *pass)
{
    return &pass->warning;
}

/* The message of an analysis starts with its name. */
static AilStatus blame(AilPass *pass, const Member *m, const AilError *err)
{
    size_t n = strlen(m->ops->name);
    bool named = !strncmp(err->text, m->ops->name, n);
    return ail_error_copy(&pass->error, err, named ? NULL : m->ops->name);
}

AilStatus ail_pass_add(AilPass *pass, const AilAnalysisOps *ops, AilOptions *options)
{
    if (ops->abi != AIL_ANALYSIS_ABI || ops->size < sizeof(AilAnalysisOps)) {
        ail_options_free(options);
        return ail_error_set(&pass->error,
                             "an analysis was built for version %u of the interface, not %d: "
                             "build it again",
                             ops->abi, AIL_ANALYSIS_ABI);
    }
    Member *m = g_new0(Member, 1);
    m->ops = ops;
    m->options = options ? options : ail_options_new(ops->name, ops->options);
    AilError err = {""};
    if (ops->check && ops->check(m->options, &err) != AIL_OK) {
        blame(pass, m, &err);
        member_free(m);
        return AIL_ERR;
    }
    g_ptr_array_add(pass->members, m);
    guint at = pass->by_stage->len;
    while (at > 0 && ((Member *)pass->by_stage->pdata[at - 1])->ops->stage > ops->stage)
        at--;
    g_ptr_array_insert(pass->by_stage, (gint)at, m);
    return AIL_OK;
}

uint32_t ail_pass_needs(const AilPass *pass)
{
    uint32_t columns = 0;
    for (guint i = 0; i < pass->members->len; i++)
        columns |= ((const Member *)pass->members->pdata[i])->ops->needs;
    return columns;
}

uint32_t ail_pass_wants(const AilPass *pass)
{
    uint32_t columns = 0;
    for (guint i = 0; i < pass->members->len; i++)
        columns |= ((const Member *)pass->members->pdata[i])->ops->wants;
    return columns & ~ail_pass_needs(pass);
}

AilStatus ail_pass_begin(AilPass *pass, const AilTraceInfo *info, uint32_t columns,
                         const AilBlocks *blocks, AilOutput *out)
{
    pass->blocks = *blocks;
    pass->env = (AilAnalysisEnv){info, columns, &pass->blocks, pass->bus, out, NULL};
    for (guint i = 0; i < pass->members->len; i++) {
        Member *m = pass->members->pdata[i];
        AilError err = {""};
        m->self = m->ops->create(&pass->env, m->options, &err);
        if (!m->self)
            return blame(pass, m, &err);
    }
    return AIL_OK;
}

AilStatus ail_pass_chunk(AilPass *pass, const AilChunk *chunk)
{
    bool wanted = false;
    for (guint i = 0; i < pass->by_stage->len; i++) {
        Member *m = pass->by_stage->pdata[i];
        if (m->done)
            continue;
        AilError err = {""};
        AilStatus status = m->ops->chunk(m->self, chunk, &err);
        if (status == AIL_ERR)
            return blame(pass, m, &err);
        m->done = status == AIL_END;
        wanted |= !m->done;
    }
    return wanted ? AIL_OK : AIL_END;
}

AilStatus ail_pass_finish(AilPass *pass)
{
    for (guint i = 0; i < pass->members->len; i++) {
        Member *m = pass->members->pdata[i];
        AilError err = {""};
        if (pass->members->len > 1 && !ail_output_is_json(pass->env.out))
            ail_output_styled(pass->env.out, AIL_STYLE_HEADING, "%s%s:\n", i ? "\n" : "",
                              m->ops->name);
        if (m->ops->finish(m->self, pass->env.out, &err) != AIL_OK)
            return blame(pass, m, &err);
    }
    return ail_output_check(pass->env.out, &pass->error);
}
