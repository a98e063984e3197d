/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "analyzers/taint/run_private.h"

/* The instruction at hand. */
typedef struct Insn {
    const AilTaintProgram *p;
    const AilTaintInsn *insn;
    unsigned index;
    const AilTaintAccess *access; /* its accesses */
    unsigned n_access;
    unsigned load_from, store_from; /* where the iteration at hand begins in the streams */
    bool no_load, no_store;         /* predicated, and there was none */
    AilCell seen;                   /* union of what it has read */
} Insn;

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

AilCell ail_taint_union(AilTaint *t, AilCell a, AilCell b)
{
    if (!a || a == b)
        return b;
    if (!b)
        return a;
    uint32_t depth = MAX(ail_cell_depth(a), ail_cell_depth(b));
    uint32_t set = ail_sets_union(t->sets, ail_cell_set(a), ail_cell_set(b));
    return set | (AilCell)depth << AIL_CELL_DEPTH_SHIFT;
}

static AilCell deeper(AilCell cell)
{
    if (!cell || ail_cell_depth(cell) == AIL_CELL_DEPTH_MAX)
        return cell;
    return cell + (UINT64_C(1) << AIL_CELL_DEPTH_SHIFT);
}

static AilCell gather(AilTaint *t, const AilCell *from, unsigned n)
{
    AilCell all = 0;
    for (unsigned i = 0; i < n; i++)
        if (from[i])
            all = ail_taint_union(t, all, from[i]);
    return all;
}

/* --- steps --- */

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
            AilCell all = gather(t, c, lane);
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

/* Note what a step reads; only for who wants to know. */
static void note(AilTaint *t, Insn *in, const AilTaintStep *s)
{
    switch (s->code) {
    case AIL_STEP_UNION:
        in->seen = ail_taint_union(t, in->seen, gather(t, &t->state[s->b], s->n));
        /* fall through */
    case AIL_STEP_MOVE:
    case AIL_STEP_GATHER:
    case AIL_STEP_STORE:
    case AIL_STEP_BRANCH:
        in->seen = ail_taint_union(t, in->seen, gather(t, &t->state[s->a], s->n));
        break;
    case AIL_STEP_SPLAT:
        in->seen = ail_taint_union(t, in->seen, t->state[s->a]);
        break;
    case AIL_STEP_LOAD:
        in->seen = ail_taint_union(t, in->seen, gather(t, &t->state[s->dst], s->n));
        break;
    default:
        break;
    }
}

static void step_load(AilTaint *t, const Insn *in, const AilTaintStep *s)
{
    if (in->no_load)
        memset(&t->state[s->dst], 0, s->n * sizeof(AilCell));
    else
        ail_taint_load(t, in->access, in->n_access, in->load_from + s->b, s->n, &t->state[s->dst]);
}

static void step_memory(AilTaint *t, Insn *in, const AilTaintStep *s)
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
        cell = gather(t, &t->state[s->a], s->n);
        if (cell && t->watch.branch)
            t->watch.branch(t->watch.self, in->index, s->lane != 0, cell);
        break;
    }
}

static void run_step(AilTaint *t, Insn *in, const AilTaintStep *s)
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
        t->state[s->dst] = ail_taint_union(t, t->state[s->dst], gather(t, &t->state[s->a], s->n));
        break;
    case AIL_STEP_SPLAT:
        for (unsigned i = 0; t->state[s->a] && i < s->n; i++)
            t->state[s->dst + i] = ail_taint_union(t, t->state[s->dst + i], t->state[s->a]);
        break;
    case AIL_STEP_DEEPEN:
        for (unsigned i = s->dst; i < s->dst + (unsigned)s->n; i++)
            t->state[i] = deeper(t->state[i]);
        break;
    case AIL_STEP_LOAD:
        step_load(t, in, s);
        break;
    default:
        step_memory(t, in, s);
        break;
    }
}

static void run_steps(AilTaint *t, Insn *in)
{
    const AilTaintStep *s = &in->p->steps[in->insn->first], *end = &in->p->steps[in->insn[1].first];
    bool noting = t->watch.insn != NULL;
    for (; s < end; s++) {
        if (noting && s->code != AIL_STEP_LOAD)
            note(t, in, s);
        run_step(t, in, s);
        if (noting && s->code == AIL_STEP_LOAD)
            note(t, in, s);
    }
}

/* --- the conservative rule --- */

static unsigned cells_written(const AilTaintStep *s)
{
    if (s->code == AIL_STEP_GATHER || s->code == AIL_STEP_LOADS)
        return 1;
    return s->code <= AIL_STEP_LOAD ? s->n : 0;
}

static void run_roughly(AilTaint *t, Insn *in)
{
    const AilTaintStep *from = &in->p->steps[in->insn->first];
    const AilTaintStep *end = &in->p->steps[in->insn[1].first];
    AilCell all = taint_load_all(t, in->access, in->n_access);
    TaintCells read;
    taint_cells_read(in->p, in->insn, &read);
    for (unsigned i = 0; i < AIL_STATE_TEMP; i++)
        if (taint_has_cell(&read, i))
            all = ail_taint_union(t, all, t->state[i]);
    in->seen = all;
    all = deeper(all);
    for (const AilTaintStep *s = from; s < end; s++)
        for (unsigned i = 0; i < cells_written(s) && s->dst + i < AIL_STATE_TEMP; i++)
            t->state[s->dst + i] = all;
    taint_store_all(t, in->access, in->n_access, all);
    t->mismatched += in->seen != 0;
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

static void run_insn(AilTaint *t, Insn *in)
{
    in->load_from = in->store_from = 0;
    in->seen = 0;
    int n = taint_iterations(in->insn, in->access, in->n_access, &in->no_load, &in->no_store);
    for (int i = 0; i < n; i++) {
        run_steps(t, in);
        in->load_from += in->insn->n_load;
        in->store_from += in->insn->n_store;
    }
    if (n < 0)
        run_roughly(t, in);
    if (in->seen && t->watch.insn)
        t->watch.insn(t->watch.self, in->index, in->seen);
}

/* Whether there may be anything tainted that the instruction reads or writes. Most of those in a
 * block that touches something have nothing to do with it. */
static bool touched(const AilTaint *t, const Insn *in)
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

void ail_taint_run(AilTaint *t, const AilTaintProgram *p, unsigned first, unsigned end,
                   const AilTaintAccess *access, unsigned n_access)
{
    Insn in = {.p = p};
    unsigned k = 0;
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
    }
}

/* --- from outside --- */

void ail_taint_run_insn(AilTaint *t, const AilTaintProgram *p, unsigned insn,
                        const AilTaintAccess *access, unsigned n_access)
{
    Insn in = {
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
