/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where control goes: jumps, calls, returns, loops. */
#include "analyzers/lift/x86_private.h"

static void jump(AilX86 *l, AilVar to, AilVar when)
{
    ail_put(l->b, AIL_OP_JUMP, 8, AIL_NONE, to, AIL_NONE, when);
}

/* Bytes of the address that control goes to: of 2 in 32-bit code with a prefix, and the like. */
static unsigned target_size(const AilX86 *l)
{
    unsigned word = ail_x86_word(l);
    if (word == 8 || l->x->prefix[2] != X86_PREFIX_OPSIZE)
        return word;
    return word == 2 ? 4 : 2;
}

/* Of a direct jump. Capstone cuts the address to the bits that an offset has in 16-bit code, where
 * the distance is right still. */
static AilVar direct_target(const AilX86 *l)
{
    uint64_t to = (uint64_t)ail_x86_op(l, 0)->imm, next = l->b->pc + l->b->size;
    unsigned word = ail_x86_word(l);
    if (word == 2 && to <= UINT16_MAX)
        to = next + (uint64_t)(int16_t)(to - next);
    return ail_x86_const(word == 8 ? to : to & UINT32_MAX, 8);
}

/* The address where control goes to. */
static AilVar target(AilX86 *l)
{
    if (ail_x86_op(l, 0)->type == X86_OP_IMM)
        return direct_target(l);
    return ail_x86_in_segment(l, ail_x86_read_sized(l, 0, target_size(l)), X86_CS);
}

static bool lift_jmp(AilX86 *l)
{
    jump(l, target(l), AIL_NONE);
    return true;
}

static bool lift_jcc(AilX86 *l)
{
    jump(l, target(l), ail_x86_condition(l, l->how));
    return true;
}

static bool lift_call(AilX86 *l)
{
    AilVar to = target(l);
    unsigned size = target_size(l);
    bool indirect = ail_x86_op(l, 0)->type != X86_OP_IMM;
    if (indirect && size == 8 && l->x->prefix[2] == X86_PREFIX_OPSIZE && !(l->x->rex & 8))
        size = 2;                                       /* as QEMU has it */
    if (to.kind == AIL_VAR_STATE && to.at == X86_RSP) { /* the stack pointer before the push */
        AilVar t = ail_temp(l->b, to.size);
        ail_copy(l->b, t, to);
        to = t;
    }
    ail_x86_push(l, ail_x86_return_offset(l, size));
    l->b->flags |= AIL_LIFT_CALL;
    jump(l, to, AIL_NONE);
    return true;
}

static bool lift_ret(AilX86 *l)
{
    AilVar to = ail_x86_pop(l, target_size(l)), sp = ail_x86_sp(l);
    if (l->x->op_count) { /* QEMU takes the constant for a signed one */
        int16_t more = (int16_t)ail_x86_op(l, 0)->imm;
        ail_x86_set_gpr(l, sp, ail_x86_do_const(l, AIL_OP_ADD, sp, (uint64_t)more));
    }
    l->b->flags |= AIL_LIFT_RETURN;
    jump(l, ail_x86_in_segment(l, to, X86_CS), AIL_NONE);
    return true;
}

/* loop, loope, loopne: `how` is 0, or the condition that zf is held against */
static bool lift_loop(AilX86 *l)
{
    unsigned size = ail_x86_address_size(l);
    AilVar cx = ail_x86_gpr(X86_RCX, size);
    ail_x86_set_gpr(l, cx, ail_x86_do_const(l, AIL_OP_SUB, cx, 1));
    AilVar go = ail_do2(l->b, AIL_OP_NE, 1, cx, ail_const(0, size));
    if (l->how)
        go = ail_do2(l->b, AIL_OP_AND, 1, go, ail_x86_condition(l, l->how));
    jump(l, target(l), go);
    return true;
}

static bool lift_jcxz(AilX86 *l)
{
    AilVar cx = ail_x86_gpr(X86_RCX, l->how);
    jump(l, target(l), ail_do2(l->b, AIL_OP_EQ, 1, cx, ail_const(0, l->how)));
    return true;
}

const AilX86Entry ail_x86_flow[X86_INS_ENDING] = {
    [X86_INS_CALL] = {lift_call, 0},  [X86_INS_JA] = {lift_jcc, 7},
    [X86_INS_JAE] = {lift_jcc, 3},    [X86_INS_JB] = {lift_jcc, 2},
    [X86_INS_JBE] = {lift_jcc, 6},    [X86_INS_JCXZ] = {lift_jcxz, 2},
    [X86_INS_JE] = {lift_jcc, 4},     [X86_INS_JECXZ] = {lift_jcxz, 4},
    [X86_INS_JG] = {lift_jcc, 15},    [X86_INS_JGE] = {lift_jcc, 13},
    [X86_INS_JL] = {lift_jcc, 12},    [X86_INS_JLE] = {lift_jcc, 14},
    [X86_INS_JMP] = {lift_jmp, 0},    [X86_INS_JNE] = {lift_jcc, 5},
    [X86_INS_JNO] = {lift_jcc, 1},    [X86_INS_JNP] = {lift_jcc, 11},
    [X86_INS_JNS] = {lift_jcc, 9},    [X86_INS_JO] = {lift_jcc, 0},
    [X86_INS_JP] = {lift_jcc, 10},    [X86_INS_JRCXZ] = {lift_jcxz, 8},
    [X86_INS_JS] = {lift_jcc, 8},     [X86_INS_LOOP] = {lift_loop, 0},
    [X86_INS_LOOPE] = {lift_loop, 4}, [X86_INS_LOOPNE] = {lift_loop, 5},
    [X86_INS_RET] = {lift_ret, 0},
};
