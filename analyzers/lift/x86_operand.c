/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operands of x86's instructions: addresses, values, the stack. */
#include "analyzers/lift/x86_private.h"

unsigned ail_x86_word(const AilX86 *l)
{
    switch (l->b->mode) {
    case AIL_MODE_X86_16:
        return 2;
    case AIL_MODE_X86_32:
        return 4;
    default:
        return 8;
    }
}

AilVar ail_x86_const(uint64_t value, unsigned size)
{
    return ail_const(size < 8 ? value & ((UINT64_C(1) << 8 * size) - 1) : value, size);
}

AilVar ail_x86_do_const(AilX86 *l, AilOpCode code, AilVar a, uint64_t b)
{
    return ail_do2(l->b, code, a.size, a, ail_x86_const(b, a.size));
}

/* --- addresses --- */

/* v, extended to 8 bytes by zeros. */
static AilVar widen(AilX86 *l, AilVar v)
{
    if (v.size == 8)
        return v;
    return v.kind == AIL_VAR_CONST ? ail_x86_const(v.value, 8) : ail_do1(l->b, AIL_OP_ZEXT, 8, v);
}

/* index * scale: a temporary, or the register itself. */
static AilVar scaled(AilX86 *l, AilVar index, unsigned scale)
{
    unsigned shift = 0;
    while (1u << shift < scale)
        shift++;
    if (!shift)
        return index;
    return ail_do2(l->b, AIL_OP_SHL, index.size, index, ail_const(shift, 1));
}

unsigned ail_x86_address_size(const AilX86 *l)
{
    return l->x->addr_size ? l->x->addr_size : ail_x86_word(l);
}

unsigned ail_x86_data_segment(const AilX86 *l)
{
    switch (l->x->prefix[1]) {
    case X86_PREFIX_CS:
        return X86_CS;
    case X86_PREFIX_SS:
        return X86_SS;
    case X86_PREFIX_ES:
        return X86_ES;
    case X86_PREFIX_FS:
        return X86_FS;
    case X86_PREFIX_GS:
        return X86_GS;
    default:
        return X86_DS;
    }
}

AilVar ail_x86_offset(AilX86 *l, const cs_x86_op *op)
{
    unsigned size = ail_x86_address_size(l);
    const x86_op_mem *m = &op->mem;
    if (m->base == X86_REG_RIP || m->base == X86_REG_EIP) {
        uint64_t at = l->b->pc + l->b->size + (uint64_t)m->disp;
        return ail_x86_const(size < 8 ? at & UINT32_MAX : at, 8);
    }
    AilVar sum = ail_x86_reg(m->base), index = ail_x86_reg(m->index);
    sum.size = index.size = (uint8_t)size;
    if (index.kind) {
        index = scaled(l, index, (unsigned)m->scale);
        sum = sum.kind ? ail_do2(l->b, AIL_OP_ADD, size, sum, index) : index;
    }
    if (!sum.kind)
        return ail_const(
            size < 8 ? (uint64_t)m->disp & ((UINT64_C(1) << 8 * size) - 1) : (uint64_t)m->disp, 8);
    if (m->disp)
        sum = ail_x86_do_const(l, AIL_OP_ADD, sum, (uint64_t)m->disp);
    return widen(l, sum);
}

AilVar ail_x86_in_segment(AilX86 *l, AilVar offset, unsigned segment)
{
    offset = widen(l, offset);
    bool flat = l->b->mode == AIL_MODE_X86_64 && segment != X86_FS && segment != X86_GS;
    if (flat)
        return offset;
    AilVar base = ail_state(X86_BASE + 8 * segment, 8);
    AilVar sum = ail_do2(l->b, AIL_OP_ADD, 8, offset, base);
    if (l->b->mode == AIL_MODE_X86_64)
        return sum;
    return widen(l, ail_part(sum, 0, 4));
}

AilVar ail_x86_return_offset(AilX86 *l, unsigned size)
{
    AilVar next = ail_x86_const(l->b->pc + l->b->size, size);
    if (l->b->mode == AIL_MODE_X86_64)
        return next;
    return ail_do2(l->b, AIL_OP_SUB, size, next, ail_state(X86_BASE + 8 * X86_CS, size));
}

unsigned ail_x86_segment_of(const cs_x86_op *op)
{
    int segment = ail_x86_segment(op->mem.segment);
    AilVar base = ail_x86_reg(op->mem.base);
    bool stack = base.kind && (base.at == X86_RSP || base.at == X86_RBP);
    return segment >= 0 ? (unsigned)segment : stack ? X86_SS : X86_DS;
}

AilVar ail_x86_address(AilX86 *l, const cs_x86_op *op)
{
    return ail_x86_in_segment(l, ail_x86_offset(l, op), ail_x86_segment_of(op));
}

/* --- values --- */

AilX86Place ail_x86_memory(AilVar address, unsigned size)
{
    return (AilX86Place){.address = address, .size = size};
}

AilX86Place ail_x86_place_sized(AilX86 *l, unsigned i, unsigned size)
{
    const cs_x86_op *op = ail_x86_op(l, i);
    if (op->type == X86_OP_MEM)
        return ail_x86_memory(ail_x86_address(l, op), size);
    AilX86Place p = {.size = size};
    if (op->type == X86_OP_REG)
        p.var = ail_x86_reg(op->reg);
    else
        p.var = ail_x86_const((uint64_t)op->imm, size);
    p.var.size = (uint8_t)size;
    return p;
}

AilX86Place ail_x86_place(AilX86 *l, unsigned i)
{
    const cs_x86_op *op = ail_x86_op(l, i);
    AilVar reg = op->type == X86_OP_REG ? ail_x86_reg(op->reg) : AIL_NONE;
    return ail_x86_place_sized(l, i, reg.kind ? reg.size : op->size);
}

AilVar ail_x86_get(AilX86 *l, AilX86Place p)
{
    return p.address.kind ? ail_load(l->b, p.size, p.address) : p.var;
}

void ail_x86_set_gpr(AilX86 *l, AilVar reg, AilVar v)
{
    if (reg.size != 4) {
        ail_copy(l->b, reg, v);
        return;
    }
    reg.size = 8;
    if (v.kind == AIL_VAR_CONST)
        ail_copy(l->b, reg, ail_x86_const(v.value & UINT32_MAX, 8));
    else
        ail_put(l->b, AIL_OP_ZEXT, 0, reg, v, AIL_NONE, AIL_NONE);
}

void ail_x86_set(AilX86 *l, AilX86Place p, AilVar v)
{
    if (p.address.kind)
        ail_store(l->b, p.address, v);
    else if (p.var.at < X86_CF)
        ail_x86_set_gpr(l, p.var, v);
    else
        ail_copy(l->b, p.var, v);
}

AilVar ail_x86_read_sized(AilX86 *l, unsigned i, unsigned size)
{
    return ail_x86_get(l, ail_x86_place_sized(l, i, size));
}

AilVar ail_x86_read(AilX86 *l, unsigned i)
{
    return ail_x86_get(l, ail_x86_place(l, i));
}

bool ail_x86_same(const AilX86 *l, unsigned i, unsigned j)
{
    const cs_x86_op *a = ail_x86_op(l, i), *b = ail_x86_op(l, j);
    return a->type == X86_OP_REG && b->type == X86_OP_REG && a->reg == b->reg;
}

/* --- stack --- */

AilVar ail_x86_sp(const AilX86 *l)
{
    return ail_x86_gpr(X86_RSP, ail_x86_word(l));
}

void ail_x86_push(AilX86 *l, AilVar v)
{
    AilVar sp = ail_x86_sp(l);
    AilVar moved = ail_x86_do_const(l, AIL_OP_SUB, sp, v.size);
    ail_store(l->b, ail_x86_in_segment(l, moved, X86_SS), v);
    ail_x86_set_gpr(l, sp, moved);
}

AilVar ail_x86_pop(AilX86 *l, unsigned size)
{
    AilVar sp = ail_x86_sp(l);
    AilVar v = ail_load(l->b, size, ail_x86_in_segment(l, sp, X86_SS));
    ail_x86_set_gpr(l, sp, ail_x86_do_const(l, AIL_OP_ADD, sp, size));
    return v;
}

/* --- what has no operation of its own --- */

AilVar ail_x86_mix(AilX86 *l, const char *name, AilVar dst, AilVar a, AilVar b)
{
    ail_put(l->b, AIL_OP_MIX, 0, dst, a, b, AIL_NONE)->name = name;
    return dst;
}

AilVar ail_x86_loads(AilX86 *l)
{
    AilVar v = ail_temp(l->b, 1);
    ail_put(l->b, AIL_OP_LOADS, 1, v, AIL_NONE, AIL_NONE, AIL_NONE);
    return v;
}

void ail_x86_stores(AilX86 *l, AilVar v)
{
    ail_put(l->b, AIL_OP_STORES, 1, AIL_NONE, v, AIL_NONE, AIL_NONE);
}

bool ail_x86_nothing(AilX86 *l)
{
    (void)l;
    return true;
}
