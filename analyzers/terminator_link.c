/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources: Arm ARM for ARMv7-A (DDI 0406), chapters A5, A6 and A8; Programming Environments Manual
 * for 32-bit implementations of the PowerPC architecture (MPCFPE32B), chapter 8.
 */
#include "analyzers/terminator_link.h"

#include "formats/bytes.h"

/* An instruction as a number: of T32 the half words in order, of which the second may be missing.
 */
static uint32_t insn_at(const AilBlock *b, unsigned i)
{
    const uint8_t *at = b->bytes + b->start[i];
    unsigned size = (unsigned)(b->start[i + 1] - b->start[i]);
    if (b->mode == AIL_MODE_T32) {
        uint32_t first = size >= 2 ? (uint32_t)(at[0] | at[1] << 8) : 0;
        return size == 4 ? first << 16 | (uint32_t)(at[2] | at[3] << 8) : first;
    }
    if (size != 4)
        return 0;
    return b->mode == AIL_MODE_PPC ? ail_get_be32(at) : ail_get_le32(at);
}

static AilTerminator a32_terminator(uint32_t w)
{
    if (w >> 28 == 15) /* blx to an address; rfe */
        return (w & 0xfe000000) == 0xfa000000   ? AIL_TERM_CALL
               : (w & 0xfe500000) == 0xf8100000 ? AIL_TERM_RESUME
                                                : AIL_TERM_OTHER;
    if ((w & 0x0f000000) == 0x0b000000 || (w & 0x0ffffff0) == 0x012fff30) /* bl, blx */
        return AIL_TERM_CALL;
    if ((w & 0x0fffffff) == 0x012fff1e || (w & 0x0fffffff) == 0x01a0f00e || /* bx lr, mov pc, lr */
        (w & 0x0fff8000) == 0x08bd8000 || (w & 0x0fffffff) == 0x049df004)   /* pop with pc */
        return AIL_TERM_RETURN;
    if ((w & 0x0f000000) == 0x0f000000) /* svc */
        return AIL_TERM_ENTRY;
    if ((w & 0x0ffff000) == 0x025ef000 || (w & 0x0fffffff) == 0x01b0f00e || /* subs, movs pc, lr */
        (w & 0x0e508000) == 0x08508000)                                     /* ldm with ^ and pc */
        return AIL_TERM_RESUME;
    return AIL_TERM_OTHER;
}

static AilTerminator t32_terminator(uint32_t w)
{
    if (w < 0x10000) {
        if ((w & 0xff87) == 0x4780)
            return AIL_TERM_CALL;                  /* blx to a register */
        if (w == 0x4770 || (w & 0xff00) == 0xbd00) /* bx lr; pop with pc */
            return AIL_TERM_RETURN;
        return (w & 0xff00) == 0xdf00 ? AIL_TERM_ENTRY : AIL_TERM_OTHER; /* svc */
    }
    if ((w & 0xf800c000) == 0xf000c000) /* bl, blx */
        return AIL_TERM_CALL;
    if ((w & 0xffff8000) == 0xe8bd8000 || w == 0xf85dfb04) /* pop.w with pc */
        return AIL_TERM_RETURN;
    if ((w & 0xffffff00) == 0xf3de8f00 || (w & 0xffd0ffff) == 0xe810c000 ||
        (w & 0xffd0ffff) == 0xe990c000) /* subs pc, lr; rfe */
        return AIL_TERM_RESUME;
    return AIL_TERM_OTHER;
}

static AilTerminator ppc_terminator(uint32_t w)
{
    unsigned opcode = w >> 26, extended = w >> 1 & 0x3ff;
    bool link = w & 1;
    if (opcode == 18 || opcode == 16) /* b, bc */
        return link ? AIL_TERM_CALL : AIL_TERM_OTHER;
    if (opcode == 17)
        return AIL_TERM_ENTRY; /* sc */
    if (opcode != 19)
        return AIL_TERM_OTHER;
    if (extended == 16 || extended == 528) /* bclr, bcctr */
        return link ? AIL_TERM_CALL : extended == 16 ? AIL_TERM_RETURN : AIL_TERM_OTHER;
    return extended == 50 || extended == 51 ? AIL_TERM_RESUME : AIL_TERM_OTHER; /* rfi, rfci */
}

AilTerminator ail_terminator_link(const AilBlock *block)
{
    uint32_t w = insn_at(block, block->n_insns - 1u);
    switch (block->mode) {
    case AIL_MODE_A32:
        return a32_terminator(w);
    case AIL_MODE_T32:
        return t32_terminator(w);
    case AIL_MODE_PPC:
        return ppc_terminator(w);
    default:
        return AIL_TERM_OTHER;
    }
}

/* A push or pop (of pc, too) that has lr in it. */
static bool arm_is_link(uint32_t w, uint8_t mode, bool load)
{
    if (mode == AIL_MODE_A32) {
        if (load)
            return ((w & 0x0fff0000) == 0x08bd0000 && w & 0xc000) ||
                   (w & 0x0fffefff) == 0x049de004; /* one register */
        return (w & 0x0fff4000) == 0x092d4000 || (w & 0x0fffffff) == 0x052de004;
    }
    if (load)
        return (w & 0xffffff00) == 0xbd00 || ((w & 0xffff0000) == 0xe8bd0000 && w & 0xc000) ||
               (w & 0xffffefff) == 0xf85deb04;
    return (w & 0xffffff00) == 0xb500 || (w & 0xffff4000) == 0xe92d4000 || w == 0xf84ded04;
}

/* stw rX, d(r1) behind mflr rX in the block; lwz rX, d(r1) before mtlr rX. */
static bool ppc_is_link(const AilBlock *b, unsigned i, bool load)
{
    uint32_t w = insn_at(b, i), reg = w >> 21 & 31;
    if ((w & 0xfc1f0000) != (load ? 0x80010000 : 0x90010000))
        return false;
    uint32_t move = (load ? 0x7c0803a6 : 0x7c0802a6) | reg << 21;
    for (unsigned k = load ? i + 1 : 0, end = load ? b->n_insns : i; k < end; k++) {
        if (insn_at(b, k) == move)
            return true;
    }
    return false;
}

int ail_link_access_32(const AilBlock *block, bool load)
{
    int found = -1;
    for (unsigned i = 0; i < block->n_insns; i++) {
        bool link =
            block->mode == AIL_MODE_PPC
                ? ppc_is_link(block, i, load)
                : ail_mode_links(block->mode) && arm_is_link(insn_at(block, i), block->mode, load);
        if (!link)
            continue;
        found = (int)i;
        if (!load)
            break;
    }
    return found;
}
