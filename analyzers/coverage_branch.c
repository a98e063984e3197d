/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which instructions end a basic block. QEMU ends its blocks there, too, but also elsewhere: at a
 * page's end, behind instructions that change the machine's state.
 * Sources: Intel 64 and IA-32 manual, volume 2, appendix A (opcode maps); Arm ARM (DDI 0487),
 * chapter C4; Power ISA 2.07, book I, chapter 2.
 */
#include "analyzers/coverage_count.h"

static bool x86_prefix(uint8_t op, bool wide)
{
    switch (op) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65: /* segments */
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
        return true;
    default:
        return wide && (op & 0xf0) == 0x40; /* REX */
    }
}

/* Opcodes behind 0f. */
static bool x86_two_bytes(uint8_t op)
{
    switch (op) {
    case 0x05:
    case 0x07:
    case 0x34:
    case 0x35: /* syscall, sysret, sysenter, sysexit */
    case 0x0b:
    case 0xaa:
    case 0xb9:
    case 0xff: /* ud2, rsm, ud1, ud0 */
        return true;
    default:
        return (op & 0xf0) == 0x80; /* jcc */
    }
}

static bool x86_branch(const uint8_t *at, unsigned len, bool wide)
{
    while (len > 1 && x86_prefix(*at, wide))
        at++, len--;
    uint8_t next = len > 1 ? at[1] : 0;
    switch (*at) {
    case 0x0f:
        return x86_two_bytes(next);
    case 0xff: /* call and jmp: /2 to /5 */
        return (next >> 3 & 7) >= 2 && (next >> 3 & 7) <= 5;
    case 0xc7: /* xbegin */
        return next == 0xf8;
    case 0x9a:
    case 0xea:
    case 0xe8:
    case 0xe9:
    case 0xeb: /* call, jmp */
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcf: /* ret, iret */
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xf1: /* int */
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3: /* loop, jcxz */
        return true;
    default:
        return (*at & 0xf0) == 0x70; /* jcc */
    }
}

static bool a64_branch(uint32_t op)
{
    return (op & 0x7c000000) == 0x14000000 || /* b, bl */
           (op & 0x7e000000) == 0x34000000 || /* cbz, cbnz */
           (op & 0x7e000000) == 0x36000000 || /* tbz, tbnz */
           (op & 0xfe000000) == 0x54000000 || /* b.cond */
           (op & 0xfe000000) == 0xd6000000 || /* br, blr, ret, eret, with their authenticated kin */
           (op & 0xff000000) == 0xd4000000;   /* svc, hvc, smc, brk, hlt */
}

static bool ppc_branch(uint32_t op)
{
    uint32_t primary = op >> 26, extended = op >> 1 & 0x3ff;
    return (primary >= 16 && primary <= 18) || /* bc, sc, b */
           (primary == 19 && (extended == 16 || extended == 528 || extended == 50));
}

bool ail_ends_with_branch(const AilBlock *b)
{
    const uint8_t *last = b->bytes + b->start[b->n_insns - 1];
    unsigned len = (unsigned)(b->bytes + b->size - last);
    switch (b->mode) {
    case AIL_MODE_X86_16:
    case AIL_MODE_X86_32:
    case AIL_MODE_X86_64:
        return x86_branch(last, len, b->mode == AIL_MODE_X86_64);
    case AIL_MODE_A64:
        return len < 4 || a64_branch(ail_get_le32(last));
    case AIL_MODE_PPC:
        return len < 4 || ppc_branch(ail_get_be32(last));
    default: /* 32-bit Arm: many instructions can write to pc; a page's end is surely none */
        return (b->pc + b->size) & 0xfff;
    }
}
