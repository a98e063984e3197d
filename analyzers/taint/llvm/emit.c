/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions. */
#include "analyzers/taint/llvm/emit.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void call_insn(TaintEmit *e, bool repeats)
{
    LLVMTypeRef params[] = {e->pointer, e->pointer, e->i32, e->pointer, e->i32};
    LLVMValueRef first = number32(e, e->first_access);
    LLVMValueRef access = place_at(e, e->access, e->first_access * sizeof(AilTaintAccess),
                                   LLVMInt8TypeInContext(e->context));
    LLVMValueRef n = repeats ? LLVMBuildSub(e->b, e->n_access, first, "") : number32(e, e->n);
    LLVMValueRef args[] = {e->taint, e->program, number32(e, e->index), access, n};
    emit_call(e, offsetof(AilTaintCalls, insn), params, args, 5);
}

/* --- its parts --- */

static void compute_lanes(TaintEmit *e, const AilTaintStep *s)
{
    LanesHow how = s->code == AIL_STEP_SMEAR  ? LANES_ALL
                   : s->code == AIL_STEP_RISE ? LANES_RISE
                                              : LANES_FALL;
    unsigned lane = s->lane ? s->lane : s->n;
    cells_write(e, s->dst, cells_lanes(e, cells_read(e, s->dst, s->n), lane, how));
}

static void compute_splat(TaintEmit *e, const AilTaintStep *s)
{
    int index[AIL_VAR_MAX] = {0};
    LLVMValueRef all = cells_pick(e, cells_read(e, s->a, 1), index, s->n);
    cells_write(e, s->dst, cells_union(e, cells_read(e, s->dst, s->n), all));
}

/* *effect: for what comes when it is known that there is no conflict. */
static void compute(TaintEmit *e, const AilTaintStep *s, LLVMValueRef loaded, LLVMValueRef *effect)
{
    LLVMValueRef a, b;
    switch (s->code) {
    case AIL_STEP_CLEAR:
        cells_write(e, s->dst, cells_zero(e, s->n));
        break;
    case AIL_STEP_MOVE:
        a = cells_read(e, s->a, s->n);
        cells_write(e, s->dst, a);
        break;
    case AIL_STEP_UNION:
        a = cells_read(e, s->a, s->n);
        b = cells_read(e, s->b, s->n);
        cells_write(e, s->dst, cells_union(e, a, b));
        break;
    case AIL_STEP_GATHER:
        a = cells_read(e, s->a, s->n);
        b = cells_read(e, s->dst, 1);
        cells_write(e, s->dst, cells_union(e, b, cells_gather(e, a)));
        break;
    case AIL_STEP_SPLAT:
        compute_splat(e, s);
        break;
    case AIL_STEP_DEEPEN:
        cells_write(e, s->dst, cells_deeper(e, cells_read(e, s->dst, s->n)));
        break;
    case AIL_STEP_LOAD:
        cells_write(e, s->dst, loaded);
        break;
    case AIL_STEP_STORE:
        *effect = cells_read(e, s->a, s->n);
        break;
    case AIL_STEP_BRANCH:
        *effect = cells_gather(e, cells_read(e, s->a, s->n));
        break;
    default:
        compute_lanes(e, s);
    }
}

/* Write what is new of the state; value NULL: 0. Temporaries are nobody's afterwards. */
static void write_state(TaintEmit *e, bool zero)
{
    for (unsigned at = 0, n; at < AIL_STATE_TEMP; at += n) {
        n = 1;
        if (!e->written[at])
            continue;
        while (n < 8 && at + n < AIL_STATE_TEMP && e->written[at + n] &&
               (zero || e->owner[at + n] == e->owner[at]))
            n++;
        LLVMValueRef value = zero ? cells_zero(e, n) : cells_read(e, at, n);
        LLVMSetAlignment(LLVMBuildStore(e->b, value, state_at(e, at, cells_type(e, n))),
                         sizeof(AilCell));
    }
}

static LLVMValueRef first_cell(TaintEmit *e, LLVMValueRef v)
{
    return LLVMBuildExtractElement(e->b, v, number32(e, 0), "");
}

static void tell_branch(TaintEmit *e, const AilTaintStep *s, LLVMValueRef cell)
{
    LLVMTypeRef params[] = {e->pointer, e->i32, e->i32, e->i64};
    LLVMBasicBlockRef rare, go_on = emit_rare(e, cells_any(e, cell), "branch", &rare);
    LLVMPositionBuilderAtEnd(e->b, rare);
    LLVMValueRef args[] = {e->taint, number32(e, e->index), number32(e, s->lane != 0),
                           first_cell(e, cell)};
    emit_call(e, offsetof(AilTaintCalls, branch), params, args, 4);
    LLVMBuildBr(e->b, go_on);
    LLVMPositionBuilderAtEnd(e->b, go_on);
}

static void tell_seen(TaintEmit *e, LLVMValueRef cell)
{
    LLVMTypeRef params[] = {e->pointer, e->i32, e->i64};
    LLVMBasicBlockRef rare, go_on = emit_rare(e, cells_any(e, cell), "saw", &rare);
    LLVMPositionBuilderAtEnd(e->b, rare);
    LLVMValueRef args[] = {e->taint, number32(e, e->index), first_cell(e, cell)};
    emit_call(e, offsetof(AilTaintCalls, saw), params, args, 3);
    LLVMBuildBr(e->b, go_on);
    LLVMPositionBuilderAtEnd(e->b, go_on);
}

/* --- an instruction --- */

static void effects(TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end,
                    LLVMValueRef *effect)
{
    for (const AilTaintStep *s = from; s < end; s++) {
        LLVMValueRef value = effect ? effect[s - from] : NULL;
        if (s->code == AIL_STEP_STORE)
            emit_store(e, s, value);
        else if (s->code == AIL_STEP_BRANCH && value)
            tell_branch(e, s, value);
    }
}

/* All that goes in, in vectors of 8. */
static void list_inputs(TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end,
                        LLVMValueRef *loaded, GPtrArray *list)
{
    for (unsigned i = 0; i < e->n_entries; i++)
        g_ptr_array_add(list, e->entries[i].value);
    for (const AilTaintStep *s = from; s < end; s++)
        if (s->code == AIL_STEP_LOAD && !LLVMIsNull(loaded[s - from]))
            g_ptr_array_add(list, loaded[s - from]);
    for (guint i = 0, n = list->len; i < n; i++) {
        LLVMValueRef v = g_ptr_array_index(list, 0);
        g_ptr_array_remove_index(list, 0);
        for (unsigned at = 0; at < cells_count(v); at += 8) {
            unsigned have = MIN(8, cells_count(v) - at);
            g_ptr_array_add(list, cells_wide(e, cells_part(e, v, at, have), 8));
        }
    }
}

/* When nothing that goes in is tainted, clear what is written; when it is of several sets, let the
 * interpreter do it. Control is with the others afterwards. */
static void emit_check(TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end,
                       LLVMValueRef *loaded)
{
    GPtrArray *inputs = g_ptr_array_new();
    LLVMValueRef all = cells_zero(e, 8), others = cells_zero(e, 8);
    list_inputs(e, from, end, loaded, inputs);
    for (guint i = 0; i < inputs->len; i++)
        all = LLVMBuildOr(e->b, all, inputs->pdata[i], "");
    LLVMBasicBlockRef rare;
    LLVMBasicBlockRef tainted = LLVMInsertBasicBlockInContext(e->context, e->next, "tainted");
    LLVMBasicBlockRef clear = LLVMInsertBasicBlockInContext(e->context, tainted, "clear");
    LLVMBuildCondBr(e->b, cells_any(e, all), tainted, clear);
    LLVMPositionBuilderAtEnd(e->b, clear);
    write_state(e, true);
    effects(e, from, end, NULL);
    LLVMBuildBr(e->b, e->next);

    LLVMPositionBuilderAtEnd(e->b, tainted);
    all = cells_zero(e, 8);
    for (guint i = 0; i < inputs->len; i++)
        all = cells_union(e, all, inputs->pdata[i]);
    all = cells_gather(e, all);
    if (e->job->noting)
        e->seen = all;
    for (guint i = 0; i < inputs->len; i++)
        others = LLVMBuildOr(e->b, others, cells_other_sets(e, inputs->pdata[i], all), "");
    LLVMBasicBlockRef simple = emit_rare(e, cells_any(e, others), "several", &rare);
    LLVMPositionBuilderAtEnd(e->b, rare);
    call_insn(e, false);
    LLVMBuildBr(e->b, e->next);
    LLVMPositionBuilderAtEnd(e->b, simple);
    g_ptr_array_unref(inputs);
}

/* Whether it only moves cells, and nobody wants to know of which sets. */
static bool only_moves(const TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end)
{
    for (const AilTaintStep *s = from; s < end; s++) {
        bool moves =
            s->code == AIL_STEP_MOVE || s->code == AIL_STEP_LOAD || s->code == AIL_STEP_STORE;
        if (s->code != AIL_STEP_CLEAR && (!moves || e->job->noting))
            return false;
    }
    return true;
}

static void emit_steps(TaintEmit *e, const AilTaintInsn *insn, const AilTaintStep *from,
                       const AilTaintStep *end)
{
    unsigned n = (unsigned)(end - from);
    LLVMValueRef *loaded = g_new0(LLVMValueRef, n), *effect = g_new0(LLVMValueRef, n);
    emit_inputs(e, insn);
    emit_loads(e, from, end, loaded);
    if (!only_moves(e, from, end))
        emit_check(e, from, end, loaded);
    for (const AilTaintStep *s = from; s < end; s++)
        compute(e, s, loaded[s - from], &effect[s - from]);
    write_state(e, false);
    effects(e, from, end, effect);
    if (e->seen)
        tell_seen(e, e->seen);
    g_free(loaded);
    g_free(effect);
}

void emit_insn(TaintEmit *e)
{
    const AilTaintProgram *p = e->job->program;
    const AilTaintInsn *insn = &p->insns[e->index];
    const AilTaintStep *from = p->steps + insn->first, *end = p->steps + insn[1].first;
    bool repeats = insn->flags & AIL_LIFT_REPEATS;
    e->n = 0;
    while (e->first_access + e->n < e->job->n_shape &&
           e->job->shape[e->first_access + e->n].insn == e->index)
        e->n++;
    e->next = LLVMAppendBasicBlockInContext(e->context, e->function, "insn");
    e->n_entries = 0;
    e->seen = NULL;
    memset(e->owner, 0xff, sizeof e->owner);
    memset(e->written, 0, sizeof e->written);
    if (!emit_can(e, insn, from, end))
        call_insn(e, repeats);
    else if (from < end)
        emit_steps(e, insn, from, end);
    LLVMBuildBr(e->b, e->next);
    LLVMPositionBuilderAtEnd(e->b, e->next);
    e->first_access += e->n;
}
