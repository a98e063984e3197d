/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the keyboard controller and prints each byte that comes from it, up to the release of
 * Enter. What is typed comes from outside; it has no facts but its output. 32-bit code.
 */
    .include "common.inc"

    .set STATUS, 0x64           /* 1: there is a byte */
    .set DATA, 0x60
    .set RELEASED_ENTER, 0x9c

main:
    mov $ready_text, %esi
    call put_text
next_key:
    mov $STATUS, %edx
1:  inb %dx, %al
    test $1, %al
    jz 1b
    mov $DATA, %edx
    inb %dx, %al
    movzbl %al, %eax
    mov %eax, key
    report "key", key
    cmpl $RELEASED_ENTER, key
    jne next_key
    jmp finish

    .data
key:
    .long 0
    .section .rodata
ready_text:
    .asciz "ready\n"
