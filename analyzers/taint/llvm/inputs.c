/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instruction reads and writes, and whether it can be compiled. */
#include "analyzers/taint/llvm/emit.h"

#include <string.h>

enum { MAX_STEPS = 500 }; /* of an instruction; with more the interpreter runs it */

/* --- what an instruction reads and writes --- */

static unsigned n_written(const AilTaintStep *s)
{
    switch (s->code) {
    case AIL_STEP_STORE:
    case AIL_STEP_BRANCH:
        return 0;
    case AIL_STEP_GATHER:
        return 1;
    default:
        return s->n;
    }
}

/* Cells of the state that it reads before it writes them. */
typedef struct Inputs {
    bool is[AIL_TAINT_CELLS], written[AIL_TAINT_CELLS];
} Inputs;

static void add_inputs(Inputs *in, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n; i++)
        in->is[i] =
            in->is[i] || (!in->written[i] && (i < AIL_TAINT_ZERO || i >= AIL_TAINT_SCRATCH));
}

static void take_step(Inputs *in, const AilTaintStep *s)
{
    switch (s->code) {
    case AIL_STEP_UNION:
        add_inputs(in, s->b, s->n);
        /* fall through */
    case AIL_STEP_MOVE:
    case AIL_STEP_STORE:
    case AIL_STEP_BRANCH:
        add_inputs(in, s->a, s->n);
        break;
    case AIL_STEP_GATHER:
        add_inputs(in, s->a, s->n);
        add_inputs(in, s->dst, 1);
        break;
    case AIL_STEP_SPLAT:
        add_inputs(in, s->a, 1);
        /* fall through */
    case AIL_STEP_SMEAR:
    case AIL_STEP_RISE:
    case AIL_STEP_FALL:
    case AIL_STEP_DEEPEN:
        add_inputs(in, s->dst, s->n);
        break;
    default:
        break;
    }
    memset(in->written + s->dst, true, n_written(s));
}

/* Read them, register by register. */
static void read_all(TaintEmit *e, const Inputs *in)
{
    for (unsigned r = 0; r < AIL_TAINT_CELLS; r += 8) {
        unsigned first = 8, last = 0;
        for (unsigned i = 0; i < 8; i++)
            if (in->is[r + i]) {
                first = MIN(first, i);
                last = i;
            }
        if (first < 8)
            cells_read(e, r + first, last - first + 1);
    }
}

void emit_inputs(TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end)
{
    Inputs *in = g_new0(Inputs, 1);
    for (const AilTaintStep *s = from; s < end; s++)
        take_step(in, s);
    read_all(e, in);
    memcpy(e->written, in->written, sizeof e->written);
    g_free(in);
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
