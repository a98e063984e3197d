/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings of 32 bytes that pass through memory in every size of access: see strings.facts. */
    .include "common.inc"

main:
    b begin

/* Copy one string with a loop: `load` and `store` move `size` bytes from x1 to x2. Runs
 * 6 + 4 * 32 / size instructions, the return included. */
    .macro copier name, size, load, store
    .globl \name\()_load, \name\()_store
\name:
    address x1, \name\()_text
    address x2, \name\()_copy
    mov w3, #32 / \size
\name\()_load:
    \load
\name\()_store:
    \store
    subs w3, w3, #1
    b.ne \name\()_load
    ret
    .endm

    .macro text name, characters, odd=0
    .data
    .balign 16
    .if \odd
    .skip \odd
    .endif
\name\()_text:
    .ascii "\characters"
    .if . - \name\()_text - 32
    .error "\name: the text is not 32 bytes long"
    .endif
    .bss
    .balign 16
\name\()_copy:
    .skip 32
    .text
    .endm

begin:
    bl bytes
    bl halves
    bl words
    bl doubles
    bl pairs
    bl vectors
    bl unaligned
    bl interleave
end:
    b finish

    copier bytes, 1, "ldrb w0, [x1], #1", "strb w0, [x2], #1"
    copier halves, 2, "ldrh w0, [x1], #2", "strh w0, [x2], #2"
    copier words, 4, "ldr w0, [x1], #4", "str w0, [x2], #4"
    copier doubles, 8, "ldr x0, [x1], #8", "str x0, [x2], #8"
    copier pairs, 16, "ldp x0, x4, [x1], #16", "stp x0, x4, [x2], #16"
    copier vectors, 16, "ldr q0, [x1], #16", "str q0, [x2], #16"
    copier unaligned, 8, "ldr x0, [x1], #8", "str x0, [x2], #8"

/* Two texts whose bytes are stored in turns by the same instruction, for two callers; and read in
 * turns by two instructions. 9 + 32 * (6 + 2 * 2): the loop's own and two calls of poke */
interleave:
    mov x6, x30
    address x1, first_text
    address x2, second_text
    address x4, poke_target
    mov w3, #32
first_load:
    ldrb w0, [x1], #1
first_call:
    bl poke
first_return:
second_load:
    ldrb w0, [x2], #1
second_call:
    bl poke
second_return:
    subs w3, w3, #1
    b.ne first_load
    ret x6
poke:
    strb w0, [x4]
    ret

    text bytes, "moved one byte at a time, 32 of "
    text halves, "moved by half words of two bytes"
    text words, "moved by words of four, not long"
    text doubles, "moved by double words of eight. "
    text pairs, "moved by pairs of double words. "
    text vectors, "moved by vectors of sixteen byte"
    text unaligned, "moved by eight, from odd address", 7
    text first, "first of the two mixed up texts."
    text second, "another text that is in between."

    .bss
poke_target:
    .skip 1
    .text
