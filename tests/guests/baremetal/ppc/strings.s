/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings of 32 bytes that pass through memory in every size of access: see strings.facts. */
    .include "common.inc"

main:
    li 3, 0x2000                        /* floating point */
    mtmsr 3
    isync
    b begin

/* Copy one string with a loop: `load` and `store` move `size` bytes from r4 to r5. Runs
 * 7 + 6 * 32 / size instructions, the return included. */
    .macro copier name, size, load, store
    .globl \name\()_load, \name\()_store
\name:
    address 4, \name\()_text
    address 5, \name\()_copy
    li 3, 32 / \size
    mtctr 3
\name\()_load:
    \load
\name\()_store:
    \store
    addi 4, 4, \size
    addi 5, 5, \size
    nop
    bdnz \name\()_load
    blr
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
    bl reversed
    bl mixed
    bl pairs
    bl doubles
    bl unaligned
    bl interleave
end:
    b finish

    copier bytes, 1, "lbz 6, 0(4)", "stb 6, 0(5)"
    copier halves, 2, "lhz 6, 0(4)", "sth 6, 0(5)"
    copier words, 4, "lwz 6, 0(4)", "stw 6, 0(5)"
    copier reversed, 4, "lwbrx 6, 0, 4", "stwbrx 6, 0, 5"
    copier mixed, 2, "lhbrx 6, 0, 4", "sthbrx 6, 0, 5"
    copier pairs, 8, "lmw 30, 0(4)", "stmw 30, 0(5)"
    copier doubles, 8, "lfd 6, 0(4)", "stfd 6, 0(5)"
    copier unaligned, 4, "lwz 6, 0(4)", "stw 6, 0(5)"

/* Two texts whose bytes are stored in turns by the same instruction, for two callers; and read in
 * turns by two instructions. 10 + 32 * (7 + 2 * 2): the loop's own and two calls of poke */
interleave:
    mflr 12
    address 4, first_text
    address 5, second_text
    address 7, poke_target
    li 3, 32
    mtctr 3
first_load:
    lbz 6, 0(4)
first_call:
    bl poke
first_return:
second_load:
    lbz 6, 0(5)
second_call:
    bl poke
second_return:
    addi 4, 4, 1
    addi 5, 5, 1
    bdnz first_load
    mtlr 12
    blr
poke:
    stb 6, 0(7)
    blr

    text bytes, "moved one byte at a time, 32 of "
    text halves, "moved by half words of two bytes"
    text words, "moved by words of four, not long"
    text reversed, "moved by words turned end to end"
    text mixed, "moved by half words turned about"
    text pairs, "moved by several words at a time"
    text doubles, "moved by double words of eight. "
    text unaligned, "moved by words from odd address.", 7
    text first, "first of the two mixed up texts."
    text second, "another text that is in between."

    .bss
poke_target:
    .skip 1
    .text
