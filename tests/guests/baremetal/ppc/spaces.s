/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two address spaces, problem state, and the ways in and out of it: see spaces.facts. Translation is
 * off, so that the spaces are the same but for their numbers.
 */
    .include "common.inc"

    .set ROUNDS, 5
    .set first_space, 0x111
    .set second_space, 0x222
    .global first_space, second_space

main:
    vector 0xc00, from_user
    li 19, 0
    li 20, first_space
    li 21, second_space
    mtsr 0, 21
    isync
    b begin

begin:
    li 9, ROUNDS                        /* 2 */
    li 0, 0
round:                                  /* 7 a round */
    mtsr 0, 20
    isync
    nop
    lis 22, 0
    mtsrin 21, 22
    isync
    addic. 9, 9, -1
    bne round
    mtsr 0, 20                          /* 2 */
    isync
    address 4, user                     /* 6 */
    mtspr SRR0, 4
    li 5, 0x4000                        /* problem state */
    mtspr SRR1, 5
    rfi
end:
    lis 3, calls@ha
    stw 19, calls@l(3)
    report "system-calls", calls
    b finish

user:                                   /* 1 + 3 * 3 + 2 */
    li 7, 3
1:  sc
    addic. 7, 7, -1
    bne 1b
    li 0, 1
    sc
user_end:

from_user:                              /* the vector's 1, and 4 */
    cmpwi 0, 1
    beq leave_user
    addi 19, 19, 1
    rfi
leave_user:                             /* 3 of the way here, and 3 */
    mtsr 0, 21
    isync
    b end

    .data
    .balign 4
calls:
    .long 0
