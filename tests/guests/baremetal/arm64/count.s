/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that are easy to count and a call tree that is easy to draw: see count.facts. */
    .include "common.inc"

main:
    mov x19, #0
    address x20, factorial_result
    b begin

/* The facts hold from the first instruction at `begin` up to, not including, the one at `end`. */
begin:
    mov w9, #1000                   /* 1 */
loop_body:
    subs w9, w9, #1                 /* 1000 times 2 */
    b.ne loop_body
    bl nested_1
    mov x0, #5                      /* 1 */
    bl factorial
    str x0, [x20]                   /* 1 */
    bl tail_1
    adr x1, leaf                    /* 1 */
    blr x1
end:
    address x20, leaf_count
    str x19, [x20]
    report "factorial", factorial_result
    report "leaves", leaf_count
    b finish

/* 4 + nested_2 */
nested_1:
    stp x29, x30, [sp, #-16]!
    bl nested_2
    ldp x29, x30, [sp], #16
    ret
/* 5 + nested_3 + leaf */
nested_2:
    stp x29, x30, [sp, #-16]!
    bl nested_3
    bl leaf
    ldp x29, x30, [sp], #16
    ret
/* 5 + 2 leaf */
nested_3:
    stp x29, x30, [sp, #-16]!
    bl leaf
    bl leaf
    ldp x29, x30, [sp], #16
    ret
/* 2 */
leaf:
    add x19, x19, #1
    ret

/* x0 = x0!: 8 + factorial(n - 1) for n > 1, 4 for n = 1 */
factorial:
    cmp x0, #1
    b.eq 1f
    stp x0, x30, [sp, #-16]!
    sub x0, x0, #1
    bl factorial
    ldp x1, x30, [sp], #16
    mul x0, x0, x1
    ret
1:  nop
    ret

/* Ends in a jump: tail_2 returns to tail_1's caller. 1 + tail_2 */
tail_1:
    b tail_2
/* 4 + leaf */
tail_2:
    stp x29, x30, [sp, #-16]!
    bl leaf
    ldp x29, x30, [sp], #16
    ret

    .data
    .balign 8
factorial_result:
    .quad 0
leaf_count:
    .quad 0
