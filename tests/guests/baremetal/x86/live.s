/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that runs until it is told to end, for recordings of pieces of its run: it counts, and
 * answers each character on the serial port with a line. b: hypercall that begins piece "inner";
 * e: that ends it; x: one with a name that no file shall have; q: power off. It has no facts.
 */
    .include "common.inc"

    .set MAGIC, 0x554c4941      /* recorder/plugin/calls.c */

main:
    mov $ready_text, %esi
    call put_text
next:
    incl counter
    pause                       /* QEMU looks up from the guest here; nothing else makes it */
    mov $COM1 + 5, %edx
    inb %dx, %al
    test $1, %al                /* received something */
    jz next
    mov $COM1, %edx
    inb %dx, %al
    mov $inner, %edi
    mov $5, %esi
    mov $1, %ecx
    cmp $'b', %al
    je call_out
    mov $outside, %edi
    mov $8, %esi
    cmp $'x', %al
    je call_out
    mov $2, %ecx
    cmp $'e', %al
    je call_out
    cmp $'q', %al
    je finish
    jmp answer
call_out:
    push %eax
    mov $MAGIC, %eax
    cpuid
    pop %eax
answer:
    mov %al, heard
    mov $heard_text, %esi
    call put_text
    jmp next

    .data
ready_text: .asciz "ready\n"
heard_text: .ascii "heard "
heard:      .asciz "?\n"
inner:      .ascii "inner"
outside:    .ascii "../outer"
    .balign 4
counter:    .long 0
