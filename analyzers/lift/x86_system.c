/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of operating systems: ways into and out of them, their registers. */
#include <stddef.h>

#include "analyzers/lift/x86_private.h"

/* --- system calls --- */

static void jump(AilX86 *l, AilVar to)
{
    if (to.size < 8)
        to = ail_do1(l->b, AIL_OP_ZEXT, 8, to);
    ail_put(l->b, AIL_OP_JUMP, 8, AIL_NONE, to, AIL_NONE, AIL_NONE);
}

/* cs and ss from a selector in a machine-specific register: base + cs, base + ss, level `rpl`. */
static void flat_segments(AilX86 *l, AilVar base, unsigned cs, unsigned ss, unsigned rpl)
{
    AilVar plain = ail_x86_do_const(l, AIL_OP_AND, base, 0xfffc);
    const unsigned at[] = {X86_CS, X86_SS}, add[] = {cs | rpl, ss | rpl};
    for (unsigned i = 0; i < 2; i++) {
        AilVar v = ail_x86_do_const(l, AIL_OP_ADD, plain, add[i]);
        ail_copy(l->b, ail_state(X86_SEL + 2 * at[i], 2), v);
        ail_copy(l->b, ail_state(X86_BASE + 8 * at[i], 8), ail_const(0, 8));
    }
}

static void load_all_flags(AilX86 *l, AilVar v)
{
    ail_x86_flags_unpack(l, v);
    ail_copy(l->b, ail_state(X86_RFLAGS, 8), ail_x86_do_const(l, AIL_OP_AND, v, 0x3ff300));
}

static bool lift_syscall(AilX86 *l)
{
    bool wide = l->b->mode == AIL_MODE_X86_64;
    AilVar flags = ail_x86_flags_pack(l);
    ail_copy(l->b, ail_x86_gpr(X86_RCX, 8), ail_x86_const(l->b->pc + l->b->size, 8));
    ail_copy(l->b, ail_x86_gpr(X86_R11, 8), flags);
    load_all_flags(l, ail_do2(l->b, AIL_OP_ANDN, 8, flags, ail_state(X86_FMASK, 8)));
    flat_segments(l, ail_state(X86_STAR + 4, 2), 0, 8, 0);
    jump(l, ail_state(wide ? X86_LSTAR : X86_CSTAR, 8));
    return true;
}

static bool lift_sysret(AilX86 *l)
{
    bool wide = l->x->rex & 8;
    load_all_flags(l, ail_x86_gpr(X86_R11, 8));
    flat_segments(l, ail_state(X86_STAR + 6, 2), wide ? 16 : 0, 8, 3);
    jump(l, ail_x86_gpr(X86_RCX, wide ? 8 : 4));
    return true;
}

/* Interrupts off. */
static void clear_rflags(AilX86 *l, uint64_t mask)
{
    AilVar reg = ail_state(X86_RFLAGS, 4);
    ail_put(l->b, AIL_OP_AND, 0, reg, reg, ail_x86_const(~mask, 4), AIL_NONE);
}

static bool lift_sysenter(AilX86 *l)
{
    clear_rflags(l, 0x30200);
    flat_segments(l, ail_state(X86_SYSENTER_CS, 2), 0, 8, 0);
    ail_copy(l->b, ail_x86_gpr(X86_RSP, 8), ail_state(X86_SYSENTER_ESP, 8));
    jump(l, ail_state(X86_SYSENTER_EIP, 8));
    return true;
}

static bool lift_sysexit(AilX86 *l)
{
    bool wide = l->x->rex & 8;
    unsigned size = wide ? 8 : 4;
    flat_segments(l, ail_state(X86_SYSENTER_CS, 2), wide ? 32 : 16, wide ? 40 : 24, 3);
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RSP, size), ail_x86_gpr(X86_RCX, size));
    jump(l, ail_x86_gpr(X86_RDX, size));
    return true;
}

/* What a processor stores when it enters a handler is not in a trace. */
static bool lift_int(AilX86 *l)
{
    AilVar loaded = ail_x86_loads(l), to = ail_temp(l->b, 8);
    ail_x86_mix(l, "gate", to, ail_state(X86_IDTR + 2, 8), loaded);
    ail_x86_stores(l, loaded);
    if (l->how)
        jump(l, to);
    return true;
}

/* --- far jumps --- */

/* Load the descriptor of a selector, if `when` is true (or AIL_NONE), which is what its base is
 * made of. */
static void load_descriptor(AilX86 *l, unsigned segment, AilVar selector, AilVar when)
{
    AilVar index = ail_x86_do_const(l, AIL_OP_AND, ail_part(selector, 0, 2), 0xfff8);
    AilVar at = ail_do2(l->b, AIL_OP_ADD, 8, ail_do1(l->b, AIL_OP_ZEXT, 8, index),
                        ail_state(X86_GDTR + 2, 8));
    AilVar descriptor = ail_temp(l->b, 8), base = ail_state(X86_BASE + 8 * segment, 8);
    AilOp *op = ail_put(l->b, AIL_OP_LOAD, 8, descriptor, AIL_NONE, at, when);
    if (when.kind)
        op->flags |= AIL_OP_PREDICATED;
    if (l->b->mode != AIL_MODE_X86_64)
        ail_x86_mix(l, "segment", base, selector, descriptor);
    ail_copy(l->b, ail_state(X86_SEL + 2 * segment, 2), ail_part(selector, 0, 2));
}

/* Load from the stack at rsp + *at if `when` is true, which moves it on. */
static AilVar stack_load(AilX86 *l, unsigned *at, unsigned size, AilVar when)
{
    AilVar sp = ail_x86_sp(l), v = ail_temp(l->b, size);
    if (*at)
        sp = ail_x86_do_const(l, AIL_OP_ADD, sp, *at);
    AilVar address = ail_x86_in_segment(l, sp, X86_SS);
    AilOp *op = ail_put(l->b, AIL_OP_LOAD, size, v, AIL_NONE, address, when);
    if (when.kind)
        op->flags |= AIL_OP_PREDICATED;
    *at += size;
    return v;
}

/* iret of real mode: no descriptors */
static bool lift_iret_real(AilX86 *l, unsigned size)
{
    AilVar ip = ail_x86_pop(l, size), cs = ail_x86_pop(l, size), flags = ail_x86_pop(l, size);
    ail_x86_rflags_load(l, flags);
    ail_copy(l->b, ail_state(X86_SEL + 2 * X86_CS, 2), ail_part(cs, 0, 2));
    AilVar wide = ail_do1(l->b, AIL_OP_ZEXT, 8, ail_part(cs, 0, 2));
    ail_put(l->b, AIL_OP_SHL, 0, ail_state(X86_BASE + 8 * X86_CS, 8), wide, ail_const(4, 1),
            AIL_NONE);
    l->b->flags |= AIL_LIFT_RETURN;
    jump(l, ail_x86_in_segment(l, ip, X86_CS));
    return true;
}

/* QEMU loads rip, cs, rflags, the descriptor of cs, and, in 64-bit mode or to another level, rsp
 * and ss, and the descriptor of ss if that is not null. */
static bool lift_iret(AilX86 *l)
{
    unsigned size = l->how, at = 0;
    if (l->b->mode == AIL_MODE_X86_16)
        return lift_iret_real(l, size);
    AilVar ip = stack_load(l, &at, size, AIL_NONE), cs = stack_load(l, &at, size, AIL_NONE);
    AilVar flags = stack_load(l, &at, size, AIL_NONE), outer = AIL_NONE;
    load_descriptor(l, X86_CS, cs, AIL_NONE);
    if (l->b->mode != AIL_MODE_X86_64) {
        AilVar level = ail_x86_do_const(l, AIL_OP_AND, ail_part(cs, 0, 1), 3);
        outer = ail_do2(l->b, AIL_OP_NE, 1, level, ail_const(l->b->user ? 3 : 0, 1));
    }
    AilVar inner = ail_x86_do_const(l, AIL_OP_ADD, ail_x86_sp(l), at);
    AilVar sp = stack_load(l, &at, size, outer), ss = stack_load(l, &at, size, outer);
    AilVar real = ail_x86_do_const(l, AIL_OP_AND, ail_part(ss, 0, 2), 0xfffc);
    real = ail_do2(l->b, AIL_OP_NE, 1, real, ail_const(0, 2));
    if (outer.kind) {
        real = ail_do2(l->b, AIL_OP_AND, 1, real, outer);
        AilVar v = ail_temp(l->b, inner.size), old = ail_state(X86_SEL + 2 * X86_SS, 2);
        sp = sp.size < inner.size ? ail_do1(l->b, AIL_OP_ZEXT, inner.size, sp) : sp;
        ail_put(l->b, AIL_OP_SELECT, 0, v, sp, inner, outer);
        sp = v;
        v = ail_temp(l->b, 2);
        ail_put(l->b, AIL_OP_SELECT, 0, v, ail_part(ss, 0, 2), old, outer);
        ss = v;
    }
    load_descriptor(l, X86_SS, ss, real);
    ail_x86_rflags_load(l, flags);
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RSP, sp.size), sp);
    l->b->flags |= AIL_LIFT_RETURN;
    jump(l, ail_x86_in_segment(l, ip, X86_CS));
    return true;
}

/* A far pointer in memory or in the instruction: selector, and the offset returned */
static AilVar far_pointer(AilX86 *l, AilVar *selector)
{
    const cs_x86_op *op = ail_x86_op(l, 0);
    bool other = l->x->prefix[2] == X86_PREFIX_OPSIZE;
    unsigned size = l->b->mode == AIL_MODE_X86_16 ? (other ? 4 : 2) : other ? 2 : 4;
    if (l->b->mode == AIL_MODE_X86_64 && l->x->rex & 8)
        size = 8;
    if (op->type == X86_OP_IMM) {
        *selector = ail_x86_const((uint64_t)op->imm, 2);
        return ail_x86_const((uint64_t)ail_x86_op(l, 1)->imm, size);
    }
    AilVar at = ail_x86_address(l, op), offset = ail_load(l->b, size, at);
    *selector = ail_load(l->b, 2, ail_x86_do_const(l, AIL_OP_ADD, at, size));
    return offset;
}

static void far_segment(AilX86 *l, AilVar selector)
{
    AilVar loaded = ail_x86_loads(l);
    ail_x86_mix(l, "segment", ail_state(X86_BASE + 8 * X86_CS, 8), selector, loaded);
    ail_copy(l->b, ail_state(X86_SEL + 2 * X86_CS, 2), ail_part(selector, 0, 2));
    ail_x86_stores(l, loaded);
}

static bool lift_far(AilX86 *l)
{
    AilVar selector, to = far_pointer(l, &selector);
    if (l->how) { /* call */
        AilVar cs = ail_state(X86_SEL + 2 * X86_CS, 2);
        ail_x86_push(l, to.size > 2 ? ail_do1(l->b, AIL_OP_ZEXT, to.size, cs) : cs);
        ail_x86_push(l, ail_x86_return_offset(l, to.size));
        l->b->flags |= AIL_LIFT_CALL;
    }
    far_segment(l, selector);
    jump(l, ail_x86_in_segment(l, to, X86_CS));
    return true;
}

static bool lift_retf(AilX86 *l)
{
    unsigned size = l->how;
    if (!size) {
        bool other = l->x->prefix[2] == X86_PREFIX_OPSIZE;
        size = l->b->mode == AIL_MODE_X86_16 ? (other ? 4 : 2) : other ? 2 : 4;
    }
    AilVar to = ail_x86_pop(l, size), cs = ail_x86_pop(l, size), sp = ail_x86_sp(l);
    if (l->x->op_count)
        ail_x86_set_gpr(
            l, sp, ail_x86_do_const(l, AIL_OP_ADD, sp, (uint64_t)ail_x86_op(l, 0)->imm & 0xffff));
    far_segment(l, cs);
    l->b->flags |= AIL_LIFT_RETURN;
    jump(l, ail_x86_in_segment(l, to, X86_CS));
    return true;
}

const AilX86Entry ail_x86_system[X86_INS_ENDING] = {
    [X86_INS_CLFLUSH] = {ail_x86_nothing, 0},
    [X86_INS_CLFLUSHOPT] = {ail_x86_nothing, 0},
    [X86_INS_CLWB] = {ail_x86_nothing, 0},
#if CS_API_MAJOR >= 5
    [X86_INS_CLDEMOTE] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCHWT1] = {ail_x86_nothing, 0},
    [X86_INS_SYSEXITQ] = {lift_sysexit, 0},
    [X86_INS_SYSRETQ] = {lift_sysret, 0},
    [X86_INS_UD1] = {lift_int, 0},
    [X86_INS_WBNOINVD] = {ail_x86_nothing, 0},
#else
    [X86_INS_UD2B] = {lift_int, 0},
#endif
    [X86_INS_ENDBR32] = {ail_x86_nothing, 0},
    [X86_INS_ENDBR64] = {ail_x86_nothing, 0},
    [X86_INS_HLT] = {ail_x86_nothing, 0},
    [X86_INS_INT] = {lift_int, 1},
    [X86_INS_INT1] = {lift_int, 1},
    [X86_INS_INT3] = {lift_int, 1},
    [X86_INS_INTO] = {lift_int, 0},
    [X86_INS_INVD] = {ail_x86_nothing, 0},
    [X86_INS_INVLPG] = {ail_x86_nothing, 0},
    [X86_INS_IRET] = {lift_iret, 2},
    [X86_INS_IRETD] = {lift_iret, 4},
    [X86_INS_IRETQ] = {lift_iret, 8},
    [X86_INS_LCALL] = {lift_far, 1},
    [X86_INS_LFENCE] = {ail_x86_nothing, 0},
    [X86_INS_LJMP] = {lift_far, 0},
    [X86_INS_MFENCE] = {ail_x86_nothing, 0},
    [X86_INS_MONITOR] = {ail_x86_nothing, 0},
    [X86_INS_MWAIT] = {ail_x86_nothing, 0},
    [X86_INS_NOP] = {ail_x86_nothing, 0},
    [X86_INS_PAUSE] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCH] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCHNTA] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCHT0] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCHT1] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCHT2] = {ail_x86_nothing, 0},
    [X86_INS_PREFETCHW] = {ail_x86_nothing, 0},
    [X86_INS_RETF] = {lift_retf, 0},
    [X86_INS_RETFQ] = {lift_retf, 8},
    [X86_INS_SFENCE] = {ail_x86_nothing, 0},
    [X86_INS_SYSCALL] = {lift_syscall, 0},
    [X86_INS_SYSENTER] = {lift_sysenter, 0},
    [X86_INS_SYSEXIT] = {lift_sysexit, 0},
    [X86_INS_SYSRET] = {lift_sysret, 0},
    [X86_INS_UD0] = {lift_int, 0},
    [X86_INS_UD2] = {lift_int, 0},
    [X86_INS_WAIT] = {ail_x86_nothing, 0},
    [X86_INS_WBINVD] = {ail_x86_nothing, 0},
};
