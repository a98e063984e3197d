# SPDX-License-Identifier: GPL-2.0-or-later
# recctl for x86-64 Linux: see README.md. Static, without a library.
        .intel_syntax noprefix
        .globl  _start
        .text
_start: mov     r12, [rsp]              # argc
        mov     r13, [rsp + 16]         # argv[1]
        mov     r14, [rsp + 24]         # argv[2]
        cmp     r12, 2
        jb      usage
        cmp     dword ptr [r13], 0x646e65       # "end"
        jne     1f
        cmp     r12, 2
        jne     usage
        mov     ecx, 2
        call    hypercall
        jmp     done
1:      cmp     dword ptr [r13], 0x69676562     # "begi"
        jne     usage
        cmp     word ptr [r13 + 4], 0x6e        # "n"
        jne     usage
        cmp     r12, 3
        jne     usage
        mov     rdi, r14
        xor     esi, esi
2:      cmp     byte ptr [rdi + rsi], 0
        je      3f
        inc     rsi
        jmp     2b
3:      mov     ecx, 1
        call    hypercall
        # The recorder stops the machine when it has heard; give it time to.
        mov     eax, 35                 # nanosleep
        lea     rdi, pause[rip]
        xor     esi, esi
        syscall
done:   xor     edi, edi
exit:   mov     eax, 60
        syscall
usage:  mov     eax, 1
        mov     edi, 2
        lea     rsi, text[rip]
        mov     edx, offset text_size
        syscall
        mov     edi, 2
        jmp     exit
hypercall:
        mov     eax, 0x554c4941
        cpuid
        ret
        .section .rodata
pause:  .quad   0, 100000000            # seconds, nanoseconds
text:   .ascii  "usage: recctl begin NAME | recctl end\n"
        .set    text_size, . - text
