/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where does a block run? QEMU translates memory, not addresses (its CF_PCREL): where a page is
 * mapped at several addresses, as shared libraries are in several processes, all of them run the
 * translation that was made for the first. It keeps the guest's program counter right all the
 * while, but reading that takes longer than all else that we do at a block.
 *
 * It need not be read when a block comes behind another at an address where that one goes on by
 * itself (falls through, jumps or calls directly): addresses within a program's flow follow from
 * each other. So only returns, indirect branches and what interrupts the flow are looked up.
 */
#include "replayer/plugin/plugin.h"

#include <string.h>

/* Added to any address in use, an address that no code can have. */
#define NOWHERE 0x8000000000000001u

static int64_t little_endian(const uint8_t *at, size_t size)
{
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++)
        v |= (uint64_t)at[i] << (8 * i);
    unsigned unused = 64 - 8 * (unsigned)size;
    return (int64_t)(v << unused) >> unused;
}

const uint8_t *ail_where_skip_prefixes(const uint8_t *at, const uint8_t *end, uint8_t mode,
                                       Prefixes *had)
{
    Prefixes p = {false, false};
    for (; at < end; at++) {
        if (*at == 0x66)
            p.operand = true;
        else if (*at == 0xf2 || *at == 0xf3)
            p.repeat = true;
        else if (!memchr("\x26\x2e\x36\x3e\x64\x65\x67\xf0", *at, 8) &&
                 !(mode == AIL_MODE_X86_64 && (*at & 0xf0) == 0x40))
            break;
    }
    if (had)
        *had = p;
    return at;
}

/* Opcodes that go where no displacement tells: returns, indirect and far transfers, interrupts and
 * system calls. */
static bool goes_elsewhere(const uint8_t *at, size_t left)
{
    if (*at == 0x0f && left > 1)
        return memchr("\x05\x07\x34\x35\xaa", at[1], 5);
    if (*at == 0xff && left > 1)
        return (at[1] >> 3 & 7) >= 2 && (at[1] >> 3 & 7) <= 5;
    return memchr("\xc2\xc3\xca\xcb\xcc\xcd\xce\xcf\xf1\x9a\xea", *at, 11);
}

/* *displacement: of a direct jump, from the instruction's end. */
static AilFlowsTo x86_flow(const uint8_t *insn, size_t len, uint8_t mode, int64_t *displacement)
{
    Prefixes p;
    const uint8_t *end = insn + len, *at = ail_where_skip_prefixes(insn, end, mode, &p);
    size_t left = (size_t)(end - at);
    size_t wide = mode == AIL_MODE_X86_64 || (mode == AIL_MODE_X86_32) != p.operand ? 4 : 2;
    if (!left)
        return AIL_ELSEWHERE;
    if (((*at & 0xf0) == 0x70 || (*at & 0xfc) == 0xe0 || *at == 0xeb) && left == 2) {
        *displacement = little_endian(at + 1, 1);
        return *at == 0xeb ? AIL_JUMPS : AIL_BRANCHES;
    }
    if ((*at & 0xfe) == 0xe8 && left == 1 + wide) {
        *displacement = little_endian(at + 1, wide);
        return AIL_JUMPS;
    }
    if (*at == 0x0f && left == 2 + wide && (at[1] & 0xf0) == 0x80) {
        *displacement = little_endian(at + 2, wide);
        return AIL_BRANCHES;
    }
    if (p.repeat && ((*at & 0xfc) == 0x6c || (*at >= 0xa4 && *at <= 0xaf))) {
        *displacement = -(int64_t)len; /* again */
        return AIL_BRANCHES;
    }
    return goes_elsewhere(at, left) ? AIL_ELSEWHERE : AIL_FALLS;
}

static AilFlowsTo a64_flow(const uint8_t *insn, int64_t *displacement)
{
    uint32_t w = (uint32_t)little_endian(insn, 4);
    if ((w & 0x7c000000) == 0x14000000) { /* b, bl */
        *displacement = (int64_t)(int32_t)(w << 6) >> 4;
        return AIL_JUMPS;
    }
    if ((w & 0xff000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000) { /* b.cond, cbz */
        *displacement = ((int64_t)(int32_t)(w << 8) >> 13) * 4;
        return AIL_BRANCHES;
    }
    if ((w & 0x7e000000) == 0x36000000) { /* tbz, tbnz */
        *displacement = ((int64_t)(int32_t)(w << 13) >> 18) * 4;
        return AIL_BRANCHES;
    }
    bool elsewhere = (w & 0xfe000000) == 0xd6000000 || (w & 0xff000000) == 0xd4000000;
    return elsewhere ? AIL_ELSEWHERE : AIL_FALLS;
}

void ail_where_successors(Block *b, const uint8_t *insn, size_t len)
{
    bool x86 = b->mode <= AIL_MODE_X86_64;
    int64_t displacement = 0;
    AilFlowsTo flow = x86                       ? x86_flow(insn, len, b->mode, &displacement)
                      : b->mode == AIL_MODE_A64 ? a64_flow(insn, &displacement)
                      : b->mode == AIL_MODE_PPC ? ail_ppc_flow(insn, &displacement)
                                                : ail_arm_flow(insn, len, b->mode, &displacement);
    /* x86 counts from behind the instruction. */
    uint64_t target = b->size - (x86 ? 0 : len) + (uint64_t)displacement;
    b->next[0] = flow == AIL_FALLS || flow == AIL_BRANCHES ? b->size : NOWHERE;
    b->next[1] = flow == AIL_JUMPS || flow == AIL_BRANCHES ? target : NOWHERE;
}

/* PowerPC's translations are for an address, and QEMU does not keep its program counter. */
static bool is_movable(void)
{
    return ail_plugin.arch != AIL_ARCH_PPC;
}

uint64_t ail_where_base(uint64_t pc)
{
    return is_movable() ? pc - ail_guest_read(ail_plugin.reg.pc) : 0;
}

Block *ail_where_locate(Block *translated)
{
    uint64_t pc =
        is_movable() ? translated->base + ail_guest_read(ail_plugin.reg.pc) : translated->pc;
    if (pc == translated->now->pc)
        return translated->now;
    Block key = *translated;
    key.pc = pc;
    key.last_pc = pc + (translated->last_pc - translated->pc);
    translated->now = ail_plugin_intern(&key);
    return translated->now;
}
