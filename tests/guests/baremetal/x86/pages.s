/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where pages are, and how that changes: each way to say so to the processor, accesses that reach
 * into another page, a large page, a device. See pages.facts. 64-bit code.
 */
    .include "common.inc"
    .include "long.inc"
    .include "window.inc"

    .set PGE, 0x80                  /* CR4: global pages */
    .set LARGE, 0xa00000            /* in the sixth entry of page_directory */
    .set CONTROLLER, 0xfee00030     /* local interrupt controller: its version */

    /* base: (%rip) in 64-bit code. */
    .macro set_page page, memory, base
    movl $window_memory + 4096 * \memory + 7, window_table + 8 * \page\base
    .endm

    .code32
main:
    open_window
    set_page 0, 0
    set_page 1, 1
    .irp i, 0, 1, 2, 3, 4, 5
    movl $(1 << \i), window_memory + 4096 * \i
    .endr
    enter_long
    jmp begin

begin:
    mov $WINDOW, %ebx               /* 3 */
    xor %ebp, %ebp
    mov $2, %r12d
round:                              /* twice: the second time no code is new */
    set_page 0, 0, (%rip)           /* 5, and 4 of look each time */
    set_page 1, 1, (%rip)
    invlpg (%rbx)
    invlpg 4096(%rbx)
    call look
    set_page 0, 2, (%rip)           /* 3 */
    invlpg (%rbx)
    call look
    set_page 0, 3, (%rip)           /* 4 */
    mov %cr3, %rax
    mov %rax, %cr3
    call look
    set_page 0, 4, (%rip)           /* 5 */
    mov %cr4, %rax
    xor $PGE, %eax
    mov %rax, %cr4
    call look
    set_page 1, 5, (%rip)           /* 3: the second page only */
    invlpg 4096(%rbx)
    call look
    mov $window_memory + LARGE, %esi /* 4 */
    movl $0x87, page_directory + 8 * 5(%rip)
    invlpg (%rsi)
in_large:
    mov (%rsi), %eax
    mov $CONTROLLER, %esi           /* 2 */
of_device:
    mov (%rsi), %eax
    dec %r12d                       /* 2 */
    jnz round
end:
    mov %ebp, sum(%rip)
    leave_long
    report "sum", sum
    jmp finish

    .code64
look:
    add (%rbx), %ebp
reads_across:
    mov 4094(%rbx), %eax
writes_across:
    mov %eax, 4094(%rbx)
    ret
    .code32

    .data
sum:
    .long 0
    .text
