/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machine-specific registers and their like; and what comes of no state of the machine: who the
 * processor is, time, ports. */
#include "analyzers/lift/x86_private.h"

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
    ail_x86_mix(l, "rdmsr", v, ail_state(X86_MSR, 8), ail_x86_gpr(X86_RCX, 4));
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
        ail_x86_set_gpr(l, ail_x86_gpr(regs[i], 4),
                        ail_x86_mix(l, "cpuid", ail_temp(l->b, 4), leaf, sub));
    return true;
}

/* rdtsc, rdtscp, rdpmc: a time, of nothing */
static bool lift_time(AilX86 *l)
{
    write_pair(l, ail_x86_mix(l, "time", ail_temp(l->b, 8), ail_const(0, 1), AIL_NONE));
    if (l->how)
        ail_x86_set_gpr(l, ail_x86_gpr(X86_RCX, 4), ail_state(X86_TSC_AUX, 4));
    return true;
}

static bool lift_in(AilX86 *l)
{
    AilX86Place to = ail_x86_place(l, 0);
    AilVar port = ail_x86_read_sized(l, 1, 2);
    ail_x86_set(l, to, ail_x86_mix(l, "in", ail_temp(l->b, to.size), port, AIL_NONE));
    return true;
}

const AilX86Entry ail_x86_msr[X86_INS_ENDING] = {
#if CS_API_MAJOR >= 5
    [X86_INS_RDPID] = {lift_rdpid, 0},    [X86_INS_RDPKRU] = {lift_rdpkru, 0},
    [X86_INS_WRPKRU] = {lift_wrpkru, 0},
#endif
    [X86_INS_CPUID] = {lift_cpuid, 0},    [X86_INS_IN] = {lift_in, 0},
    [X86_INS_OUT] = {ail_x86_nothing, 0}, [X86_INS_RDMSR] = {lift_rdmsr, 0},
    [X86_INS_RDPMC] = {lift_time, 0},     [X86_INS_RDTSC] = {lift_time, 0},
    [X86_INS_RDTSCP] = {lift_time, 1},    [X86_INS_WRMSR] = {lift_wrmsr, 0},
    [X86_INS_XGETBV] = {lift_xgetbv, 0},  [X86_INS_XSETBV] = {lift_xsetbv, 0},
};
