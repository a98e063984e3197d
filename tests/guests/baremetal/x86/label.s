/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources of taint that a guest reads or marks itself, for tests/test_taint_sources.c: three
 * characters from the serial port are stored at `got`, the second of them at `copy`, the first and
 * third by xor at `mixed`; the middle four bytes of `buffer` are labelled by hypercall, between two
 * stores of the same block, and copied to `taken`, which the guest then asks about.
 */
    .include "common.inc"

    .set MAGIC, 0x554c4941      /* formats/hypercall.h */

main:
    mov $ready_text, %esi
    call put_text
    xor %ebx, %ebx
next:
    pause                       /* QEMU looks up from the guest here; nothing else makes it */
    mov $COM1 + 5, %edx
    inb %dx, %al
    test $1, %al                /* received something */
    jz next
    mov $COM1, %edx
    inb %dx, %al
    mov %al, got(%ebx)
    inc %ebx
    cmp $3, %ebx
    jb next
    mov got + 1, %al
    mov %al, copy
    mov got, %al
    xor got + 2, %al
    mov %al, mixed

    movl $0x11223344, buffer
    movl $0x55667788, buffer + 4    /* what is stored before has no part in it */
    mov $MAGIC, %eax
    mov $3, %ecx
    mov $buffer + 2, %edi
    mov $4, %esi
    cpuid
    mov buffer, %eax
    mov %eax, taken
    mov buffer + 4, %eax
    mov %eax, taken + 4
    mov $MAGIC, %eax
    mov $4, %ecx                    /* which labels has it? */
    mov $taken, %edi
    mov $8, %esi
    cpuid
    movl $0, buffer                 /* and these two bytes have lost theirs */
    xor %eax, %eax                  /* put_char saves it on the stack */
    jmp finish

    .data
ready_text: .asciz "ready\n"
    .balign 8
got:        .skip 8
copy:       .skip 8
mixed:      .skip 8
buffer:     .skip 8
taken:      .skip 8
