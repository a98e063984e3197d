/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions of 32-bit Arm, A32 and T32. Source: Arm ARM for ARMv7-A (DDI 0406), chapters
 * A5 and A6. */
#include <glib.h>
#include <string.h>

#include "tests/lift/code.h"

/* Classes of instructions: bits that are as they are, the others are random. */
typedef struct Class {
    uint32_t value, mask;
    uint8_t weight;
} Class;

static const Class a32[] = {
    {0x00000000, 0x0e000010, 40},                               /* data processing: registers, .. */
    {0x00000010, 0x0e000090, 20},                               /* .. shifted by registers, .. */
    {0x02000000, 0x0e000000, 30},                               /* .. and constants */
    {0x00000090, 0x0f0000f0, 14},                               /* products */
    {0x00000090, 0x0e000090, 20},                               /* half words, pairs */
    {0x012fff10, 0x0fffffd0, 4},                                /* bx, blx */
    {0x016f0f10, 0x0fff0ff0, 2},                                /* clz */
    {0x03000000, 0x0fb00000, 6},                                /* movw, movt */
    {0x04000000, 0x0e000000, 24},                               /* loads and stores */
    {0x06000000, 0x0e000010, 24}, {0x06800070, 0x0f8003f0, 12}, /* extensions */
    {0x06bf0f30, 0x0fbf0f70, 6},                                /* reversals */
    {0x07a00050, 0x0fa00070, 8},                                /* fields */
    {0x07c00010, 0x0fe00070, 6},  {0x0710f010, 0x0fd0f0f0, 4},  /* division */
    {0x08000000, 0x0e400000, 24},                               /* many registers */
    {0x0a000000, 0x0e000000, 8},                                /* branches */
};

static const Class t16[] = {
    {0x0000, 0xc000, 24}, {0x4000, 0xfc00, 24}, {0x4400, 0xfc00, 12}, {0x4800, 0xf800, 3},
    {0x5000, 0xf000, 14}, {0x6000, 0xe000, 14}, {0x8000, 0xe000, 14}, {0xa000, 0xf000, 5},
    {0xb000, 0xff00, 2},  {0xb100, 0xf500, 5},  {0xb200, 0xff00, 4},  {0xb400, 0xf600, 8},
    {0xba00, 0xff00, 4},  {0xc000, 0xf000, 10}, {0xd000, 0xf000, 5},  {0xe000, 0xf800, 2},
};

static const Class t32[] = {
    {0xe8000000, 0xfe400000, 12}, /* many registers */
    {0xe8400000, 0xfe400000, 10}, /* pairs */
    {0xe8d0f000, 0xfff0ffe0, 3},  /* tbb, tbh */
    {0xea000000, 0xfe008000, 30}, /* data processing: registers, .. */
    {0xf0000000, 0xfa008000, 20}, /* .. and constants */
    {0xf2000000, 0xfa008000, 12}, /* fields, wide constants */
    {0xf0008000, 0xf800d000, 4},  /* branches */
    {0xf0009000, 0xf800d000, 3},  {0xf000c000, 0xf800c000, 4},
    {0xf8000000, 0xfe000000, 30},                               /* loads and stores */
    {0xf8000800, 0xfe000800, 10}, {0xfa00f000, 0xff80f0f0, 10}, /* shifts */
    {0xfa00f080, 0xff80f0c0, 8},                                /* extensions */
    {0xfa90f080, 0xfff0f0c0, 4},                                /* reversals */
    {0xfab0f080, 0xfff0f0f0, 2},  {0xfb000000, 0xfff000e0, 6},  /* products */
    {0xfb800000, 0xff800000, 8},
};

static const Class *pick(Random *r, const Class *from, unsigned n)
{
    unsigned total = 0, i = 0;
    for (i = 0; i < n; i++)
        total += from[i].weight;
    unsigned which = random_below(r, total);
    for (i = 0; which >= from[i].weight; i++)
        which -= from[i].weight;
    return &from[i];
}

unsigned arm_bytes(Maker *m, uint8_t *bytes)
{
    Random *r = m->random;
    bool thumb = m->processor->mode == AIL_MODE_T32, narrow = thumb && random_chance(r, 50);
    const Class *c = narrow  ? pick(r, t16, G_N_ELEMENTS(t16))
                     : thumb ? pick(r, t32, G_N_ELEMENTS(t32))
                             : pick(r, a32, G_N_ELEMENTS(a32));
    uint32_t word = ((uint32_t)random_u64(r) & ~c->mask) | c->value;
    if (!thumb && random_chance(r, 60))
        word |= 0xe0000000; /* often without a condition */
    if (!thumb && word >> 28 == 15 && random_chance(r, 80))
        word &= ~0x10000000u;
    if (thumb && !narrow)
        word = word >> 16 | word << 16; /* the first half word is at the lower address */
    memcpy(bytes, &word, 4);
    return narrow ? 2 : 4;
}

/* What needs privilege, what is not the same twice, and what leaves something where the runner does
 * not look. */
static bool is_excluded(const cs_insn *insn)
{
    static const char *const prefixes[] = {
        "svc",  "bkpt",  "hvc",   "smc",   "mrs",   "msr",   "cps",   "setend", "wf",
        "sev",  "udf",   "ldrex", "strex", "clrex", "bxj",   "srs",   "rfe",    "dbg",
        "hlt",  "mcr",   "mrc",   "sel",   "ldc",   "stc",   "cdp",   "swp",    "eret",
        "hint", "lda",   "stl",   "trap",  "ldrt",  "ldrbt", "ldrht", "ldrsbt", "ldrsht",
        "strt", "strbt", "strht", "v",     "crc32", "it",    "esb",   "tt",     "sg",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(insn->mnemonic, prefixes[i]))
            return true;
    return false;
}

static bool writes_pc(const Maker *m)
{
    cs_regs reads, writes;
    uint8_t n_reads, n_writes;
    const cs_detail *d = m->insn->detail;
    for (unsigned i = 0; i < d->groups_count; i++)
        if (d->groups[i] == CS_GRP_JUMP || d->groups[i] == CS_GRP_CALL)
            return true;
    if (cs_regs_access(m->handle, m->insn, reads, &n_reads, writes, &n_writes) != CS_ERR_OK)
        return false;
    for (unsigned i = 0; i < n_writes; i++)
        if (writes[i] == ARM_REG_PC)
            return true;
    const cs_arm *a = &d->arm;
    bool list = g_str_has_prefix(m->insn->mnemonic, "ldm") || !strcmp(m->insn->mnemonic, "pop");
    for (unsigned i = 0; i < a->op_count; i++)
        if (a->operands[i].type == ARM_OP_REG && a->operands[i].reg == ARM_REG_PC &&
            (list || (i == 0 && strncmp(m->insn->mnemonic, "st", 2))))
            return true;
    return false;
}

/* Direct branches go to somewhere in the code page, but not to themselves. */
static uint32_t aim_branch(Random *r, bool thumb, unsigned size, uint32_t w)
{
    uint32_t words = 2 + random_below(r, 400);
    if (!thumb && (w & 0x0e000000) == 0x0a000000)
        return (w & 0xfe000000) | (w >> 28 == 15 ? 0 : w & 0x01000000) |
               (random_chance(r, 50) ? words : (uint32_t) - (int32_t)(words + 4) & 0xffffff);
    if (thumb && size == 2 && (w & 0xf800) == 0xe000)
        return 0xe000 | words;
    if (thumb && size == 2 && (w & 0xf000) == 0xd000)
        return (w & 0xff00) | (words & 0x7e);
    if (thumb && size == 4 && (w & 0xf8008000) == 0xf0008000)
        return (w & (w & 0x5000 ? 0xf800d000 : 0xfbc0d000)) | (w & 0x5000 ? 0x2800 : 0) |
               (2 * words & 0x7fe);
    return w;
}

/* Whether r15 is among the operands of what is not to have it, or goes where nobody aims it. */
static bool misuses_pc(const Maker *m, bool flow)
{
    static const char *const may[] = {"adc", "add", "adr", "and", "bic", "cmn", "cmp",  "eor",
                                      "ldm", "ldr", "mov", "mvn", "orr", "pop", "push", "rsb",
                                      "rsc", "sbc", "stm", "sub", "tb",  "teq", "tst"};
    const cs_insn *insn = m->insn;
    const cs_arm *a = &insn->detail->arm;
    const char *name = insn->mnemonic;
    bool has = false, known = false;
    bool branches = name[0] == 'b' && strncmp(name, "bi", 2) && strncmp(name, "bf", 2);
    for (unsigned i = 0; i < a->op_count; i++)
        has = has || (a->operands[i].type == ARM_OP_REG && a->operands[i].reg == ARM_REG_PC) ||
              (a->operands[i].type == ARM_OP_MEM && a->operands[i].mem.index == ARM_REG_PC);
    if (branches || g_str_has_prefix(name, "cb"))
        return has;
    for (unsigned i = 0; i < G_N_ELEMENTS(may); i++)
        known = known || g_str_has_prefix(insn->mnemonic, may[i]);
    bool aimed =
        g_str_has_prefix(insn->mnemonic, "ld") || !strcmp(insn->mnemonic, "pop") ||
        g_str_has_prefix(insn->mnemonic, "tb") ||
        (!strcmp(insn->mnemonic, "mov") && a->op_count == 2 && a->operands[1].type == ARM_OP_REG &&
         a->operands[1].reg != ARM_REG_PC && !a->operands[1].shift.type);
    return (has && !known) || (flow && !aimed);
}

/* A register whose shift or whose product has r15; the base that is moved and loaded, too; half a
 * product that is the other half as well. */
static bool is_unpredictable(const cs_insn *insn)
{
    const cs_arm *a = &insn->detail->arm;
    const cs_arm_op *op = a->operands;
    bool by_register = false, has_pc = false,
         part = !strncmp(insn->mnemonic, "ldrb", 4) || !strncmp(insn->mnemonic, "ldrh", 4) ||
                !strncmp(insn->mnemonic, "ldrs", 4);
    if (part && op[0].reg == ARM_REG_PC)
        return true;
    for (unsigned i = 0; i < a->op_count; i++) {
        by_register = by_register || op[i].shift.type > ARM_SFT_RRX;
        has_pc = has_pc || (op[i].type == ARM_OP_REG && op[i].reg == ARM_REG_PC);
        bool moves = a->writeback || i + 1u < a->op_count, memory = op[i].type == ARM_OP_MEM;
        unsigned base = memory ? op[i].mem.base : (unsigned)op[0].reg;
        if (memory && moves && (base == (unsigned)op[0].reg || base == ARM_REG_PC))
            return true;
        if (i && a->writeback && op[i].type == ARM_OP_REG && op[i].reg == op[0].reg)
            return true;
    }
    bool is_long = strstr(insn->mnemonic, "mull") || strstr(insn->mnemonic, "mlal");
    return (by_register && has_pc) || (is_long && a->op_count > 1 && op[0].reg == op[1].reg);
}

bool arm_suits(Maker *m, Code *code)
{
    bool thumb = m->processor->mode == AIL_MODE_T32;
    uint32_t w = (uint32_t)(code->bytes[0] | code->bytes[1] << 8);
    if (!code->insn || is_excluded(m->insn))
        return false;
    if (code->size == 4) {
        uint32_t high = (uint32_t)(code->bytes[2] | code->bytes[3] << 8);
        w = thumb ? w << 16 | high : high << 16 | w;
    }
    w = aim_branch(m->random, thumb, code->size, w);
    const cs_arm *a = &m->insn->detail->arm;
    for (unsigned i = 0; i < a->op_count; i++)
        if (a->operands[i].type == ARM_OP_MEM && a->operands[i].mem.base == ARM_REG_PC &&
            m->insn->mnemonic[0] == 's')
            return false; /* into the code page */
    code->flow = writes_pc(m);
    if (misuses_pc(m, code->flow) || is_unpredictable(m->insn))
        return false;
    if (thumb && code->size == 4)
        w = w >> 16 | w << 16;
    memcpy(code->bytes, &w, code->size);
    return true;
}

/* Somewhere in the code page, where a byte flipped does not lead to the instruction. */
static uint32_t target(Random *r, bool thumb)
{
    uint32_t to = CODE_PAGE + (random_below(r, CODE_PAGE_SIZE) & ~3u);
    if ((to >> 8 & 15) == (CODE >> 8 & 15))
        to += 0x100;
    return to | 4 | thumb;
}

/* The number of a general register; 16: it is none. */
static unsigned number_of(unsigned reg)
{
    if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12)
        return reg - ARM_REG_R0;
    return reg == ARM_REG_SP ? 13 : reg == ARM_REG_LR ? 14 : 16;
}

static void set_register(Slot *slot, unsigned n, uint64_t v)
{
    if (n < 16)
        slot_set_u64(slot, 8 * n, v & UINT32_MAX);
}

static void aim_memory(Random *r, const cs_arm_op *op, Slot *slot)
{
    unsigned index = number_of(op->mem.index);
    uint64_t at = window_address(r);
    if (index < 16)
        set_register(slot, index, random_chance(r, 50) ? 0 : random_below(r, 24));
    if (random_chance(r, 80))
        at &= ~UINT64_C(3);
    set_register(slot, number_of(op->mem.base), at - (uint64_t)(int64_t)op->mem.disp);
}

void arm_aim(Maker *m, const Code *code, Slot *slot)
{
    Random *r = m->random;
    const cs_arm *a = &code->insn->detail->arm;
    const char *name = code->mnemonic;
    bool thumb = m->processor->mode == AIL_MODE_T32;
    for (unsigned n = 0; n < 15; n++)
        set_register(slot, n, slot_u64(slot, 8 * n));
    slot_set_u64(slot, 8 * 13, window_address(r) & ~UINT64_C(7));
    for (unsigned i = 0; i < a->op_count; i++)
        if (a->operands[i].type == ARM_OP_MEM)
            aim_memory(r, &a->operands[i], slot);
    if ((g_str_has_prefix(name, "ldm") || g_str_has_prefix(name, "stm")) && a->op_count)
        set_register(slot, number_of(a->operands[0].reg), window_address(r) & ~UINT64_C(3));
    if (!code->flow)
        return;
    /* registers and memory that control may go to */
    for (unsigned at = AT_WINDOW; at < SLOT_SIZE && name[0] != 't'; at += 4) {
        uint32_t to = target(r, thumb);
        memcpy(slot->byte + at, &to, 4);
    }
    unsigned last = a->op_count - 1u; /* of bx, blx; of mov pc */
    if ((name[0] == 'b' || name[0] == 'm') && a->op_count && a->operands[last].type == ARM_OP_REG)
        set_register(slot, number_of(a->operands[last].reg), target(r, thumb));
}
