/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/arm64.h"

#include "analyzers/lift/arm.h"
#include "formats/bytes.h"

AilVar a64_dst(AilBuild *b, unsigned n, unsigned size)
{
    return size == 8 && n != 31 ? a64_x(n, 8) : ail_temp(b, size);
}

AilVar a64_dst_sp(AilBuild *b, unsigned n, unsigned size)
{
    return size == 8 ? a64_xsp(b, n, 8) : ail_temp(b, size);
}

static void set(AilBuild *b, AilVar to, AilVar v)
{
    if (ail_retarget(b, to, v))
        return;
    if (v.kind == AIL_VAR_CONST && v.size < 8)
        v = ail_const(v.value & ((UINT64_C(1) << 8 * v.size) - 1), 8);
    if (v.size < 8)
        ail_put(b, AIL_OP_ZEXT, 0, to, v, AIL_NONE, AIL_NONE);
    else if (v.kind != to.kind || v.at != to.at)
        ail_copy(b, to, v);
}

void a64_set(AilBuild *b, unsigned n, AilVar v)
{
    if (n != 31)
        set(b, a64_x(n, 8), v);
}

void a64_set_sp(AilBuild *b, unsigned n, AilVar v)
{
    set(b, a64_xsp(b, n, 8), v);
}

AilVar a64_not(AilBuild *b, AilVar v)
{
    return ail_do2(b, AIL_OP_XOR, 1, v, ail_const(1, 1));
}

/* Conditions come in pairs, of which the second is the contrary of the first. */
AilVar a64_condition(AilBuild *b, unsigned cond, bool *inverted)
{
    AilVar n = a64_flag(A64_N), z = a64_flag(A64_Z), c = a64_flag(A64_C), v = a64_flag(A64_V);
    *inverted = cond & 1;
    switch (cond >> 1) {
    case 0:
        return z;
    case 1:
        return c;
    case 2:
        return n;
    case 3:
        return v;
    case 4: /* hi */
        return ail_do2(b, AIL_OP_ANDN, 1, c, z);
    case 5: /* ge */
        *inverted = !*inverted;
        return ail_do2(b, AIL_OP_XOR, 1, n, v);
    case 6: /* gt */
        *inverted = !*inverted;
        return ail_do2(b, AIL_OP_OR, 1, z, ail_do2(b, AIL_OP_XOR, 1, n, v));
    default: /* al, and nv, which is the same */
        *inverted = false;
        return ail_const(1, 1);
    }
}

AilVar a64_truth(AilBuild *b, unsigned cond)
{
    bool inverted;
    AilVar v = a64_condition(b, cond, &inverted);
    return inverted ? a64_not(b, v) : v;
}

AilVar a64_shifted(AilBuild *b, unsigned m, unsigned size, unsigned type, unsigned amount)
{
    static const AilOpCode shifts[] = {AIL_OP_SHL, AIL_OP_SHR, AIL_OP_SAR, AIL_OP_ROR};
    AilVar v = a64_x(m, size);
    if (!amount || m == 31)
        return v;
    return ail_do2(b, shifts[type], size, v, ail_const(amount, size));
}

AilVar a64_extended(AilBuild *b, unsigned m, unsigned size, unsigned option, unsigned amount)
{
    unsigned from = 1u << (option & 3);
    AilVar v = a64_x(m, from < size ? from : size);
    if (v.kind == AIL_VAR_CONST)
        return ail_const(0, size);
    if (v.size < size)
        v = ail_do1(b, option & 4 ? AIL_OP_SEXT : AIL_OP_ZEXT, size, v);
    return amount ? ail_do2(b, AIL_OP_SHL, size, v, ail_const(amount, size)) : v;
}

AilVar a64_offset(AilBuild *b, AilVar a, int64_t offset)
{
    if (a.kind == AIL_VAR_CONST)
        return ail_const(a.value + (uint64_t)offset, 8);
    return offset ? ail_do2(b, AIL_OP_ADD, 8, a, ail_const((uint64_t)offset, 8)) : a;
}

void a64_mix(AilBuild *build, const char *name, AilVar dst, AilVar a, AilVar b, AilVar c)
{
    ail_put(build, AIL_OP_MIX, 0, dst, a, b, c)->name = name;
}

void a64_unpack_flags(AilBuild *b, AilVar byte)
{
    for (unsigned i = 0; i < 4; i++)
        ail_put(b, AIL_OP_BIT, 0, a64_flag(A64_N + i), byte, ail_const(7 - i, 1), AIL_NONE);
}

AilVar a64_pack_flags(AilBuild *b)
{
    AilVar all = ail_temp(b, 1);
    ail_put(b, AIL_OP_SHL, 0, all, a64_flag(A64_N), ail_const(7, 1), AIL_NONE);
    for (unsigned i = 1; i < 4; i++) {
        AilVar flag = ail_do2(b, AIL_OP_SHL, 1, a64_flag(A64_N + i), ail_const(7 - i, 1));
        ail_put(b, AIL_OP_OR, 0, all, all, flag, AIL_NONE);
    }
    return all;
}

/* It takes the place of bits that are copies of bit 55 in an address without one: those from 48 up
 * at most, with Linux's usual layout, but the lower of them are part of larger addresses. */
void a64_pac(AilBuild *b, unsigned n, AilVar modifier)
{
    if (n != 31)
        a64_mix(b, "pac", ail_part(a64_x(n, 8), 6, 2), a64_x(n, 8), modifier, AIL_NONE);
}

static bool lift(AilBuild *b)
{
    if (b->mode != AIL_MODE_A64)
        return ail_arm_lift(b, a64_reg);
    if (b->size != 4)
        return false;
    uint32_t w = ail_get_le32(b->bytes);
    switch (a64_bits(w, 25, 4)) {
    case 8:
    case 9:
        return a64_immediate(b, w);
    case 10:
    case 11:
        return a64_bits(w, 22, 10) == 0x354 ? a64_system(b, w) : a64_branch(b, w);
    case 5:
    case 13:
        return a64_register(b, w);
    case 7:
    case 15:
        return a64_vector(b, w);
    case 4:
    case 6:
    case 12:
    case 14:
        return a64_memory(b, w);
    case 2:
        return a64_scalable(b, w);
    default: /* reserved, SME */
        return false;
    }
}

static cs_err open_mode(AilMode mode, csh *handle)
{
    if (mode != AIL_MODE_A64)
        return ail_arm_open(mode, handle);
    return ail_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, handle);
}

const AilLifter ail_lifter_arm64 = {
    .state = a64_state,
    .others = a64_others,
    .open = open_mode,
    .lift = lift,
    .reg = a64_reg,
};
