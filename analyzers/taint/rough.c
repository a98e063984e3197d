/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conservative rule: all that an instruction writes depends on all that it reads. */
#include "analyzers/taint/run_private.h"
#include "analyzers/taint/steps.h"

void taint_run_roughly(AilTaint *t, TaintInsn *in)
{
    const AilTaintProgram *p = in->p;
    const AilTaintStep *end = &p->steps[in->insn[1].first];
    AilCell all = taint_load_all(t, in->access, in->n_access);
    for (uint32_t i = in->insn[0].first_input; i < in->insn[1].first_input; i++)
        all = ail_taint_union(t, all, taint_gather(t, &t->state[p->inputs[i].at], p->inputs[i].n));
    in->seen = all;
    all = taint_deeper(all);
    for (const AilTaintStep *s = &p->steps[in->insn->first]; s < end; s++) {
        AilTaintCells written = ail_step_writes(s);
        for (unsigned i = 0; i < written.n && written.at + i < AIL_STATE_TEMP; i++)
            t->state[written.at + i] = all;
    }
    taint_store_all(t, in->access, in->n_access, all);
    t->mismatched += in->seen != 0;
}
