/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions of AArch64. Source: Arm Architecture Reference Manual (DDI 0487), chapter C4,
 * "A64 instruction set encoding". */
#include <glib.h>
#include <string.h>

#include "tests/lift/code.h"

/* Classes of instructions: bits that are as they are, the others are random. */
static const struct {
    uint32_t value, mask;
    uint8_t weight;
} classes[] = {
    /* by bits 28:25 alone */
    {0x10000000, 0x1c000000, 60}, /* data processing, immediate */
    {0x14000000, 0x1c000000, 18}, /* branches */
    {0x08000000, 0x0a000000, 20}, /* loads and stores */
    {0x0a000000, 0x0e000000, 50}, /* data processing, registers */
    {0x0e000000, 0x0e000000, 20}, /* floating point and SIMD */
    /* loads and stores */
    {0x38000000, 0x3e200000, 20}, /* unscaled, post- and pre-indexed */
    {0x38200800, 0x3e200c00, 12}, /* index in a register */
    {0x39000000, 0x3f000000, 14}, /* unsigned offset */
    {0x3c000000, 0x3e200000, 8},  /* the same of vectors */
    {0x3c200800, 0x3e200c00, 8},
    {0x3d000000, 0x3f000000, 8},
    {0x28000000, 0x3a000000, 14}, /* pairs */
    {0x0c000000, 0xbfbf0000, 6},  /* structures */
    {0x0c800000, 0xbfa00000, 8},
    {0x0d000000, 0xbf9f0000, 6},
    {0x0d800000, 0xbf800000, 8},
    {0x089ffc00, 0x3fbffc00, 4},  /* with acquire, release */
    {0x08a07c00, 0x3fa07c00, 6},  /* cas */
    {0x38200000, 0x3f200c00, 10}, /* ldadd .. swp */
    /* data processing, registers */
    {0x5ac00000, 0x7ffff000, 6},
    {0x1ac00000, 0x7fe0c000, 10},
    {0x1a000000, 0x1fe0fc00, 6}, /* with carry */
    {0x1a400000, 0x1fe00000, 5}, /* conditional compare */
    {0x1a800000, 0x1fe00000, 8}, /* conditional select */
    {0x1b000000, 0x7f000000, 8}, /* three sources */
    {0x9b407c00, 0xff60fc00, 3}, /* high half of a product */
    /* SIMD */
    {0x0e200400, 0x9f200400, 40}, /* three of the same */
    {0x0e200000, 0x9f200c00, 18}, /* three different */
    {0x0e200800, 0x9f3e0c00, 24}, /* two, miscellaneous */
    {0x0e300800, 0x9f3e0c00, 10}, /* across lanes */
    {0x0e000400, 0x9fe08400, 10}, /* copy */
    {0x0f000000, 0x9f000400, 14}, /* by element */
    {0x0f000400, 0x9ff80c00, 8},  /* modified immediate */
    {0x0f000400, 0x9f800400, 18}, /* shift by immediate */
    {0x0e000800, 0xbf208c00, 8},  /* permute */
    {0x2e000000, 0xbfe08400, 4},  /* extract */
    {0x0e000000, 0xbfe08c00, 6},  /* table */
    {0x5e200400, 0xdf200400, 10}, /* the same of scalars */
    {0x5e200000, 0xdf200c00, 4},
    {0x5e200800, 0xdf3e0c00, 8},
    {0x5e300800, 0xdf3e0c00, 3},
    {0x5e000400, 0xffe0fc00, 2},
    {0x5f000400, 0xdf800400, 6},
    {0x5f000000, 0xdf000400, 4},
    {0x4e280800, 0xff3e0c00, 4}, /* AES */
    {0x5e000000, 0xff208c00, 4}, /* SHA */
    {0x5e280800, 0xff3e0c00, 3},
    /* floating point */
    {0x1e204000, 0xff207c00, 10}, /* one source */
    {0x1e200800, 0xff200c00, 10}, /* two sources */
    {0x1e202000, 0xff20fc07, 4},  /* compare */
    {0x1e200400, 0xff200c00, 3},
    {0x1e200c00, 0xff200c00, 3},
    {0x1e201000, 0xff201fe0, 2},
    {0x1e200000, 0x7f20fc00, 14}, /* to and from integers */
    {0x1e000000, 0x7f200000, 6},
};

unsigned aarch64_bytes(Maker *m, uint8_t *bytes)
{
    Random *r = m->random;
    unsigned total = 0, i = 0;
    for (i = 0; i < G_N_ELEMENTS(classes); i++)
        total += classes[i].weight;
    unsigned which = random_below(r, total);
    for (i = 0; which >= classes[i].weight; i++)
        which -= classes[i].weight;
    uint32_t word = (uint32_t)random_u64(r);
    if (random_chance(r, 10)) /* the destination is a source */
        word = (word & ~31u) | (word >> 5 & 31);
    if (random_chance(r, 10)) /* both sources are one */
        word = (word & ~(31u << 16)) | (word >> 5 & 31) << 16;
    word = (word & ~classes[i].mask) | classes[i].value;
    memcpy(bytes, &word, 4);
    return 4;
}

/* Of what the disassembler does not know: data processing, and the atomic operations. */
static bool is_known_otherwise(uint32_t word)
{
    return (word & 0x0e000000) == 0x0a000000 || (word & 0x0e000000) == 0x0e000000 ||
           (word & 0x3f200c00) == 0x38200000 || (word & 0x3fa07c00) == 0x08a07c00;
}

/* What needs privilege, what is not the same twice, and what needs more than one instruction. */
static bool is_excluded(const cs_insn *insn)
{
    static const char *const prefixes[] = {
        "svc", "hvc",  "smc",   "brk",   "hlt",   "dcps", "drps", "eret", "msr",  "mrs",
        "sys", "hint", "stxr",  "stxp",  "stlx",  "at",   "dc ",  "ic ",  "tlbi", "wfe",
        "wfi", "sev",  "yield", "clrex", "dsb",   "dmb",  "isb",  "pac",  "aut",  "dc",
        "bti", "ldxr", "ldxp",  "ldaxr", "ldaxp", "ic",   "xpac", "esb",  "psb",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(insn->mnemonic, prefixes[i]))
            return true;
    return false;
}

/* A branch's offset: to somewhere in the code page, but not to itself. */
static uint32_t aim_branch(Random *r, uint32_t word, unsigned lsb, unsigned bits)
{
    int32_t words = (int32_t)random_below(r, 1000) - 500;
    uint32_t mask = ((1u << bits) - 1) << lsb;
    if (words == 0)
        words = 7;
    return (word & ~mask) | ((uint32_t)words << lsb & mask);
}

bool aarch64_suits(Maker *m, Code *code)
{
    uint32_t word;
    memcpy(&word, code->bytes, 4);
    if (!code->insn)
        return is_known_otherwise(word) && random_chance(m->random, 30);
    if (is_excluded(m->insn) ||
        ((word & 0x1f000000) == 0x10000000 && !random_chance(m->random, 15)))
        return false;                      /* of adr and adrp, some will do */
    if ((word & 0x7c000000) == 0x14000000) /* b, bl */
        word = aim_branch(m->random, word, 0, 26);
    else if ((word & 0x7c000000) == 0x34000000 && !(word & 1u << 25)) /* cbz, cbnz */
        word = aim_branch(m->random, word, 5, 19);
    else if ((word & 0x7e000000) == 0x36000000) /* tbz, tbnz */
        word = aim_branch(m->random, word, 5, 14);
    else if ((word & 0xff000010) == 0x54000000) /* b.cond */
        word = aim_branch(m->random, word, 5, 19);
    else if ((word & 0x3b000000) == 0x18000000) /* a literal */
        word = aim_branch(m->random, word, 5, 19);
    memcpy(code->bytes, &word, 4);
    code->flow = (word >> 26 & 7) == 5;
    return true;
}

static unsigned slot_of(unsigned reg)
{
    if (reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28)
        return 8 * (reg - ARM64_REG_X0);
    if (reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30)
        return 8 * (reg - ARM64_REG_W0);
    switch (reg) {
    case ARM64_REG_X29:
        return 232;
    case ARM64_REG_X30:
        return 240;
    case ARM64_REG_SP:
        return 248;
    default:
        return AT_FLAGS; /* xzr */
    }
}

/* [base, index, extend #shift] or [base, #disp]: the index small, the base so that it fits. */
static void aim_memory(Random *r, const cs_arm64_op *op, Slot *slot)
{
    unsigned base = slot_of(op->mem.base), index = slot_of(op->mem.index);
    uint64_t target = window_address(r), offset = (uint64_t)(int64_t)op->mem.disp;
    if (base == AT_FLAGS)
        return;
    if (op->mem.index != ARM64_REG_INVALID && index != AT_FLAGS) {
        unsigned shift = op->shift.type == ARM64_SFT_LSL ? op->shift.value : 0;
        if (index == base) { /* target = v + (v << shift) */
            slot_set_u64(slot, base, target / (1 + (UINT64_C(1) << shift)));
            return;
        }
        int64_t v = (int64_t)random_below(r, 64) - 16;
        bool is_signed =
            op->ext == ARM64_EXT_SXTW || op->ext == ARM64_EXT_SXTX || op->ext == ARM64_EXT_INVALID;
        if (!is_signed && v < 0)
            v = -v;
        bool word = op->ext == ARM64_EXT_SXTW || op->ext == ARM64_EXT_UXTW;
        slot_set_u64(slot, index, word ? (uint32_t)v | random_u64(r) << 32 : (uint64_t)v);
        offset = (uint64_t)v << shift;
    }
    slot_set_u64(slot, base, target - offset);
}

void aarch64_aim(Maker *m, const Code *code, Slot *slot)
{
    Random *r = m->random;
    slot_set_u64(slot, 248, (window_address(r) & ~UINT64_C(15)));
    if (!code->insn) { /* if it has an address, it is in the register of bits 9:5 */
        unsigned base = (code->bytes[0] >> 5 | code->bytes[1] << 3) & 31;
        if ((code->bytes[3] & 0x0a) == 0x08)
            slot_set_u64(slot, 8 * base, window_address(r) & ~UINT64_C(15));
        return;
    }
    const cs_arm64 *a = &code->insn->detail->arm64;
    /* atomic operations compare: let it be equal now and then */
    bool compare = g_str_has_prefix(code->mnemonic, "cas") && random_chance(r, 50);
    for (unsigned i = 0; i < a->op_count; i++)
        if (a->operands[i].type == ARM64_OP_MEM) {
            aim_memory(r, &a->operands[i], slot);
            if (compare && a->operands[0].type == ARM64_OP_REG) {
                uint64_t at = slot_u64(slot, slot_of(a->operands[i].mem.base)) - WINDOW;
                if (at <= WINDOW_SIZE - 8)
                    memcpy(slot->byte + slot_of(a->operands[0].reg), slot->byte + AT_WINDOW + at,
                           8);
            }
        }
    /* br, blr, ret: to somewhere in the code page */
    if (code->flow && a->op_count == 1 && a->operands[0].type == ARM64_OP_REG)
        slot_set_u64(slot, slot_of(a->operands[0].reg),
                     CODE_PAGE + (random_below(r, CODE_PAGE_SIZE / 8) & ~3u));
    else if (code->flow && a->op_count == 0)
        slot_set_u64(slot, 240, CODE_PAGE + (random_below(r, CODE_PAGE_SIZE / 8) & ~3u));
}
