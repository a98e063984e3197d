/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What instructions read and write, from their steps. */
#include <string.h>

#include "analyzers/taint/lower_private.h"
#include "analyzers/taint/steps.h"

static void mask_add(AilTaintMask *mask, unsigned at, unsigned n)
{
    for (unsigned r = at / 8; n && r <= (at + n - 1) / 8 && r < AIL_STATE_TEMP / 8; r++)
        mask->word[r / 64] |= UINT64_C(1) << r % 64;
}

static void mask_add_all(AilTaintMask *mask, const AilTaintMask *more)
{
    for (unsigned w = 0; w < AIL_TAINT_MASK_WORDS; w++)
        mask->word[w] |= more->word[w];
}

static bool has(const LiveSet *set, unsigned at)
{
    return set->word[at / 64] >> at % 64 & 1;
}

static void add(LiveSet *set, AilTaintCells cells, const LiveSet *without)
{
    for (unsigned i = cells.at; i < cells.at + (unsigned)cells.n; i++)
        if (!without || !has(without, i))
            set->word[i / 64] |= UINT64_C(1) << i % 64;
}

/* The set's cells of the state, as ranges. */
static void append_ranges(GArray *to, const LiveSet *set)
{
    for (unsigned at = 0; at < AIL_STATE_TEMP;) {
        uint64_t rest = set->word[at / 64] >> at % 64;
        if (!rest) {
            at = (at / 64 + 1) * 64;
            continue;
        }
        at += (unsigned)__builtin_ctzll(rest);
        unsigned end = at + 1;
        while (end < AIL_STATE_TEMP && has(set, end))
            end++;
        AilTaintCells cells = {(uint16_t)at, (uint16_t)(end - at)};
        g_array_append_val(to, cells);
        at = end;
    }
}

static void find_inputs(const AilTaintProgram *p, const AilTaintInsn *insn, GArray *inputs)
{
    LiveSet read = {{0}}, written = {{0}};
    for (uint32_t i = insn[0].first; i < insn[1].first; i++) {
        AilTaintCells reads[AIL_STEP_READS];
        unsigned n = ail_step_reads(&p->steps[i], reads);
        for (unsigned k = 0; k < n; k++)
            add(&read, reads[k], &written);
        if (ail_step_overwrites(&p->steps[i]))
            add(&written, ail_step_writes(&p->steps[i]), NULL);
    }
    append_ranges(inputs, &read);
}

static void find_masks(const AilTaintProgram *p, AilTaintInsn *insn)
{
    for (uint32_t i = insn[0].first; i < insn[1].first; i++) {
        const AilTaintStep *s = &p->steps[i];
        AilTaintCells written = ail_step_writes(s);
        bool load = s->code == AIL_STEP_AREA_LOAD, store = s->code == AIL_STEP_AREA_STORE;
        mask_add(&insn->writes, written.at, written.n);
        for (unsigned k = 0; (load || store) && k < p->areas[s->area]->n_parts; k++) {
            const AilAreaPart *part = &p->areas[s->area]->parts[k];
            mask_add(load ? &insn->writes : &insn->touches, part->at, part->size);
        }
    }
    mask_add_all(&insn->touches, &insn->writes);
    for (uint32_t i = insn[0].first_input; i < insn[1].first_input; i++)
        mask_add(&insn->touches, p->inputs[i].at, p->inputs[i].n);
}

void lower_reads_and_writes(AilTaintProgram *p)
{
    GArray *inputs = g_array_new(FALSE, FALSE, sizeof(AilTaintCells));
    for (unsigned i = 0; i < p->n_insns; i++) {
        p->insns[i].first_input = inputs->len;
        find_inputs(p, &p->insns[i], inputs);
    }
    p->insns[p->n_insns].first_input = inputs->len;
    p->inputs = (AilTaintCells *)(void *)g_array_free(inputs, FALSE);
    for (unsigned i = 0; i < p->n_insns; i++) {
        find_masks(p, &p->insns[i]);
        mask_add_all(&p->writes, &p->insns[i].writes);
        mask_add_all(&p->touches, &p->insns[i].touches);
    }
}
