/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The areas that a processor's state is kept in: fxsave, xsave and back. Source: Intel manual,
 * volume 1, 10.5.1 and 13.4. */
#include "analyzers/lift/x86_private.h"

/* clang-format off */
#define STACK(n) {32 + 16 * (n), X86_ST + 10 * (n), 10}
#define LOW(n) {160 + 16 * (n), X86_YMM + 32 * (n), 16}
#define HIGH(n) {576 + 16 * (n), X86_YMM + 32 * (n) + 16, 16}
static const AilAreaPart parts[] = {
    {0, X86_FPU_CW, 2}, {2, X86_FPU_SW, 2}, {4, X86_FPU_TAG, 2}, {24, X86_MXCSR, 4},
    STACK(0), STACK(1), STACK(2), STACK(3), STACK(4), STACK(5), STACK(6), STACK(7),
    LOW(0), LOW(1), LOW(2), LOW(3), LOW(4), LOW(5), LOW(6), LOW(7),
    LOW(8), LOW(9), LOW(10), LOW(11), LOW(12), LOW(13), LOW(14), LOW(15),
    HIGH(0), HIGH(1), HIGH(2), HIGH(3), HIGH(4), HIGH(5), HIGH(6), HIGH(7),
    HIGH(8), HIGH(9), HIGH(10), HIGH(11), HIGH(12), HIGH(13), HIGH(14), HIGH(15),
    {2688, X86_PKRU, 8},
};
/* clang-format on */
enum { LEGACY_PARTS = 4 + 8 + 16, PARTS = sizeof parts / sizeof *parts };

/* Whatever parts are asked for, xsave and xrstor load the header of 64 bytes behind the legacy
 * area, which says what parts there are, before anything else. */
static const AilArea legacy = {16, 0, LEGACY_PARTS, parts}, extended = {64, 512, PARTS, parts};

enum { XSAVE = AIL_OP_AREA_STORE | 0x100, XRSTOR = AIL_OP_AREA_LOAD | 0x100 };

static bool lift_area(AilX86 *l)
{
    AilVar at = ail_x86_address(l, ail_x86_op(l, 0));
    if (l->how == XSAVE) /* which parts were there before */
        ail_load(l->b, 8, ail_x86_do_const(l, AIL_OP_ADD, at, 512));
    AilOp *op = ail_put(l->b, (AilOpCode)(l->how & 0xff), 0, AIL_NONE, AIL_NONE, at, AIL_NONE);
    op->area = l->how & 0x100 ? &extended : &legacy;
    return true;
}

const AilX86Entry ail_x86_areas[X86_INS_ENDING] = {
    [X86_INS_FXRSTOR] = {lift_area, AIL_OP_AREA_LOAD},
    [X86_INS_FXRSTOR64] = {lift_area, AIL_OP_AREA_LOAD},
    [X86_INS_FXSAVE] = {lift_area, AIL_OP_AREA_STORE},
    [X86_INS_FXSAVE64] = {lift_area, AIL_OP_AREA_STORE},
    [X86_INS_XRSTOR] = {lift_area, XRSTOR},
    [X86_INS_XRSTOR64] = {lift_area, XRSTOR},
    [X86_INS_XSAVE] = {lift_area, XSAVE},
    [X86_INS_XSAVE64] = {lift_area, XSAVE},
    [X86_INS_XSAVEOPT] = {lift_area, XSAVE},
    [X86_INS_XSAVEOPT64] = {lift_area, XSAVE},
};
