/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "tests/lift/machine.h"

#define VECTOR(prefix, n, size)                                                                    \
    {                                                                                              \
        prefix #n, AT_VECTOR + (n) * (size), size, 0, false                                        \
    }
#define FLAG(name, bit)                                                                            \
    {                                                                                              \
        name, AT_FLAGS, 0, bit, false                                                              \
    }
#define ST(n)                                                                                      \
    {                                                                                              \
        "st" #n, AT_FPU + 32 + 16 * (n), 10, 0, true                                               \
    }
#define X86_FLAGS                                                                                  \
    FLAG("cf", 0), FLAG("pf", 2), FLAG("af", 4), FLAG("zf", 6), FLAG("sf", 7), FLAG("df", 10),     \
        FLAG("of", 11)
#define X86_FPU ST(0), ST(1), ST(2), ST(3), ST(4), ST(5), ST(6), ST(7)
#define YMM_LOW                                                                                    \
    VECTOR("ymm", 0, 32), VECTOR("ymm", 1, 32), VECTOR("ymm", 2, 32), VECTOR("ymm", 3, 32),        \
        VECTOR("ymm", 4, 32), VECTOR("ymm", 5, 32), VECTOR("ymm", 6, 32), VECTOR("ymm", 7, 32)

static const SlotReg x86_64_regs[] = {
    {"rax", 0, 8, 0, false},
    {"rcx", 8, 8, 0, false},
    {"rdx", 16, 8, 0, false},
    {"rbx", 24, 8, 0, false},
    {"rsp", 32, 8, 0, false},
    {"rbp", 40, 8, 0, false},
    {"rsi", 48, 8, 0, false},
    {"rdi", 56, 8, 0, false},
    {"r8", 64, 8, 0, false},
    {"r9", 72, 8, 0, false},
    {"r10", 80, 8, 0, false},
    {"r11", 88, 8, 0, false},
    {"r12", 96, 8, 0, false},
    {"r13", 104, 8, 0, false},
    {"r14", 112, 8, 0, false},
    {"r15", 120, 8, 0, false},
    X86_FLAGS,
    YMM_LOW,
    VECTOR("ymm", 8, 32),
    VECTOR("ymm", 9, 32),
    VECTOR("ymm", 10, 32),
    VECTOR("ymm", 11, 32),
    VECTOR("ymm", 12, 32),
    VECTOR("ymm", 13, 32),
    VECTOR("ymm", 14, 32),
    VECTOR("ymm", 15, 32),
    X86_FPU,
    {NULL, 0, 0, 0, false},
};

static const SlotReg i386_regs[] = {
    {"eax", 0, 4, 0, false},
    {"ecx", 8, 4, 0, false},
    {"edx", 16, 4, 0, false},
    {"ebx", 24, 4, 0, false},
    {"esp", 32, 4, 0, false},
    {"ebp", 40, 4, 0, false},
    {"esi", 48, 4, 0, false},
    {"edi", 56, 4, 0, false},
    X86_FLAGS,
    YMM_LOW,
    X86_FPU,
    {NULL, 0, 0, 0, false},
};

#define X(n)                                                                                       \
    {                                                                                              \
        "x" #n, 8 * (n), 8, 0, false                                                               \
    }
#define V(n) VECTOR("v", n, 16)
static const SlotReg aarch64_regs[] = {
    X(0),
    X(1),
    X(2),
    X(3),
    X(4),
    X(5),
    X(6),
    X(7),
    X(8),
    X(9),
    X(10),
    X(11),
    X(12),
    X(13),
    X(14),
    X(15),
    X(16),
    X(17),
    X(18),
    X(19),
    X(20),
    X(21),
    X(22),
    X(23),
    X(24),
    X(25),
    X(26),
    X(27),
    X(28),
    X(29),
    X(30),
    {"sp", 248, 8, 0, false},
    FLAG("n", 31),
    FLAG("z", 30),
    FLAG("c", 29),
    FLAG("v", 28),
    V(0),
    V(1),
    V(2),
    V(3),
    V(4),
    V(5),
    V(6),
    V(7),
    V(8),
    V(9),
    V(10),
    V(11),
    V(12),
    V(13),
    V(14),
    V(15),
    V(16),
    V(17),
    V(18),
    V(19),
    V(20),
    V(21),
    V(22),
    V(23),
    V(24),
    V(25),
    V(26),
    V(27),
    V(28),
    V(29),
    V(30),
    V(31),
    {NULL, 0, 0, 0, false},
};

#define R(n)                                                                                       \
    {                                                                                              \
        "r" #n, 8 * (n), 4, 0, false                                                               \
    }
static const SlotReg arm_regs[] = {
    R(0),
    R(1),
    R(2),
    R(3),
    R(4),
    R(5),
    R(6),
    R(7),
    R(8),
    R(9),
    R(10),
    R(11),
    R(12),
    {"sp", 104, 4, 0, false},
    {"lr", 112, 4, 0, false},
    FLAG("n", 31),
    FLAG("z", 30),
    FLAG("c", 29),
    FLAG("v", 28),
    {NULL, 0, 0, 0, false},
};

static const Processor processors[] = {
    {"x86_64", AIL_ARCH_X86, AIL_MODE_X86_64, "qemu-x86_64", "runner_x86_64", x86_64_regs},
    {"i386", AIL_ARCH_X86, AIL_MODE_X86_32, "qemu-i386", "runner_i386", i386_regs},
    {"aarch64", AIL_ARCH_ARM64, AIL_MODE_A64, "qemu-aarch64", "runner_aarch64", aarch64_regs},
    {"arm", AIL_ARCH_ARM, AIL_MODE_A32, "qemu-arm", "runner_arm", arm_regs},
    {"thumb", AIL_ARCH_ARM, AIL_MODE_T32, "qemu-arm", "runner_arm", arm_regs},
};

const Processor *processor_find(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(processors); i++)
        if (!g_strcmp0(processors[i].name, name))
            return &processors[i];
    return NULL;
}
