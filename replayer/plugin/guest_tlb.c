/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions after which a virtual page may be another physical one: those that write what
 * translation depends on, those that flush translations, and on x86 port output, which may move
 * memory (A20, ROM shadows, PCI). Rather one too many than one too few: all that comes of it is
 * that pages are asked for again. Encodings from the processors' manuals: Intel's SDM volume 2,
 * Arm's DDI 0487 C5 and DDI 0406 A5 and B3.17, and PowerPC's MPCFPE32B chapter 8.
 */
#include "replayer/plugin/plugin.h"

#include <string.h>

/* 0f 01: lmsw, invlpg, and those of virtual machines (invlpga among them). */
static bool x86_group7_flushes(uint8_t modrm)
{
    unsigned op = modrm >> 3 & 7;
    return modrm >> 6 == 3 ? op == 3 || op == 6 : op == 6 || op == 7;
}

static bool x86_flushes(const uint8_t *insn, size_t len, uint8_t mode)
{
    const uint8_t *at = ail_where_skip_prefixes(insn, insn + len, mode, NULL);
    size_t left = (size_t)(insn + len - at);
    if (!left)
        return false;
    if (*at != 0x0f)
        return memchr("\x6e\x6f\xe6\xe7\xee\xef", *at, 6) != NULL; /* out */
    if (left < 2)
        return false;
    if (at[1] == 0x01)
        return left > 2 && x86_group7_flushes(at[2]);
    if (at[1] == 0x38)
        return left > 2 && at[2] == 0x82;                   /* invpcid */
    return at[1] == 0x22 || at[1] == 0x30 || at[1] == 0xaa; /* mov cr, r; wrmsr; rsm */
}

static bool a64_flushes(uint32_t w)
{
    bool eret = (w & 0xfffff3ff) == 0xd69f03e0;
    if (eret) /* EL1 and EL0 share their tables */
        return (ail_guest_read(ail_plugin.reg.cpsr) >> 2 & 3) > 1;
    if ((w & 0xffe00000) != 0xd5000000)
        return false;
    unsigned op0 = w >> 19 & 3, crn = w >> 12 & 15;
    if (op0 == 1)
        return crn == 8 || crn == 9;                        /* tlbi */
    return op0 == 3 && (crn == 1 || crn == 2 || crn == 13); /* sctlr, ttbr, tcr, contextidr */
}

/* Coprocessor 15. w: as in A32; T32 has the same behind its first four bits. */
static bool arm_flushes(uint32_t w)
{
    unsigned crn = w >> 16 & 15;
    if ((w & 0x0ff00f00) == 0x0c400f00) /* mcrr */
        return true;
    return (w & 0x0f100f10) == 0x0e000f10 &&
           (crn == 1 || crn == 2 || crn == 3 || crn == 8 || crn == 13);
}

static bool ppc_flushes(uint32_t w)
{
    unsigned opcode = w >> 26, op = w >> 1 & 0x3ff;
    if (opcode == 19)
        return op == 50 || op == 51 || op == 150; /* rfi, rfci, isync */
    if (opcode != 31)
        return false;
    static const uint16_t ops[] = {
        146,  /* mtmsr */
        210,  /* mtsr */
        242,  /* mtsrin */
        274,  /* tlbiel */
        306,  /* tlbie */
        370,  /* tlbia */
        467,  /* mtspr */
        566,  /* tlbsync */
        598,  /* sync: QEMU flushes late */
        978,  /* tlbld */
        1010, /* tlbli */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++) {
        if (op == ops[i])
            return true;
    }
    return false;
}

static uint32_t word(const uint8_t *at, size_t len, uint8_t mode)
{
    if (len < 4)
        return 0;
    uint32_t w = mode == AIL_MODE_PPC ? ail_get_be32(at) : ail_get_le32(at);
    return mode == AIL_MODE_T32 ? w << 16 | w >> 16 : w;
}

bool ail_guest_flushes(const uint8_t *insn, size_t len, uint8_t mode)
{
    switch (mode) {
    case AIL_MODE_A64:
        return a64_flushes(word(insn, len, mode));
    case AIL_MODE_A32:
    case AIL_MODE_T32:
        return arm_flushes(word(insn, len, mode));
    case AIL_MODE_PPC:
        return ppc_flushes(word(insn, len, mode));
    default:
        return x86_flushes(insn, len, mode);
    }
}
