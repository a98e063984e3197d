/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest says to us with an instruction that does nothing else of interest, wherever it runs,
 * with numbers in registers (docs/recording.md):
 *
 *     x86      cpuid        eax = magic   ecx = what   (r/e)di = address  (r/e)si = length
 *     AArch64  hint #127    x0 = magic    x1           x2                 x3
 *
 * Of magic and what the low 32 bits count.
 */
#ifndef AIL_FORMATS_HYPERCALL_H
#define AIL_FORMATS_HYPERCALL_H

#define AIL_HYPERCALL_MAGIC 0x554c4941u /* "AILU" */

typedef enum AilHypercall {
    AIL_HYPERCALL_BEGIN = 1, /* a piece of the recording, named by the text there */
    AIL_HYPERCALL_END = 2,   /* it */
    AIL_HYPERCALL_LABEL = 3, /* the bytes there, for taint */
    AIL_HYPERCALL_ASK = 4,   /* which labels they have now */
} AilHypercall;

#endif
