/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves between general registers and memory. */
#include "analyzers/lift/x86_private.h"

static bool is_system(AilVar v)
{
    return v.kind == AIL_VAR_STATE && v.at >= X86_CR && v.at < X86_GDTR;
}

static bool lift_mov(AilX86 *l)
{
    const cs_x86_op *dst = ail_x86_op(l, 0), *src = ail_x86_op(l, 1);
    AilVar to = dst->type == X86_OP_REG ? ail_x86_reg(dst->reg) : AIL_NONE;
    AilVar from = src->type == X86_OP_REG ? ail_x86_reg(src->reg) : AIL_NONE;
    if ((dst->type == X86_OP_REG && !to.kind) || (src->type == X86_OP_REG && !from.kind))
        return false;
    if (src->type == X86_OP_REG && ail_x86_segment(src->reg) >= 0) {
        AilX86Place p = ail_x86_place_sized(l, 0, to.kind ? to.size : 2);
        ail_x86_set(l, p, to.size > 2 ? ail_do1(l->b, AIL_OP_ZEXT, to.size, from) : from);
        return true;
    }
    if (dst->type == X86_OP_REG && ail_x86_segment(dst->reg) >= 0)
        return ail_x86_to_segment(l, ail_x86_read_sized(l, 1, 2));
    if (is_system(to) || is_system(from)) { /* 32 bits: the upper half is 0 */
        unsigned size = is_system(to) ? from.size : to.size;
        if (is_system(from))
            ail_x86_set_gpr(l, to, ail_part(from, 0, size));
        else
            ail_put(l->b, size < 8 ? AIL_OP_ZEXT : AIL_OP_COPY, 0, to, from, AIL_NONE, AIL_NONE);
        return true;
    }
    AilX86Place place = ail_x86_place(l, 0);
    unsigned size = to.kind ? to.size : from.kind ? from.size : place.size;
    place.size = size;
    ail_x86_set(l, place, ail_x86_read_sized(l, 1, size));
    return true;
}

/* movzx, movsx, movsxd, cbw and its like: `how` is the operation */
static void extend(AilX86 *l, AilX86Place to, AilVar v)
{
    if (v.size >= to.size)
        ail_x86_set(l, to, ail_part(v, 0, to.size));
    else
        ail_x86_set(l, to, ail_do1(l->b, (AilOpCode)l->how, to.size, v));
}

static bool lift_movx(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    extend(l, to, ail_x86_read(l, 1));
    return true;
}

/* movsxd without REX.W extends nothing, whatever a disassembler makes of it. */
static bool lift_movsxd(AilX86 *l)
{
    unsigned size = l->x->rex & 8 ? 8 : l->x->prefix[2] == X86_PREFIX_OPSIZE ? 2 : 4;
    AilVar v = ail_x86_read_sized(l, 1, size < 4 ? 2 : 4);
    extend(l, ail_x86_place_sized(l, 0, size), v);
    return true;
}

/* cbw, cwde, cdqe: `how` is the size of what comes out */
static bool lift_cbw(AilX86 *l)
{
    unsigned size = l->how;
    AilVar half = ail_x86_gpr(X86_RAX, size / 2);
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RAX, size), ail_do1(l->b, AIL_OP_SEXT, size, half));
    return true;
}

static bool lift_cwd(AilX86 *l)
{
    unsigned size = l->how;
    AilVar sign =
        ail_do2(l->b, AIL_OP_SAR, size, ail_x86_gpr(X86_RAX, size), ail_const(8 * size - 1, 1));
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RDX, size), sign);
    return true;
}

static bool lift_lea(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar offset = ail_x86_offset(l, ail_x86_op(l, 1));
    ail_x86_set(l, to, ail_part(offset, 0, to.size));
    return true;
}

static bool lift_xchg(AilX86 *l)
{
    AilX86Place a = ail_x86_place(l, 0), b = ail_x86_place(l, 1);
    unsigned size = a.address.kind ? b.size : a.size;
    a.size = b.size = size;
    AilVar x = ail_temp(l->b, size), y = ail_temp(l->b, size);
    ail_copy(l->b, x, ail_x86_get(l, a));
    ail_copy(l->b, y, ail_x86_get(l, b));
    ail_x86_set(l, a, y);
    ail_x86_set(l, b, x);
    return true;
}

/* Write v, which is what there was unless `when` is `wanted`: then the upper half stays, too. */
static void set_if(AilX86 *l, AilVar to, AilVar v, AilVar when, bool wanted)
{
    AilVar high = ail_state(to.at + 4u, 4), zero = ail_const(0, 4);
    if (to.size == 4)
        ail_put(l->b, AIL_OP_SELECT, 0, high, wanted ? zero : high, wanted ? high : zero, when);
    ail_copy(l->b, to, v);
}

static bool lift_cmpxchg(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar with = ail_x86_read(l, 1);
    to.size = with.size;
    AilVar rax = ail_x86_gpr(X86_RAX, to.size), old = ail_temp(l->b, to.size);
    ail_copy(l->b, old, ail_x86_get(l, to));
    AilVar diff = ail_do2(l->b, AIL_OP_SUB, to.size, rax, old);
    ail_x86_flags_difference(l, diff, rax, old, false, false);
    ail_x86_flags_of(l, diff);
    AilVar v = ail_temp(l->b, to.size), equal = ail_x86_flag(X86_ZF);
    ail_put(l->b, AIL_OP_SELECT, 0, v, with, old, equal);
    AilVar ax = ail_temp(l->b, to.size); /* equal: unchanged, its upper half as well */
    ail_put(l->b, AIL_OP_SELECT, 0, ax, rax, old, equal);
    /* the address may be made of rax, and operand 0 may be rax itself */
    if (to.address.kind)
        ail_x86_set(l, to, v);
    set_if(l, rax, ax, equal, false);
    if (!to.address.kind)
        set_if(l, to.var, v, equal, true);
    return true;
}

/* cmpxchg8b, cmpxchg16b: `how` is the size of a half */
static bool lift_cmpxchg_pair(AilX86 *l)
{
    unsigned size = l->how;
    static const uint8_t regs[2][2] = {{X86_RAX, X86_RBX}, {X86_RDX, X86_RCX}};
    AilX86Place to = ail_x86_place_sized(l, 0, 2 * size);
    AilVar old = ail_x86_get(l, to), have = ail_temp(l->b, 2 * size), v = ail_temp(l->b, 2 * size);
    for (unsigned i = 0; i < 2; i++) {
        ail_copy(l->b, ail_part(have, i * size, size), ail_x86_gpr(regs[i][0], size));
        ail_copy(l->b, ail_part(v, i * size, size), ail_x86_gpr(regs[i][1], size));
    }
    AilVar equal = ail_x86_flag(X86_ZF);
    ail_put(l->b, AIL_OP_EQ, 0, equal, old, have, AIL_NONE);
    ail_put(l->b, AIL_OP_SELECT, 0, v, v, old, equal);
    ail_x86_set(l, to, v);
    for (unsigned i = 0; i < 2; i++) {
        AilVar reg = ail_x86_gpr(regs[i][0], size), high = ail_x86_gpr(regs[i][0] + 4u, 4);
        ail_put(l->b, AIL_OP_SELECT, 0, reg, reg, ail_part(old, i * size, size), equal);
        if (size == 4)
            ail_put(l->b, AIL_OP_SELECT, 0, high, high, ail_const(0, 4), equal);
    }
    return true;
}

static bool lift_cmov(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar v = ail_x86_read_sized(l, 1, to.size), r = ail_temp(l->b, to.size);
    ail_put(l->b, AIL_OP_SELECT, 0, r, v, to.var, ail_x86_condition(l, l->how));
    ail_x86_set(l, to, r);
    return true;
}

static bool lift_setcc(AilX86 *l)
{
    AilX86Place to = ail_x86_place_sized(l, 0, 1);
    ail_x86_set(l, to, ail_x86_condition(l, l->how));
    return true;
}

static bool lift_movbe(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0), from = ail_x86_place(l, 1);
    unsigned size = to.address.kind ? from.size : to.size;
    if (l->x->prefix[2] == X86_PREFIX_OPSIZE) /* for QEMU, whatever REX says */
        size = 2;
    to.size = from.size = size;
    to.var.size = from.var.size = (uint8_t)size;
    ail_x86_set(l, to, ail_do1(l->b, AIL_OP_BSWAP, size, ail_x86_get(l, from)));
    return true;
}

static bool lift_bswap(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    if (to.size == 2) /* undefined; QEMU turns 4 round */
        to.size = to.var.size = 4;
    ail_x86_set(l, to, ail_do1(l->b, AIL_OP_BSWAP, to.size, to.var));
    return true;
}

static bool lift_xlat(AilX86 *l)
{
    unsigned size = ail_x86_address_size(l);
    AilVar index = ail_do1(l->b, AIL_OP_ZEXT, size, ail_x86_gpr(X86_RAX, 1));
    AilVar at = ail_do2(l->b, AIL_OP_ADD, size, ail_x86_gpr(X86_RBX, size), index);
    at = ail_x86_in_segment(l, at, ail_x86_data_segment(l));
    ail_copy(l->b, ail_x86_gpr(X86_RAX, 1), ail_load(l->b, 1, at));
    return true;
}

#define CONDITIONAL(cc, n) [X86_INS_CMOV##cc] = {lift_cmov, n}, [X86_INS_SET##cc] = {lift_setcc, n}

const AilX86Entry ail_x86_moves[X86_INS_ENDING] = {
    CONDITIONAL(O, 0),
    CONDITIONAL(NO, 1),
    CONDITIONAL(B, 2),
    CONDITIONAL(AE, 3),
    CONDITIONAL(E, 4),
    CONDITIONAL(NE, 5),
    CONDITIONAL(BE, 6),
    CONDITIONAL(A, 7),
    CONDITIONAL(S, 8),
    CONDITIONAL(NS, 9),
    CONDITIONAL(P, 10),
    CONDITIONAL(NP, 11),
    CONDITIONAL(L, 12),
    CONDITIONAL(GE, 13),
    CONDITIONAL(LE, 14),
    CONDITIONAL(G, 15),
    [X86_INS_BSWAP] = {lift_bswap, 0},
    [X86_INS_CBW] = {lift_cbw, 2},
    [X86_INS_CDQ] = {lift_cwd, 4},
    [X86_INS_CDQE] = {lift_cbw, 8},
    [X86_INS_CMPXCHG] = {lift_cmpxchg, 0},
    [X86_INS_CMPXCHG16B] = {lift_cmpxchg_pair, 8},
    [X86_INS_CMPXCHG8B] = {lift_cmpxchg_pair, 4},
    [X86_INS_CQO] = {lift_cwd, 8},
    [X86_INS_CWD] = {lift_cwd, 2},
    [X86_INS_CWDE] = {lift_cbw, 4},
    [X86_INS_LEA] = {lift_lea, 0},
    [X86_INS_MOV] = {lift_mov, 0},
    [X86_INS_MOVABS] = {lift_mov, 0},
    [X86_INS_MOVBE] = {lift_movbe, 0},
    [X86_INS_MOVNTI] = {lift_mov, 0},
    [X86_INS_MOVSX] = {lift_movx, AIL_OP_SEXT},
    [X86_INS_MOVSXD] = {lift_movsxd, AIL_OP_SEXT},
    [X86_INS_MOVZX] = {lift_movx, AIL_OP_ZEXT},
    [X86_INS_XCHG] = {lift_xchg, 0},
    [X86_INS_XLATB] = {lift_xlat, 0},
};
