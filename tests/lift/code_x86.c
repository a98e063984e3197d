/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which instructions of x86 are executed, and states that they can be executed on. */
#include <glib.h>
#include <string.h>

#include "tests/lift/code.h"

/* What needs privilege, what is not the same twice, what is the runner's, and what calls Linux. */
static bool is_excluded(const char *name)
{
    static const char *const names[] = {
        "hlt",     "cli",      "sti",      "syscall",   "sysenter",   "sysexit",  "sysret",
        "iret",    "iretd",    "iretq",    "int",       "int1",       "int3",     "into",
        "ud0",     "ud1",      "ud2",      "ud2b",      "rdtsc",      "rdtscp",   "rdrand",
        "rdseed",  "rdpid",    "rdpmc",    "rdfsbase",  "rdgsbase",   "wrfsbase", "wrgsbase",
        "retf",    "retfq",    "ljmp",     "lcall",     "lds",        "les",      "lfs",
        "lgs",     "lss",      "bound",    "xabort",    "xbegin",     "xend",     "xtest",
        "fxsave",  "fxrstor",  "fxsave64", "fxrstor64", "cpuid",      "arpl",     "ldmxcsr",
        "stmxcsr", "vldmxcsr", "vstmxcsr", "clflush",   "clflushopt", "clwb",     "enter",
        "salc",    "icebp",    "fldenv",   "fnstenv",   "fstenv",     "fnsave",   "fsave",
        "frstor",  "wait",     "fwait",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return !strncmp(name, "xsave", 5) || !strncmp(name, "xrstor", 6);
}

static bool is_fpu_reg(unsigned reg)
{
    return (reg >= X86_REG_MM0 && reg <= X86_REG_MM7) ||
           (reg >= X86_REG_ST0 && reg <= X86_REG_ST7) || (reg >= X86_REG_FP0 && reg <= X86_REG_FP7);
}

/* An address without base and index is to be in the window. false: it is of another segment. */
static bool fix_address(Maker *m, Code *code, const cs_x86_op *op)
{
    const cs_x86 *x = &m->insn->detail->x86;
    bool relative = op->mem.base == X86_REG_RIP;
    if (op->mem.segment == X86_REG_FS || op->mem.segment == X86_REG_GS)
        return false;
    if (!relative && (op->mem.base || op->mem.index))
        return true;
    if (x->opcode[0] >= 0xa0 && x->opcode[0] <= 0xa3) {
        uint64_t target = window_address(m->random); /* mov al, [address] */
        unsigned size = m->processor->mode == AIL_MODE_X86_64 ? 8 : 4;
        memcpy(code->bytes + code->size - size, &target, size);
        return true;
    }
    if (x->encoding.disp_size != 4 || x->addr_size < 4)
        return !m->insn->detail->x86.modrm; /* string operations, the stack */
    uint32_t target = (uint32_t)window_address(m->random);
    if (relative)
        target -= CODE + code->size;
    memcpy(code->bytes + x->encoding.disp_offset, &target, 4);
    return true;
}

/* A direct jump goes to somewhere in the code page, but not to itself. */
static void fix_jump(Maker *m, Code *code)
{
    const cs_x86 *x = &m->insn->detail->x86;
    unsigned size = x->encoding.imm_size ? x->encoding.imm_size : code->size >= 5 ? 4 : 1;
    unsigned at = code->size - size;
    int32_t distance =
        size == 1 ? (int8_t)code->bytes[at] : (int32_t)random_below(m->random, 1800) - 900;
    if (distance < 0 && distance >= -16)
        distance -= 16;
    memcpy(code->bytes + at, &distance, size);
}

static bool has_suffix(const char *name, const char *suffix)
{
    return g_str_has_suffix(name, suffix);
}

/* Where processors and QEMU differ as no compiler makes it: one number of a ymm register, movlpd
 * between registers, jumps with 66; and movq with REX.W, which capstone takes for another. */
static bool is_odd(const Code *code, const char *name)
{
    bool scalar = has_suffix(name, "ss") || has_suffix(name, "sd") || has_suffix(name, "2si") ||
                  strstr(name, "si2s");
    if (code->bytes[0] == 0xc4 && (code->bytes[2] & 4) && scalar &&
        !g_str_has_prefix(name, "vbroadcast"))
        return true;
    if (!strcmp(name, "movd") && code->bytes[0] == 0xf3)
        return true;
    return code->bytes[0] == 0x66 && (!strcmp(name, "movhlps") || !strcmp(name, "movlhps") ||
                                      !strcmp(name, "call") || !strcmp(name, "jmp"));
}

bool x86_errs(const Code *code, const Slot *in)
{
    /* QEMU 10.0: rcl and rcr of 8 and 16 bits by a multiple of 9 and 17, which is to change
     * nothing */
    const cs_x86 *x = &code->insn->detail->x86;
    if (strcmp(code->mnemonic, "rcl") && strcmp(code->mnemonic, "rcr"))
        return false;
    unsigned bits = 8u * x->operands[0].size;
    unsigned count = x->op_count < 2                     ? 1
                     : x->operands[1].type == X86_OP_IMM ? (unsigned)x->operands[1].imm
                                                         : in->byte[8];
    count &= 31;
    return bits <= 16 && count && count % (bits + 1) == 0;
}

bool x86_suits(Maker *m, Code *code)
{
    cs_insn *insn = m->insn;
    const cs_x86 *x = &insn->detail->x86;
    bool is_long = m->processor->mode == AIL_MODE_X86_64;
    const char *name = insn->mnemonic;
    for (const char *space = strchr(name, ' '); space; space = strchr(name, ' '))
        name = space + 1; /* behind "rep", "lock" */
    if (is_excluded(name) || is_odd(code, name) || x->addr_size != (is_long ? 8 : 4))
        return false;
    if (cs_insn_group(m->handle, insn, X86_GRP_PRIVILEGE) || insn->size > 15)
        return false;
    code->flow = cs_insn_group(m->handle, insn, X86_GRP_JUMP) ||
                 cs_insn_group(m->handle, insn, X86_GRP_CALL) ||
                 cs_insn_group(m->handle, insn, X86_GRP_RET) || name[0] == 'j' ||
                 !strncmp(name, "loop", 4);
    code->fpu =
        name[0] == 'f' || cs_insn_group(m->handle, insn, X86_GRP_MMX) || !strcmp(name, "emms");
    for (unsigned i = 0; i < x->op_count; i++) {
        const cs_x86_op *op = &x->operands[i];
        if (op->type == X86_OP_REG && op->reg >= X86_REG_CR0 && op->reg <= X86_REG_DR15)
            return false;
        if (op->type == X86_OP_REG &&
            (op->reg == X86_REG_CS || op->reg == X86_REG_DS || op->reg == X86_REG_ES ||
             op->reg == X86_REG_FS || op->reg == X86_REG_GS || op->reg == X86_REG_SS))
            return false;
        if (op->type == X86_OP_REG && is_fpu_reg(op->reg))
            code->fpu = true;
        if (op->type == X86_OP_REG && op->reg >= X86_REG_MM0 && op->reg <= X86_REG_MM7)
            code->mmx = true;
        if (op->type == X86_OP_MEM && !fix_address(m, code, op))
            return false;
        if (op->type == X86_OP_IMM && code->flow && strncmp(name, "ret", 3))
            fix_jump(m, code);
    }
    return true;
}

/* Where capstone's general register is in a slot, and its size; false: it is none. */
static bool slot_of(csh handle, unsigned reg, unsigned *at)
{
    static const char *const names[] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    const char *name = cs_reg_name(handle, reg);
    if (!name)
        return false;
    if (name[0] == 'r' && g_ascii_isdigit(name[1])) {
        *at = 8 * (unsigned)g_ascii_strtoull(name + 1, NULL, 10);
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_has_suffix(name, names[i])) {
            *at = 8 * i;
            return true;
        }
    for (unsigned i = 0; i < 4; i++)
        if (name[0] == names[i][0] && (name[1] == 'l' || name[1] == 'h')) {
            *at = 8 * i;
            return true;
        }
    return false;
}

static bool is_vector(unsigned reg)
{
    return (reg >= X86_REG_XMM0 && reg <= X86_REG_XMM15) ||
           (reg >= X86_REG_YMM0 && reg <= X86_REG_YMM15);
}

static unsigned vector_number(unsigned reg)
{
    return reg >= X86_REG_YMM0 && reg <= X86_REG_YMM15 ? reg - X86_REG_YMM0 : reg - X86_REG_XMM0;
}

/* Elements of a gather's index register: small. */
static void aim_gather(Random *r, unsigned reg, Slot *slot)
{
    unsigned n = vector_number(reg);
    bool wide = random_chance(r, 50);
    for (unsigned i = 0; i < 8; i++) {
        uint32_t v = wide && i % 2 ? 0 : random_below(r, 8);
        memcpy(slot->byte + AT_VECTOR + 32 * n + 4 * i, &v, 4);
    }
}

static uint64_t aim_memory(Maker *m, const cs_x86_op *op, Slot *slot)
{
    Random *r = m->random;
    unsigned base, index;
    uint64_t target = window_address(r), offset = (uint64_t)op->mem.disp;
    bool has_index = op->mem.index && slot_of(m->handle, op->mem.index, &index);
    bool has_base =
        op->mem.base && op->mem.base != X86_REG_RIP && slot_of(m->handle, op->mem.base, &base);
    unsigned scale = has_index ? (unsigned)op->mem.scale : 0;
    if (op->mem.index && is_vector(op->mem.index))
        aim_gather(r, op->mem.index, slot);
    if (has_index && (!has_base || index == base)) {
        scale += has_base;
        slot_set_u64(slot, index,
                     (m->processor->mode == AIL_MODE_X86_32 ? (uint32_t)(target - offset)
                                                            : target - offset) /
                         scale);
        return target;
    }
    if (has_index) {
        uint64_t v = random_below(r, 64) - 16;
        slot_set_u64(slot, index, v);
        offset += v * scale;
    }
    if (has_base)
        slot_set_u64(slot, base, target - offset);
    return target;
}

static void aim_strings(Maker *m, const Code *code, Slot *slot)
{
    Random *r = m->random;
    uint8_t prefix = code->insn->detail->x86.prefix[0];
    for (unsigned at = 48; at <= 56; at += 8) /* rsi, rdi */
        slot_set_u64(slot, at, WINDOW + 192 + random_below(r, 128));
    if (prefix == 0xf2 || prefix == 0xf3)
        slot_set_u64(slot, 8, random_below(r, 9));
    if (random_chance(r, 50)) { /* equal for a while */
        uint64_t rsi = slot_u64(slot, 48) - WINDOW, rdi = slot_u64(slot, 56) - WINDOW;
        unsigned n = 8 * random_below(r, 4);
        memmove(slot->byte + AT_WINDOW + rdi - 16, slot->byte + AT_WINDOW + rsi - 16, 16 + n);
        memset(slot->byte, slot->byte[AT_WINDOW + rdi], 8);
    }
}

/* cmpxchg: its comparison is to succeed now and then. */
static void equalize(Maker *m, const Code *code, uint64_t address, Slot *slot)
{
    const cs_x86 *x = &code->insn->detail->x86;
    unsigned at;
    if (!random_chance(m->random, 50))
        return;
    const uint8_t *memory = slot->byte + AT_WINDOW + (address - WINDOW);
    if (x->operands[0].type == X86_OP_MEM) {
        unsigned half = x->operands[0].size / 2;
        bool pair = strstr(code->mnemonic, "cmpxchg8b") || strstr(code->mnemonic, "cmpxchg16b");
        memcpy(slot->byte, memory, pair ? half : 8);
        if (pair)
            memcpy(slot->byte + 16, memory + half, half);
    } else if (slot_of(m->handle, x->operands[0].reg, &at)) {
        memcpy(slot->byte, slot->byte + at, 8);
    }
}

void x86_aim(Maker *m, const Code *code, Slot *slot)
{
    Random *r = m->random;
    const cs_x86 *x = &code->insn->detail->x86;
    const char *name = code->mnemonic;
    bool is_string = x->opcode[0] >= 0xa4 && x->opcode[0] <= 0xaf && x->opcode[0] != 0xa8 &&
                     x->opcode[0] != 0xa9 && x->opcode[1] == 0;
    uint64_t address = 0;
    slot_set_u64(slot, 32, window_address(r) & ~UINT64_C(7)); /* rsp */
    if (!strcmp(name, "leave"))
        slot_set_u64(slot, 40, window_address(r));
    if (strstr(name, "maskmov") && x->operands[0].type != X86_OP_MEM)
        slot_set_u64(slot, 56, window_address(r));
    if (!strncmp(name, "bt", 2) || strstr(name, " bt"))
        for (unsigned i = 0; i < 16; i++)
            slot_set_u64(slot, 8 * i, i == 4 ? slot_u64(slot, 32) : random_below(r, 400));
    for (unsigned i = 0; i < x->op_count; i++)
        if (x->operands[i].type == X86_OP_MEM && !is_string) {
            address = aim_memory(m, &x->operands[i], slot);
        }
    if (is_string)
        aim_strings(m, code, slot);
    if (!strcmp(name, "xlatb"))
        slot_set_u64(slot, 24, WINDOW + 100);
    if (strstr(name, "div"))
        slot_set_u64(slot, 16,
                     random_chance(r, 50) ? random_below(r, 4) : -(uint64_t)random_below(r, 4));
    if (strstr(name, "cmpxchg"))
        equalize(m, code, address ? address : WINDOW, slot);
    if (code->flow) {
        uint64_t target = CODE_PAGE + random_below(r, 1024);
        unsigned at;
        if (!strncmp(name, "ret", 3))
            slot_set_u64(slot, AT_WINDOW + (unsigned)(slot_u64(slot, 32) - WINDOW), target);
        else if (x->op_count && x->operands[0].type == X86_OP_MEM && address)
            slot_set_u64(slot, AT_WINDOW + (unsigned)(address - WINDOW), target);
        else if (x->op_count && x->operands[0].type == X86_OP_REG &&
                 slot_of(m->handle, x->operands[0].reg, &at))
            slot_set_u64(slot, at, target);
    }
}
