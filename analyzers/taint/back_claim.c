/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instruction wrote of what is wanted. */
#include "analyzers/taint/back_private.h"
#include "analyzers/taint/run_private.h"
#include "analyzers/taint/steps.h"

/* The cell is the instruction's to have written: whoever wanted it now wants the instruction.
 * Returns who did. */
static AilCell claim(BackInsn *in, unsigned at)
{
    AilCell *cell = &in->t->state[at], user = *cell == in->node ? 0 : *cell;
    if (at >= AIL_STATE_TEMP || !user)
        return 0;
    *cell = in->node;
    return user;
}

static AilCell claim_area(BackInsn *in, const AilArea *area)
{
    AilCell users = 0;
    for (unsigned k = 0; k < area->n_parts; k++)
        for (unsigned i = 0; i < area->parts[k].size; i++)
            users = ail_taint_union(in->t, users, claim(in, area->parts[k].at + i));
    return users;
}

AilCell back_claim_state(BackInsn *in)
{
    AilCell users = 0;
    const AilTaintStep *end = &in->p->steps[in->insn[1].first];
    for (const AilTaintStep *s = &in->p->steps[in->insn->first]; s < end; s++) {
        AilTaintCells written = ail_step_writes(s);
        for (unsigned i = 0; i < written.n; i++)
            users = ail_taint_union(in->t, users, claim(in, written.at + i));
        if (s->code == AIL_STEP_AREA_LOAD)
            users = ail_taint_union(in->t, users, claim_area(in, in->p->areas[s->area]));
    }
    return users;
}

AilCell back_claim_memory(BackInsn *in)
{
    AilCell users = 0;
    for (unsigned k = 0; k < in->n_access; k++)
        for (unsigned i = 0; i < in->access[k].size && in->access[k].write; i++) {
            uint64_t phys = taint_phys_of(&in->access[k], i);
            AilCell cell = phys == AIL_TAINT_NOWHERE ? 0 : ail_shadow_get(in->t->shadow, phys);
            if (!cell || (cell & AIL_CELL_TAINT) == in->node)
                continue;
            users = ail_taint_union(in->t, users, cell & AIL_CELL_TAINT);
            ail_shadow_set(in->t->shadow, phys, in->node | (cell & ~AIL_CELL_TAINT));
        }
    return users;
}

void back_find_changed(BackInsn *in)
{
    const AilTaintStep *end = &in->p->steps[in->insn[1].first];
    for (const AilTaintStep *s = &in->p->steps[in->insn->first]; s < end; s++) {
        AilTaintCells written = ail_step_writes(s);
        for (unsigned i = 0; i < written.n && written.at + i < AIL_STATE_TEMP; i++)
            in->found += in->t->state[written.at + i] != 0;
    }
}
