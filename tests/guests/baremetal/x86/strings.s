/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings of 32 bytes that pass through memory in every size of access: see strings.facts.
 * 64-bit code, no interrupts.
 */
    .include "common.inc"
    .include "long.inc"

    .code32
main:
    enter_long
    jmp begin

/* Copy one string with a loop: `load` and `store` move `size` bytes. Runs
 * 4 + 6 * 32 / size instructions, the return included. */
    .macro copier name, size, load, store
    .globl \name\()_load, \name\()_store
\name:
    mov $\name\()_text, %esi
    mov $\name\()_copy, %edi
    mov $32 / \size, %ecx
\name\()_load:
    \load
\name\()_store:
    \store
    add $\size, %rsi
    add $\size, %rdi
    dec %ecx
    jnz \name\()_load
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
    call bytes
    call words
    call longs
    call quads
    call vectors
    call unaligned
    call repeat_bytes
    call repeat_quads
    call decode
    call interleave
end:
    leave_long
    jmp finish

    .code64
    copier bytes, 1, "movb (%rsi), %al", "movb %al, (%rdi)"
    copier words, 2, "movw (%rsi), %ax", "movw %ax, (%rdi)"
    copier longs, 4, "movl (%rsi), %eax", "movl %eax, (%rdi)"
    copier quads, 8, "movq (%rsi), %rax", "movq %rax, (%rdi)"
    copier vectors, 16, "movdqa (%rsi), %xmm0", "movdqa %xmm0, (%rdi)"
    copier unaligned, 16, "movdqu (%rsi), %xmm0", "movdqu %xmm0, (%rdi)"

/* 5 + 32 + 1: a counted repetition runs once more to find its count at zero */
repeat_bytes:
    cld
    mov $repeat_bytes_text, %esi
    mov $repeat_bytes_copy, %edi
    mov $32, %ecx
repeat_bytes_move:
    rep movsb
    ret

/* 4 + 4 + 1 */
repeat_quads:
    mov $repeat_quads_text, %esi
    mov $repeat_quads_copy, %edi
    mov $4, %ecx
repeat_quads_move:
    rep movsq
    ret

/* The text appears only as it is stored: what is read is the text with every bit turned over.
 * 4 + 7 * 32 */
decode:
    mov $decode_text, %esi
    mov $decode_copy, %edi
    mov $32, %ecx
1:  movb (%rsi), %al
    not %al
decode_store:
    movb %al, (%rdi)
    inc %rsi
    inc %rdi
    dec %ecx
    jnz 1b
    ret

/* Two texts whose bytes are stored in turns by the same instruction, for two callers; and read in
 * turns by two instructions. 4 + 32 * (8 + 2 * 2): the loop's own and two calls of poke */
interleave:
    mov $first_text, %esi
    mov $second_text, %ebx
    mov $32, %ecx
first_load:
    movb (%rsi), %al
first_call:
    call poke
first_return:
    movb (%rbx), %al
second_call:
    call poke
second_return:
    inc %rsi
    inc %rbx
    dec %ecx
    jnz first_load
    ret
poke:
    movb %al, poke_target(%rip)
    ret

    text bytes, "moved one byte at a time, 32 of "
    text words, "moved by words of two bytes here"
    text longs, "moved by long words of four, yes"
    text quads, "moved by quad words, eight bytes"
    text vectors, "moved by SSE vectors of 16 bytes"
    text unaligned, "moved by SSE from an odd address", 7
    text repeat_bytes, "moved by a repeated byte string."
    text repeat_quads, "moved by a repeated quad string."
    text first, "first of the two mixed up texts."
    text second, "another text that is in between."

    .data
/* "decoded from its own complement." with every bit turned over */
decode_text:
    .byte 0x9b, 0x9a, 0x9c, 0x90, 0x9b, 0x9a, 0x9b, 0xdf, 0x99, 0x8d, 0x90, 0x92, 0xdf, 0x96, 0x8b, 0x8c
    .byte 0xdf, 0x90, 0x88, 0x91, 0xdf, 0x9c, 0x90, 0x92, 0x8f, 0x93, 0x9a, 0x92, 0x9a, 0x91, 0x8b, 0xd1
    .bss
decode_copy:
    .skip 32
poke_target:
    .skip 1
    .text
