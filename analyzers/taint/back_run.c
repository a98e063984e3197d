/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs run backwards: what was wanted of a step's result is wanted of what it read. */
#include <string.h>

#include "analyzers/taint/back_private.h"
#include "analyzers/taint/run_private.h"
#include "analyzers/taint/steps.h"

static void want_cell(BackInsn *in, unsigned at, AilCell by)
{
    if (!by || at == AIL_TAINT_ZERO || (at > AIL_TAINT_ZERO && at < AIL_TAINT_SCRATCH))
        return;
    AilCell *cell = &in->t->state[at];
    in->found += at < AIL_STATE_TEMP;
    *cell = ail_taint_union(in->t, *cell, by);
}

static void want_cells(BackInsn *in, unsigned at, unsigned n, AilCell by)
{
    for (unsigned i = 0; i < n; i++)
        want_cell(in, at + i, by);
}

static AilCell all_of(BackInsn *in, unsigned at, unsigned n)
{
    AilCell all = 0;
    for (unsigned i = 0; i < n; i++)
        all = ail_taint_union(in->t, all, in->t->state[at + i]);
    return all;
}

static void want_byte(BackInsn *in, const AilTaintAccess *access, unsigned i, AilCell by)
{
    uint64_t phys = taint_phys_of(access, i);
    if (!by || phys == AIL_TAINT_NOWHERE)
        return;
    AilCell cell = ail_shadow_get(in->t->shadow, phys) & AIL_CELL_TAINT;
    cell = ail_taint_union(in->t, cell, by);
    if (access->has_value)
        cell = taint_with_value(cell, (uint8_t)(access->value[i / 8] >> i % 8 * 8));
    ail_shadow_set(in->t->shadow, phys, cell);
    in->found++;
}

/* Byte `at` of the stream of what is loaded, or stored: its access and index there. */
static const AilTaintAccess *stream_byte(const BackInsn *in, bool write, unsigned at, unsigned *i)
{
    for (unsigned k = 0; k < in->n_access; k++) {
        if (in->access[k].write != write)
            continue;
        if (at < in->access[k].size) {
            *i = at;
            return &in->access[k];
        }
        at -= in->access[k].size;
    }
    return NULL;
}

/* --- steps, backwards --- */

static void undo_move(BackInsn *in, const AilTaintStep *s)
{
    AilCell wanted[AIL_VAR_MAX * 2];
    memcpy(wanted, &in->t->state[s->dst], s->n * sizeof *wanted);
    memset(&in->t->state[s->dst], 0, s->n * sizeof *wanted);
    for (unsigned i = 0; i < s->n; i++) {
        want_cell(in, s->a + i, wanted[i]);
        if (s->code == AIL_STEP_UNION)
            want_cell(in, s->b + i, wanted[i]);
    }
}

static void undo_lanes(BackInsn *in, const AilTaintStep *s)
{
    unsigned lane = s->lane ? s->lane : s->n;
    for (unsigned at = 0; at + lane <= s->n; at += lane) {
        AilCell *c = &in->t->state[s->dst + at];
        if (s->code == AIL_STEP_SMEAR)
            want_cells(in, s->dst + at, lane, all_of(in, s->dst + at, lane));
        else if (s->code == AIL_STEP_RISE) /* byte i went to all above it */
            for (unsigned i = lane - 1; i-- > 0;)
                c[i] = ail_taint_union(in->t, c[i], c[i + 1]);
        else
            for (unsigned i = 1; i < lane; i++)
                c[i] = ail_taint_union(in->t, c[i], c[i - 1]);
    }
}

static void undo_load(BackInsn *in, const AilTaintStep *s, unsigned from)
{
    for (unsigned k = 0; k < s->n; k++) {
        unsigned i;
        const AilTaintAccess *access = stream_byte(in, false, from + s->b + k, &i);
        AilCell wanted = in->t->state[s->dst + k];
        in->t->state[s->dst + k] = 0;
        if (access)
            want_byte(in, access, i, wanted);
    }
}

/* What is wanted of a stored byte, which is wanted no more before. */
static AilCell take_byte(BackInsn *in, const AilTaintAccess *access, unsigned i)
{
    uint64_t phys = taint_phys_of(access, i);
    AilCell cell = phys == AIL_TAINT_NOWHERE ? 0 : ail_shadow_get(in->t->shadow, phys);
    if (cell)
        ail_shadow_set(in->t->shadow, phys, 0);
    return cell & AIL_CELL_TAINT;
}

static void undo_store(BackInsn *in, const AilTaintStep *s, unsigned from)
{
    for (unsigned k = 0; k < s->n; k++) {
        unsigned i;
        const AilTaintAccess *access = stream_byte(in, true, from + s->b + k, &i);
        if (access)
            want_cell(in, s->a + k, take_byte(in, access, i));
    }
}

static void want_loads(BackInsn *in, AilCell by)
{
    for (unsigned k = 0; k < in->n_access; k++)
        for (unsigned i = 0; i < in->access[k].size && !in->access[k].write; i++)
            want_byte(in, &in->access[k], i, by);
}

static AilCell take_stores(BackInsn *in)
{
    AilCell all = 0;
    for (unsigned k = 0; k < in->n_access; k++)
        for (unsigned i = 0; i < in->access[k].size && in->access[k].write; i++)
            all = ail_taint_union(in->t, all, take_byte(in, &in->access[k], i));
    return all;
}

static void undo_area(BackInsn *in, const AilTaintStep *s)
{
    const AilArea *area = in->p->areas[s->area];
    bool write = s->code == AIL_STEP_AREA_STORE;
    uint64_t base = taint_area_base(area, in->access, in->n_access);
    for (unsigned k = 0; k < in->n_access; k++)
        for (unsigned i = 0; i < in->access[k].size && in->access[k].write == write; i++) {
            int at = taint_area_state(area, in->access[k].addr + i - base);
            AilCell wanted = write ? take_byte(in, &in->access[k], i) : 0;
            if (at < 0)
                continue;
            if (write) {
                want_cell(in, (unsigned)at, wanted);
            } else {
                wanted = in->t->state[at];
                in->t->state[at] = 0;
                want_byte(in, &in->access[k], i, wanted);
            }
        }
}

static void undo(BackInsn *in, const AilTaintStep *s, unsigned load_from, unsigned store_from)
{
    AilCell *state = in->t->state;
    switch (s->code) {
    case AIL_STEP_CLEAR:
        memset(&state[s->dst], 0, s->n * sizeof *state);
        break;
    case AIL_STEP_MOVE:
    case AIL_STEP_UNION:
        undo_move(in, s);
        break;
    case AIL_STEP_SMEAR:
    case AIL_STEP_RISE:
    case AIL_STEP_FALL:
        undo_lanes(in, s);
        break;
    case AIL_STEP_GATHER:
        want_cells(in, s->a, s->n, state[s->dst]);
        break;
    case AIL_STEP_SPLAT:
        want_cell(in, s->a, all_of(in, s->dst, s->n));
        break;
    case AIL_STEP_LOAD:
        undo_load(in, s, load_from);
        break;
    case AIL_STEP_STORE:
        undo_store(in, s, store_from);
        break;
    case AIL_STEP_LOADS:
        want_loads(in, state[s->dst]);
        break;
    case AIL_STEP_STORES:
        want_cell(in, s->a, take_stores(in));
        break;
    case AIL_STEP_AREA_LOAD:
    case AIL_STEP_AREA_STORE:
        undo_area(in, s);
        break;
    default:
        break;
    }
}

/* --- instructions --- */

/* All that it writes depends on all that it reads. */
static void undo_roughly(BackInsn *in)
{
    const AilTaintProgram *p = in->p;
    const AilTaintStep *end = &p->steps[in->insn[1].first];
    take_stores(in);
    for (const AilTaintStep *s = &p->steps[in->insn->first]; s < end; s++) {
        AilTaintCells written = ail_step_writes(s);
        for (unsigned i = 0; i < written.n && written.at + i < AIL_STATE_TEMP; i++)
            in->t->state[written.at + i] = 0;
    }
    for (uint32_t i = in->insn[0].first_input; i < in->insn[1].first_input; i++)
        want_cells(in, p->inputs[i].at, p->inputs[i].n, in->node);
    want_loads(in, in->node);
}

static void undo_steps(BackInsn *in, unsigned load_from, unsigned store_from)
{
    for (uint32_t k = in->insn[1].first; k-- > in->insn->first;)
        undo(in, &in->p->steps[k], load_from, store_from);
    memset(&in->t->state[AIL_STATE_TEMP], 0,
           (AIL_TAINT_CELLS - AIL_STATE_TEMP) * sizeof *in->t->state);
}

unsigned back_run_insn(AilTaint *wanted, const AilTaintProgram *p, unsigned i,
                       const AilTaintAccess *access, unsigned n_access, uint32_t node,
                       uint32_t *users)
{
    BackInsn in = {
        .t = wanted, .p = p, .insn = &p->insns[i], .access = access, .n_access = n_access};
    bool no_load, no_store;
    int n = taint_iterations(in.insn, access, n_access, &no_load, &no_store);
    *users = 0;
    if (!n)
        return 0;
    in.node = ail_sets_one(wanted->sets, node);
    AilCell all = back_claim_state(&in);
    all = ail_taint_union(wanted, all, back_claim_memory(&in));
    *users = ail_cell_set(all);
    if (!all)
        return 0;
    for (int k = n; k-- > 0;)
        undo_steps(&in, (unsigned)k * in.insn->n_load, (unsigned)k * in.insn->n_store);
    if (n < 0)
        undo_roughly(&in);
    back_find_changed(&in);
    return in.found;
}
