/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How user code calls its kernel and how the kernel goes back to it: instructions, and registers by
 * Linux's conventions (syscall(2)).
 */
#include "replayer/plugin/plugin.h"

#include <string.h>

static uint32_t little_endian(const uint8_t *p, size_t len)
{
    uint32_t v = 0;
    for (size_t i = 0; i < len && i < 4; i++)
        v |= (uint32_t)p[i] << 8 * i;
    return v;
}

static Crossing x86_crossing(const Block *b, const uint8_t *insn, size_t len)
{
    const uint8_t *end = insn + len;
    const uint8_t *at = ail_where_skip_prefixes(insn, end, b->mode, NULL);
    if (b->user && end - at >= 2) {
        if (at[0] == 0x0f && at[1] == 0x05)
            return b->mode == AIL_MODE_X86_64 ? CALLS : CALLS_SYSCALL32;
        if (at[0] == 0x0f && at[1] == 0x34)
            return CALLS_SYSENTER;
        return at[0] == 0xcd && at[1] == 0x80 ? CALLS_INT80 : NO_CROSSING;
    }
    if (!b->user && at < end) { /* iret, lret; sysret, sysexit */
        bool two = end - at >= 2 && at[0] == 0x0f && (at[1] == 0x07 || at[1] == 0x35);
        return at[0] == 0xcf || at[0] == 0xcb || two ? LEAVES_KERNEL : NO_CROSSING;
    }
    return NO_CROSSING;
}

static Crossing a64_crossing(bool user, uint32_t w)
{
    if (user)
        return (w & 0xffe0001f) == 0xd4000001 ? CALLS : NO_CROSSING;     /* svc */
    return (w & 0xfffff3ff) == 0xd69f03e0 ? LEAVES_KERNEL : NO_CROSSING; /* eret, eretaa, eretab */
}

static Crossing arm_crossing(const Block *b, const uint8_t *insn, size_t len)
{
    uint32_t w = little_endian(insn, len);
    bool thumb = b->mode == AIL_MODE_T32;
    if (b->user)
        return thumb ? (len == 2 && (w & 0xff00) == 0xdf00 ? CALLS : NO_CROSSING)
                     : ((w & 0x0f000000) == 0x0f000000 ? CALLS : NO_CROSSING);
    bool leaves;
    if (thumb) /* halfwords: subs pc, lr; rfe */
        leaves = (w & 0xff00ffff) == 0x8f00f3de || (w & 0xffd0) == 0xe810 || (w & 0xffd0) == 0xe990;
    else /* movs pc, lr; subs pc, lr; ldm ... pc}^; rfe */
        leaves = w == 0xe1b0f00e || (w & 0x0ffff000) == 0x025ef000 ||
                 (w & 0x0e508000) == 0x08508000 || (w & 0xfe50ffff) == 0xf8100a00;
    return leaves ? LEAVES_KERNEL : NO_CROSSING;
}

Crossing ail_calls_crossing(const Block *b, const uint8_t *insn, size_t len)
{
    switch (b->mode) {
    case AIL_MODE_X86_16:
    case AIL_MODE_X86_32:
    case AIL_MODE_X86_64:
        return x86_crossing(b, insn, len);
    case AIL_MODE_A64:
        return a64_crossing(b->user, little_endian(insn, len));
    case AIL_MODE_A32:
    case AIL_MODE_T32:
        return arm_crossing(b, insn, len);
    default:
        return NO_CROSSING;
    }
}

/* x86: or $0x1000, which makes a process's page table that without the kernel (Linux,
 * arch/x86/entry/calling.h). */
static bool goes_to_user_table(const uint8_t *code, size_t size)
{
    for (size_t i = 1; i + 4 <= size; i++) {
        bool imm = !code[i] && code[i + 1] == 0x10 && !code[i + 2] && !code[i + 3];
        if (imm && ((code[i - 1] & 0xf8) == 0xc8 || code[i - 1] == 0x0d))
            return true;
    }
    return false;
}

Hiding ail_calls_hiding(const Block *b, const uint8_t *insn, size_t len, uint64_t low,
                        uint64_t high)
{
    bool inside = b->pc >= low && b->pc < high;
    if (b->user)
        return HIDES_NOTHING;
    if (b->mode == AIL_MODE_A64 && !inside) /* msr ttbr1_el1, xN, in the trampoline */
        return (little_endian(insn, len) & 0xffffffe0) == 0xd5182020 ? HIDES_KERNEL : HIDES_NOTHING;
    if (b->mode >= AIL_MODE_A64)
        return inside && b->crossing == LEAVES_KERNEL ? MAY_LEAVE : HIDES_NOTHING;
    return b->mode <= AIL_MODE_X86_64 && ail_guest_changes_asid(b, len) &&
                   goes_to_user_table(b->lengths + b->n, b->size)
               ? HIDES_KERNEL
               : HIDES_NOTHING;
}

/* Number, six arguments, result, stack. */
static const char *const names[][AIL_CALL_REGS] = {
    [AIL_ABI_X86_64] = {"rax", "rdi", "rsi", "rdx", "r10", "r8", "r9", "rax", "rsp"},
    [AIL_ABI_I386] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rax", "rsp"},
    [AIL_ABI_ARM64] = {"x8", "x0", "x1", "x2", "x3", "x4", "x5", "x0", "sp"},
    [AIL_ABI_ARM] = {"r7", "r0", "r1", "r2", "r3", "r4", "r5", "r0", "sp"},
};

/* Of 32-bit programs on AArch64, as its kernel sees them; QEMU shows them no other way. */
static const char *const compat[AIL_CALL_REGS] = {"x7", "x0", "x1", "x2", "x3",
                                                  "x4", "x5", "x0", "x13"};

void ail_calls_find_registers(void)
{
    Plugin *p = &ail_plugin;
    bool arm64 = p->arch == AIL_ARCH_ARM64;
    for (guint i = 0; i < p->registers->len; i++) {
        const qemu_plugin_reg_descriptor *d =
            &g_array_index(p->registers, qemu_plugin_reg_descriptor, i);
        for (size_t abi = 0; abi < G_N_ELEMENTS(names); abi++) {
            for (int k = 0; k < AIL_CALL_REGS; k++) {
                const char *name = arm64 && abi == AIL_ABI_ARM ? compat[k] : names[abi][k];
                bool is =
                    name && (!strcmp(name, d->name) || (abi == AIL_ABI_I386 && d->name[0] == 'e' &&
                                                        !strcmp(name + 1, d->name + 1)));
                if (is && !p->call_regs[abi][k])
                    p->call_regs[abi][k] = d->handle;
            }
        }
    }
}

AilAbi ail_calls_abi(uint8_t mode, Crossing crossing)
{
    switch (mode) {
    case AIL_MODE_X86_64:
        return crossing == CALLS_INT80 ? AIL_ABI_I386 : AIL_ABI_X86_64;
    case AIL_MODE_X86_16:
    case AIL_MODE_X86_32:
        return AIL_ABI_I386;
    case AIL_MODE_A64:
        return AIL_ABI_ARM64;
    default:
        return AIL_ABI_ARM;
    }
}

uint64_t ail_calls_read(AilAbi abi, CallReg reg)
{
    uint64_t v = ail_guest_read(ail_plugin.call_regs[abi][reg]);
    return abi == AIL_ABI_I386 || abi == AIL_ABI_ARM ? (uint32_t)v : v;
}

uint64_t ail_calls_argument(AilAbi abi, unsigned n)
{
    static const CallReg i386[] = {CALL_NUMBER, CALL_ARG0 + 2, CALL_ARG0 + 1}; /* eax, edx, ecx */
    return ail_calls_read(abi, abi == AIL_ABI_I386 ? i386[n] : (CallReg)(CALL_ARG0 + n));
}

static uint64_t word_at(uint64_t addr)
{
    uint8_t b[4];
    return ail_plugin_read_memory(addr, b, sizeof b) ? little_endian(b, sizeof b) : 0;
}

void ail_calls_get(Crossing crossing, uint8_t mode, AilOsiCall *call)
{
    AilAbi abi = ail_calls_abi(mode, crossing);
    call->abi = (uint8_t)abi;
    call->number = ail_calls_read(abi, CALL_NUMBER);
    for (unsigned i = 0; i < 6; i++)
        call->args[i] = ail_calls_read(abi, (CallReg)(CALL_ARG0 + i));
    /* The vdso keeps what the instruction destroys. */
    if (crossing == CALLS_SYSENTER) {
        call->args[5] = word_at(call->args[5]);
    } else if (crossing == CALLS_SYSCALL32) {
        call->args[1] = call->args[5];
        call->args[5] = word_at(ail_calls_read(abi, CALL_STACK));
    }
}
