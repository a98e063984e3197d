/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 32-bit Arm, A32 and T32: its state, which instructions are conditional, and those that are lifted
 * conservatively: what they write depends on all that they read, as capstone knows it. An
 * instruction that has a condition may write nothing, so that what it writes keeps what it had; in
 * T32 the instruction it says which ones these are. Source: Arm ARM for ARMv7-A (DDI 0406), A2.5.2,
 * A7.3 and A8.3.
 */
#include "analyzers/lift/arm_insn.h"
#include "formats/bytes.h"

/* The state. */
enum { R = 0, SP_USR = 52, SP = 56, LR_USR = 60, LR = 64, FLAGS = 72, D = 80, SYSTEM = 336 };

/* clang-format off */
#define R_(n) {"r" #n, R + 4 * n, 4},
#define D_(n) {"d" #n, D + 8 * n, 8},
#define S_(n) {"s" #n, D + 4 * n, 4},
#define Q_(n) {"q" #n, D + 16 * n, 16},
#define UP_TO_12(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define UP_TO_15(X) UP_TO_12(X) X(13) X(14) X(15)
#define UP_TO_31(X)                                                                       \
    UP_TO_15(X) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27)   \
    X(28) X(29) X(30) X(31)

static const AilStateReg state[] = {
    UP_TO_12(R_)
    {"sp_usr", SP_USR, 4}, {"sp_svc", SP, 4}, {"lr_usr", LR_USR, 4}, {"lr_svc", LR, 4},
    {"n", FLAGS, 1}, {"z", FLAGS + 1, 1}, {"c", FLAGS + 2, 1}, {"v", FLAGS + 3, 1}, {"ge", FLAGS + 4, 1}, {"monitor", FLAGS + 5, 1},
    UP_TO_31(D_)
    {"fpscr", SYSTEM, 4}, {"spsr", SYSTEM + 8, 4},
    {"tpidrurw", SYSTEM + 16, 4}, {"tpidruro", SYSTEM + 20, 4}, {"tpidrprw", SYSTEM + 24, 4},
    {"coprocessor", SYSTEM + 28, 4},
    {NULL, 0, 0},
};

static const AilStateReg others[] = {
    UP_TO_31(S_) UP_TO_15(Q_)
    {"sp", SP_USR, 4}, {"lr", LR_USR, 4}, /* of programs */
    {NULL, 0, 0},
};
/* clang-format on */

/* Capstone's registers that are numbered one after the other. */
static const struct {
    unsigned first, last;
    uint16_t at, step;
} families[] = {
    {ARM_REG_R0, ARM_REG_R12, R, 4},
    {ARM_REG_D0, ARM_REG_D31, D, 8},
    {ARM_REG_S0, ARM_REG_S31, D, 4},
    {ARM_REG_Q0, ARM_REG_Q15, D, 16},
};

static AilVar state_reg(AilMode mode, bool user, unsigned which)
{
    (void)mode;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (which >= families[i].first && which <= families[i].last)
            return ail_state(families[i].at + (which - families[i].first) * families[i].step,
                             families[i].step);
    switch (which) {
    case ARM_REG_SP:
        return ail_state(user ? SP_USR : SP, 4);
    case ARM_REG_LR:
        return ail_state(user ? LR_USR : LR, 4);
    case ARM_REG_CPSR:
    case ARM_REG_APSR:
    case ARM_REG_APSR_NZCV:
        return ail_state(FLAGS, 4);
    case AIL_ARM_GE:
    case AIL_ARM_MONITOR:
        return ail_state(FLAGS + 4 + which - AIL_ARM_GE, 1);
    case AIL_ARM_TPIDRURW:
    case AIL_ARM_TPIDRURO:
    case AIL_ARM_TPIDRPRW:
    case AIL_ARM_COPROCESSOR:
        return ail_state(SYSTEM + 16 + 4 * (which - AIL_ARM_TPIDRURW), 4);
    case ARM_REG_FPSCR:
    case ARM_REG_FPSCR_NZCV:
        return ail_state(SYSTEM, 4);
    case ARM_REG_SPSR:
        return ail_state(SYSTEM + 8, 4);
    default:
        return AIL_NONE;
    }
}

/* What the instruction it says of those behind it; 0: it is another. */
static uint8_t said_by_it(const AilBuild *b)
{
    bool is = b->size == 2 && b->bytes[1] == 0xbf && b->bytes[0] & 15;
    return is ? b->bytes[0] : 0;
}

/* Arm ARM, ITAdvance */
static uint8_t advance(uint8_t it)
{
    return it & 7 ? (it & 0xe0) | (uint8_t)(it << 1 & 0x1f) : 0;
}

/* The condition that an instruction before this one has set; 14: none. */
static unsigned condition_of_it(AilBuild *b)
{
    AilBefore *before = b->before;
    uint8_t it = b->mode == AIL_MODE_T32 && before->next == b->pc ? before->it : 0;
    before->next = b->pc + b->size;
    before->it = it ? advance(it) : b->mode == AIL_MODE_T32 ? said_by_it(b) : 0;
    return it ? it >> 4 : 14;
}

static bool has_group(const AilBuild *b, unsigned group)
{
    for (unsigned i = 0; i < b->insn->detail->groups_count; i++)
        if (b->insn->detail->groups[i] == group)
            return true;
    return false;
}

/* Where it goes depends on all that it reads. */
static void jump(AilBuild *b, AilVar all)
{
    AilVar to = ail_temp(b, 8);
    ail_put(b, AIL_OP_MIX, 0, to, all, AIL_NONE, AIL_NONE)->name = "jump";
    ail_put(b, AIL_OP_JUMP, 0, AIL_NONE, to, AIL_NONE, AIL_NONE);
}

/* It may be conditional, and may write a part only. */
static void write(AilBuild *b, AilVar to, AilVar all)
{
    if (to.kind)
        ail_put(b, AIL_OP_MIX, 0, to, all, to, AIL_NONE)->name = "arm";
}

static bool lift_conservatively(AilBuild *b, AilArmReg *reg, bool conditional)
{
    cs_regs reads, writes;
    uint8_t n_reads = 0, n_writes = 0;
    if (!b->insn || cs_regs_access(b->handle, b->insn, reads, &n_reads, writes, &n_writes))
        return false;
    AilVar all = ail_temp(b, 1);
    bool jumps = has_group(b, CS_GRP_JUMP);
    ail_put(b, AIL_OP_LOADS, 1, all, AIL_NONE, AIL_NONE, AIL_NONE);
    if (conditional)
        reads[n_reads++] = ARM_REG_CPSR;
    for (unsigned i = 0; i < n_reads; i++) {
        AilVar v = reg(b->mode, b->user, reads[i]);
        if (v.kind)
            ail_put(b, AIL_OP_MIX, 1, all, all, v, AIL_NONE)->name = "arm";
    }
    ail_put(b, AIL_OP_STORES, 1, AIL_NONE, all, AIL_NONE, AIL_NONE);
    for (unsigned i = 0; i < n_writes; i++) {
        jumps |= writes[i] == ARM_REG_PC;
        write(b, reg(b->mode, b->user, writes[i]), all);
    }
    if (b->insn->detail->arm.update_flags)
        write(b, reg(b->mode, b->user, ARM_REG_CPSR), all);
    if (jumps)
        jump(b, all);
    b->quality = AIL_LIFT_CONSERVATIVE;
    return true;
}

/* By its bits. */
static bool lift_exactly(Arm *a, unsigned cond)
{
    AilBuild *b = a->b;
    if (cond < 14)
        a->when = arm_condition(a, cond);
    if (!a->thumb)
        return b->size == 4 && arm_a32(a, ail_get_le32(b->bytes));
    uint32_t first = ail_get_le16(b->bytes);
    if (b->size == 2)
        return arm_t16(a, first);
    return b->size == 4 && arm_t32(a, first << 16 | ail_get_le16(b->bytes + 2));
}

bool ail_arm_lift(AilBuild *b, AilArmReg *reg)
{
    unsigned cond = condition_of_it(b);
    Arm a = {.b = b, .reg = reg, .thumb = b->mode == AIL_MODE_T32, .in_it = cond != 14};
    if (lift_exactly(&a, cond) && !b->full)
        return true;
    b->n_ops = 0;
    b->temp = AIL_STATE_TEMP;
    b->full = false;
    b->flags = 0;
    bool conditional = cond < 14 || (!a.thumb && b->size == 4 && b->bytes[3] >> 4 < 14);
    return lift_conservatively(b, reg, conditional);
}

static bool lift(AilBuild *b)
{
    return ail_arm_lift(b, state_reg);
}

cs_err ail_arm_open(AilMode mode, csh *handle)
{
    cs_mode of = mode == AIL_MODE_T32 ? CS_MODE_THUMB : CS_MODE_ARM;
    return ail_open(CS_ARCH_ARM, (cs_mode)(of | CS_MODE_V8), handle);
}

const AilLifter ail_lifter_arm = {
    .state = state,
    .others = others,
    .open = ail_arm_open,
    .lift = lift,
    .reg = state_reg,
};
