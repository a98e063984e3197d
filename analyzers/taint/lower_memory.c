/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that have no result in the state alone: loads, stores, areas, jumps. */
#include "analyzers/taint/lower_private.h"

static void take_from(uint16_t *taken, unsigned n)
{
    if (*taken != AIL_TAINT_ANY)
        *taken = (uint16_t)(*taken + n);
}

static void lower_load(AilTaintLower *l, const AilOp *op)
{
    bool pointer = (l->flags & AIL_TAINT_POINTERS) && lower_in_state(&op->b);
    AilVar address = op->b;
    if (pointer && lower_overlap(&address, &op->dst)) {
        lower_put_move(l, LOWER_RESULT, &address, address.size);
        address.at = LOWER_RESULT;
    }
    lower_put(l, AIL_STEP_LOAD, op->dst.at, 0, l->insn->n_load, op->dst.size, 0);
    if (pointer)
        lower_put_all_of(l, op->dst.at, op->dst.size, &address);
    take_from(&l->insn->n_load, op->dst.size);
    l->insn->predicated |= (op->flags & AIL_OP_PREDICATED) != 0;
}

static void lower_store(AilTaintLower *l, const AilOp *op)
{
    unsigned from = lower_in_state(&op->a) ? op->a.at : AIL_TAINT_ZERO;
    if ((l->flags & AIL_TAINT_POINTERS) && lower_in_state(&op->b)) {
        lower_put_move(l, LOWER_RESULT, &op->a, op->a.size);
        lower_put_all_of(l, LOWER_RESULT, op->a.size, &op->b);
        from = LOWER_RESULT;
    }
    lower_put(l, AIL_STEP_STORE, 0, from, l->insn->n_store, op->a.size, 0);
    take_from(&l->insn->n_store, op->a.size);
    l->insn->predicated |= (op->flags & AIL_OP_PREDICATED) != 0;
}

static unsigned area_index(AilTaintLower *l, const AilArea *area)
{
    g_ptr_array_add(l->areas, (void *)area);
    return l->areas->len - 1;
}

/* Operations that have no result in the state. True: op was one of them. */
bool lower_memory(AilTaintLower *l, const AilOp *op)
{
    AilTaintInsn *insn = l->insn;
    switch (op->code) {
    case AIL_OP_LOAD:
        lower_load(l, op);
        return true;
    case AIL_OP_STORE:
        lower_store(l, op);
        return true;
    case AIL_OP_LOADS:
        lower_put(l, AIL_STEP_CLEAR, op->dst.at, 0, 0, op->dst.size, 0);
        lower_put(l, AIL_STEP_LOADS, op->dst.at, 0, 0, 1, 0);
        insn->n_load = AIL_TAINT_ANY;
        return true;
    case AIL_OP_STORES:
        lower_put(l, AIL_STEP_STORES, 0, lower_in_state(&op->a) ? op->a.at : AIL_TAINT_ZERO, 0, 1,
                  0);
        insn->n_store = AIL_TAINT_ANY;
        return true;
    case AIL_OP_AREA_LOAD:
    case AIL_OP_AREA_STORE:
        insn->n_load = insn->n_store = AIL_TAINT_ANY;
        lower_put(l, op->code == AIL_OP_AREA_LOAD ? AIL_STEP_AREA_LOAD : AIL_STEP_AREA_STORE, 0, 0,
                  0, 1, 0);
        g_array_index(l->steps, AilTaintStep, l->steps->len - 1).area =
            (uint16_t)area_index(l, op->area);
        return true;
    case AIL_OP_JUMP:
        if (lower_in_state(&op->c))
            lower_put(l, AIL_STEP_BRANCH, 0, op->c.at, 0, op->c.size, 0);
        if (lower_in_state(&op->a))
            lower_put(l, AIL_STEP_BRANCH, 0, op->a.at, 0, op->a.size, 1);
        return true;
    default:
        return op->code == AIL_OP_NONE;
    }
}
