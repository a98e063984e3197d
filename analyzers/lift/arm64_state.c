/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/arm.h"
#include "analyzers/lift/arm64.h"
#include "analyzers/lift/arm64_sysreg.h"

#define X(n) {"x" #n, A64_X + 8 * n, 8},
#define V(n) {"v" #n, A64_Q + 16 * n, 16},
/* clang-format off */
#define ALL_31(R)                                                                            \
    R(0) R(1) R(2) R(3) R(4) R(5) R(6) R(7) R(8) R(9) R(10) R(11) R(12) R(13) R(14) R(15)    \
    R(16) R(17) R(18) R(19) R(20) R(21) R(22) R(23) R(24) R(25) R(26) R(27) R(28) R(29) R(30)
/* clang-format on */
#define SYSTEM(name, op0, op1, crn, crm, op2) {#name, A64_SYSTEM + 8 * A64_SYS_##name, 8},

const AilStateReg a64_state[] = {
    ALL_31(X){"sp_el0", A64_SP_EL0, 8},
    {"sp_el1", A64_SP_EL1, 8},
    {"n", A64_N, 1},
    {"z", A64_Z, 1},
    {"c", A64_C, 1},
    {"v", A64_V, 1},
    {"monitor", A64_MONITOR, 1},
    {"ge", A64_GE, 1},
    ALL_31(V) V(31){"predicates", A64_PREDICATES, 8},
    A64_SYSREGS(SYSTEM){NULL, 0, 0},
};

#define W(n) {"w" #n, A64_X + 8 * n, 4},
#define B(n) {"b" #n, A64_Q + 16 * n, 1},
#define H(n) {"h" #n, A64_Q + 16 * n, 2},
#define S(n) {"s" #n, A64_Q + 16 * n, 4},
#define D(n) {"d" #n, A64_Q + 16 * n, 8},
#define Q(n) {"q" #n, A64_Q + 16 * n, 16},

const AilStateReg a64_others[] = {
    ALL_31(W) ALL_31(B) B(31) ALL_31(H) H(31) ALL_31(S) S(31) ALL_31(D) D(31) ALL_31(Q)
        Q(31){"fp", A64_X + 8 * 29, 8},
    {"lr", A64_X + 8 * 30, 8},
    {"sp", A64_SP_EL0, 8}, /* of programs */
    {NULL, 0, 0},
};

_Static_assert(A64_SYSTEM + 8 * A64_SYS_COUNT <= AIL_STATE_TEMP, "the state is too large");

/* Capstone's registers that are numbered one after the other. */
typedef struct Family {
    unsigned first, last;
    uint16_t at, step, size;
} Family;

static const Family families[] = {
    {ARM64_REG_X0, ARM64_REG_X28, A64_X, 8, 8},
    {ARM64_REG_X29, ARM64_REG_X29, A64_X + 8 * 29, 8, 8},
    {ARM64_REG_X30, ARM64_REG_X30, A64_X + 8 * 30, 8, 8},
    {ARM64_REG_W0, ARM64_REG_W30, A64_X, 8, 8}, /* a write clears the upper half */
    {ARM64_REG_B0, ARM64_REG_B31, A64_Q, 16, 16},
    {ARM64_REG_H0, ARM64_REG_H31, A64_Q, 16, 16},
    {ARM64_REG_S0, ARM64_REG_S31, A64_Q, 16, 16},
    {ARM64_REG_D0, ARM64_REG_D31, A64_Q, 16, 16},
    {ARM64_REG_Q0, ARM64_REG_Q31, A64_Q, 16, 16},
    {ARM64_REG_V0, ARM64_REG_V31, A64_Q, 16, 16},
#if CS_API_MAJOR >= 5
    {ARM64_REG_Z0, ARM64_REG_Z31, A64_Q, 16, 16},
#endif
    {ARM64_REG_NZCV, ARM64_REG_NZCV, A64_N, 0, 4},
};

/* Those of a 32-bit program: Arm ARM (DDI 0487), D1.20 "Mapping of the general-purpose registers".
 */
static const Family families_32[] = {
    {ARM_REG_R0, ARM_REG_R12, A64_X, 8, 8},
    {ARM_REG_SP, ARM_REG_SP, A64_X + 8 * 13, 8, 8},
    {ARM_REG_LR, ARM_REG_LR, A64_X + 8 * 14, 8, 8},
    {ARM_REG_S0, ARM_REG_S31, A64_Q, 4, 4},
    {ARM_REG_D0, ARM_REG_D31, A64_Q, 8, 8},
    {ARM_REG_Q0, ARM_REG_Q15, A64_Q, 16, 16},
    {ARM_REG_CPSR, ARM_REG_CPSR, A64_N, 0, 4},
    {ARM_REG_APSR, ARM_REG_APSR_NZCV, A64_N, 0, 4},
    {AIL_ARM_GE, AIL_ARM_GE, A64_GE, 0, 1},
    {AIL_ARM_MONITOR, AIL_ARM_MONITOR, A64_MONITOR, 0, 1},
    {AIL_ARM_TPIDRURW, AIL_ARM_TPIDRURW, A64_SYSTEM + 8 * A64_SYS_tpidr_el0, 0, 8},
    {AIL_ARM_TPIDRURO, AIL_ARM_TPIDRURO, A64_SYSTEM + 8 * A64_SYS_tpidrro_el0, 0, 8},
    {ARM_REG_FPSCR, ARM_REG_FPSCR_NZCV, A64_SYSTEM + 8 * A64_SYS_fpsr, 0, 8},
};

static AilVar find(const Family *f, size_t n, unsigned which)
{
    for (; n--; f++)
        if (which >= f->first && which <= f->last)
            return ail_state(f->at + (which - f->first) * f->step, f->size);
    return AIL_NONE;
}

AilVar a64_reg(AilMode mode, bool user, unsigned which)
{
    if (mode != AIL_MODE_A64)
        return find(families_32, sizeof families_32 / sizeof *families_32, which);
    AilVar v = find(families, sizeof families / sizeof *families, which);
    if (v.kind)
        return v;
    if (which == ARM64_REG_SP || which == ARM64_REG_WSP)
        return ail_state(user ? A64_SP_EL0 : A64_SP_EL1, 8);
    return AIL_NONE;
}
