/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same code at three addresses: where it was loaded, and twice in the window. QEMU translates
 * it once; a trace must tell the three apart. See alias.facts. 64-bit code.
 */
    .include "common.inc"
    .include "long.inc"
    .include "window.inc"

    .set first_alias, WINDOW
    .set second_alias, WINDOW + 4096
    .set first_helper, WINDOW + helper_at
    .set second_helper, WINDOW + 4096 + helper_at
    .set helper_at, 0x100
    .global first_alias, second_alias, first_helper, second_helper

    .code32
main:
    open_window
    movl $shared + 7, window_table + 8 * 0
    movl $shared + 7, window_table + 8 * 1
    enter_long
    jmp begin

begin:
    mov $shared, %ebx               /* 5 */
    mov $first_alias, %esi
    mov $second_alias, %edi
    xor %eax, %eax
    mov $3, %ecx
round:                              /* 6, and 1 call of the first, 2 and 1 of the others */
    call *%rbx
    call *%rsi
    call *%rdi
    call *%rsi
    dec %ecx
    jnz round
end:
    mov %eax, sum(%rip)
    leave_long
    report "sum", sum
    jmp finish

    .balign 4096
    .code64
shared:                             /* 1 + 3 * 2 + 1 + helper's 2 + 1 */
    mov $3, %edx
1:  dec %edx
    jnz 1b
    call helper
    ret
    .org shared + helper_at
helper:
    inc %eax
    ret
    .balign 4096
    .code32

    .data
sum:
    .long 0
    .text
