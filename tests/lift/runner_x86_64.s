# SPDX-License-Identifier: GPL-2.0-or-later
# Executes one instruction on one state after the other: see machine.h. A byte comes in on stdin for
# a batch of jobs, and goes out on stdout when they are done.
        .include "runner.inc"

        .macro  window from, to         # copy the window's bytes; rsi and rdi are lost
        mov     \from, %rsi
        mov     \to, %rdi
        .irp    at, 0, 128, 256, 384
        vmovdqu \at(%rsi), %ymm0
        vmovdqu \at+32(%rsi), %ymm1
        vmovdqu \at+64(%rsi), %ymm2
        vmovdqu \at+96(%rsi), %ymm3
        vmovdqu %ymm0, \at(%rdi)
        vmovdqu %ymm1, \at+32(%rdi)
        vmovdqu %ymm2, \at+64(%rdi)
        vmovdqu %ymm3, \at+96(%rdi)
        .endr
        .endm

        .text
        .globl  _start
_start:
        mov     $SHARED, %edi
        mov     $SHARED_SIZE, %esi
        mov     $3, %edx                # read, write
        mov     $0x11, %r10d            # shared, fixed
        mov     $3, %r8d
        call    map
        mov     $DATA_PAGE, %edi
        mov     $0x1000, %esi
        mov     $0x32, %r10d            # private, fixed, anonymous
        mov     $-1, %r8
        call    map
        mov     $CODE_PAGE, %edi
        mov     $7, %edx
        call    map
        mov     $131, %eax              # sigaltstack
        lea     altstack(%rip), %rdi
        xor     %esi, %esi
        syscall
        .irp    signal, 4, 5, 7, 8, 11
        mov     $13, %eax               # rt_sigaction
        mov     $\signal, %edi
        lea     action(%rip), %rsi
        xor     %edx, %edx
        mov     $8, %r10d
        syscall
        .endr
        lea     after(%rip), %rax
        mov     %rax, SHARED_AFTER

batch:  xor     %eax, %eax              # read
        xor     %edi, %edi
        lea     byte(%rip), %rsi
        mov     $1, %edx
        syscall
        cmp     $1, %rax
        jne     end
        testl   $FLAG_CODE, SHARED_FLAGS
        jz      1f
        mov     $SHARED_CODE, %esi
        mov     $CODE_PAGE, %edi
        mov     $512, %ecx
        rep movsq
1:      mov     SHARED_N, %eax
        mov     %rax, left(%rip)
        movq    $SLOTS_IN, in(%rip)
        movq    $SLOTS_OUT, out(%rip)
        mov     %rsp, stack(%rip)

job:    subq    $1, left(%rip)
        js      done
        mov     in(%rip), %rsp
        lea     AT_WINDOW(%rsp), %rax
        window  %rax, $WINDOW
        testl   $FLAG_FPU, SHARED_FLAGS
        jz      1f
        fxrstor64 AT_FPU(%rsp)
1:      ldmxcsr AT_FPCR(%rsp)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        vmovdqu AT_VECTOR+32*\n(%rsp), %ymm\n
        .endr
        add     $AT_FLAGS, %rsp
        popfq                           # rsp is now 264 into the slot
        mov     0-264(%rsp), %rax
        mov     8-264(%rsp), %rcx
        mov     16-264(%rsp), %rdx
        mov     24-264(%rsp), %rbx
        mov     40-264(%rsp), %rbp
        mov     48-264(%rsp), %rsi
        mov     56-264(%rsp), %rdi
        mov     64-264(%rsp), %r8
        mov     72-264(%rsp), %r9
        mov     80-264(%rsp), %r10
        mov     88-264(%rsp), %r11
        mov     96-264(%rsp), %r12
        mov     104-264(%rsp), %r13
        mov     112-264(%rsp), %r14
        mov     120-264(%rsp), %r15
        mov     32-264(%rsp), %rsp
        jmp     *code(%rip)

after:  mov     %rsp, saved(%rip)       # the instruction's code goes on here
        mov     out(%rip), %rsp
        mov     %rax, 0(%rsp)
        mov     %rcx, 8(%rsp)
        mov     %rdx, 16(%rsp)
        mov     %rbx, 24(%rsp)
        mov     %rbp, 40(%rsp)
        mov     %rsi, 48(%rsp)
        mov     %rdi, 56(%rsp)
        mov     %r8, 64(%rsp)
        mov     %r9, 72(%rsp)
        mov     %r10, 80(%rsp)
        mov     %r11, 88(%rsp)
        mov     %r12, 96(%rsp)
        mov     %r13, 104(%rsp)
        mov     %r14, 112(%rsp)
        mov     %r15, 120(%rsp)
        lea     AT_FLAGS+8(%rsp), %rsp
        pushfq
        cld
        lea     -AT_FLAGS(%rsp), %rbx
        mov     stack(%rip), %rsp
        mov     saved(%rip), %rax
        mov     %rax, 32(%rbx)
        movq    $0, AT_SIGNAL(%rbx)
        movq    $0, AT_PC(%rbx)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        vmovdqu %ymm\n, AT_VECTOR+32*\n(%rbx)
        .endr
        stmxcsr AT_FPCR(%rbx)
        testl   $FLAG_FPU, SHARED_FLAGS
        jz      next
        fxsave64 AT_FPU(%rbx)
next:   lea     AT_WINDOW(%rbx), %rax
        window  $WINDOW, %rax
        addq    $SLOT_SIZE, in(%rip)
        addq    $SLOT_SIZE, out(%rip)
        jmp     job

done:   mov     stack(%rip), %rsp
        mov     $1, %eax                # write
        mov     $1, %edi
        lea     byte(%rip), %rsi
        mov     $1, %edx
        syscall
        jmp     batch

end:    mov     $60, %eax
        xor     %edi, %edi
        syscall

map:    mov     $9, %eax                # mmap
        xor     %r9d, %r9d
        syscall
        cmp     %rdi, %rax
        jne     bad
        ret
bad:    mov     $60, %eax
        mov     $3, %edi
        syscall

# The instruction got a signal: registers are in the context.
signal: cld
        mov     out(%rip), %rbx
        mov     %edi, %edi
        mov     %rdi, AT_SIGNAL(%rbx)
        .macro  context from, to
        mov     40+8*\from(%rdx), %rax
        mov     %rax, \to(%rbx)
        .endm
        context 13, 0
        context 14, 8
        context 12, 16
        context 11, 24
        context 15, 32
        context 10, 40
        context 9, 48
        context 8, 56
        .irp    n, 0,1,2,3,4,5,6,7
        context \n, (64+8*\n)
        .endr
        context 16, AT_PC
        context 17, AT_FLAGS
        mov     stack(%rip), %rsp
        jmp     next
restorer:
        mov     $15, %eax
        syscall

        .data
        .balign 8
action: .quad   signal
        .quad   0x4c000004              # siginfo, onstack, nodefer, restorer
        .quad   restorer
        .quad   0
altstack:
        .quad   room
        .quad   0
        .quad   0x10000
code:   .quad   CODE
        .bss
        .balign 64
in:     .skip   8
out:    .skip   8
left:   .skip   8
stack:  .skip   8
saved:  .skip   8
byte:   .skip   8
        .balign 64
room:   .skip   0x10000
