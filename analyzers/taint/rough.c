/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the conservative rule takes for read. */
#include <string.h>

#include "analyzers/taint/run_private.h"

/* Cells that were not written by an earlier step. */
static void read_cells(TaintCells *read, const TaintCells *written, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n && i < AIL_STATE_TEMP; i++)
        read->word[i / 64] |= UINT64_C(1) << i % 64 & ~written->word[i / 64];
}

static void write_cells(TaintCells *written, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n && i < AIL_STATE_TEMP; i++)
        written->word[i / 64] |= UINT64_C(1) << i % 64;
}

static void read_by_step(const AilTaintStep *s, TaintCells *read, const TaintCells *written)
{
    switch (s->code) {
    case AIL_STEP_UNION:
        read_cells(read, written, s->b, s->n);
        /* fall through */
    case AIL_STEP_MOVE:
    case AIL_STEP_STORE:
    case AIL_STEP_BRANCH:
        read_cells(read, written, s->a, s->n);
        break;
    case AIL_STEP_SMEAR: /* in place */
    case AIL_STEP_RISE:
    case AIL_STEP_FALL:
    case AIL_STEP_DEEPEN:
        read_cells(read, written, s->dst, s->n);
        break;
    case AIL_STEP_GATHER:
        read_cells(read, written, s->a, s->n);
        read_cells(read, written, s->dst, 1);
        break;
    case AIL_STEP_SPLAT:
        read_cells(read, written, s->a, 1);
        read_cells(read, written, s->dst, s->n);
        break;
    case AIL_STEP_STORES:
        read_cells(read, written, s->a, 1);
        break;
    default:
        break;
    }
}

void taint_cells_read(const AilTaintProgram *p, const AilTaintInsn *insn, TaintCells *read)
{
    TaintCells written = {{0}};
    memset(read, 0, sizeof *read);
    for (uint32_t k = insn->first; k < insn[1].first; k++) {
        const AilTaintStep *s = &p->steps[k];
        read_by_step(s, read, &written);
        if (s->code <= AIL_STEP_UNION || s->code == AIL_STEP_LOAD)
            write_cells(&written, s->dst, s->n);
    }
}
