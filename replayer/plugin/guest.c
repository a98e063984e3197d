/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an architecture's registers and system instructions mean to the hooks. Facts from the
 * processors' manuals; register names are those of QEMU's gdb descriptions. What is x86's is in
 * guest_x86.c, Arm's in guest_arm.c, PowerPC's in guest_ppc.c.
 */
#include "replayer/plugin/plugin.h"

#include <stdio.h>
#include <string.h>

enum { MSR_PR = 1 << 14 };

static void find_register(const qemu_plugin_reg_descriptor *d)
{
    static const char *const asid[AIL_ARCH_COUNT] = {"", "cr3", "TTBR0_EL1", "TTBR0", "sdr1"};
    Plugin *p = &ail_plugin;
    bool x86 = p->arch == AIL_ARCH_X86;
    const struct {
        const char *name;
        struct qemu_plugin_register **to;
    } wanted[] = {
        {x86 ? "rip" : "pc", &p->reg.pc},
        {x86 ? "eip" : "pc", &p->reg.pc},
        {asid[p->arch], &p->reg.asid},
        {"rsp", &p->reg.stack},
        {"esp", &p->reg.stack},
        {"cs", &p->reg.cs},
        {"ss", &p->reg.ss},
        {"eflags", &p->reg.flags},
        {"cr0", &p->reg.cr0},
        {"cr4", &p->reg.cr4},
        {"efer", &p->reg.efer},
        {"cpsr", &p->reg.cpsr},
        {"VBAR_EL1", &p->reg.vbar},
        {"VBAR", &p->reg.vbar},
        {"ELR_EL1", &p->reg.elr},
        {"ESR_EL1", &p->reg.esr},
        {"SPSR_EL1", &p->reg.spsr},
        {"SCTLR", &p->reg.sctlr},
        {"TTBCR", &p->reg.ttbcr},
        {"lr", &p->reg.lr},
        {"msr", &p->reg.msr},
        {"srr0", &p->reg.srr0},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(wanted); k++) {
        if (!strcmp(d->name, wanted[k].name) && !*wanted[k].to)
            *wanted[k].to = d->handle;
    }
    unsigned gpr;
    if (p->arch == AIL_ARCH_PPC && sscanf(d->name, "r%u", &gpr) == 1 && gpr < 32)
        p->reg.gpr[gpr] = d->handle;
}

void ail_guest_find_registers(void)
{
    const GArray *registers = ail_plugin.registers;
    for (guint i = 0; i < registers->len; i++)
        find_register(&g_array_index(registers, qemu_plugin_reg_descriptor, i));
}

uint64_t ail_guest_read(struct qemu_plugin_register *reg)
{
    Plugin *p = &ail_plugin;
    uint64_t v = 0;
    if (!reg)
        return 0;
    g_byte_array_set_size(p->scratch, 0);
    qemu_plugin_read_register(reg, p->scratch);
    if (p->arch == AIL_ARCH_PPC) {
        for (guint i = 0; i < p->scratch->len; i++)
            v = v << 8 | p->scratch->data[i];
    } else {
        memcpy(&v, p->scratch->data, MIN(p->scratch->len, sizeof v));
    }
    return v;
}

void ail_guest_put(uint8_t *to, uint64_t number, size_t size)
{
    bool big = ail_plugin.arch == AIL_ARCH_PPC;
    for (size_t i = 0; i < size; i++)
        to[big ? size - 1 - i : i] = (uint8_t)(number >> 8 * i);
}

uint64_t ail_guest_asid(void)
{
    switch (ail_plugin.arch) {
    case AIL_ARCH_X86:
        return ail_x86_asid();
    case AIL_ARCH_ARM64:
        return ail_guest_read(ail_plugin.reg.asid) &
               0x0000fffffffffffeu; /* TTBR0 without ASID and CnP */
    case AIL_ARCH_ARM:
        return ail_arm_asid();
    default:
        return ail_plugin.segment0 & 0x00ffffff; /* the virtual segment's number */
    }
}

/*
 * While a 32-bit program runs, QEMU shows cpsr as it was in the kernel that went to it. That kernel
 * has left in SPSR_EL1 what it went to, and is itself at no such address.
 */
static void arm64_mode(uint8_t *mode, uint8_t *user, const uint8_t *lengths, size_t n,
                       const uint8_t *bytes, uint64_t pc)
{
    const GuestRegs *r = &ail_plugin.reg;
    enum { AARCH32 = 1 << 4 };
    *mode = AIL_MODE_A64;
    *user = (ail_guest_read(r->cpsr) >> 2 & 3) == 0;
    if (*user || pc > UINT32_MAX || (ail_guest_read(r->spsr) & 0x1f) != AARCH32)
        return;
    *user = 1;
    *mode = ail_arm_user_mode(lengths, n, bytes, pc);
}

void ail_guest_mode(uint8_t *mode, uint8_t *user, const uint8_t *lengths, size_t n,
                    const uint8_t *bytes, size_t size, uint64_t pc)
{
    const GuestRegs *r = &ail_plugin.reg;
    uint64_t psr = ail_guest_read(r->cpsr);
    switch (ail_plugin.arch) {
    case AIL_ARCH_ARM64:
        arm64_mode(mode, user, lengths, n, bytes, pc);
        return;
    case AIL_ARCH_ARM:
        *mode = psr & PSR_T ? AIL_MODE_T32 : AIL_MODE_A32;
        *user = (psr & 0xf) == 0;
        return;
    case AIL_ARCH_PPC:
        *mode = AIL_MODE_PPC;
        *user = (ail_guest_read(r->msr) & MSR_PR) != 0;
        return;
    default:
        ail_x86_mode(mode, user, lengths, n, bytes, size, pc);
        return;
    }
}

bool ail_guest_changes_asid(const Block *b, size_t len)
{
    uint8_t mode = b->mode;
    const uint8_t *code = b->lengths + b->n, *insn = code + b->size - len;
    if (mode == AIL_MODE_PPC)
        return ail_ppc_changes_asid(code, b->size);
    if (mode == AIL_MODE_A32 || mode == AIL_MODE_T32)
        return ail_arm_changes_asid(insn, len, mode);
    if (mode == AIL_MODE_A64) /* msr ttbr0_el1, xN */
        return len == 4 &&
               (insn[3] == 0xd5 && insn[2] == 0x18 && insn[1] == 0x20 && (insn[0] & 0xe0) == 0);
    return ail_x86_changes_asid(insn, len, mode);
}

bool ail_guest_is_handler(uint64_t pc, uint64_t *vector)
{
    Plugin *p = &ail_plugin;
    if (p->arch == AIL_ARCH_ARM)
        return ail_arm_is_handler(pc, vector);
    if (p->arch == AIL_ARCH_PPC)
        return ail_ppc_is_handler(pc, vector);
    if (p->arch == AIL_ARCH_ARM64) {
        uint64_t offset = pc - ail_guest_read(p->reg.vbar);
        if (offset >= 0x800 || offset % 0x80)
            return false;
        bool synchronous = (offset & 0x180) == 0;
        *vector = synchronous ? ail_guest_read(p->reg.esr) >> 26 & 0x3f : AIL_VECTOR_UNKNOWN;
        return true;
    }
    return ail_x86_is_handler(pc, vector);
}

uint64_t ail_guest_resume_pc(uint8_t mode, uint64_t vector, const Block *before)
{
    Plugin *p = &ail_plugin;
    if (p->arch == AIL_ARCH_ARM64)
        return ail_guest_read(p->reg.elr);
    if (p->arch == AIL_ARCH_ARM)
        return ail_arm_resume_pc(vector, before);
    if (p->arch == AIL_ARCH_PPC)
        return ail_guest_read(p->reg.srr0);
    return ail_x86_resume_pc(mode, vector, before);
}
