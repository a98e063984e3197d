/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each step does. */
#include <glib.h>
#include <string.h>

#include "analyzers/taint/run_private.h"

AilCell taint_deeper(AilCell cell)
{
    if (!cell || ail_cell_depth(cell) == AIL_CELL_DEPTH_MAX)
        return cell;
    return cell + (UINT64_C(1) << AIL_CELL_DEPTH_SHIFT);
}

AilCell taint_gather(AilTaint *t, const AilCell *from, unsigned n)
{
    AilCell all = 0;
    for (unsigned i = 0; i < n; i++)
        if (from[i])
            all = ail_taint_union(t, all, from[i]);
    return all;
}

static void step_union(AilTaint *t, const AilTaintStep *s)
{
    AilCell result[AIL_VAR_MAX];
    for (unsigned i = 0; i < s->n; i++)
        result[i] = ail_taint_union(t, t->state[s->a + i], t->state[s->b + i]);
    memcpy(&t->state[s->dst], result, s->n * sizeof *result);
}

static void step_lanes(AilTaint *t, const AilTaintStep *s)
{
    unsigned lane = s->lane ? s->lane : s->n;
    for (unsigned at = 0; at + lane <= s->n; at += lane) {
        AilCell *c = &t->state[s->dst + at];
        if (s->code == AIL_STEP_SMEAR) {
            AilCell all = taint_gather(t, c, lane);
            for (unsigned i = 0; i < lane; i++)
                c[i] = all;
        } else if (s->code == AIL_STEP_RISE) {
            for (unsigned i = 1; i < lane; i++)
                c[i] = ail_taint_union(t, c[i], c[i - 1]);
        } else {
            for (unsigned i = lane - 1; i-- > 0;)
                c[i] = ail_taint_union(t, c[i], c[i + 1]);
        }
    }
}

static void step_load(AilTaint *t, const TaintInsn *in, const AilTaintStep *s)
{
    if (in->no_load)
        memset(&t->state[s->dst], 0, s->n * sizeof(AilCell));
    else
        ail_taint_load(t, in->access, in->n_access, in->load_from + s->b, s->n, &t->state[s->dst]);
}

static void step_memory(AilTaint *t, TaintInsn *in, const AilTaintStep *s)
{
    AilCell cell;
    switch (s->code) {
    case AIL_STEP_STORE:
        if (!in->no_store)
            ail_taint_store(t, in->access, in->n_access, in->store_from + s->b, s->n,
                            &t->state[s->a]);
        break;
    case AIL_STEP_LOADS:
        cell = taint_load_all(t, in->access, in->n_access);
        t->state[s->dst] = ail_taint_union(t, t->state[s->dst], cell);
        in->seen = ail_taint_union(t, in->seen, cell);
        break;
    case AIL_STEP_STORES:
        taint_store_all(t, in->access, in->n_access, t->state[s->a]);
        break;
    case AIL_STEP_AREA_LOAD:
    case AIL_STEP_AREA_STORE:
        cell = taint_area(t, in->p->areas[s->area], in->access, in->n_access,
                          s->code == AIL_STEP_AREA_STORE);
        in->seen = ail_taint_union(t, in->seen, cell);
        break;
    default: /* AIL_STEP_BRANCH */
        cell = taint_gather(t, &t->state[s->a], s->n);
        if (cell && t->watch.branch)
            t->watch.branch(t->watch.self, in->index, s->lane != 0, cell);
        break;
    }
}

static void run_step(AilTaint *t, TaintInsn *in, const AilTaintStep *s)
{
    switch (s->code) {
    case AIL_STEP_CLEAR:
        memset(&t->state[s->dst], 0, s->n * sizeof(AilCell));
        break;
    case AIL_STEP_MOVE:
        memmove(&t->state[s->dst], &t->state[s->a], s->n * sizeof(AilCell));
        break;
    case AIL_STEP_UNION:
        step_union(t, s);
        break;
    case AIL_STEP_SMEAR:
    case AIL_STEP_RISE:
    case AIL_STEP_FALL:
        step_lanes(t, s);
        break;
    case AIL_STEP_GATHER:
        t->state[s->dst] =
            ail_taint_union(t, t->state[s->dst], taint_gather(t, &t->state[s->a], s->n));
        break;
    case AIL_STEP_SPLAT:
        for (unsigned i = 0; t->state[s->a] && i < s->n; i++)
            t->state[s->dst + i] = ail_taint_union(t, t->state[s->dst + i], t->state[s->a]);
        break;
    case AIL_STEP_DEEPEN:
        for (unsigned i = s->dst; i < s->dst + (unsigned)s->n; i++)
            t->state[i] = taint_deeper(t->state[i]);
        break;
    case AIL_STEP_LOAD:
        step_load(t, in, s);
        break;
    default:
        step_memory(t, in, s);
        break;
    }
}

/* Only for who wants to know. */
static void note(AilTaint *t, TaintInsn *in, AilTaintCells cells)
{
    in->seen = ail_taint_union(t, in->seen, taint_gather(t, &t->state[cells.at], cells.n));
}

void taint_run_steps(AilTaint *t, TaintInsn *in)
{
    const AilTaintProgram *p = in->p;
    const AilTaintStep *end = &p->steps[in->insn[1].first];
    bool noting = t->watch.insn != NULL;
    for (uint32_t i = in->insn[0].first_input; noting && i < in->insn[1].first_input; i++)
        note(t, in, p->inputs[i]);
    for (const AilTaintStep *s = &p->steps[in->insn->first]; s < end; s++) {
        run_step(t, in, s);
        if (noting && s->code == AIL_STEP_LOAD)
            note(t, in, (AilTaintCells){s->dst, s->n});
    }
}
