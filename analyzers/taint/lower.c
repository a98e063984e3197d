/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "analyzers/taint/lower_private.h"

AilTaintLower *ail_taint_lower_new(AilArch arch, unsigned flags, AilError *err)
{
    AilLift *lift = ail_lift_new(arch, err);
    if (!lift)
        return NULL;
    AilTaintLower *l = g_new0(AilTaintLower, 1);
    l->lift = lift;
    l->flags = flags;
    l->steps = g_array_new(FALSE, FALSE, sizeof(AilTaintStep));
    l->areas = g_ptr_array_new();
    return l;
}

void ail_taint_lower_free(AilTaintLower *l)
{
    if (!l)
        return;
    ail_lift_free(l->lift);
    g_array_free(l->steps, TRUE);
    g_ptr_array_free(l->areas, TRUE);
    g_free(l);
}

/* All of the state, without temporaries. */
static void all_live(LiveSet *live)
{
    memset(live, 0, sizeof *live);
    memset(live->word, 0xff, AIL_STATE_TEMP / 8);
}

static void lower_insn(AilTaintLower *l, const AilBlock *block, unsigned i)
{
    AilLifted lifted;
    unsigned at = block->start[i], size = block->start[i + 1] - at;
    ail_lift_insn(l->lift, block->mode, block->user, block->pc + at, block->bytes + at, size,
                  &lifted);
    *l->insn = (AilTaintInsn){.first = l->steps->len,
                              .size = (uint8_t)size,
                              .quality = lifted.quality,
                              .flags = lifted.flags};
    for (unsigned k = 0; k < lifted.n_ops && !lower_is_entry(block, i); k++)
        lower_op(l, &lifted.ops[k]);
    LiveSet live;
    all_live(&live);
    lower_drop_dead(l->steps, l->insn->first, &live);
}

/* Close up what was left out. */
static void pack(AilTaintLower *l, AilTaintProgram *p)
{
    unsigned to = 0;
    for (unsigned i = 0; i < p->n_insns; i++) {
        unsigned from = p->insns[i].first, end = p->insns[i + 1].first;
        p->insns[i].first = to;
        for (; from < end; from++) {
            const AilTaintStep *s = &g_array_index(l->steps, AilTaintStep, from);
            if (s->n)
                g_array_index(l->steps, AilTaintStep, to++) = *s;
        }
    }
    p->insns[p->n_insns].first = to;
    p->n_steps = to;
}

AilTaintProgram *ail_taint_lower(AilTaintLower *l, const AilBlock *block)
{
    AilTaintProgram *p = g_new0(AilTaintProgram, 1);
    p->slot = g_new0(AilTaintSlot, 1);
    g_array_set_size(l->steps, 0);
    g_ptr_array_set_size(l->areas, 0);
    p->n_insns = block->n_insns;
    p->insns = g_new0(AilTaintInsn, p->n_insns + 1u);
    for (unsigned i = 0; i < p->n_insns; i++) {
        l->insn = &p->insns[i];
        lower_insn(l, block, i);
    }
    p->insns[p->n_insns].first = l->steps->len;
    if (l->flags & AIL_TAINT_DROP_DEAD) {
        LiveSet live;
        all_live(&live);
        lower_drop_dead(l->steps, 0, &live);
    }
    pack(l, p);
    p->steps = g_memdup2(l->steps->data, p->n_steps * sizeof(AilTaintStep));
    p->n_areas = (uint16_t)l->areas->len;
    p->areas = g_memdup2(l->areas->pdata, l->areas->len * sizeof(AilArea *));
    lower_reads_and_writes(p);
    return p;
}

void ail_taint_program_free(AilTaintProgram *p)
{
    if (!p)
        return;
    g_free(p->slot->code);
    g_free(p->slot);
    g_free(p->insns);
    g_free(p->steps);
    g_free(p->inputs);
    g_free(p->areas);
    g_free(p);
}
