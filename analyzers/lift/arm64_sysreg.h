/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System registers that keep what is written to them: name, op0, op1, CRn, CRm, op2. Reads of
 * others depend on nothing, writes of them go nowhere.
 * Source: Arm ARM (DDI 0487), D17.
 */
#ifndef AIL_ANALYZERS_LIFT_ARM64_SYSREG_H
#define AIL_ANALYZERS_LIFT_ARM64_SYSREG_H

/* clang-format off */
#define A64_SYSREGS(X)             \
    X(fpcr, 3, 3, 4, 4, 0)         \
    X(fpsr, 3, 3, 4, 4, 1)         \
    X(tpidr_el0, 3, 3, 13, 0, 2)   \
    X(tpidrro_el0, 3, 3, 13, 0, 3) \
    X(tpidr2_el0, 3, 3, 13, 0, 5)  \
    X(tpidr_el1, 3, 0, 13, 0, 4)   \
    X(contextidr_el1, 3, 0, 13, 0, 1) \
    X(elr_el1, 3, 0, 4, 0, 1)      \
    X(spsr_el1, 3, 0, 4, 0, 0)     \
    X(esr_el1, 3, 0, 5, 2, 0)      \
    X(afsr0_el1, 3, 0, 5, 1, 0)    \
    X(afsr1_el1, 3, 0, 5, 1, 1)    \
    X(far_el1, 3, 0, 6, 0, 0)      \
    X(par_el1, 3, 0, 7, 4, 0)      \
    X(ttbr0_el1, 3, 0, 2, 0, 0)    \
    X(ttbr1_el1, 3, 0, 2, 0, 1)    \
    X(tcr_el1, 3, 0, 2, 0, 2)      \
    X(tcr2_el1, 3, 0, 2, 0, 3)     \
    X(mair_el1, 3, 0, 10, 2, 0)    \
    X(amair_el1, 3, 0, 10, 3, 0)   \
    X(vbar_el1, 3, 0, 12, 0, 0)    \
    X(sctlr_el1, 3, 0, 1, 0, 0)    \
    X(actlr_el1, 3, 0, 1, 0, 1)    \
    X(cpacr_el1, 3, 0, 1, 0, 2)    \
    X(zcr_el1, 3, 0, 1, 2, 0)      \
    X(smcr_el1, 3, 0, 1, 2, 6)     \
    X(rgsr_el1, 3, 0, 1, 0, 5)     \
    X(gcr_el1, 3, 0, 1, 0, 6)      \
    X(tfsr_el1, 3, 0, 5, 6, 0)     \
    X(tfsre0_el1, 3, 0, 5, 6, 1)   \
    X(csselr_el1, 3, 2, 0, 0, 0)   \
    X(cntkctl_el1, 3, 0, 14, 1, 0) \
    X(cntp_ctl_el0, 3, 3, 14, 2, 1) \
    X(cntp_cval_el0, 3, 3, 14, 2, 2) \
    X(cntv_ctl_el0, 3, 3, 14, 3, 1) \
    X(cntv_cval_el0, 3, 3, 14, 3, 2) \
    X(icc_pmr_el1, 3, 0, 4, 6, 0)  \
    X(mdscr_el1, 2, 0, 0, 2, 2)    \
    X(pmuserenr_el0, 3, 3, 9, 14, 0) \
    X(pmcr_el0, 3, 3, 9, 12, 0)    \
    X(pmselr_el0, 3, 3, 9, 12, 5)  \
    X(apiakeylo_el1, 3, 0, 2, 1, 0) \
    X(apiakeyhi_el1, 3, 0, 2, 1, 1) \
    X(apibkeylo_el1, 3, 0, 2, 1, 2) \
    X(apibkeyhi_el1, 3, 0, 2, 1, 3) \
    X(apdakeylo_el1, 3, 0, 2, 2, 0) \
    X(apdakeyhi_el1, 3, 0, 2, 2, 1) \
    X(apdbkeylo_el1, 3, 0, 2, 2, 2) \
    X(apdbkeyhi_el1, 3, 0, 2, 2, 3) \
    X(apgakeylo_el1, 3, 0, 2, 3, 0) \
    X(apgakeyhi_el1, 3, 0, 2, 3, 1)
/* clang-format on */

#define A64_SYS_ENUM(name, op0, op1, crn, crm, op2) A64_SYS_##name,
enum { A64_SYSREGS(A64_SYS_ENUM) A64_SYS_COUNT };

#endif
