/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the processor's control: segments, tables, machine-specific registers, state areas,
 * ports. */
#include "analyzers/lift/x86_private.h"

static AilVar mix(AilX86 *l, const char *name, AilVar dst, AilVar a, AilVar b)
{
    ail_put(l->b, AIL_OP_MIX, 0, dst, a, b, AIL_NONE)->name = name;
    return dst;
}

static AilVar loads(AilX86 *l)
{
    AilVar v = ail_temp(l->b, 1);
    ail_put(l->b, AIL_OP_LOADS, 1, v, AIL_NONE, AIL_NONE, AIL_NONE);
    return v;
}

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
    ail_put(l->b, AIL_OP_STORES, 1, AIL_NONE, loads(l), AIL_NONE, AIL_NONE);
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

/* lds and its like: an offset and a selector from memory */
static bool lift_load_far(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar at = ail_x86_address(l, ail_x86_op(l, 1)), v = ail_load(l->b, to.size, at);
    AilVar selector = ail_load(l->b, 2, ail_x86_do_const(l, AIL_OP_ADD, at, to.size));
    AilVar loaded = loads(l);
    mix(l, "segment", ail_state(X86_BASE + 8 * l->how, 8), selector, loaded);
    ail_put(l->b, AIL_OP_STORES, 1, AIL_NONE, loaded, AIL_NONE, AIL_NONE);
    ail_copy(l->b, ail_state(X86_SEL + 2 * l->how, 2), selector);
    ail_x86_set(l, to, v);
    return true;
}

/* lar, lsl: what the descriptor says, if it may be known, which zf tells */
static bool lift_lar(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar selector = ail_x86_read_sized(l, 1, 2), loaded = loads(l), v = ail_temp(l->b, to.size);
    AilVar zf = mix(l, "descriptor", ail_x86_flag(X86_ZF), selector, loaded);
    mix(l, "descriptor", v, selector, loaded);
    AilVar r = ail_temp(l->b, to.size);
    ail_put(l->b, AIL_OP_SELECT, 0, r, v, to.var, zf);
    ail_x86_set(l, to, r);
    return true;
}

static bool lift_verr(AilX86 *l)
{
    AilVar selector = ail_x86_read_sized(l, 0, 2);
    mix(l, "descriptor", ail_x86_flag(X86_ZF), selector, loads(l));
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

/* --- machine-specific registers --- */

static const struct {
    uint32_t number;
    uint16_t at;
} msrs[] = {
    {0x174, X86_SYSENTER_CS},
    {0x175, X86_SYSENTER_ESP},
    {0x176, X86_SYSENTER_EIP},
    {0xc0000080, X86_EFER},
    {0xc0000081, X86_STAR},
    {0xc0000082, X86_LSTAR},
    {0xc0000083, X86_CSTAR},
    {0xc0000084, X86_FMASK},
    {0xc0000100, X86_BASE + 8 * X86_FS},
    {0xc0000101, X86_BASE + 8 * X86_GS},
    {0xc0000102, X86_KERNEL_GS},
    {0xc0000103, X86_TSC_AUX},
};

static AilVar is_msr(AilX86 *l, unsigned i)
{
    return ail_do2(l->b, AIL_OP_EQ, 1, ail_x86_gpr(X86_RCX, 4), ail_const(msrs[i].number, 4));
}

/* edx:eax */
static AilVar read_pair(AilX86 *l)
{
    AilVar v = ail_temp(l->b, 8);
    ail_copy(l->b, ail_part(v, 0, 4), ail_x86_gpr(X86_RAX, 4));
    ail_copy(l->b, ail_part(v, 4, 4), ail_x86_gpr(X86_RDX, 4));
    return v;
}

static void write_pair(AilX86 *l, AilVar v)
{
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RAX, 4), ail_part(v, 0, 4));
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RDX, 4), ail_part(v, 4, 4));
}

static bool lift_rdmsr(AilX86 *l)
{
    AilVar v = ail_temp(l->b, 8);
    mix(l, "rdmsr", v, ail_state(X86_MSR, 8), ail_x86_gpr(X86_RCX, 4));
    for (unsigned i = 0; i < sizeof msrs / sizeof *msrs; i++)
        ail_put(l->b, AIL_OP_SELECT, 0, v, ail_state(msrs[i].at, 8), v, is_msr(l, i));
    write_pair(l, v);
    return true;
}

static bool lift_wrmsr(AilX86 *l)
{
    AilVar v = read_pair(l), rest = ail_state(X86_MSR, 8);
    for (unsigned i = 0; i < sizeof msrs / sizeof *msrs; i++) {
        AilVar reg = ail_state(msrs[i].at, 8);
        ail_put(l->b, AIL_OP_SELECT, 0, reg, v, reg, is_msr(l, i));
    }
    ail_put(l->b, AIL_OP_MIX, 0, rest, rest, v, ail_x86_gpr(X86_RCX, 4))->name = "wrmsr";
    return true;
}

static bool lift_xgetbv(AilX86 *l)
{
    write_pair(l, ail_state(X86_XCR0, 8));
    return true;
}

static bool lift_xsetbv(AilX86 *l)
{
    ail_copy(l->b, ail_state(X86_XCR0, 8), read_pair(l));
    return true;
}

void ail_x86_read_pkru(AilX86 *l)
{
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RAX, 4), ail_state(X86_PKRU, 4));
    ail_x86_set_gpr(l, ail_x86_gpr(X86_RDX, 4), ail_const(0, 4));
}

void ail_x86_write_pkru(AilX86 *l)
{
    ail_copy(l->b, ail_state(X86_PKRU, 4), ail_x86_gpr(X86_RAX, 4));
}

void ail_x86_read_pid(AilX86 *l, AilVar to)
{
    ail_put(l->b, AIL_OP_ZEXT, 0, to, ail_state(X86_TSC_AUX, 4), AIL_NONE, AIL_NONE);
}

#if CS_API_MAJOR >= 5
static bool lift_rdpkru(AilX86 *l)
{
    ail_x86_read_pkru(l);
    return true;
}

static bool lift_wrpkru(AilX86 *l)
{
    ail_x86_write_pkru(l);
    return true;
}

static bool lift_rdpid(AilX86 *l)
{
    AilVar to = ail_x86_place(l, 0).var;
    to.size = 8;
    ail_x86_read_pid(l, to);
    return true;
}
#endif

/* --- what is not of the machine's state --- */

static bool lift_cpuid(AilX86 *l)
{
    static const uint8_t regs[] = {X86_RAX, X86_RBX, X86_RCX, X86_RDX};
    AilVar leaf = ail_temp(l->b, 4), sub = ail_temp(l->b, 4);
    ail_copy(l->b, leaf, ail_x86_gpr(X86_RAX, 4));
    ail_copy(l->b, sub, ail_x86_gpr(X86_RCX, 4));
    for (unsigned i = 0; i < sizeof regs; i++)
        ail_x86_set_gpr(l, ail_x86_gpr(regs[i], 4), mix(l, "cpuid", ail_temp(l->b, 4), leaf, sub));
    return true;
}

/* rdtsc, rdtscp, rdpmc: a time, of nothing */
static bool lift_time(AilX86 *l)
{
    write_pair(l, mix(l, "time", ail_temp(l->b, 8), ail_const(0, 1), AIL_NONE));
    if (l->how)
        ail_x86_set_gpr(l, ail_x86_gpr(X86_RCX, 4), ail_state(X86_TSC_AUX, 4));
    return true;
}

static bool lift_in(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar port = ail_x86_read_sized(l, 1, 2);
    ail_x86_set(l, to, mix(l, "in", ail_temp(l->b, to.size), port, AIL_NONE));
    return true;
}

static bool lift_nothing(AilX86 *l)
{
    (void)l;
    return true;
}

/* bound: two numbers that operand 0 is between */
static bool lift_bound(AilX86 *l)
{
    ail_x86_read_sized(l, 1, 2 * ail_x86_place(l, 0).size);
    return true;
}

/* --- fxsave, xsave and back --- */

/* clang-format off */
#define STACK(n) {32 + 16 * (n), X86_ST + 10 * (n), 10}
#define LOW(n) {160 + 16 * (n), X86_YMM + 32 * (n), 16}
#define HIGH(n) {576 + 16 * (n), X86_YMM + 32 * (n) + 16, 16}
static const AilAreaPart parts[] = {
    {0, X86_FPU_CW, 2}, {2, X86_FPU_SW, 2}, {4, X86_FPU_TAG, 2}, {24, X86_MXCSR, 4},
    STACK(0), STACK(1), STACK(2), STACK(3), STACK(4), STACK(5), STACK(6), STACK(7),
    LOW(0), LOW(1), LOW(2), LOW(3), LOW(4), LOW(5), LOW(6), LOW(7),
    LOW(8), LOW(9), LOW(10), LOW(11), LOW(12), LOW(13), LOW(14), LOW(15),
    HIGH(0), HIGH(1), HIGH(2), HIGH(3), HIGH(4), HIGH(5), HIGH(6), HIGH(7),
    HIGH(8), HIGH(9), HIGH(10), HIGH(11), HIGH(12), HIGH(13), HIGH(14), HIGH(15),
    {2688, X86_PKRU, 8},
};
/* clang-format on */
enum { LEGACY_PARTS = 4 + 8 + 16, PARTS = sizeof parts / sizeof *parts };

/* Whatever parts are asked for, xsave and xrstor load the header of 64 bytes behind the legacy area,
 * which says what parts there are, before anything else. */
static const AilArea legacy = {16, 0, LEGACY_PARTS, parts}, extended = {64, 512, PARTS, parts};

enum { XSAVE = AIL_OP_AREA_STORE | 0x100, XRSTOR = AIL_OP_AREA_LOAD | 0x100 };

static bool lift_area(AilX86 *l)
{
    AilVar at = ail_x86_address(l, ail_x86_op(l, 0));
    if (l->how == XSAVE) /* which parts were there before */
        ail_load(l->b, 8, ail_x86_do_const(l, AIL_OP_ADD, at, 512));
    AilOp *op = ail_put(l->b, (AilOpCode)(l->how & 0xff), 0, AIL_NONE, AIL_NONE, at, AIL_NONE);
    op->area = l->how & 0x100 ? &extended : &legacy;
    return true;
}

const AilX86Entry ail_x86_control[X86_INS_ENDING] = {
#if CS_API_MAJOR >= 5
    [X86_INS_RDPID] = {lift_rdpid, 0},
    [X86_INS_RDPKRU] = {lift_rdpkru, 0},
    [X86_INS_RDSSPD] = {lift_nothing, 0},
    [X86_INS_RDSSPQ] = {lift_nothing, 0},
    [X86_INS_WRPKRU] = {lift_wrpkru, 0},
#endif
    [X86_INS_BOUND] = {lift_bound, 0},
    [X86_INS_CLAC] = {lift_rflag, 18},
    [X86_INS_CLI] = {lift_rflag, 9},
    [X86_INS_CLTS] = {lift_clts, 0},
    [X86_INS_CPUID] = {lift_cpuid, 0},
    [X86_INS_FXRSTOR] = {lift_area, AIL_OP_AREA_LOAD},
    [X86_INS_FXRSTOR64] = {lift_area, AIL_OP_AREA_LOAD},
    [X86_INS_FXSAVE] = {lift_area, AIL_OP_AREA_STORE},
    [X86_INS_FXSAVE64] = {lift_area, AIL_OP_AREA_STORE},
    [X86_INS_IN] = {lift_in, 0},
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
    [X86_INS_OUT] = {lift_nothing, 0},
    [X86_INS_RDFSBASE] = {lift_read_base, X86_FS},
    [X86_INS_RDGSBASE] = {lift_read_base, X86_GS},
    [X86_INS_RDMSR] = {lift_rdmsr, 0},
    [X86_INS_RDPMC] = {lift_time, 0},
    [X86_INS_RDTSC] = {lift_time, 0},
    [X86_INS_RDTSCP] = {lift_time, 1},
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
    [X86_INS_WRMSR] = {lift_wrmsr, 0},
    [X86_INS_XGETBV] = {lift_xgetbv, 0},
    [X86_INS_XRSTOR] = {lift_area, XRSTOR},
    [X86_INS_XRSTOR64] = {lift_area, XRSTOR},
    [X86_INS_XSAVE] = {lift_area, XSAVE},
    [X86_INS_XSAVE64] = {lift_area, XSAVE},
    [X86_INS_XSAVEOPT] = {lift_area, XSAVE},
    [X86_INS_XSAVEOPT64] = {lift_area, XSAVE},
    [X86_INS_XSETBV] = {lift_xsetbv, 0},
};
