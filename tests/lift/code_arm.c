/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which instructions of 32-bit Arm are executed, and states that they can be executed on. */
#include <glib.h>
#include <string.h>

#include "tests/lift/code.h"

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

/* --- what the manual leaves unpredictable --- */

static bool begins(const cs_insn *insn, const char *prefix)
{
    return g_str_has_prefix(insn->mnemonic, prefix);
}

/* r15 as a part of it, or as what an address is moved by. */
static bool accesses_by_pc(const cs_insn *insn)
{
    const cs_arm *a = &insn->detail->arm;
    const cs_arm_op *op = a->operands;
    if (!begins(insn, "ldr") && !begins(insn, "str"))
        return false;
    if (strchr("bhs", insn->mnemonic[3]) && insn->mnemonic[3] && op[0].reg == ARM_REG_PC)
        return true;
    for (unsigned i = 1; i < a->op_count; i++)
        if (op[i].type == ARM_OP_REG ? op[i].reg == ARM_REG_PC
                                     : op[i].type == ARM_OP_MEM && op[i].mem.index == ARM_REG_PC)
            return true;
    return false;
}

/* The base that is moved is r15, or loaded or stored. */
static bool moves_what_it_accesses(const cs_insn *insn)
{
    const cs_arm *a = &insn->detail->arm;
    const cs_arm_op *op = a->operands;
    for (unsigned i = 1; i < a->op_count; i++) {
        bool memory = op[i].type == ARM_OP_MEM, behind = memory && i + 1u < a->op_count;
        int reg = memory ? (int)op[i].mem.base : op[i].type == ARM_OP_REG ? op[i].reg : -1;
        if ((a->writeback || behind) && (reg == op[0].reg || (memory && reg == ARM_REG_PC)))
            return true;
    }
    return false;
}

/* A shift by a register that has r15 about it; both halves of a product in one register. */
static bool is_unpredictable(const cs_insn *insn)
{
    const cs_arm *a = &insn->detail->arm;
    const cs_arm_op *op = a->operands;
    bool by_register = false, has_pc = false;
    for (unsigned i = 0; i < a->op_count; i++) {
        by_register = by_register || op[i].shift.type > ARM_SFT_RRX;
        has_pc = has_pc || (op[i].type == ARM_OP_REG && op[i].reg == ARM_REG_PC);
    }
    bool is_long = strstr(insn->mnemonic, "mull") || strstr(insn->mnemonic, "mlal");
    return (by_register && has_pc) || (is_long && a->op_count > 1 && op[0].reg == op[1].reg) ||
           accesses_by_pc(insn) || moves_what_it_accesses(insn);
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
