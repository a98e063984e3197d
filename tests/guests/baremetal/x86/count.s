/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that are easy to count and a call tree that is easy to draw: see count.facts.
 * 32-bit code, no paging, no interrupts.
 */
    .include "common.inc"

main:
    jmp begin

/* The facts hold from the first instruction at `begin` up to, not including, the one at `end`. */
begin:
    mov $1000, %ecx             /* 1 */
loop_body:
    dec %ecx                    /* 1000 times 2 */
    jnz loop_body
    call nested_1
    mov $5, %eax                /* 1 */
    call factorial
    mov %eax, factorial_result  /* 1 */
    call tail_1
    mov $leaf, %ebx             /* 1 */
    call *%ebx
    call repeats
end:
    report "factorial", factorial_result
    report "leaves", leaf_count
    jmp finish

/* 2 + nested_2 */
nested_1:
    call nested_2
    ret
/* 3 + nested_3 + leaf */
nested_2:
    call nested_3
    call leaf
    ret
/* 3 + 2 leaf */
nested_3:
    call leaf
    call leaf
    ret
/* 2 */
leaf:
    incl leaf_count
    ret

/* %eax = %eax!: 8 + factorial(n - 1) for n > 1, 4 for n = 1 */
factorial:
    cmp $1, %eax
    je 1f
    push %eax
    dec %eax
    call factorial
    pop %edx
    mul %edx
    ret
1:  nop
    ret

/* Ends in a jump: tail_2 returns to tail_1's caller. 1 + tail_2 */
tail_1:
    jmp tail_2
/* 2 + leaf, whose return goes on behind the call */
tail_2:
    call leaf
    ret

/* A repeated string instruction with count n runs n + 1 times when instructions are counted: once
 * for each element and once to find the count at zero. */
repeats:
    cld                         /* 1 */
    mov $source, %esi           /* 1 */
    mov $target, %edi           /* 1 */
    mov $16, %ecx               /* 1 */
rep_bytes:
    rep movsb                   /* 17 */
    mov $0, %ecx                /* 1 */
rep_nothing:
    rep movsb                   /* 1 */
    mov $8, %ecx                /* 1 */
    xor %eax, %eax              /* 1 */
    mov $target, %edi           /* 1 */
rep_store:
    rep stosl                   /* 9 */
    ret                         /* 1 */

    .data
factorial_result:
    .long 0
leaf_count:
    .long 0
source:
    .ascii "0123456789abcdef"
target:
    .skip 64
