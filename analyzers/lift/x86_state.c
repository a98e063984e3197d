/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of x86's registers, and where capstone's lie. */
#include "analyzers/lift/x86_private.h"

#define GPR(name, n)                                                                               \
    {                                                                                              \
        name, X86_RAX + 8 * (n), 8                                                                 \
    }
#define SEL(name, n)                                                                               \
    {                                                                                              \
        name, X86_SEL + 2 * (n), 2                                                                 \
    }
#define BASE(name, n)                                                                              \
    {                                                                                              \
        name, X86_BASE + 8 * (n), 8                                                                \
    }
#define CR(name, n)                                                                                \
    {                                                                                              \
        name, X86_CR + 8 * (n), 8                                                                  \
    }
#define DR(name, n)                                                                                \
    {                                                                                              \
        name, X86_DR + 8 * (n), 8                                                                  \
    }
#define ST(name, n)                                                                                \
    {                                                                                              \
        name, X86_ST + 10 * (n), 10                                                                \
    }
#define YMM(name, n)                                                                               \
    {                                                                                              \
        name, X86_YMM + 32 * (n), 32                                                               \
    }

/* clang-format off */
const AilStateReg ail_x86_state[] = {
    GPR("rax", 0), GPR("rcx", 1), GPR("rdx", 2), GPR("rbx", 3), GPR("rsp", 4), GPR("rbp", 5),
    GPR("rsi", 6), GPR("rdi", 7), GPR("r8", 8), GPR("r9", 9), GPR("r10", 10), GPR("r11", 11),
    GPR("r12", 12), GPR("r13", 13), GPR("r14", 14), GPR("r15", 15),
    {"cf", X86_CF, 1}, {"pf", X86_PF, 1}, {"af", X86_AF, 1}, {"zf", X86_ZF, 1},
    {"sf", X86_SF, 1}, {"df", X86_DF, 1}, {"of", X86_OF, 1}, {"rflags", X86_RFLAGS, 8},
    SEL("es", 0), SEL("cs", 1), SEL("ss", 2), SEL("ds", 3), SEL("fs", 4), SEL("gs", 5),
    SEL("ldtr", 6), SEL("tr", 7),
    BASE("es_base", 0), BASE("cs_base", 1), BASE("ss_base", 2), BASE("ds_base", 3),
    BASE("fs_base", 4), BASE("gs_base", 5), {"k_gs_base", X86_KERNEL_GS, 8},
    CR("cr0", 0), CR("cr2", 1), CR("cr3", 2), CR("cr4", 3), CR("cr8", 4), CR("xcr0", 5),
    DR("dr0", 0), DR("dr1", 1), DR("dr2", 2), DR("dr3", 3), DR("dr4", 4), DR("dr5", 5),
    DR("dr6", 6), DR("dr7", 7),
    {"gdtr", X86_GDTR, 10}, {"idtr", X86_IDTR, 10}, {"star", X86_STAR, 8},
    {"lstar", X86_LSTAR, 8}, {"cstar", X86_CSTAR, 8}, {"fmask", X86_FMASK, 8},
    {"efer", X86_EFER, 8}, {"sysenter_cs", X86_SYSENTER_CS, 8},
    {"sysenter_esp", X86_SYSENTER_ESP, 8}, {"sysenter_eip", X86_SYSENTER_EIP, 8},
    {"tsc_aux", X86_TSC_AUX, 8}, {"msr", X86_MSR, 8}, {"pkru", X86_PKRU, 8},
    {"mxcsr", X86_MXCSR, 4}, {"fpu_cw", X86_FPU_CW, 2}, {"fpu_sw", X86_FPU_SW, 2},
    {"fpu_tag", X86_FPU_TAG, 2},
    ST("st0", 0), ST("st1", 1), ST("st2", 2), ST("st3", 3), ST("st4", 4), ST("st5", 5),
    ST("st6", 6), ST("st7", 7),
    YMM("ymm0", 0), YMM("ymm1", 1), YMM("ymm2", 2), YMM("ymm3", 3), YMM("ymm4", 4),
    YMM("ymm5", 5), YMM("ymm6", 6), YMM("ymm7", 7), YMM("ymm8", 8), YMM("ymm9", 9),
    YMM("ymm10", 10), YMM("ymm11", 11), YMM("ymm12", 12), YMM("ymm13", 13), YMM("ymm14", 14),
    YMM("ymm15", 15),
    {NULL, 0, 0},
};

#define XMM(name, n) {name, X86_YMM + 32 * (n), 16}
#define MM(name, n) {name, X86_ST + 10 * (n), 8}
#define LOW4(name, n) {name, X86_RAX + 8 * (n), 4}
#define LOW2(name, n) {name, X86_RAX + 8 * (n), 2}
#define LOW1(name, n) {name, X86_RAX + 8 * (n), 1}
#define HIGH1(name, n) {name, X86_RAX + 8 * (n) + 1, 1}

const AilStateReg ail_x86_others[] = {
    LOW4("eax", 0), LOW4("ecx", 1), LOW4("edx", 2), LOW4("ebx", 3), LOW4("esp", 4),
    LOW4("ebp", 5), LOW4("esi", 6), LOW4("edi", 7), LOW4("r8d", 8), LOW4("r9d", 9),
    LOW4("r10d", 10), LOW4("r11d", 11), LOW4("r12d", 12), LOW4("r13d", 13), LOW4("r14d", 14),
    LOW4("r15d", 15),
    LOW2("ax", 0), LOW2("cx", 1), LOW2("dx", 2), LOW2("bx", 3), LOW2("sp", 4), LOW2("bp", 5),
    LOW2("si", 6), LOW2("di", 7), LOW2("r8w", 8), LOW2("r9w", 9), LOW2("r10w", 10),
    LOW2("r11w", 11), LOW2("r12w", 12), LOW2("r13w", 13), LOW2("r14w", 14), LOW2("r15w", 15),
    LOW1("al", 0), LOW1("cl", 1), LOW1("dl", 2), LOW1("bl", 3), LOW1("spl", 4), LOW1("bpl", 5),
    LOW1("sil", 6), LOW1("dil", 7), LOW1("r8b", 8), LOW1("r9b", 9), LOW1("r10b", 10),
    LOW1("r11b", 11), LOW1("r12b", 12), LOW1("r13b", 13), LOW1("r14b", 14), LOW1("r15b", 15),
    HIGH1("ah", 0), HIGH1("ch", 1), HIGH1("dh", 2), HIGH1("bh", 3),
    MM("mm0", 0), MM("mm1", 1), MM("mm2", 2), MM("mm3", 3), MM("mm4", 4), MM("mm5", 5),
    MM("mm6", 6), MM("mm7", 7),
    XMM("xmm0", 0), XMM("xmm1", 1), XMM("xmm2", 2), XMM("xmm3", 3), XMM("xmm4", 4),
    XMM("xmm5", 5), XMM("xmm6", 6), XMM("xmm7", 7), XMM("xmm8", 8), XMM("xmm9", 9),
    XMM("xmm10", 10), XMM("xmm11", 11), XMM("xmm12", 12), XMM("xmm13", 13), XMM("xmm14", 14),
    XMM("xmm15", 15),
    {NULL, 0, 0},
};

/* Capstone numbers registers by name, so a table says where each is. */
#define AT(reg, at, size) [X86_REG_##reg] = {.value = 0, (at), (size), AIL_VAR_STATE}
#define PARTS(r64, r32, r16, r8, n)                                                               \
    AT(r64, 8 * (n), 8), AT(r32, 8 * (n), 4), AT(r16, 8 * (n), 2), AT(r8, 8 * (n), 1)
#define WIDE(n) AT(XMM##n, X86_YMM + 32 * (n), 16), AT(YMM##n, X86_YMM + 32 * (n), 32)
#define STACK(n)                                                                                  \
    AT(ST##n, X86_ST + 10 * (n), 10), AT(FP##n, X86_ST + 10 * (n), 10),                           \
        AT(MM##n, X86_ST + 10 * (n), 8)
#define SEGMENT(reg, n) AT(reg, X86_SEL + 2 * (n), 2)

static const AilVar regs[X86_REG_ENDING] = {
    PARTS(RAX, EAX, AX, AL, 0), PARTS(RCX, ECX, CX, CL, 1), PARTS(RDX, EDX, DX, DL, 2),
    PARTS(RBX, EBX, BX, BL, 3), PARTS(RSP, ESP, SP, SPL, 4), PARTS(RBP, EBP, BP, BPL, 5),
    PARTS(RSI, ESI, SI, SIL, 6), PARTS(RDI, EDI, DI, DIL, 7), PARTS(R8, R8D, R8W, R8B, 8),
    PARTS(R9, R9D, R9W, R9B, 9), PARTS(R10, R10D, R10W, R10B, 10),
    PARTS(R11, R11D, R11W, R11B, 11), PARTS(R12, R12D, R12W, R12B, 12),
    PARTS(R13, R13D, R13W, R13B, 13), PARTS(R14, R14D, R14W, R14B, 14),
    PARTS(R15, R15D, R15W, R15B, 15),
    AT(AH, 1, 1), AT(CH, 9, 1), AT(DH, 17, 1), AT(BH, 25, 1),
    SEGMENT(ES, X86_ES), SEGMENT(CS, X86_CS), SEGMENT(SS, X86_SS), SEGMENT(DS, X86_DS),
    SEGMENT(FS, X86_FS), SEGMENT(GS, X86_GS),
    AT(CR0, X86_CR + 0, 8), AT(CR2, X86_CR + 8, 8), AT(CR3, X86_CR + 16, 8),
    AT(CR4, X86_CR + 24, 8), AT(CR8, X86_CR + 32, 8),
    AT(DR0, X86_DR + 0, 8), AT(DR1, X86_DR + 8, 8), AT(DR2, X86_DR + 16, 8),
    AT(DR3, X86_DR + 24, 8), AT(DR4, X86_DR + 32, 8), AT(DR5, X86_DR + 40, 8),
    AT(DR6, X86_DR + 48, 8), AT(DR7, X86_DR + 56, 8),
    AT(EFLAGS, X86_CF, 7), AT(FPSW, X86_FPU_SW, 2),
    STACK(0), STACK(1), STACK(2), STACK(3), STACK(4), STACK(5), STACK(6), STACK(7),
    WIDE(0), WIDE(1), WIDE(2), WIDE(3), WIDE(4), WIDE(5), WIDE(6), WIDE(7), WIDE(8), WIDE(9),
    WIDE(10), WIDE(11), WIDE(12), WIDE(13), WIDE(14), WIDE(15),
};
/* clang-format on */

AilVar ail_x86_reg(unsigned reg)
{
    return reg < X86_REG_ENDING ? regs[reg] : AIL_NONE;
}

int ail_x86_segment(unsigned reg)
{
    AilVar v = ail_x86_reg(reg);
    if (v.kind != AIL_VAR_STATE || v.at < X86_SEL || v.at > X86_SEL + 2 * X86_GS)
        return -1;
    return (v.at - X86_SEL) / 2;
}
