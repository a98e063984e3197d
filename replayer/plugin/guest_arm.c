/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 32-bit Arm, in both its instruction sets. Facts from the Arm ARM for ARMv7-A (DDI 0406): chapter
 * A5 and A6 for encodings, B1.8 for exceptions, B4.1 for the translation registers.
 */
#include "replayer/plugin/plugin.h"

#define SCTLR_V   (1u << 13)
#define TTBCR_EAE (1u << 31)

/* Of a T32 instruction: the first half word, and behind it, for those that have one, the second. */
static uint32_t thumb(const uint8_t *at, size_t len)
{
    uint32_t first = ail_get_le16(at);
    return len == 4 ? first << 16 | ail_get_le16(at + 2) : first;
}

static int64_t sign_extend(uint32_t value, unsigned bits)
{
    return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

uint64_t ail_arm_asid(void)
{
    const GuestRegs *r = &ail_plugin.reg;
    /* TTBR0 without what says how the tables are cached; with long descriptors, without CnP. */
    bool lpae = ail_guest_read(r->ttbcr) & TTBCR_EAE;
    return ail_guest_read(r->asid) & (lpae ? 0xfffffffeu : 0xffffff80u);
}

/* A write to TTBR0: mcr p15, 0, rT, c2, c0, 0 or mcrr p15, 0, rT, rU, c2. */
bool ail_arm_changes_asid(const uint8_t *insn, size_t len, uint8_t mode)
{
    if (len != 4)
        return false;
    uint32_t w = mode == AIL_MODE_T32 ? thumb(insn, len) : ail_get_le32(insn);
    return (w & 0x0fff0fff) == 0x0e020f10 || (w & 0x0ff00fff) == 0x0c400f02;
}

/* QEMU does not show it. The lengths of instructions tell, or that they are nothing in the other
 * set; or else it is as before: code changes it only by few kinds of jumps. */
uint8_t ail_arm_user_mode(const uint8_t *lengths, size_t n, const uint8_t *bytes, uint64_t pc)
{
    const Plugin *p = &ail_plugin;
    if (pc & 2)
        return AIL_MODE_T32;
    for (size_t i = 0; i < n; bytes += lengths[i++]) {
        if (lengths[i] == 2)
            return AIL_MODE_T32;
        if (thumb(bytes, 2) < 0xe800) /* the first half of no long one */
            return AIL_MODE_A32;
    }
    if (p->prev->mode == AIL_MODE_A32 || p->prev->mode == AIL_MODE_T32)
        return p->prev->mode;
    return ail_guest_read(p->reg.spsr) & PSR_T ? AIL_MODE_T32 : AIL_MODE_A32;
}

bool ail_arm_is_handler(uint64_t pc, uint64_t *vector)
{
    const GuestRegs *r = &ail_plugin.reg;
    bool high = ail_guest_read(r->sctlr) & SCTLR_V;
    uint64_t offset = pc - (high ? 0xffff0000u : ail_guest_read(r->vbar));
    if (offset >= 0x20 || offset % 4)
        return false;
    *vector = offset / 4;
    return true;
}

/* From the link register of the mode that the exception put the processor into: it holds what is
 * behind the place to resume at, by as much as the vector says. */
uint64_t ail_arm_resume_pc(uint64_t vector, const Block *before)
{
    uint64_t lr = ail_guest_read(ail_plugin.reg.lr);
    switch (vector) {
    case 1: /* undefined instruction */
        return lr - (before->mode == AIL_MODE_T32 ? 2 : 4);
    case 2: /* svc */
        return lr;
    case 4: /* abort of a load or store */
        return lr - 8;
    default: /* abort of a fetch, interrupt */
        return lr - 4;
    }
}

static AilFlowsTo a32_flow(uint32_t w, int64_t *displacement)
{
    bool always = w >> 28 == 14, to_pc = (w >> 12 & 15) == 15;
    if (w >> 28 == 15) /* barriers and preloads; blx, rfe */
        return (w & 0x0f000000) == 0x05000000 ? AIL_FALLS : AIL_ELSEWHERE;
    switch (w >> 25 & 7) {
    case 5: /* b, bl */
        *displacement = 8 + sign_extend(w << 2, 26);
        return always ? AIL_JUMPS : AIL_BRANCHES;
    case 4: /* several registers */
        return w >> 20 & 1 && w >> 15 & 1 ? AIL_ELSEWHERE : AIL_FALLS;
    case 6: /* coprocessors */
        return AIL_FALLS;
    case 7:
        return w >> 24 & 1 ? AIL_ELSEWHERE : AIL_FALLS; /* svc */
    default:                                            /* data processing, loads and stores, bx */
        return to_pc ? AIL_ELSEWHERE : AIL_FALLS;
    }
}

static AilFlowsTo t16_flow(uint32_t h, int64_t *displacement)
{
    if ((h & 0xf000) == 0xd000 && (h >> 8 & 15) < 14) { /* b.cond */
        *displacement = 4 + sign_extend(h << 1, 9);
        return AIL_BRANCHES;
    }
    if ((h & 0xf800) == 0xe000) { /* b; in an it block it has a condition */
        *displacement = 4 + sign_extend(h << 1, 12);
        return AIL_BRANCHES;
    }
    if ((h & 0xf500) == 0xb100) { /* cbz, cbnz */
        *displacement = 4 + (int64_t)((h >> 3 & 0x3e) | (h >> 9 & 1) << 6);
        return AIL_BRANCHES;
    }
    bool to_pc = (h & 0xfd00) == 0x4400 && (h & 0x87) == 0x87; /* add, mov */
    return to_pc || (h & 0xff00) == 0x4700 || (h & 0xff00) == 0xbd00 || (h & 0xff00) == 0xbe00 ||
                   (h & 0xf000) == 0xd000
               ? AIL_ELSEWHERE
               : AIL_FALLS;
}

static AilFlowsTo t32_flow(uint32_t w, int64_t *displacement)
{
    uint32_t s = w >> 26 & 1, j1 = w >> 13 & 1, j2 = w >> 11 & 1;
    if ((w & 0xf8009000) == 0xf0009000) { /* b.w, bl; in an it block they have a condition */
        uint32_t i1 = j1 == s, i2 = j2 == s;
        *displacement =
            4 + sign_extend(
                    s << 24 | i1 << 23 | i2 << 22 | (w >> 16 & 0x3ff) << 12 | (w & 0x7ff) << 1, 25);
        return AIL_BRANCHES;
    }
    if ((w & 0xf800d000) == 0xf0008000) {
        if ((w >> 23 & 7) == 7) /* barriers; returns from exceptions, writes to the psr */
            return w >> 16 == 0xf3bf ? AIL_FALLS : AIL_ELSEWHERE;
        *displacement =
            4 + sign_extend(
                    s << 20 | j2 << 19 | j1 << 18 | (w >> 16 & 0x3f) << 12 | (w & 0x7ff) << 1, 21);
        return AIL_BRANCHES;
    }
    bool load = w >> 20 & 1;
    if ((w & 0xf800d000) == 0xf000c000) /* blx */
        return AIL_ELSEWHERE;
    if ((w & 0xfe000000) == 0xe8000000) /* several registers, tables of branches */
        return load ? AIL_ELSEWHERE : AIL_FALLS;
    if ((w & 0xfe000000) == 0xf8000000)
        return load && (w >> 12 & 15) == 15 ? AIL_ELSEWHERE : AIL_FALLS;
    return AIL_FALLS;
}

AilFlowsTo ail_arm_flow(const uint8_t *insn, size_t len, uint8_t mode, int64_t *displacement)
{
    if (mode == AIL_MODE_A32)
        return a32_flow(ail_get_le32(insn), displacement);
    return len == 2 ? t16_flow(thumb(insn, 2), displacement)
                    : t32_flow(thumb(insn, 4), displacement);
}
