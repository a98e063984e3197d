/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "analyzers/taint/run_private.h"

AilTaint *ail_taint_new(size_t max_set_bytes)
{
    AilTaint *t = g_new0(AilTaint, 1);
    t->shadow = ail_shadow_new();
    t->sets = ail_sets_new(max_set_bytes);
    return t;
}

void ail_taint_free(AilTaint *t)
{
    if (!t)
        return;
    ail_shadow_free(t->shadow);
    ail_sets_free(t->sets);
    g_free(t);
}

AilCell ail_taint_union_sets(AilTaint *t, AilCell a, AilCell b)
{
    uint32_t depth = MAX(ail_cell_depth(a), ail_cell_depth(b));
    uint32_t set = ail_sets_union(t->sets, ail_cell_set(a), ail_cell_set(b));
    return set | (AilCell)depth << AIL_CELL_DEPTH_SHIFT;
}

/* --- instructions --- */

int taint_iterations(const AilTaintInsn *insn, const AilTaintAccess *access, unsigned n_access,
                     bool *no_load, bool *no_store)
{
    unsigned loaded = 0, stored = 0;
    *no_load = *no_store = false;
    if (insn->n_load == AIL_TAINT_ANY || insn->n_store == AIL_TAINT_ANY)
        return 1;
    for (unsigned i = 0; i < n_access; i++)
        *(access[i].write ? &stored : &loaded) += access[i].size;
    if (insn->flags & AIL_LIFT_REPEATS) {
        unsigned each = insn->n_load + insn->n_store;
        unsigned n = each ? (loaded + stored) / each : 1;
        return n * insn->n_load == loaded && n * insn->n_store == stored ? (int)n : -1;
    }
    *no_load = insn->predicated && !loaded;
    *no_store = insn->predicated && !stored;
    return (*no_load || loaded == insn->n_load) && (*no_store || stored == insn->n_store) ? 1 : -1;
}

static void run_insn(AilTaint *t, TaintInsn *in)
{
    in->load_from = in->store_from = 0;
    in->seen = 0;
    int n = taint_iterations(in->insn, in->access, in->n_access, &in->no_load, &in->no_store);
    for (int i = 0; i < n; i++) {
        taint_run_steps(t, in);
        in->load_from += in->insn->n_load;
        in->store_from += in->insn->n_store;
    }
    if (n < 0)
        taint_run_roughly(t, in);
    if (in->seen && t->watch.insn)
        t->watch.insn(t->watch.self, in->index, in->seen);
}

/* Whether there may be anything tainted that the instruction reads or writes. Most of those in a
 * block that touches something have nothing to do with it. */
static bool touched(const AilTaint *t, const TaintInsn *in)
{
    uint64_t any = 0;
    for (unsigned w = 0; w < AIL_TAINT_MASK_WORDS; w++)
        any |= t->tainted.word[w] & in->insn->touches.word[w];
    for (unsigned i = 0; i < in->n_access && !any; i++) {
        const AilTaintAccess *a = &in->access[i];
        any = a->given || ail_shadow_maybe(t->shadow, a->phys) ||
              ((a->phys & 4095) + a->size > 4096 && ail_shadow_maybe(t->shadow, a->phys2));
    }
    return any != 0;
}

unsigned ail_taint_run(AilTaint *t, const AilTaintProgram *p, unsigned first, unsigned end,
                       const AilTaintAccess *access, unsigned n_access)
{
    TaintInsn in = {.p = p};
    unsigned k = 0, run = 0;
    while (k < n_access && access[k].insn < first)
        k++;
    for (unsigned i = first; i < end; i++) {
        in.index = i;
        in.insn = &p->insns[i];
        in.access = access + k;
        while (k < n_access && access[k].insn == i)
            k++;
        in.n_access = (unsigned)(access + k - in.access);
        if (!touched(t, &in))
            continue;
        run_insn(t, &in);
        ail_taint_refresh(t, &in.insn->writes);
        run++;
    }
    return run;
}

/* --- from outside --- */

void ail_taint_run_insn(AilTaint *t, const AilTaintProgram *p, unsigned insn,
                        const AilTaintAccess *access, unsigned n_access)
{
    TaintInsn in = {
        .p = p, .insn = &p->insns[insn], .index = insn, .access = access, .n_access = n_access};
    run_insn(t, &in);
}

void ail_taint_refresh(AilTaint *t, const AilTaintMask *regs)
{
    for (unsigned w = 0; w < AIL_STATE_TEMP / 8 / 64; w++)
        for (uint64_t bits = regs->word[w]; bits; bits &= bits - 1) {
            unsigned r = w * 64 + (unsigned)__builtin_ctzll(bits);
            AilCell any = 0;
            for (unsigned i = 0; i < 8; i++)
                any |= t->state[r * 8 + i];
            if (any)
                t->tainted.word[w] |= UINT64_C(1) << r % 64;
            else
                t->tainted.word[w] &= ~(UINT64_C(1) << r % 64);
        }
}

void ail_taint_set_reg(AilTaint *t, unsigned at, AilCell cell)
{
    AilTaintMask mask = {{0}};
    t->state[at] = cell & AIL_CELL_TAINT;
    mask.word[at / 8 / 64] |= UINT64_C(1) << at / 8 % 64;
    ail_taint_refresh(t, &mask);
}

void ail_taint_set_memory(AilTaint *t, uint64_t phys, AilCell cell)
{
    ail_shadow_set(t->shadow, phys, cell);
}
