/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System instructions and registers: Arm ARM C4.1 "System instructions", C5, D17. */
#include "analyzers/lift/arm64.h"

#include <string.h>

#include "analyzers/lift/arm64_sysreg.h"

/* As the instruction has it: op0 (its low bit), op1, CRn, CRm, op2. */
#define CODE(op0, op1, crn, crm, op2)                                                              \
    (((op0)&1) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define ENTRY(name, op0, op1, crn, crm, op2) [A64_SYS_##name] = CODE(op0, op1, crn, crm, op2),

static const uint16_t codes[A64_SYS_COUNT] = {A64_SYSREGS(ENTRY)};

enum {
    NZCV = CODE(3, 3, 4, 2, 0),
    SP_EL0 = CODE(3, 0, 4, 1, 0),
    TPIDR2 = CODE(3, 3, 13, 0, 5),
};

AilVar a64_system_reg(const char *name)
{
    for (const AilStateReg *r = a64_state; r->name; r++)
        if (!strcmp(r->name, name))
            return ail_state(r->at, r->size);
    return AIL_NONE;
}

static AilVar system_reg(unsigned code)
{
    if (code == SP_EL0)
        return ail_state(A64_SP_EL0, 8);
    for (unsigned i = 0; i < A64_SYS_COUNT; i++)
        if (codes[i] == code)
            return ail_state(A64_SYSTEM + 8 * i, 8);
    return AIL_NONE;
}

static bool mrs(AilBuild *b, uint32_t w)
{
    unsigned code = a64_bits(w, 5, 15), t = a64_bits(w, 0, 5);
    AilVar reg = system_reg(code);
    if (t == 31)
        return true;
    if (code == NZCV) {
        AilVar flags = a64_pack_flags(b);
        ail_copy(b, a64_x(t, 8), ail_const(0, 8));
        ail_copy(b, ail_part(a64_x(t, 8), 3, 1), flags);
    } else if (reg.kind) {
        ail_copy(b, a64_x(t, 8), reg);
    } else { /* a counter, an identity: nothing that was written there */
        a64_mix(b, "mrs", a64_x(t, 8), AIL_NONE, AIL_NONE, AIL_NONE);
    }
    return true;
}

static bool msr(AilBuild *b, uint32_t w)
{
    unsigned code = a64_bits(w, 5, 15);
    AilVar reg = system_reg(code), t = a64_x(a64_bits(w, 0, 5), 8);
    if (code == NZCV)
        a64_unpack_flags(b, ail_part(t, 3, 1));
    else if (reg.kind)
        ail_copy(b, reg, t);
    return true;
}

/* msr to fields of the processor's state, and what changes the flags: cfinv, xaflag, axflag */
static bool state_field(AilBuild *b, uint32_t w)
{
    unsigned op1 = a64_bits(w, 16, 3), op2 = a64_bits(w, 5, 3);
    AilVar n = a64_flag(A64_N), z = a64_flag(A64_Z), c = a64_flag(A64_C), v = a64_flag(A64_V);
    if (op1 || op2 > 2 || a64_bits(w, 0, 5) != 31)
        return true; /* masks of interrupts and the like */
    if (op2 == 0) {
        ail_put(b, AIL_OP_XOR, 0, c, c, ail_const(1, 1), AIL_NONE);
    } else if (op2 == 1) { /* xaflag */
        AilVar new_n = ail_do2(b, AIL_OP_OR, 1, c, z), new_v = ail_do2(b, AIL_OP_ANDN, 1, z, c);
        AilVar new_z = ail_do2(b, AIL_OP_AND, 1, z, c);
        ail_put(b, AIL_OP_OR, 0, c, c, z, AIL_NONE);
        ail_put(b, AIL_OP_XOR, 0, n, new_n, ail_const(1, 1), AIL_NONE);
        ail_copy(b, z, new_z);
        ail_copy(b, v, new_v);
    } else { /* axflag */
        ail_put(b, AIL_OP_OR, 0, z, z, v, AIL_NONE);
        ail_put(b, AIL_OP_ANDN, 0, c, c, v, AIL_NONE);
        ail_copy(b, n, ail_const(0, 1));
        ail_copy(b, v, ail_const(0, 1));
    }
    return true;
}

/* hint: most are nothing; those with pointer authentication by the number of the hint */
static bool hint(AilBuild *b, uint32_t w)
{
    unsigned number = a64_bits(w, 5, 7);
    AilVar none = AIL_NONE, sp = a64_xsp(b, 31, 8);
    if (number == 7) /* xpaclri */
        a64_pac(b, 30, none);
    else if (number == 8 || number == 10 || number == 12 || number == 14)
        a64_pac(b, 17, a64_x(16, 8));
    else if (number >= 24 && number <= 31) /* of x30: with zero or sp */
        a64_pac(b, 30, number & 1 ? sp : none);
    return true;
}

/* Barriers; only clrex does something. */
static bool barrier(AilBuild *b, uint32_t w)
{
    if (a64_bits(w, 5, 3) == 2)
        ail_copy(b, a64_flag(A64_MONITOR), ail_const(0, 1));
    return true;
}

/* dc zva: zeros, 64 bytes with QEMU's processors. Its trace has no accesses for it (QEMU 10),
 * as it does not ask plugins. */
static void zero_line(AilBuild *b, unsigned t)
{
    AilVar line = ail_do2(b, AIL_OP_AND, 8, a64_x(t, 8), ail_const(~UINT64_C(63), 8));
    for (unsigned i = 0; i < 4; i++) {
        AilVar at = a64_offset(b, line, 16 * i);
        ail_put(b, AIL_OP_STORE, 16, AIL_NONE, ail_const(0, 16), at, ail_const(1, 1))->flags |=
            AIL_OP_PREDICATED;
    }
}

/* sys, sysl: caches, TLBs, translations of addresses */
static bool operation(AilBuild *b, uint32_t w)
{
    unsigned code = a64_bits(w, 5, 14), t = a64_bits(w, 0, 5);
    if (a64_bit(w, 21)) {
        if (t != 31)
            a64_mix(b, "sysl", a64_x(t, 8), AIL_NONE, AIL_NONE, AIL_NONE);
    } else if (code == CODE(0, 3, 7, 4, 1)) {
        zero_line(b, t);
    } else if (a64_bits(w, 12, 4) == 7 && (a64_bits(w, 8, 4) & 14) == 8) { /* at: into par_el1 */
        a64_mix(b, "at", a64_system_reg("par_el1"), a64_x(t, 8), AIL_NONE, AIL_NONE);
    }
    return true;
}

bool a64_system(AilBuild *b, uint32_t w)
{
    unsigned op0 = a64_bits(w, 19, 2), crn = a64_bits(w, 12, 4);
    if (op0 >= 2)
        return a64_bit(w, 21) ? mrs(b, w) : msr(b, w);
    if (op0 == 1)
        return operation(b, w);
    if (a64_bit(w, 21) || a64_bits(w, 0, 5) != 31)
        return true; /* wfet, wfit */
    return crn == 2 ? hint(b, w) : crn == 3 ? barrier(b, w) : crn == 4 ? state_field(b, w) : false;
}
