/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that are easy to count and a call tree that is easy to draw: see count.facts. */
    .include "common.inc"

main:
    li 19, 0
    address 20, factorial_result
    b begin

/* The facts hold from the first instruction at `begin` up to, not including, the one at `end`. */
begin:
    li 9, 1000                          /* 1 */
loop_body:
    addic. 9, 9, -1                     /* 1000 times 2 */
    bne loop_body
    bl nested_1
    li 3, 5                             /* 1 */
    bl factorial
    stw 3, 0(20)                        /* 1 */
    bl tail_1
    address 4, leaf                     /* 2 */
    mtctr 4                             /* 1 */
    bctrl
end:
    address 20, leaf_count
    stw 19, 0(20)
    report "factorial", factorial_result
    report "leaves", leaf_count
    b finish

/* As compilers begin and end a function: 3 and 4 instructions. */
    .macro enter
    stwu 1, -16(1)
    mflr 0
    stw 0, 20(1)
    .endm
    .macro leave
    lwz 0, 20(1)
    mtlr 0
    addi 1, 1, 16
    blr
    .endm

/* 8 + nested_2 */
nested_1:
    enter
    bl nested_2
    leave
/* 9 + nested_3 + leaf */
nested_2:
    enter
    bl nested_3
    bl leaf
    leave
/* 9 + 2 leaf */
nested_3:
    enter
    bl leaf
    bl leaf
    leave
/* 2 */
leaf:
    addi 19, 19, 1
    blr

/* r3 = r3!: 14 + factorial(n - 1) for n > 1, 4 for n = 1 */
factorial:
    cmpwi 3, 1
    beq 1f
    enter
    stw 3, 8(1)
    addi 3, 3, -1
    bl factorial
    lwz 4, 8(1)
    mullw 3, 3, 4
    leave
1:  nop
    blr

/* Ends in a jump: tail_2 returns to tail_1's caller. 1 + tail_2 */
tail_1:
    b tail_2
/* 8 + leaf */
tail_2:
    enter
    bl leaf
    leave

    .data
    .balign 4
factorial_result:
    .long 0
leaf_count:
    .long 0
