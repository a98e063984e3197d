/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/blocks.h"

#include <glib.h>

AilTaintBlocks *ail_taint_blocks_new(AilArch arch, unsigned flags, AilError *err)
{
    AilTaintLower *lower = ail_taint_lower_new(arch, flags, err);
    if (!lower)
        return NULL;
    AilTaintBlocks *b = g_new0(AilTaintBlocks, 1);
    b->lower = lower;
    return b;
}

static void forget(AilTaintBlocks *b)
{
    for (unsigned p = 0; p < G_N_ELEMENTS(b->page); p++) {
        for (unsigned i = 0; b->page[p] && i < AIL_TAINT_PAGE; i++)
            ail_taint_program_free((AilTaintProgram *)b->page[p][i]);
        g_free(b->page[p]);
        b->page[p] = NULL;
    }
    ail_dict_unref(b->dict);
    b->dict = NULL;
}

void ail_taint_blocks_free(AilTaintBlocks *b)
{
    if (!b)
        return;
    forget(b);
    ail_taint_lower_free(b->lower);
    g_free(b);
}

void ail_taint_blocks_use(AilTaintBlocks *b, const AilDict *dict)
{
    if (b->dict && !ail_dict_is(dict, b->dict))
        forget(b);
    AilDict *kept = ail_dict_ref(dict); /* which shows what was added since */
    ail_dict_unref(b->dict);
    b->dict = kept;
}

const AilTaintProgram *ail_taint_blocks_make(AilTaintBlocks *b, uint32_t id)
{
    const AilTaintProgram ***page = &b->page[id >> AIL_TAINT_PAGE_BITS];
    if (!*page)
        *page = g_new0(const AilTaintProgram *, AIL_TAINT_PAGE);
    const AilBlock *block = ail_dict_get(b->dict, id);
    const AilTaintProgram *p = ail_taint_lower(b->lower, block);
    b->counts.blocks++;
    b->counts.insns += block->n_insns;
    return (*page)[id & (AIL_TAINT_PAGE - 1)] = p;
}
