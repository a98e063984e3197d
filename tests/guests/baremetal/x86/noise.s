/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores that no trace can make small: 112 million instructions, a random number to a random place
 * in each seventh. For tests that need a replay which cannot end before they say so; it has no
 * facts.
 */
    .include "common.inc"

main:
    mov $16000000, %ecx
    mov $0x2545f491, %eax
next:
    imul $1664525, %eax, %eax   /* a linear congruential generator; its high bits are good */
    add $1013904223, %eax
    mov %eax, %ebx
    shr $12, %ebx
    mov %eax, 0x400000(%ebx)
    dec %ecx
    jnz next
    jmp finish
