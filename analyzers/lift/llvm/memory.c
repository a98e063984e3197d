/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on memory: calls of functions that whoever uses the IR defines. */
#include "analyzers/lift/llvm/emit.h"

#include <stdio.h>

static LLVMValueRef call_load(AilEmit *e, LLVMValueRef address, unsigned size)
{
    char name[32];
    snprintf(name, sizeof name, "ailurus.load.i%u", 8 * size);
    LLVMValueRef args[] = {e->memory, address};
    return ail_emit_call(e, name, ail_emit_int(e, 8 * size), args, 2, false);
}

static void call_store(AilEmit *e, LLVMValueRef address, LLVMValueRef value)
{
    char name[32];
    snprintf(name, sizeof name, "ailurus.store.i%u", LLVMGetIntTypeWidth(LLVMTypeOf(value)));
    LLVMValueRef args[] = {e->memory, address, value};
    ail_emit_call(e, name, NULL, args, 3, false);
}

/* What follows runs only if c is true, up to `join`. Returns the block that branches. */
static LLVMBasicBlockRef branch_if(AilEmit *e, const AilVar *c, LLVMBasicBlockRef *join)
{
    LLVMValueRef truth = ail_emit_truth(e, c);
    LLVMBasicBlockRef from = LLVMGetInsertBlock(e->builder);
    LLVMBasicBlockRef then = LLVMInsertBasicBlockInContext(e->context, e->next, "then");
    *join = LLVMInsertBasicBlockInContext(e->context, e->next, "join");
    LLVMBuildCondBr(e->builder, truth, then, *join);
    LLVMPositionBuilderAtEnd(e->builder, then);
    return from;
}

static void load(AilEmit *e, const AilOp *op)
{
    LLVMValueRef address = ail_emit_read_as(e, &op->b, 64);
    if (!(op->flags & AIL_OP_PREDICATED)) {
        ail_emit_write(e, &op->dst, call_load(e, address, op->dst.size));
        return;
    }
    LLVMBasicBlockRef join;
    LLVMValueRef old = ail_emit_read(e, &op->dst);
    LLVMBasicBlockRef from = branch_if(e, &op->c, &join), then = LLVMGetInsertBlock(e->builder);
    LLVMValueRef loaded = call_load(e, address, op->dst.size);
    LLVMBuildBr(e->builder, join);
    LLVMPositionBuilderAtEnd(e->builder, join);
    LLVMValueRef phi = LLVMBuildPhi(e->builder, LLVMTypeOf(loaded), "");
    LLVMAddIncoming(phi, &loaded, &then, 1);
    LLVMAddIncoming(phi, &old, &from, 1);
    ail_emit_write(e, &op->dst, phi);
}

static void store(AilEmit *e, const AilOp *op)
{
    LLVMValueRef address = ail_emit_read_as(e, &op->b, 64);
    LLVMValueRef value = ail_emit_read(e, &op->a);
    LLVMBasicBlockRef join = NULL;
    if (op->flags & AIL_OP_PREDICATED)
        branch_if(e, &op->c, &join);
    call_store(e, address, value);
    if (!join)
        return;
    LLVMBuildBr(e->builder, join);
    LLVMPositionBuilderAtEnd(e->builder, join);
}

/* Registers of an area, AIL_VAR_MAX bytes at a time. */
static void area(AilEmit *e, const AilOp *op, bool stores)
{
    LLVMValueRef base =
        op->b.kind ? ail_emit_read_as(e, &op->b, 64)
                   : ail_emit_call(e, "ailurus.area", ail_emit_int(e, 64), &e->memory, 1, false);
    base = LLVMBuildAnd(e->builder, base, ail_emit_number(e, 64, -(uint64_t)op->area->align), "");
    for (unsigned i = 0; i < op->area->n_parts; i++) {
        const AilAreaPart *p = &op->area->parts[i];
        for (unsigned done = 0; done < p->size; done += AIL_VAR_MAX) {
            AilVar v = {.kind = AIL_VAR_STATE,
                        .at = (uint16_t)(p->at + done),
                        .size = (uint8_t)MIN(p->size - done, AIL_VAR_MAX)};
            LLVMValueRef address =
                LLVMBuildAdd(e->builder, base, ail_emit_number(e, 64, p->offset + done), "");
            if (stores)
                call_store(e, address, ail_emit_read(e, &v));
            else
                ail_emit_write(e, &v, call_load(e, address, v.size));
        }
    }
}

bool ail_emit_memory(AilEmit *e, const AilOp *op)
{
    switch (op->code) {
    case AIL_OP_LOAD:
        load(e, op);
        return true;
    case AIL_OP_STORE:
        store(e, op);
        return true;
    case AIL_OP_LOADS: {
        LLVMTypeRef type = ail_emit_int(e, 8u * op->dst.size);
        ail_emit_write(e, &op->dst, ail_emit_call(e, "ailurus.loads", type, &e->memory, 1, false));
        return true;
    }
    case AIL_OP_STORES: {
        LLVMValueRef args[] = {e->memory, ail_emit_read(e, &op->a)};
        ail_emit_call(e, "ailurus.stores", NULL, args, 2, false);
        return true;
    }
    case AIL_OP_AREA_LOAD:
    case AIL_OP_AREA_STORE:
        area(e, op, op->code == AIL_OP_AREA_STORE);
        return true;
    default:
        return false;
    }
}
