# SPDX-License-Identifier: GPL-2.0-or-later
# As runner_x86_64.s, for i386: registers lie in slots where the wider ones do.
        .include "runner.inc"

        .macro  window from, to
        mov     \from, %esi
        mov     \to, %edi
        .irp    at, 0, 128, 256, 384
        vmovdqu \at(%esi), %ymm0
        vmovdqu \at+32(%esi), %ymm1
        vmovdqu \at+64(%esi), %ymm2
        vmovdqu \at+96(%esi), %ymm3
        vmovdqu %ymm0, \at(%edi)
        vmovdqu %ymm1, \at+32(%edi)
        vmovdqu %ymm2, \at+64(%edi)
        vmovdqu %ymm3, \at+96(%edi)
        .endr
        .endm

        .text
        .globl  _start
_start:
        mov     $SHARED, %ebx
        mov     $SHARED_SIZE, %ecx
        mov     $3, %edx                # read, write
        mov     $0x11, %esi             # shared, fixed
        mov     $3, %edi
        call    map
        mov     $DATA_PAGE, %ebx
        mov     $0x1000, %ecx
        mov     $0x32, %esi             # private, fixed, anonymous
        mov     $-1, %edi
        call    map
        mov     $CODE_PAGE, %ebx
        mov     $7, %edx
        call    map
        mov     $186, %eax              # sigaltstack
        mov     $altstack, %ebx
        xor     %ecx, %ecx
        int     $0x80
        .irp    signal, 4, 5, 7, 8, 11
        mov     $174, %eax              # rt_sigaction
        mov     $\signal, %ebx
        mov     $action, %ecx
        xor     %edx, %edx
        mov     $8, %esi
        int     $0x80
        .endr
        movl    $after, SHARED_AFTER

batch:  mov     $3, %eax                # read
        xor     %ebx, %ebx
        mov     $byte, %ecx
        mov     $1, %edx
        int     $0x80
        cmp     $1, %eax
        jne     end
        testl   $FLAG_CODE, SHARED_FLAGS
        jz      1f
        mov     $SHARED_CODE, %esi
        mov     $CODE_PAGE, %edi
        mov     $1024, %ecx
        rep movsl
1:      mov     SHARED_N, %eax
        mov     %eax, left
        movl    $SLOTS_IN, in
        movl    $SLOTS_OUT, out
        mov     %esp, stack

job:    subl    $1, left
        js      done
        mov     in, %esp
        lea     AT_WINDOW(%esp), %eax
        window  %eax, $WINDOW
        testl   $FLAG_FPU, SHARED_FLAGS
        jz      1f
        fxrstor AT_FPU(%esp)
1:      ldmxcsr AT_FPCR(%esp)
        .irp    n, 0,1,2,3,4,5,6,7
        vmovdqu AT_VECTOR+32*\n(%esp), %ymm\n
        .endr
        add     $AT_FLAGS, %esp
        popfl                           # esp is now 260 into the slot
        mov     0-260(%esp), %eax
        mov     8-260(%esp), %ecx
        mov     16-260(%esp), %edx
        mov     24-260(%esp), %ebx
        mov     40-260(%esp), %ebp
        mov     48-260(%esp), %esi
        mov     56-260(%esp), %edi
        mov     32-260(%esp), %esp
        jmp     *code

after:  mov     %esp, saved
        mov     out, %esp
        mov     %eax, 0(%esp)
        mov     %ecx, 8(%esp)
        mov     %edx, 16(%esp)
        mov     %ebx, 24(%esp)
        mov     %ebp, 40(%esp)
        mov     %esi, 48(%esp)
        mov     %edi, 56(%esp)
        lea     AT_FLAGS+4(%esp), %esp
        pushfl
        cld
        lea     -AT_FLAGS(%esp), %ebx
        mov     stack, %esp
        mov     saved, %eax
        mov     %eax, 32(%ebx)
        movl    $0, AT_SIGNAL(%ebx)
        movl    $0, AT_PC(%ebx)
        .irp    n, 0,1,2,3,4,5,6,7
        vmovdqu %ymm\n, AT_VECTOR+32*\n(%ebx)
        .endr
        stmxcsr AT_FPCR(%ebx)
        testl   $FLAG_FPU, SHARED_FLAGS
        jz      next
        fxsave  AT_FPU(%ebx)
next:   lea     AT_WINDOW(%ebx), %eax
        window  $WINDOW, %eax
        addl    $SLOT_SIZE, in
        addl    $SLOT_SIZE, out
        jmp     job

done:   mov     stack, %esp
        mov     $4, %eax                # write
        mov     $1, %ebx
        mov     $byte, %ecx
        mov     $1, %edx
        int     $0x80
        jmp     batch

end:    mov     $1, %eax
        xor     %ebx, %ebx
        int     $0x80

map:    mov     $192, %eax              # mmap2
        xor     %ebp, %ebp
        int     $0x80
        cmp     %ebx, %eax
        jne     bad
        ret
bad:    mov     $1, %eax
        mov     $3, %ebx
        int     $0x80

# Arguments: signal, siginfo, context.
signal: cld
        mov     out, %ebx
        mov     4(%esp), %edi
        mov     12(%esp), %edx
        mov     %edi, AT_SIGNAL(%ebx)
        .macro  context from, to
        mov     20+4*\from(%edx), %eax
        mov     %eax, \to(%ebx)
        .endm
        context 11, 0
        context 10, 8
        context 9, 16
        context 8, 24
        context 7, 32
        context 6, 40
        context 5, 48
        context 4, 56
        context 14, AT_PC
        context 16, AT_FLAGS
        mov     stack, %esp
        jmp     next
restorer:
        mov     $173, %eax
        int     $0x80

        .data
        .balign 8
action: .long   signal
        .long   0x4c000004
        .long   restorer
        .quad   0
altstack:
        .long   room
        .long   0
        .long   0x10000
code:   .long   CODE
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
