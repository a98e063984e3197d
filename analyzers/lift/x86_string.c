/* SPDX-License-Identifier: GPL-2.0-or-later */
/* String instructions: one iteration, with rep, which is repeated. */
#include "analyzers/lift/x86_private.h"

enum { FROM = 1, TO = 2, COMPARE = 4 }; /* what of it moves on, and whether zf ends it */

static AilVar source(AilX86 *l)
{
    return ail_x86_in_segment(l, ail_x86_gpr(X86_RSI, ail_x86_address_size(l)),
                              ail_x86_data_segment(l));
}

static AilVar destination(AilX86 *l)
{
    return ail_x86_in_segment(l, ail_x86_gpr(X86_RDI, ail_x86_address_size(l)), X86_ES);
}

/* Add or, when df is set, subtract an element's bytes. */
static void advance(AilX86 *l, AilVar reg, AilVar by)
{
    ail_x86_set_gpr(l, reg, ail_do2(l->b, AIL_OP_ADD, reg.size, reg, by));
}

/* The last rep, F3 or F2; 0: there is none. Capstone leaves out those that are of no use. */
static uint8_t repeated(const AilX86 *l)
{
    const uint8_t *bytes = l->b->insn->bytes;
    uint8_t rep = 0;
    for (unsigned i = 0; i < l->b->insn->size; i++) {
        switch (bytes[i]) {
        case 0xf2:
        case 0xf3:
            rep = bytes[i];
            continue;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64 ... 0x67:
        case 0xf0:
            continue;
        default:
            return rep;
        }
    }
    return rep;
}

/* rep: it counts, and of a comparison repe goes on while it was equal, repne while it was not. */
static void repeat(AilX86 *l, unsigned which)
{
    uint8_t rep = repeated(l);
    if (!rep)
        return;
    AilVar cx = ail_x86_gpr(X86_RCX, ail_x86_address_size(l)), zf = ail_x86_flag(X86_ZF);
    ail_x86_set_gpr(l, cx, ail_x86_do_const(l, AIL_OP_SUB, cx, 1));
    if (!(which & COMPARE))
        zf = AIL_NONE;
    else if (rep == 0xf2)
        zf = ail_do2(l->b, AIL_OP_XOR, 1, zf, ail_const(1, 1));
    ail_repeat(l->b, cx, zf);
}

/* The registers move on. */
static bool end(AilX86 *l, unsigned size, unsigned which)
{
    unsigned word = ail_x86_address_size(l);
    AilVar by = ail_temp(l->b, word);
    ail_put(l->b, AIL_OP_SELECT, 0, by, ail_x86_const(-(uint64_t)size, word), ail_const(size, word),
            ail_x86_flag(X86_DF));
    if (which & FROM)
        advance(l, ail_x86_gpr(X86_RSI, word), by);
    if (which & TO)
        advance(l, ail_x86_gpr(X86_RDI, word), by);
    repeat(l, which);
    return true;
}

static bool lift_movs(AilX86 *l)
{
    unsigned size = l->how;
    if (l->x->op_count == 2 &&
        (ail_x86_op(l, 0)->type == X86_OP_REG || ail_x86_op(l, 1)->type == X86_OP_REG))
        return false; /* movsd of a vector register has the same name */
    ail_store(l->b, destination(l), ail_load(l->b, size, source(l)));
    return end(l, size, FROM | TO);
}

static bool lift_stos(AilX86 *l)
{
    ail_store(l->b, destination(l), ail_x86_gpr(X86_RAX, l->how));
    return end(l, l->how, TO);
}

static bool lift_lods(AilX86 *l)
{
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RAX, l->how), ail_load(l->b, l->how, source(l)));
    return end(l, l->how, FROM);
}

static void compare(AilX86 *l, AilVar a, AilVar b)
{
    AilVar r = ail_do2(l->b, AIL_OP_SUB, a.size, a, b);
    ail_x86_flags_difference(l, r, a, b, false, false);
    ail_x86_flags_of(l, r);
}

static bool lift_scas(AilX86 *l)
{
    compare(l, ail_x86_gpr(X86_RAX, l->how), ail_load(l->b, l->how, destination(l)));
    return end(l, l->how, TO | COMPARE);
}

/* QEMU loads what rdi points to first. */
static bool lift_cmps(AilX86 *l)
{
    if (l->x->op_count && ail_x86_op(l, 0)->type == X86_OP_REG)
        return false; /* cmpsd of a vector register */
    AilVar b = ail_load(l->b, l->how, destination(l));
    compare(l, ail_load(l->b, l->how, source(l)), b);
    return end(l, l->how, FROM | TO | COMPARE);
}

/* What a device gives is nothing of the machine's. */
static bool lift_ins(AilX86 *l)
{
    AilVar v = ail_temp(l->b, l->how);
    ail_put(l->b, AIL_OP_MIX, 0, v, ail_x86_gpr(X86_RDX, 2), AIL_NONE, AIL_NONE)->name = "in";
    ail_store(l->b, destination(l), v);
    return end(l, l->how, TO);
}

static bool lift_outs(AilX86 *l)
{
    ail_load(l->b, l->how, source(l));
    return end(l, l->how, FROM);
}

const AilX86Entry ail_x86_strings[X86_INS_ENDING] = {
    [X86_INS_CMPSB] = {lift_cmps, 1}, [X86_INS_CMPSW] = {lift_cmps, 2},
    [X86_INS_CMPSD] = {lift_cmps, 4}, [X86_INS_CMPSQ] = {lift_cmps, 8},
    [X86_INS_INSB] = {lift_ins, 1},   [X86_INS_INSW] = {lift_ins, 2},
    [X86_INS_INSD] = {lift_ins, 4},   [X86_INS_LODSB] = {lift_lods, 1},
    [X86_INS_LODSW] = {lift_lods, 2}, [X86_INS_LODSD] = {lift_lods, 4},
    [X86_INS_LODSQ] = {lift_lods, 8}, [X86_INS_MOVSB] = {lift_movs, 1},
    [X86_INS_MOVSW] = {lift_movs, 2}, [X86_INS_MOVSD] = {lift_movs, 4},
    [X86_INS_MOVSQ] = {lift_movs, 8}, [X86_INS_OUTSB] = {lift_outs, 1},
    [X86_INS_OUTSW] = {lift_outs, 2}, [X86_INS_OUTSD] = {lift_outs, 4},
    [X86_INS_SCASB] = {lift_scas, 1}, [X86_INS_SCASW] = {lift_scas, 2},
    [X86_INS_SCASD] = {lift_scas, 4}, [X86_INS_SCASQ] = {lift_scas, 8},
    [X86_INS_STOSB] = {lift_stos, 1}, [X86_INS_STOSW] = {lift_stos, 2},
    [X86_INS_STOSD] = {lift_stos, 4}, [X86_INS_STOSQ] = {lift_stos, 8},
};
