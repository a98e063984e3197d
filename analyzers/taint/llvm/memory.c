/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells from and to memory. Where nothing in the page is tainted, which the shadow's filter tells,
 * there is nothing to be done; else the interpreter's functions are called. */
#include "analyzers/taint/llvm/emit.h"

#include <stddef.h>

void emit_call(TaintEmit *e, size_t which, LLVMTypeRef *params, LLVMValueRef *args, unsigned n)
{
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(e->context), params, n, false);
    LLVMTypeRef pointer = LLVMPointerType(type, 0);
    LLVMValueRef function =
        LLVMBuildLoad2(e->b, pointer, place_at(e, e->calls, which, pointer), "");
    LLVMBuildCall2(e->b, type, function, args, n, "");
}

LLVMBasicBlockRef emit_rare(TaintEmit *e, LLVMValueRef when, const char *name,
                            LLVMBasicBlockRef *rare)
{
    LLVMBasicBlockRef go_on = LLVMInsertBasicBlockInContext(e->context, e->next, "");
    *rare = LLVMInsertBasicBlockInContext(e->context, e->next, name);
    LLVMBuildCondBr(e->b, when, *rare, go_on);
    LLVMPositionBuilderAtEnd(e->b, go_on);
    return go_on;
}

static LLVMValueRef access_at(TaintEmit *e, unsigned k, size_t field, LLVMTypeRef type)
{
    return place_at(e, e->access, k * sizeof(AilTaintAccess) + field, type);
}

/* Whether the access k may have to do with tainted memory, or is in two pages, or not in memory at
 * all, where AIL_TAINT_NOWHERE looks like the last byte of a page: i1. */
static LLVMValueRef may_touch(TaintEmit *e, unsigned k)
{
    LLVMValueRef phys =
        LLVMBuildLoad2(e->b, e->i64, access_at(e, k, offsetof(AilTaintAccess, phys), e->i64), "");
    LLVMValueRef page = LLVMBuildLShr(e->b, phys, number64(e, 12), "");
    page = LLVMBuildAnd(e->b, page, number64(e, (1 << AIL_SHADOW_FILTER_BITS) - 1), "");
    LLVMValueRef word = LLVMBuildLShr(e->b, page, number64(e, 6), "");
    LLVMValueRef pointer = LLVMBuildGEP2(e->b, e->i64, e->filter, &word, 1, "");
    LLVMValueRef bits = LLVMBuildLoad2(e->b, e->i64, pointer, "");
    bits = LLVMBuildLShr(e->b, bits, LLVMBuildAnd(e->b, page, number64(e, 63), ""), "");
    LLVMValueRef is = LLVMBuildTrunc(e->b, bits, e->i1, "");
    LLVMValueRef in_page = LLVMBuildAnd(e->b, phys, number64(e, 4095), "");
    unsigned size = e->job->shape[k].size;
    LLVMValueRef last = number64(e, 4096 - MAX(size, 2));
    LLVMValueRef crosses = LLVMBuildICmp(e->b, LLVMIntUGT, in_page, last, "");
    return LLVMBuildOr(e->b, is, crosses, "");
}

/* Call load or store for bytes from .. from + n - 1 of the access k, with the scratch. */
static void call_memory(TaintEmit *e, size_t which, unsigned k, unsigned from, unsigned n)
{
    LLVMTypeRef params[] = {e->pointer, e->pointer, e->i32, e->i32, e->i32, e->pointer};
    LLVMValueRef args[] = {e->taint,       access_at(e, k, 0, LLVMInt8TypeInContext(e->context)),
                           number32(e, 1), number32(e, from),
                           number32(e, n), e->scratch};
    emit_call(e, which, params, args, 6);
}

/* --- pieces: a step's bytes, cut by accesses --- */

typedef struct Piece {
    unsigned access, from, n; /* bytes of the access */
} Piece;

/* The next piece of bytes at .. at + n - 1 of a stream; n = 0: there is none. */
static Piece piece_at(const TaintEmit *e, bool write, unsigned at, unsigned n)
{
    unsigned here = 0;
    for (unsigned k = e->first_access; k < e->first_access + e->n; k++) {
        const AilTaintShape *a = &e->job->shape[k];
        if (!a->write == write)
            continue;
        if (at < here + a->size)
            return (Piece){k, at - here, MIN(n, here + a->size - at)};
        here += a->size;
    }
    return (Piece){0, 0, 0};
}

static bool none(const TaintEmit *e, bool write)
{
    const AilTaintInsn *insn = &e->job->program->insns[e->index];
    return insn->predicated && !piece_at(e, write, 0, 1).n;
}

bool emit_skips_loads(const TaintEmit *e)
{
    return none(e, false);
}

bool emit_skips_stores(const TaintEmit *e)
{
    return none(e, true);
}

/* --- loads --- */

static LLVMValueRef load_piece(TaintEmit *e, Piece piece)
{
    LLVMBasicBlockRef rare, from = LLVMGetInsertBlock(e->b);
    LLVMTypeRef type = cells_type(e, piece.n);
    LLVMValueRef touches = may_touch(e, piece.access);
    LLVMBasicBlockRef go_on = emit_rare(e, touches, "load", &rare);
    LLVMPositionBuilderAtEnd(e->b, rare);
    call_memory(e, offsetof(AilTaintCalls, load), piece.access, piece.from, piece.n);
    LLVMValueRef loaded = LLVMBuildLoad2(e->b, type, place_at(e, e->scratch, 0, type), "");
    LLVMSetAlignment(loaded, sizeof(AilCell));
    LLVMBuildBr(e->b, go_on);
    LLVMPositionBuilderAtEnd(e->b, go_on);
    LLVMValueRef phi = LLVMBuildPhi(e->b, type, ""), zero = cells_zero(e, piece.n);
    LLVMAddIncoming(phi, &loaded, &rare, 1);
    LLVMAddIncoming(phi, &zero, &from, 1);
    return phi;
}

void emit_loads(TaintEmit *e, const AilTaintStep *from, const AilTaintStep *end,
                LLVMValueRef *loaded)
{
    bool skips = emit_skips_loads(e);
    for (const AilTaintStep *s = from; s < end; s++) {
        LLVMValueRef all = NULL;
        for (unsigned i = 0; s->code == AIL_STEP_LOAD && !skips && i < s->n;) {
            Piece piece = piece_at(e, false, s->b + i, s->n - i);
            LLVMValueRef some = piece.n ? load_piece(e, piece) : cells_zero(e, s->n - i);
            all = all ? cells_join(e, all, some) : some;
            i += piece.n ? piece.n : s->n - i;
        }
        loaded[s - from] = all ? all : cells_zero(e, s->n ? s->n : 1u);
    }
}

/* --- stores --- */

static void store_piece(TaintEmit *e, Piece piece, LLVMValueRef value)
{
    LLVMBasicBlockRef rare;
    LLVMTypeRef type = cells_type(e, piece.n);
    bool zero = !value || LLVMIsNull(value);
    LLVMValueRef touches = may_touch(e, piece.access);
    if (!zero)
        touches = LLVMBuildOr(e->b, touches, cells_any(e, value), "");
    LLVMBasicBlockRef go_on = emit_rare(e, touches, "store", &rare);
    LLVMPositionBuilderAtEnd(e->b, rare);
    LLVMValueRef put =
        LLVMBuildStore(e->b, zero ? LLVMConstNull(type) : value, place_at(e, e->scratch, 0, type));
    LLVMSetAlignment(put, sizeof(AilCell));
    call_memory(e, offsetof(AilTaintCalls, store), piece.access, piece.from, piece.n);
    LLVMBuildBr(e->b, go_on);
    LLVMPositionBuilderAtEnd(e->b, go_on);
}

void emit_store(TaintEmit *e, const AilTaintStep *s, LLVMValueRef value)
{
    if (emit_skips_stores(e))
        return;
    for (unsigned i = 0; i < s->n;) {
        Piece piece = piece_at(e, true, s->b + i, s->n - i);
        if (!piece.n)
            return;
        store_piece(e, piece, value ? cells_part(e, value, i, piece.n) : NULL);
        i += piece.n;
    }
}
