/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves the 16 bytes of `secret` about in every way that processors have, each to a place of its
 * own: taint.answers says which of them each byte there depends on. 64-bit code.
 */
    .include "common.inc"
    .include "long.inc"

    .macro place name, size
    .globl \name
    .bss
    .balign 16
\name:
    .skip \size
    .text
    .endm

    /* All of the secret through a vector register, and an instruction. */
    .macro by_vector name, op:vararg
    place \name, 16
    movdqu secret(%rip), %xmm0
    \op
    movdqu %xmm0, \name(%rip)
    .endm

main:
    enter_long
    .globl begin
begin:
    jmp bytes_copied

    .data
    .balign 16
    .globl secret
secret:
    .ascii "Redpanda#7!walks"
key:
    .byte 0x5a, 0xa5, 0x33, 0xcc, 0x0f, 0xf0, 0x11, 0x77, 1, 2, 3, 4, 5, 6, 7, 8
table:
    .fill 256, 1, 0x41
shuffle:
    .byte 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12
    .text

    place bytes, 16
bytes_copied:
    mov $secret, %esi
    mov $bytes, %edi
    mov $16, %ecx
1:  movb (%rsi), %al
    movb %al, (%rdi)
    inc %rsi
    inc %rdi
    dec %ecx
    jnz 1b

    place repeated, 16
    mov $secret, %esi
    mov $repeated, %edi
    mov $16, %ecx
    rep movsb

    place words, 16
    mov $secret, %esi
    mov $words, %edi
    mov $2, %ecx
    rep movsq

    place stored, 4
    movb secret(%rip), %al
    mov $stored, %edi
    mov $4, %ecx
    rep stosb

    place compared, 1
    cmpb $0x40, secret+1(%rip)
    setb compared(%rip)

    place carried, 2
    movb secret+2(%rip), %al
    addb $0xff, %al
    movb $0, %bl
    adcb $7, %bl
    movb %bl, carried(%rip)
    movb $9, carried+1(%rip)

    place looked_up, 2
    movzbl secret+3(%rip), %eax
    mov $table, %edx
    movb (%rdx,%rax), %bl
    movb %bl, looked_up(%rip)
    mov $table, %ebx
    movb secret+4(%rip), %al
    xlatb
    movb %al, looked_up+1(%rip)

    place pushed, 8
    push secret(%rip)
    pop pushed(%rip)

    place called, 8
    mov secret(%rip), %rdi
    call 2f
    mov %rax, called(%rip)
    jmp 3f
2:  push %rbp
    mov %rsp, %rbp
    push %rdi
    mov -8(%rbp), %rax
    leave
    ret
3:

    place ciphered, 16
    mov $secret, %esi
    mov $key, %edx
    mov $ciphered, %edi
    xor %ecx, %ecx
1:  movb (%rsi,%rcx), %al
    xorb (%rdx,%rcx), %al
    movb %al, (%rdi,%rcx)
    inc %ecx
    cmp $16, %ecx
    jb 1b

    place cleared, 8
    mov secret(%rip), %rax
    xor %eax, %eax
    mov %rax, cleared(%rip)

    place subtracted, 8
    mov secret(%rip), %rax
    sub %rax, %rax
    mov %rax, subtracted(%rip)

    place masked, 8
    mov secret(%rip), %rax
    and $0x00ff00ff, %eax
    mov %rax, masked(%rip)

    place filled, 4
    mov secret(%rip), %eax
    or $0xff0000ff, %eax
    mov %eax, filled(%rip)

    place partly, 8
    mov secret(%rip), %rax
    mov %rax, partly(%rip)
    movw $0x1234, partly+2(%rip)

    place lowered, 8
    mov secret(%rip), %rax
    movb $1, %al
    mov %rax, lowered(%rip)

    place high, 4
    mov $0, %eax
    movb secret+5(%rip), %ah
    mov %eax, high(%rip)

    place widened, 16
    movsbq secret+6(%rip), %rax
    mov %rax, widened(%rip)
    movzwl secret+2(%rip), %eax
    mov %rax, widened+8(%rip)

    place summed, 8
    mov secret(%rip), %eax
    add secret+4(%rip), %eax
    mov %rax, summed(%rip)

    place multiplied, 8
    mov secret(%rip), %eax
    imul $77, %eax, %eax
    mov %rax, multiplied(%rip)

    place divided, 8
    movzwl secret(%rip), %eax
    xor %edx, %edx
    mov $10, %ecx
    div %ecx
    mov %eax, divided(%rip)
    mov %edx, divided+4(%rip)

    place shifted, 24
    mov secret(%rip), %rax
    shl $8, %rax
    mov %rax, shifted(%rip)
    mov secret(%rip), %rax
    shr $20, %rax
    mov %rax, shifted+8(%rip)
    mov secret(%rip), %eax
    rol $16, %eax
    mov %rax, shifted+16(%rip)

    place counted, 4
    movb secret+7(%rip), %cl
    mov $0x1234, %eax
    shl %cl, %eax
    mov %eax, counted(%rip)

    place swapped, 8
    mov secret(%rip), %rax
    bswap %rax
    mov %rax, swapped(%rip)

    place exchanged, 16
    mov secret(%rip), %rax
    mov secret+8(%rip), %rbx
    xchg %rax, %rbx
    mov %rax, exchanged(%rip)
    movq $0, exchanged+8(%rip)
    xchg %rbx, exchanged+8(%rip)

    place added, 8
    movl $1, added(%rip)
    mov secret(%rip), %eax
    xadd %eax, added(%rip)
    mov %eax, added+4(%rip)

    place chosen, 8
    mov secret(%rip), %rax
    mov $5, %ebx
    test %ebx, %ebx
    cmovnz %rax, %rbx
    mov %rbx, chosen(%rip)

    place deciding, 4
    mov $5, %ebx
    mov $6, %ecx
    cmpb $0, secret+8(%rip)
    cmove %ecx, %ebx
    mov %ebx, deciding(%rip)

    place addressed, 8
    mov secret(%rip), %eax
    lea 5(%rax), %rax
    mov %rax, addressed(%rip)

    place vector, 16
    movdqu secret(%rip), %xmm0
    movdqa %xmm0, %xmm1
    movups %xmm1, vector(%rip)

    by_vector vector_ciphered, pxor key(%rip), %xmm0

    by_vector vector_cleared, pxor %xmm0, %xmm0

    by_vector vector_summed, paddw key(%rip), %xmm0

    place unpacked, 16
    movdqu secret(%rip), %xmm0
    pxor %xmm1, %xmm1
    punpcklbw %xmm1, %xmm0
    movdqu %xmm0, unpacked(%rip)

    by_vector turned, pshufd $0x1b, %xmm0, %xmm0

    place moved, 16
    movd secret(%rip), %xmm0
    movdqu %xmm0, moved(%rip)

    place halves, 16
    movdqu key(%rip), %xmm0
    movhps secret(%rip), %xmm0
    movdqu %xmm0, halves(%rip)

    place masked_bits, 4
    pxor %xmm0, %xmm0
    movd secret(%rip), %xmm1
    pcmpgtb %xmm1, %xmm0
    pmovmskb %xmm0, %eax
    mov %eax, masked_bits(%rip)

    place overwritten, 8
    mov secret(%rip), %rax
    mov %rax, overwritten(%rip)
    movq $0, overwritten(%rip)

    place read_twice, 8
    mov bytes(%rip), %rax
    mov %rax, read_twice(%rip)

    .globl end
end:
    leave_long
    jmp finish
