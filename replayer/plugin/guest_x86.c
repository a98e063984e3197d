/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86. Facts from Intel's manual, volume 3: chapters 2 and 4 for registers and page tables, 3.4 for
 * segments, 6 for interrupts.
 */
#include "replayer/plugin/plugin.h"

#include <capstone/capstone.h>
#include <string.h>

enum { CR0_PE = 1, CR4_PAE = 1 << 5, EFER_LMA = 1 << 10, EFLAGS_VM = 1 << 17 };

/* CR3 without PCID, PWT, PCD and the no-flush bit. What a 32-bit kernel with PAE has there is no
 * page, but a table of 32 bytes. */
uint64_t ail_x86_asid(void)
{
    const GuestRegs *r = &ail_plugin.reg;
    uint64_t cr3 = ail_guest_read(r->asid);
    bool pae = cr3 & 0xfe0 && ail_guest_read(r->cr4) & CR4_PAE;
    return cr3 & (pae && !(ail_guest_read(r->efer) & EFER_LMA) ? 0xffffffe0u : 0x000ffffffffff000u);
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
 * Whether code is 16, 32 or 64-bit is in the code segment's descriptor, which QEMU does not
 * show. The instruction lengths tell; where they fit several modes, what was found for the same
 * selector before decides.
 */
static uint8_t mode_of(uint16_t cs, bool lma, bool pe, const uint8_t *lengths, size_t n,
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

void ail_x86_mode(uint8_t *mode, uint8_t *user, const uint8_t *lengths, size_t n,
                  const uint8_t *bytes, size_t size, uint64_t pc)
{
    const GuestRegs *r = &ail_plugin.reg;
    uint16_t cs = (uint16_t)ail_guest_read(r->cs);
    bool pe = ail_guest_read(r->cr0) & CR0_PE, vm = ail_guest_read(r->flags) & EFLAGS_VM;
    bool lma = ail_guest_read(r->efer) & EFER_LMA;
    *user = pe && (vm || (cs & 3) == 3);
    *mode = mode_of(cs, lma, pe && !vm, lengths, n, bytes, size, pc);
}

bool ail_x86_changes_asid(const uint8_t *insn, size_t len, uint8_t mode)
{
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

bool ail_x86_is_handler(uint64_t pc, uint64_t *vector)
{
    const Plugin *p = &ail_plugin;
    gpointer found;
    if (!g_hash_table_lookup_extended(p->handlers, &pc, NULL, &found)) {
        read_handlers(&ail_plugin);
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

uint64_t ail_x86_resume_pc(uint8_t mode, uint64_t vector, const Block *before)
{
    Plugin *p = &ail_plugin;
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
