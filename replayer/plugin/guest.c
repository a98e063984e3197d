/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an architecture's registers and system instructions mean to the hooks. Facts from the
 * processors' manuals; register names are those of QEMU's gdb descriptions.
 */
#include "replayer/plugin/plugin.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <string.h>

enum { CR0_PE = 1, CR4_PAE = 1 << 5, EFER_LMA = 1 << 10, EFLAGS_VM = 1 << 17 };
enum { PSR_T = 1 << 5, MSR_PR = 1 << 14 };

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
        {"SPSR_EL1", &p->reg.spsr},
        {"VBAR_EL1", &p->reg.vbar},
        {"VBAR", &p->reg.vbar},
        {"ELR_EL1", &p->reg.elr},
        {"ESR_EL1", &p->reg.esr},
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

/* CR3 without PCID, PWT, PCD and the no-flush bit. What a 32-bit kernel with PAE has there is no
 * page, but a table of 32 bytes. */
static uint64_t x86_asid(uint64_t cr3)
{
    const GuestRegs *r = &ail_plugin.reg;
    bool pae = cr3 & 0xfe0 && ail_guest_read(r->cr4) & CR4_PAE;
    return cr3 & (pae && !(ail_guest_read(r->efer) & EFER_LMA) ? 0xffffffe0u : 0x000ffffffffff000u);
}

uint64_t ail_guest_asid(void)
{
    uint64_t v = ail_guest_read(ail_plugin.reg.asid);
    switch (ail_plugin.arch) {
    case AIL_ARCH_X86:
        return x86_asid(v);
    case AIL_ARCH_ARM64:
        return v & 0x0000fffffffffffeu; /* TTBR0 without ASID and CnP */
    case AIL_ARCH_ARM:
        return ail_arm_asid();
    default:
        return ail_plugin.segment0 & 0x00ffffff; /* the virtual segment's number */
    }
}

/* Do the instructions decode to the lengths that QEMU found, in this mode? */
static bool lengths_fit(int mode, const uint8_t *lengths, size_t n, const uint8_t *bytes,
                        size_t size, uint64_t pc)
{
    static const cs_mode modes[] = {CS_MODE_16, CS_MODE_32, CS_MODE_64};
    Plugin *p = &ail_plugin;
    if (!p->capstone[mode] && cs_open(CS_ARCH_X86, modes[mode], &p->capstone[mode]) != CS_ERR_OK)
        return false;
    cs_insn *insn = cs_malloc(p->capstone[mode]);
    bool fit = true;
    for (size_t i = 0; i < n && fit; i++) {
        size_t left = size;
        const uint8_t *at = bytes;
        uint64_t address = pc;
        fit = cs_disasm_iter(p->capstone[mode], &at, &left, &address, insn) &&
              insn->size == lengths[i];
        bytes += lengths[i];
        size -= lengths[i];
        pc += lengths[i];
    }
    cs_free(insn, 1);
    return fit;
}

/* What the segment's descriptor says. */
static uint8_t described_mode(uint16_t cs, uint8_t usual)
{
    enum { TYPE = 0x98, LONG = 0x20, BIG = 0x40 }; /* present code segment; 64 bits; 32 bits */
    Plugin *p = &ail_plugin;
    uint64_t offset = cs & ~7u;
    g_byte_array_set_size(p->scratch, 0);
    if (!p->gdt_base || cs & 4 || offset + 7 > p->gdt_limit ||
        !qemu_plugin_read_memory_vaddr(p->gdt_base + offset, p->scratch, 8) ||
        (p->scratch->data[5] & TYPE) != TYPE)
        return usual;
    if (usual == AIL_MODE_X86_64 && p->scratch->data[6] & LONG)
        return AIL_MODE_X86_64;
    return p->scratch->data[6] & BIG ? AIL_MODE_X86_32 : AIL_MODE_X86_16;
}

/*
 * x86: whether code is 16, 32 or 64-bit is in the code segment's descriptor, which QEMU does not
 * show. The instruction lengths tell; where they fit several modes, what was found for the same
 * selector before decides.
 */
static uint8_t x86_mode(uint16_t cs, bool lma, bool pe, const uint8_t *lengths, size_t n,
                        const uint8_t *bytes, size_t size, uint64_t pc)
{
    static const uint8_t order[3][3] = {{AIL_MODE_X86_16, AIL_MODE_X86_32, AIL_MODE_X86_16},
                                        {AIL_MODE_X86_32, AIL_MODE_X86_16, AIL_MODE_X86_32},
                                        {AIL_MODE_X86_64, AIL_MODE_X86_32, AIL_MODE_X86_16}};
    int world = lma ? 2 : pe ? 1 : 0;
    gpointer key = GUINT_TO_POINTER(1u << 20 | (unsigned)world << 16 | cs);
    SelectorMode *known = g_hash_table_lookup(ail_plugin.selectors, key);
    if (!known) {
        known = g_new0(SelectorMode, 1);
        known->mode = world ? described_mode(cs, order[world][0]) : AIL_MODE_X86_16;
        g_hash_table_insert(ail_plugin.selectors, key, known);
    }
    /* In long mode selectors keep their meaning: no need to decode everything again. */
    if (lma && known->confirmed > 1000 && known->confirmed++ % 64)
        return known->mode;
    if (lengths_fit(known->mode, lengths, n, bytes, size, pc)) {
        known->confirmed++;
        return known->mode;
    }
    for (int i = 0; i < 3; i++) {
        if (order[world][i] == known->mode ||
            !lengths_fit(order[world][i], lengths, n, bytes, size, pc))
            continue;
        *known = (SelectorMode){order[world][i], 0};
        break;
    }
    return known->mode;
}

/*
 * A program of 32 bits on an AArch64 kernel: QEMU shows the processor's AArch64 state only, as it
 * was when the kernel left, in the kernel still. But the kernel runs at high addresses, and what it
 * left to is in SPSR_EL1 (Arm ARM for ARMv8-A, DDI 0487, C5.2.18): M[4:0] of AArch32's user mode.
 */
static bool is_aarch32(uint64_t psr, uint64_t pc)
{
    enum { M = 0x1f, USER32 = 0x10 };
    return (psr >> 2 & 3) == 1 && pc <= UINT32_MAX &&
           (ail_guest_read(ail_plugin.reg.spsr) & M) == USER32;
}

/* Which of its instruction sets: short instructions are T32's; of long ones the first half word
 * says that it is one, in all of them. */
static uint8_t aarch32_mode(const uint8_t *lengths, size_t n, const uint8_t *bytes)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n && lengths[i] == 4; at += lengths[i++])
        if (at[1] < 0xe8)
            return AIL_MODE_A32;
    return AIL_MODE_T32;
}

void ail_guest_mode(uint8_t *mode, uint8_t *user, const uint8_t *lengths, size_t n,
                    const uint8_t *bytes, size_t size, uint64_t pc)
{
    const GuestRegs *r = &ail_plugin.reg;
    uint64_t psr = ail_guest_read(r->cpsr);
    switch (ail_plugin.arch) {
    case AIL_ARCH_ARM64:
        *user = (psr >> 2 & 3) == 0 || is_aarch32(psr, pc);
        *mode = *user && (psr >> 2 & 3) ? aarch32_mode(lengths, n, bytes) : AIL_MODE_A64;
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
        break;
    }
    uint16_t cs = (uint16_t)ail_guest_read(r->cs);
    bool pe = ail_guest_read(r->cr0) & CR0_PE, vm = ail_guest_read(r->flags) & EFLAGS_VM;
    bool lma = ail_guest_read(r->efer) & EFER_LMA;
    *user = pe && (vm || (cs & 3) == 3);
    *mode = x86_mode(cs, lma, pe && !vm, lengths, n, bytes, size, pc);
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
    const uint8_t *at = ail_where_skip_prefixes(insn, insn + len, mode, NULL);
    size_t left = (size_t)(insn + len - at);
    if (left >= 2 && at[0] == 0x0f)
        return (at[1] == 0x22 && left >= 3 && (at[2] >> 3 & 7) == 3) || /* mov cr3, r */
               at[1] == 0xaa;                                           /* rsm */
    if (mode == AIL_MODE_X86_64 || !left)
        return false;
    /* Far transfers may go through a task gate. */
    return at[0] == 0x9a || at[0] == 0xea || at[0] == 0xcf ||
           (at[0] == 0xff && left >= 2 && ((at[1] >> 3 & 7) == 3 || (at[1] >> 3 & 7) == 5));
}

bool ail_guest_may_repeat(const Block *b)
{
    size_t len = b->lengths[b->n - 1];
    const uint8_t *insn = b->lengths + b->n + b->size - len;
    const uint8_t *at = ail_where_skip_prefixes(insn, insn + len, b->mode, NULL);
    if (at == insn + len)
        return true;
    /* rep and a string instruction; or a branch that stores nothing, so no call. */
    if (*at == 0xff)
        return at + 1 < insn + len && (at[1] >> 3 & 7) >= 4;
    return (*at >= 0xa4 && *at <= 0xaf) || (*at >= 0x6c && *at <= 0x7f) ||
           (*at >= 0xe0 && *at <= 0xeb && *at != 0xe8) || *at == 0xc2 || *at == 0xc3 ||
           (*at == 0x0f && at + 1 < insn + len && (at[1] & 0xf0) == 0x80);
}

void ail_guest_start(void)
{
    Plugin *p = &ail_plugin;
    p->idt_base = p->wire->idt_base;
    p->idt_limit = p->wire->idt_limit;
    p->gdt_base = p->wire->gdt_base;
    p->gdt_limit = p->wire->gdt_limit;
}

/* The instruction reads first the table's limit, then its address; true: that was the latter. */
static bool load_table(qemu_plugin_meminfo_t info, uint64_t *base, uint64_t *limit)
{
    qemu_plugin_mem_value v = qemu_plugin_mem_get_value(info);
    if (v.type == 1)
        *limit = v.data.u16;
    else
        *base = v.type == 3 ? v.data.u64 : v.data.u32;
    return v.type != 1;
}

static void on_lidt(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu, (void)vaddr, (void)user;
    if (load_table(info, &ail_plugin.idt_base, &ail_plugin.idt_limit))
        g_hash_table_remove_all(ail_plugin.handlers);
}

static void on_lgdt(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu, (void)vaddr, (void)user;
    load_table(info, &ail_plugin.gdt_base, &ail_plugin.gdt_limit);
}

qemu_plugin_vcpu_mem_cb_t ail_guest_table_hook(const uint8_t *insn, size_t len)
{
    for (size_t i = 0; i + 2 < len; i++) {
        unsigned op = insn[i + 2] >> 3 & 7;
        if (insn[i] == 0x0f && insn[i + 1] == 0x01)
            return insn[i + 2] >> 6 == 3 ? NULL : op == 3 ? on_lidt : op == 2 ? on_lgdt : NULL;
    }
    return NULL;
}

/* Linear address of gate i's handler; the table's entry is `gate`. */
static uint64_t gate_target(const uint8_t *gate, size_t size)
{
    uint64_t low = (uint64_t)gate[0] | (uint64_t)gate[1] << 8;
    uint64_t word2 = (uint64_t)gate[2] | (uint64_t)gate[3] << 8;
    if (size == 4) /* real mode: offset, segment */
        return word2 * 16 + low;
    uint64_t target = low | (uint64_t)gate[6] << 16 | (uint64_t)gate[7] << 24;
    if (size == 16)
        target |= (uint64_t)gate[8] << 32 | (uint64_t)gate[9] << 40 | (uint64_t)gate[10] << 48 |
                  (uint64_t)gate[11] << 56;
    return target;
}

/* Read the whole interrupt table: its gates may have changed since. */
static void read_handlers(Plugin *p)
{
    bool lma = ail_guest_read(p->reg.efer) & EFER_LMA, pe = ail_guest_read(p->reg.cr0) & CR0_PE;
    size_t size = lma ? 16 : pe ? 8 : 4;
    size_t n = MIN((p->idt_limit + 1) / size, (uint64_t)256);
    g_hash_table_remove_all(p->handlers);
    g_byte_array_set_size(p->scratch, 0);
    if (!n || !qemu_plugin_read_memory_vaddr(p->idt_base, p->scratch, n * size))
        return;
    for (size_t i = n; i-- > 0;) {
        uint64_t target = gate_target(p->scratch->data + i * size, size);
        if (!target)
            continue;
        uint64_t *key = g_memdup2(&target, sizeof target);
        bool shared = g_hash_table_contains(p->handlers, key);
        g_hash_table_replace(p->handlers, key, GUINT_TO_POINTER(shared ? UINT32_MAX : (guint)i));
    }
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
    gpointer found;
    if (!g_hash_table_lookup_extended(p->handlers, &pc, NULL, &found)) {
        read_handlers(p);
        if (!g_hash_table_lookup_extended(p->handlers, &pc, NULL, &found))
            return false;
    }
    guint v = GPOINTER_TO_UINT(found);
    *vector = v == UINT32_MAX ? AIL_VECTOR_UNKNOWN : v;
    return true;
}

/* x86: these exceptions push an error code below the return address; `int n` never does. */
static bool pushes_error_code(const Block *before, uint64_t vector)
{
    const uint32_t with_code = 1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 |
                               1u << 17 | 1u << 21 | 1u << 29 | 1u << 30;
    if (vector > 31 || !(with_code >> vector & 1))
        return false;
    size_t last = before->n ? before->lengths[before->n - 1] : 0;
    return last != 2 || before->lengths[before->n + before->size - 2] != 0xcd;
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
    uint64_t sp = ail_guest_read(p->reg.stack), v = 0;
    bool real = !(ail_guest_read(p->reg.cr0) & CR0_PE);
    size_t len = mode == AIL_MODE_X86_64 ? 8 : 4;
    if (real)
        sp = (sp & 0xffff) + ail_guest_read(p->reg.ss) * 16;
    else if (pushes_error_code(before, vector))
        sp += len;
    g_byte_array_set_size(p->scratch, 0);
    if (!qemu_plugin_read_memory_vaddr(sp, p->scratch, len))
        return 0;
    memcpy(&v, p->scratch->data, len);
    return real ? (v >> 16) * 16 + (v & 0xffff) : v;
}
