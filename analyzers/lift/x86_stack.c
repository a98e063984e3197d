/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves to and from the stack. */
#include "analyzers/lift/x86_private.h"

/* Bytes that a push or pop of operand 0 moves. */
static unsigned stack_size(const AilX86 *l)
{
    unsigned word = ail_x86_word(l);
    bool other = l->x->prefix[2] == X86_PREFIX_OPSIZE && !(l->x->rex & 8);
    return !other ? word : word == 2 ? 4 : 2;
}

static bool lift_push(AilX86 *l)
{
    unsigned size = stack_size(l);
    AilVar v = ail_x86_read_sized(l, 0, size);
    const cs_x86_op *op = ail_x86_op(l, 0);
    if (op->type == X86_OP_REG && ail_x86_segment(op->reg) >= 0)
        v = size > 2 ? ail_do1(l->b, AIL_OP_ZEXT, size, ail_part(v, 0, 2)) : v;
    ail_x86_push(l, v);
    return true;
}

static bool lift_pop(AilX86 *l)
{
    AilVar v = ail_x86_pop(l, stack_size(l));
    if (!ail_x86_to_segment(l, v)) /* an address with rsp is of the rsp behind the pop */
        ail_x86_set(l, ail_x86_place_sized(l, 0, v.size), v);
    return true;
}

static bool lift_pusha(AilX86 *l)
{
    unsigned size = l->how;
    AilVar sp = ail_temp(l->b, size);
    ail_copy(l->b, sp, ail_x86_gpr(X86_RSP, size));
    for (unsigned i = 0; i < 8; i++)
        ail_x86_push(l, 8 * i == X86_RSP ? sp : ail_x86_gpr(8 * i, size));
    return true;
}

static bool lift_popa(AilX86 *l)
{
    AilVar sp = ail_x86_sp(l);
    for (unsigned i = 8; i-- > 0;) {
        if (8 * i == X86_RSP) /* not even loaded */
            ail_x86_set_gpr(l, sp, ail_x86_do_const(l, AIL_OP_ADD, sp, l->how));
        else
            ail_x86_set_gpr(l, ail_x86_gpr(8 * i, l->how), ail_x86_pop(l, l->how));
    }
    return true;
}

static bool lift_pushf(AilX86 *l)
{
    ail_x86_push(l, ail_part(ail_x86_flags_pack(l), 0, l->how));
    return true;
}

static bool lift_popf(AilX86 *l)
{
    AilVar v = ail_x86_pop(l, l->how);
    ail_x86_rflags_load(l, v);
    return true;
}

static bool lift_leave(AilX86 *l)
{
    ail_x86_set_gpr(l, ail_x86_sp(l), ail_x86_gpr(X86_RBP, ail_x86_word(l)));
    AilVar v = ail_x86_pop(l, stack_size(l));
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RBP, v.size), v);
    return true;
}

/* enter: pushes rbp, those of `level` - 1 outer frames, and the new frame's */
static bool lift_enter(AilX86 *l)
{
    unsigned size = stack_size(l), word = ail_x86_word(l);
    uint64_t space = (uint64_t)ail_x86_op(l, 0)->imm & 0xffff;
    unsigned level = (unsigned)ail_x86_op(l, 1)->imm & 31;
    AilVar bp = ail_x86_gpr(X86_RBP, word), frame = ail_temp(l->b, word);
    ail_x86_push(l, ail_x86_gpr(X86_RBP, size));
    ail_copy(l->b, frame, ail_x86_sp(l));
    unsigned mark = l->b->temp; /* a few temporaries serve all levels */
    for (unsigned i = 1; i < level; i++) {
        l->b->temp = mark;
        AilVar at = ail_x86_do_const(l, AIL_OP_SUB, bp, (uint64_t)size * i);
        ail_x86_push(l, ail_load(l->b, size, ail_x86_in_segment(l, at, X86_SS)));
    }
    if (level)
        ail_x86_push(l, ail_part(frame, 0, size));
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RBP, size), ail_part(frame, 0, size));
    ail_x86_set_gpr(l, ail_x86_sp(l), ail_x86_do_const(l, AIL_OP_SUB, ail_x86_sp(l), space));
    return true;
}

const AilX86Entry ail_x86_stack[X86_INS_ENDING] = {
    [X86_INS_ENTER] = {lift_enter, 0},  [X86_INS_LEAVE] = {lift_leave, 0},
    [X86_INS_POPAL] = {lift_popa, 4},   [X86_INS_POPAW] = {lift_popa, 2},
    [X86_INS_POPFD] = {lift_popf, 4},   [X86_INS_POPFQ] = {lift_popf, 8},
    [X86_INS_POPF] = {lift_popf, 2},    [X86_INS_POP] = {lift_pop, 0},
    [X86_INS_PUSHAL] = {lift_pusha, 4}, [X86_INS_PUSHAW] = {lift_pusha, 2},
    [X86_INS_PUSHFD] = {lift_pushf, 4}, [X86_INS_PUSHFQ] = {lift_pushf, 8},
    [X86_INS_PUSHF] = {lift_pushf, 2},  [X86_INS_PUSH] = {lift_push, 0},
};
