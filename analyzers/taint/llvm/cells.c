/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors of cells. */
#include "analyzers/taint/llvm/emit.h"

#include <string.h>

LLVMTypeRef cells_type(const TaintEmit *e, unsigned n)
{
    return LLVMVectorType(e->i64, n);
}

LLVMValueRef cells_zero(const TaintEmit *e, unsigned n)
{
    return LLVMConstNull(cells_type(e, n));
}

LLVMValueRef number32(const TaintEmit *e, uint64_t value)
{
    return LLVMConstInt(e->i32, value, false);
}

LLVMValueRef number64(const TaintEmit *e, uint64_t value)
{
    return LLVMConstInt(e->i64, value, false);
}

LLVMValueRef place_at(TaintEmit *e, LLVMValueRef base, uint64_t offset, LLVMTypeRef type)
{
    LLVMValueRef at = number64(e, offset);
    LLVMValueRef pointer = LLVMBuildGEP2(e->b, LLVMInt8TypeInContext(e->context), base, &at, 1, "");
    return LLVMBuildBitCast(e->b, pointer, LLVMPointerType(type, 0), "");
}

LLVMValueRef state_at(TaintEmit *e, unsigned cell, LLVMTypeRef type)
{
    return place_at(e, e->taint, offsetof(AilTaint, state) + cell * sizeof(AilCell), type);
}

unsigned cells_count(LLVMValueRef v)
{
    return LLVMGetVectorSize(LLVMTypeOf(v));
}

/* --- picking --- */

LLVMValueRef cells_pick(TaintEmit *e, LLVMValueRef v, const int *index, unsigned n)
{
    LLVMValueRef mask[AIL_VAR_MAX];
    unsigned from = cells_count(v);
    bool same = n == from;
    for (unsigned i = 0; i < n; i++) {
        mask[i] = number32(e, index[i] < 0 ? from : (unsigned)index[i]);
        same = same && index[i] == (int)i;
    }
    return same
               ? v
               : LLVMBuildShuffleVector(e->b, v, cells_zero(e, from), LLVMConstVector(mask, n), "");
}

LLVMValueRef cells_part(TaintEmit *e, LLVMValueRef v, unsigned from, unsigned n)
{
    int index[AIL_VAR_MAX];
    for (unsigned i = 0; i < n; i++)
        index[i] = (int)(from + i);
    return cells_pick(e, v, index, n);
}

LLVMValueRef cells_join(TaintEmit *e, LLVMValueRef a, LLVMValueRef b)
{
    unsigned na = cells_count(a), nb = cells_count(b), n = na + nb;
    int first[AIL_VAR_MAX], second[AIL_VAR_MAX];
    for (unsigned i = 0; i < n; i++) {
        first[i] = i < na ? (int)i : -1;
        second[i] = i < na ? -1 : (int)(i - na);
    }
    return LLVMBuildOr(e->b, cells_pick(e, a, first, n), cells_pick(e, b, second, n), "");
}

/* --- the state, as far as the instruction has it --- */

static void add_entry(TaintEmit *e, unsigned at, LLVMValueRef value)
{
    unsigned n = cells_count(value);
    e->entries[e->n_entries] = (CellEntry){value, (uint16_t)at, (uint16_t)n};
    for (unsigned i = 0; i < n; i++)
        e->owner[at + i] = (int16_t)e->n_entries;
    e->n_entries++;
}

static bool is_zero(unsigned at)
{
    return at >= AIL_TAINT_ZERO && at < AIL_TAINT_SCRATCH;
}

/* As many of the cells as one entry has. */
static LLVMValueRef read_run(TaintEmit *e, unsigned at, unsigned *n)
{
    int owner = e->owner[at];
    unsigned have = 1;
    while (have < *n && e->owner[at + have] == owner && is_zero(at + have) == is_zero(at))
        have++;
    *n = have;
    if (owner >= 0)
        return cells_part(e, e->entries[owner].value, at - e->entries[owner].at, have);
    if (is_zero(at))
        return cells_zero(e, have);
    LLVMValueRef value =
        LLVMBuildLoad2(e->b, cells_type(e, have), state_at(e, at, cells_type(e, have)), "");
    LLVMSetAlignment(value, sizeof(AilCell));
    add_entry(e, at, value);
    return value;
}

LLVMValueRef cells_read(TaintEmit *e, unsigned at, unsigned n)
{
    LLVMValueRef all = NULL;
    for (unsigned i = 0, have; i < n; i += have) {
        have = n - i;
        LLVMValueRef some = read_run(e, at + i, &have);
        all = all ? cells_join(e, all, some) : some;
    }
    return all;
}

void cells_write(TaintEmit *e, unsigned at, LLVMValueRef value)
{
    add_entry(e, at, value);
    memset(e->written + at, true, cells_count(value));
}

/* --- unions --- */

static LLVMValueRef sets_of(TaintEmit *e, LLVMValueRef v)
{
    LLVMValueRef mask[AIL_VAR_MAX];
    for (unsigned i = 0; i < cells_count(v); i++)
        mask[i] = number64(e, UINT32_MAX);
    return LLVMBuildAnd(e->b, v, LLVMConstVector(mask, cells_count(v)), "");
}

static LLVMValueRef reduce(TaintEmit *e, const char *name, LLVMValueRef v)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMTypeRef type = LLVMTypeOf(v);
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(e->module, id, &type, 1);
    return LLVMBuildCall2(e->b, LLVMIntrinsicGetType(e->context, id, &type, 1), function, &v, 1,
                          "");
}

LLVMValueRef cells_any(TaintEmit *e, LLVMValueRef v)
{
    return LLVMBuildICmp(e->b, LLVMIntNE, reduce(e, "llvm.vector.reduce.or", v), number64(e, 0),
                         "");
}

/* Cells have no bit 63: signed or unsigned makes no difference, but to what processors have. */
static LLVMValueRef larger(TaintEmit *e, LLVMValueRef a, LLVMValueRef b)
{
    LLVMValueRef is = LLVMBuildICmp(e->b, LLVMIntSGT, a, b, "");
    return LLVMBuildSelect(e->b, is, a, b, "");
}

LLVMValueRef cells_union(TaintEmit *e, LLVMValueRef a, LLVMValueRef b)
{
    if (LLVMIsNull(a) || LLVMIsNull(b))
        return LLVMIsNull(a) ? b : a;
    return larger(e, a, b);
}

/* Each cell and the one `step` before it (behind it: negative) in its lane. */
static LLVMValueRef fold(TaintEmit *e, LLVMValueRef v, unsigned lane, int step)
{
    int index[AIL_VAR_MAX];
    unsigned n = cells_count(v);
    for (unsigned i = 0; i < n; i++) {
        int in = (int)(i % lane) - step;
        index[i] = in >= 0 && in < (int)lane && i / lane * lane + lane <= n ? (int)i - step : -1;
    }
    return larger(e, v, cells_pick(e, v, index, n));
}

LLVMValueRef cells_lanes(TaintEmit *e, LLVMValueRef v, unsigned lane, LanesHow how)
{
    unsigned n = cells_count(v);
    LLVMValueRef result = v;
    int index[AIL_VAR_MAX];
    if (LLVMIsNull(v) || lane < 2)
        return v;
    for (int step = 1; step < (int)lane; step *= 2)
        result = fold(e, result, lane, how == LANES_FALL ? -step : step);
    if (how != LANES_ALL)
        return result;
    for (unsigned i = 0; i < n; i++) {
        unsigned begin = i / lane * lane;
        bool whole = begin + lane <= n; /* what is left over stays */
        index[i] = whole ? (int)(begin + lane - 1) : (int)i;
    }
    return cells_pick(e, result, index, n);
}

LLVMValueRef cells_gather(TaintEmit *e, LLVMValueRef v)
{
    if (cells_count(v) == 1)
        return v;
    LLVMValueRef one = reduce(e, "llvm.vector.reduce.smax", v);
    return LLVMBuildInsertElement(e->b, cells_zero(e, 1), one, number32(e, 0), "");
}

LLVMValueRef cells_other_sets(TaintEmit *e, LLVMValueRef v, LLVMValueRef cell)
{
    static const int first[AIL_VAR_MAX];
    unsigned n = cells_count(v);
    LLVMValueRef set = cells_pick(e, sets_of(e, cell), first, n), sets = sets_of(e, v);
    LLVMValueRef is = LLVMBuildICmp(e->b, LLVMIntNE, sets, set, "");
    is = LLVMBuildAnd(e->b, is, LLVMBuildICmp(e->b, LLVMIntNE, sets, cells_zero(e, n), ""), "");
    return LLVMBuildSExt(e->b, is, cells_type(e, n), "");
}

LLVMValueRef cells_wide(TaintEmit *e, LLVMValueRef v, unsigned n)
{
    int index[AIL_VAR_MAX];
    for (unsigned i = 0; i < n; i++)
        index[i] = i < cells_count(v) ? (int)i : -1;
    return cells_pick(e, v, index, n);
}

LLVMValueRef cells_deeper(TaintEmit *e, LLVMValueRef v)
{
    LLVMValueRef depth[AIL_VAR_MAX], one[AIL_VAR_MAX];
    unsigned n = cells_count(v);
    if (LLVMIsNull(v))
        return v;
    for (unsigned i = 0; i < n; i++) {
        depth[i] = number64(e, (uint64_t)AIL_CELL_DEPTH_MAX << AIL_CELL_DEPTH_SHIFT);
        one[i] = number64(e, UINT64_C(1) << AIL_CELL_DEPTH_SHIFT);
    }
    /* The least cell of the greatest depth, and all above it, are as deep as can be. */
    LLVMValueRef is = LLVMBuildICmp(e->b, LLVMIntSLT, v, LLVMConstVector(depth, n), "");
    is = LLVMBuildAnd(e->b, is, LLVMBuildICmp(e->b, LLVMIntNE, v, cells_zero(e, n), ""), "");
    LLVMValueRef more = LLVMBuildSelect(e->b, is, LLVMConstVector(one, n), cells_zero(e, n), "");
    return LLVMBuildAdd(e->b, v, more, "");
}
