/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where Linux on AArch64 is entered it has no register to spare for looking whether its stack has
 * overflowed. It makes do with sums (kernel_ventry in its arch/arm64/kernel/entry.S):
 *
 *     add sp, sp, x0 ; sub x0, sp, x0    x0 is the stack pointer now, sp the sum of both
 *     tbnz x0, #bit, overflow
 *     sub x0, sp, x0 ; sub sp, sp, x0    both are what they were
 *
 * By the rule for sums the stack pointer then depends on whatever a program had in x0. It does not:
 * nothing here changes what depends on what, and x0's labels tell nothing of the branch.
 */
#include <string.h>

#include "analyzers/taint/lower_private.h"

#define ADD_SP    0x8b2063ffu /* add sp, sp, x0 */
#define SUB_X0    0xcb2063e0u /* sub x0, sp, x0 */
#define SUB_SP    0xcb2063ffu /* sub sp, sp, x0 */
#define TBNZ      0x37000000u /* tbnz w0, #bit, anywhere in 32 KiB */
#define TBNZ_MASK 0xff00001fu

/* 0: it has no such instruction. */
static uint32_t word(const AilBlock *block, unsigned i)
{
    uint32_t insn = 0;
    if (i < block->n_insns)
        memcpy(&insn, block->bytes + block->start[i], sizeof insn);
    return GUINT32_FROM_LE(insn);
}

bool lower_is_entry(const AilBlock *block, unsigned i)
{
    if (block->mode != AIL_MODE_A64 || block->user)
        return false;
    uint32_t before = i ? word(block, i - 1) : 0, is = word(block, i), next = word(block, i + 1);
    if (is == ADD_SP)
        return next == SUB_X0;
    if (is == SUB_X0)
        return before == ADD_SP || next == SUB_SP;
    if (is == SUB_SP)
        return before == SUB_X0;
    return i > 1 && (is & TBNZ_MASK) == TBNZ && before == SUB_X0 && word(block, i - 2) == ADD_SP;
}
