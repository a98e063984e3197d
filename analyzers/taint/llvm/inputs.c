/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instruction reads and writes, and whether it can be compiled. */
#include "analyzers/taint/llvm/emit.h"
#include "analyzers/taint/steps.h"

#include <string.h>

enum { MAX_STEPS = 500 }; /* of an instruction; with more the interpreter runs it */

/* --- what an instruction reads and writes --- */

/* Vectors of at most 8 cells, register by register, as they mostly are written. */
void emit_inputs(TaintEmit *e, const AilTaintInsn *insn)
{
    const AilTaintProgram *p = e->job->program;
    for (uint32_t k = insn[0].first_input; k < insn[1].first_input; k++)
        for (unsigned at = p->inputs[k].at, end = at + p->inputs[k].n, n; at < end; at += n) {
            n = MIN(8 - at % 8, end - at);
            cells_read(e, at, n);
        }
    for (uint32_t i = insn[0].first; i < insn[1].first; i++) {
        AilTaintCells written = ail_step_writes(&p->steps[i]);
        memset(e->written + written.at, true, written.n);
    }
}

/* --- whether it can be compiled --- */

static void count_bytes(const TaintEmit *e, unsigned *loaded, unsigned *stored)
{
    *loaded = *stored = 0;
    for (unsigned k = e->first_access; k < e->first_access + e->n; k++)
        *(e->job->shape[k].write ? stored : loaded) += e->job->shape[k].size;
}

/* That its accesses are those that its steps take, as in the interpreter. */
static bool fits(const TaintEmit *e, const AilTaintInsn *insn)
{
    unsigned loaded, stored;
    if (insn->n_load == AIL_TAINT_ANY || insn->n_store == AIL_TAINT_ANY ||
        insn->flags & AIL_LIFT_REPEATS)
        return false;
    count_bytes(e, &loaded, &stored);
    return (loaded == insn->n_load || (insn->predicated && !loaded)) &&
           (stored == insn->n_store || (insn->predicated && !stored));
}

/* Loads are put before all else: not if one comes behind a store. */
static bool in_order(const AilTaintStep *from, const AilTaintStep *end)
{
    bool stored = false;
    for (const AilTaintStep *s = from; s < end; s++) {
        if (s->code > AIL_STEP_STORE && s->code != AIL_STEP_BRANCH)
            return false;
        if (s->code == AIL_STEP_LOAD && stored)
            return false;
        stored = stored || s->code == AIL_STEP_STORE;
    }
    return end - from <= MAX_STEPS;
}

bool emit_can(const TaintEmit *e, const AilTaintInsn *insn, const AilTaintStep *from,
              const AilTaintStep *end)
{
    return fits(e, insn) && in_order(from, end);
}
