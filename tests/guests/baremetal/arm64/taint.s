/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves the 16 bytes of `secret` about in every way that the processor has, each to a place of its
 * own: taint.answers says which of them each byte there depends on.
 */
    .include "common.inc"

    .macro place name, size
    .globl \name
    .bss
    .balign 16
\name:
    .skip \size
    .text
    address x2, \name
    .endm

    .data
    .balign 16
    .globl secret
secret:
    .ascii "Redpanda#7!walks"
key:
    .byte 0x5a, 0xa5, 0x33, 0xcc, 0x0f, 0xf0, 0x11, 0x77, 1, 2, 3, 4, 5, 6, 7, 8
table:
    .fill 256, 1, 0x41
    .text

main:
    .globl begin
begin:
    address x1, secret
    address x3, key
    address x4, table

    place bytes, 16
    mov x5, #0
1:  ldrb w6, [x1, x5]
    strb w6, [x2, x5]
    add x5, x5, #1
    cmp x5, #16
    b.ne 1b

    place walked, 16
    mov x7, x1
    mov x5, #4
1:  ldr w6, [x7], #4
    str w6, [x2], #4
    subs x5, x5, #1
    b.ne 1b

    place pairs, 16
    ldp x6, x7, [x1]
    stp x7, x6, [x2]

    place vectors, 16
    ldr q0, [x1]
    str q0, [x2]

    place compared, 1
    ldrb w6, [x1, #1]
    cmp w6, #0x40
    cset w6, lo
    strb w6, [x2]

    place carried, 4
    ldr w6, [x1]
    mvn w7, wzr
    adds w6, w6, w7
    adc w6, wzr, wzr
    str w6, [x2]

    place looked_up, 1
    ldrb w6, [x1, #3]
    ldrb w6, [x4, x6]
    strb w6, [x2]

    place pushed, 8
    ldr x6, [x1]
    str x6, [sp, #-16]!
    ldr x7, [sp], #16
    str x7, [x2]

    place ciphered, 16
    mov x5, #0
1:  ldrb w6, [x1, x5]
    ldrb w7, [x3, x5]
    eor w6, w6, w7
    strb w6, [x2, x5]
    add x5, x5, #1
    cmp x5, #16
    b.ne 1b

    place cleared, 8
    ldr x6, [x1]
    eor x6, x6, x6
    str x6, [x2]

    place subtracted, 8
    ldr x6, [x1]
    sub x6, x6, x6
    str x6, [x2]

    place masked, 8
    ldr x6, [x1]
    and w6, w6, #0x00ff00ff
    str x6, [x2]

    place kept, 8
    ldr x6, [x1]
    movk x6, #0x1234, lsl #16
    str x6, [x2]

    place partly, 8
    ldr x6, [x1]
    str x6, [x2]
    strh wzr, [x2, #2]

    place widened, 16
    ldrsb x6, [x1, #6]
    ldrh w7, [x1, #2]
    stp x6, x7, [x2]

    place summed, 8
    ldp w6, w7, [x1]
    add w6, w6, w7
    str x6, [x2]

    place multiplied, 8
    ldr w6, [x1]
    mov w7, #77
    mul w6, w6, w7
    str x6, [x2]

    place divided, 4
    ldrh w6, [x1]
    mov w7, #10
    udiv w6, w6, w7
    str w6, [x2]

    place shifted, 24
    ldr x6, [x1]
    lsl x7, x6, #8
    str x7, [x2]
    lsr x7, x6, #20
    str x7, [x2, #8]
    ror w7, w6, #16
    str x7, [x2, #16]

    place extracted, 8
    ldr x6, [x1]
    ubfx x7, x6, #8, #16
    str x7, [x2]

    place inserted, 8
    ldr x6, [x1]
    mov x7, #0
    bfi x7, x6, #16, #8
    str x7, [x2]

    place joined, 8
    ldp x6, x7, [x1]
    extr x6, x7, x6, #16
    str x6, [x2]

    place swapped, 8
    ldr x6, [x1]
    rev x6, x6
    str x6, [x2]

    place chosen, 4
    ldr w6, [x1]
    mov w7, #5
    cmp w7, #5
    csel w6, w6, w7, eq
    str w6, [x2]

    place deciding, 4
    ldrb w6, [x1, #8]
    mov w7, #5
    mov w8, #6
    cmp w6, #0
    csel w6, w7, w8, eq
    str w6, [x2]

    place exclusive, 8
    ldr x6, [x1]
    prfm pldl1keep, [x2]
1:  ldxr x7, [x2]
    stxr w8, x6, [x2]
    cbnz w8, 1b

    place vector_ciphered, 16
    ldr q0, [x1]
    ldr q1, [x3]
    eor v0.16b, v0.16b, v1.16b
    str q0, [x2]

    place vector_cleared, 16
    ldr q0, [x1]
    eor v0.16b, v0.16b, v0.16b
    str q0, [x2]

    place vector_summed, 16
    ldr q0, [x1]
    ldr q1, [x3]
    add v0.8h, v0.8h, v1.8h
    str q0, [x2]

    place zipped, 16
    ldr q0, [x1]
    movi v1.16b, #0
    zip1 v0.16b, v0.16b, v1.16b
    str q0, [x2]

    place turned, 16
    ldr q0, [x1]
    rev64 v0.4s, v0.4s
    str q0, [x2]

    place moved, 16
    ldr s0, [x1]
    str q0, [x2]

    place spread, 16
    ldrb w6, [x1, #9]
    dup v0.16b, w6
    str q0, [x2]

    place interleaved, 16
    ld2 {v0.8b, v1.8b}, [x1]
    str d0, [x2]
    str d1, [x2, #8]

    place taken, 4
    ldr q0, [x1]
    umov w6, v0.b[5]
    str w6, [x2]

    place overwritten, 8
    ldr x6, [x1]
    str x6, [x2]
    str xzr, [x2]

    place read_twice, 8
    address x5, bytes
    ldr x6, [x5]
    str x6, [x2]

    .globl end
end:
    b finish
