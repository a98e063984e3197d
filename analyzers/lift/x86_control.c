/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the processor's control: flags, segments and their tables. */
#include "analyzers/lift/x86_private.h"

/* --- bits of rflags and cr0 --- */

/* cli, sti, clac, stac: `how` is the number of a bit of rflags, and 0x100 to set it */
static bool lift_rflag(AilX86 *l)
{
    unsigned bit = l->how & 0xff;
    AilVar byte = ail_state(X86_RFLAGS + bit / 8, 1), mask = ail_const(1u << bit % 8, 1);
    ail_put(l->b, l->how & 0x100 ? AIL_OP_OR : AIL_OP_ANDN, 0, byte, byte, mask, AIL_NONE);
    return true;
}

static bool lift_clts(AilX86 *l)
{
    AilVar byte = ail_state(X86_CR, 1);
    ail_put(l->b, AIL_OP_AND, 0, byte, byte, ail_const(0xf7, 1), AIL_NONE);
    return true;
}

static bool lift_lmsw(AilX86 *l)
{
    AilVar v = ail_x86_read_sized(l, 0, 2), low = ail_state(X86_CR, 1);
    AilVar keep = ail_x86_do_const(l, AIL_OP_AND, low, 0xf1);
    AilVar take = ail_x86_do_const(l, AIL_OP_AND, ail_part(v, 0, 1), 0x0f);
    ail_put(l->b, AIL_OP_OR, 0, low, keep, take, AIL_NONE);
    return true;
}

/* smsw, sldt, str: a register at `how` to a general register or to 2 bytes of memory */
static bool lift_store_word(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar v = ail_state(l->how, 2);
    if (to.address.kind)
        to.size = 2;
    else if (to.size > 2)
        v = l->how == X86_CR ? ail_state(X86_CR, to.size) : ail_do1(l->b, AIL_OP_ZEXT, to.size, v);
    ail_x86_set(l, to, v);
    return true;
}

/* lldt, ltr: the descriptor is kept nowhere here */
static bool lift_load_word(AilX86 *l)
{
    ail_copy(l->b, ail_state(l->how, 2), ail_x86_read_sized(l, 0, 2));
    ail_x86_stores(l, ail_x86_loads(l));
    return true;
}

/* --- gdtr, idtr: a limit of 2 bytes, and a base, of which operands of 16 bits load but 3 --- */

static unsigned table_size(const AilX86 *l)
{
    return l->b->mode == AIL_MODE_X86_64 ? 8 : 4;
}

static bool lift_load_table(AilX86 *l)
{
    unsigned size = table_size(l);
    AilVar at = ail_x86_address(l, ail_x86_op(l, 0)), base = ail_state(l->how + 2, 8);
    ail_put(l->b, AIL_OP_LOAD, 2, ail_state(l->how, 2), AIL_NONE, at, AIL_NONE);
    AilVar v = ail_load(l->b, size, ail_x86_do_const(l, AIL_OP_ADD, at, 2));
    bool other = l->x->prefix[2] == X86_PREFIX_OPSIZE;
    if (size < 8 && other == (l->b->mode == AIL_MODE_X86_32))
        v = ail_x86_do_const(l, AIL_OP_AND, v, 0xffffff);
    ail_put(l->b, size < 8 ? AIL_OP_ZEXT : AIL_OP_COPY, 0, base, v, AIL_NONE, AIL_NONE);
    return true;
}

static bool lift_store_table(AilX86 *l)
{
    AilVar at = ail_x86_address(l, ail_x86_op(l, 0));
    ail_store(l->b, at, ail_state(l->how, 2));
    ail_store(l->b, ail_x86_do_const(l, AIL_OP_ADD, at, 2), ail_state(l->how + 2, table_size(l)));
    return true;
}

/* --- segments --- */

/* A segment register's base follows from its selector and, but for real mode and a null selector,
 * from a descriptor that is loaded, and stored when it was not marked as used. */
static void load_segment(AilX86 *l, unsigned segment, AilVar selector)
{
    AilVar base = ail_state(X86_BASE + 8 * segment, 8), loaded = ail_x86_loads(l);
    ail_x86_mix(l, "segment", base, selector, loaded);
    ail_x86_stores(l, loaded);
    ail_copy(l->b, ail_state(X86_SEL + 2 * segment, 2), ail_part(selector, 0, 2));
}

bool ail_x86_to_segment(AilX86 *l, AilVar v)
{
    const cs_x86_op *op = ail_x86_op(l, 0);
    int segment = op->type == X86_OP_REG ? ail_x86_segment(op->reg) : -1;
    if (segment < 0)
        return false;
    load_segment(l, (unsigned)segment, v);
    return true;
}

/* lds and its like: an offset and a selector from memory */
static bool lift_load_far(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar at = ail_x86_address(l, ail_x86_op(l, 1)), v = ail_load(l->b, to.size, at);
    AilVar selector = ail_load(l->b, 2, ail_x86_do_const(l, AIL_OP_ADD, at, to.size));
    AilVar loaded = ail_x86_loads(l);
    ail_x86_mix(l, "segment", ail_state(X86_BASE + 8 * l->how, 8), selector, loaded);
    ail_x86_stores(l, loaded);
    ail_copy(l->b, ail_state(X86_SEL + 2 * l->how, 2), selector);
    ail_x86_set(l, to, v);
    return true;
}

/* lar, lsl: what the descriptor says, if it may be known, which zf tells */
static bool lift_lar(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar selector = ail_x86_read_sized(l, 1, 2), loaded = ail_x86_loads(l),
           v = ail_temp(l->b, to.size);
    AilVar zf = ail_x86_mix(l, "descriptor", ail_x86_flag(X86_ZF), selector, loaded);
    ail_x86_mix(l, "descriptor", v, selector, loaded);
    AilVar r = ail_temp(l->b, to.size);
    ail_put(l->b, AIL_OP_SELECT, 0, r, v, to.var, zf);
    ail_x86_set(l, to, r);
    return true;
}

static bool lift_verr(AilX86 *l)
{
    AilVar selector = ail_x86_read_sized(l, 0, 2);
    ail_x86_mix(l, "descriptor", ail_x86_flag(X86_ZF), selector, ail_x86_loads(l));
    return true;
}

static bool lift_swapgs(AilX86 *l)
{
    AilVar base = ail_state(X86_BASE + 8 * X86_GS, 8), other = ail_state(X86_KERNEL_GS, 8);
    AilVar t = ail_temp(l->b, 8);
    ail_copy(l->b, t, base);
    ail_copy(l->b, base, other);
    ail_copy(l->b, other, t);
    return true;
}

static bool lift_read_base(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    ail_x86_set(l, to, ail_state(X86_BASE + 8 * l->how, to.size));
    return true;
}

static bool lift_write_base(AilX86 *l)
{
    AilVar v = ail_x86_read(l, 0), base = ail_state(X86_BASE + 8 * l->how, 8);
    ail_put(l->b, v.size < 8 ? AIL_OP_ZEXT : AIL_OP_COPY, 0, base, v, AIL_NONE, AIL_NONE);
    return true;
}

/* bound: two numbers that operand 0 is between */
static bool lift_bound(AilX86 *l)
{
    ail_x86_read_sized(l, 1, 2 * ail_x86_place(l, 0).size);
    return true;
}

const AilX86Entry ail_x86_control[X86_INS_ENDING] = {
#if CS_API_MAJOR >= 5
    [X86_INS_RDSSPD] = {ail_x86_nothing, 0},
    [X86_INS_RDSSPQ] = {ail_x86_nothing, 0},
#endif
    [X86_INS_BOUND] = {lift_bound, 0},
    [X86_INS_CLAC] = {lift_rflag, 18},
    [X86_INS_CLI] = {lift_rflag, 9},
    [X86_INS_CLTS] = {lift_clts, 0},
    [X86_INS_LAR] = {lift_lar, 0},
    [X86_INS_LDS] = {lift_load_far, X86_DS},
    [X86_INS_LES] = {lift_load_far, X86_ES},
    [X86_INS_LFS] = {lift_load_far, X86_FS},
    [X86_INS_LGDT] = {lift_load_table, X86_GDTR},
    [X86_INS_LGS] = {lift_load_far, X86_GS},
    [X86_INS_LIDT] = {lift_load_table, X86_IDTR},
    [X86_INS_LLDT] = {lift_load_word, X86_SEL + 2 * X86_LDTR},
    [X86_INS_LMSW] = {lift_lmsw, 0},
    [X86_INS_LSL] = {lift_lar, 0},
    [X86_INS_LSS] = {lift_load_far, X86_SS},
    [X86_INS_LTR] = {lift_load_word, X86_SEL + 2 * X86_TR},
    [X86_INS_RDFSBASE] = {lift_read_base, X86_FS},
    [X86_INS_RDGSBASE] = {lift_read_base, X86_GS},
    [X86_INS_SGDT] = {lift_store_table, X86_GDTR},
    [X86_INS_SIDT] = {lift_store_table, X86_IDTR},
    [X86_INS_SLDT] = {lift_store_word, X86_SEL + 2 * X86_LDTR},
    [X86_INS_SMSW] = {lift_store_word, X86_CR},
    [X86_INS_STAC] = {lift_rflag, 18 | 0x100},
    [X86_INS_STI] = {lift_rflag, 9 | 0x100},
    [X86_INS_STR] = {lift_store_word, X86_SEL + 2 * X86_TR},
    [X86_INS_SWAPGS] = {lift_swapgs, 0},
    [X86_INS_VERR] = {lift_verr, 0},
    [X86_INS_VERW] = {lift_verr, 0},
    [X86_INS_WRFSBASE] = {lift_write_base, X86_FS},
    [X86_INS_WRGSBASE] = {lift_write_base, X86_GS},
};
