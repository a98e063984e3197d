@ SPDX-License-Identifier: GPL-2.0-or-later
@ As runner_x86_64.s, for 32-bit Arm, A32 and T32: registers lie in slots where the wider ones do. No
@ register is free behind the instruction: a thread register of programs keeps one.
        .include "runner.inc"
        .syntax unified
        .arch   armv7-a

        .macro  window                  @ from r1 to r2
        mov     r12, #16
1:      ldmia   r1!, {r3-r10}
        stmia   r2!, {r3-r10}
        subs    r12, r12, #1
        bne     1b
        .endm
        .macro  go      where           @ r14: the slot
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
        ldr     r\n, [r14, #8 * \n]
        .endr
        ldr     r14, [r14, #112]
        ldr     pc, \where
        .endm

        .text
        .globl  _start
_start:
        ldr     r0, =SHARED
        ldr     r1, =SHARED_SIZE
        mov     r2, #3                  @ read, write
        mov     r3, #0x11               @ shared, fixed
        mov     r4, #3
        bl      map
        ldr     r0, =DATA_PAGE
        mov     r1, #0x1000
        mov     r3, #0x32               @ private, fixed, anonymous
        mvn     r4, #0
        bl      map
        ldr     r0, =CODE_PAGE
        mov     r2, #7
        bl      map
        mov     r7, #186                @ sigaltstack
        ldr     r0, =altstack
        mov     r1, #0
        svc     #0
        .irp    signal, 4, 5, 7, 8, 11
        mov     r7, #174                @ rt_sigaction
        mov     r0, #\signal
        ldr     r1, =action
        mov     r2, #0
        mov     r3, #8
        svc     #0
        .endr
        ldr     r0, =SHARED_AFTER
        ldr     r1, =after
        str     r1, [r0]

batch:  mov     r7, #3                  @ read
        mov     r0, #0
        ldr     r1, =byte
        mov     r2, #1
        svc     #0
        cmp     r0, #1
        bne     end
        ldr     r11, =SHARED_FLAGS
        ldr     r11, [r11]
        tst     r11, #FLAG_CODE
        beq     3f
        ldr     r1, =SHARED_CODE
        ldr     r2, =CODE_PAGE
        mov     r11, #8
2:      window
        subs    r11, r11, #1
        bne     2b
3:      ldr     r5, =vars
        ldr     r0, =SHARED_N
        ldr     r0, [r0]
        ldr     r1, =SLOTS_IN
        ldr     r2, =SLOTS_OUT
        stmia   r5, {r0, r1, r2, sp}

job:    ldr     r0, =vars
        ldr     r1, [r0]
        subs    r1, r1, #1
        bmi     done
        str     r1, [r0]
        ldr     r14, [r0, #4]
        ldr     r1, =AT_WINDOW
        add     r1, r14, r1
        ldr     r2, =WINDOW
        window
        ldr     r0, =SHARED_FLAGS
        ldr     r0, [r0]
        ldr     r1, [r14, #AT_FLAGS]
        tst     r0, #FLAG_THUMB
        bne     thumb
        msr     cpsr_f, r1
        go      a32
thumb:  msr     cpsr_f, r1
        go      t32
a32:    .word   CODE
t32:    .word   CODE + 1

after:  mcr     p15, 0, r14, c13, c0, 2 @ the instruction's code goes on here
        ldr     r14, =vars
        ldr     r14, [r14, #8]
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
        str     r\n, [r14, #8 * \n]
        .endr
        mrs     r1, cpsr
        mrc     p15, 0, r0, c13, c0, 2
        str     r0, [r14, #112]
        str     r1, [r14, #AT_FLAGS]
        mov     r0, #0
        str     r0, [r14, #AT_PC]
        str     r0, [r14, #AT_SIGNAL]
next:   ldr     r1, =WINDOW             @ r14: the slot
        ldr     r2, =AT_WINDOW
        add     r2, r14, r2
        window
        ldr     r0, =vars
        ldr     sp, [r0, #12]
        ldmib   r0, {r1, r2}
        add     r1, r1, #SLOT_SIZE
        add     r2, r2, #SLOT_SIZE
        stmib   r0, {r1, r2}
        b       job

done:   mov     r7, #4                  @ write
        mov     r0, #1
        ldr     r1, =byte
        mov     r2, #1
        svc     #0
        b       batch

end:    mov     r0, #0
        b       out
map:    mov     r7, #192                @ mmap2
        mov     r5, #0
        mov     r6, r0
        svc     #0
        cmp     r0, r6
        bxeq    lr
        mov     r0, #3
out:    mov     r7, #1
        svc     #0

@ r0: signal, r2: context
signal: ldr     r14, =vars
        ldr     r14, [r14, #8]
        str     r0, [r14, #AT_SIGNAL]
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
        ldr     r1, [r2, #32 + 4 * \n]
        str     r1, [r14, #8 * \n]
        .endr
        ldr     r1, [r2, #92]
        str     r1, [r14, #AT_PC]
        ldr     r1, [r2, #96]
        str     r1, [r14, #AT_FLAGS]
        b       next
restorer:
        mov     r7, #173
        svc     #0
        .ltorg

        .data
        .balign 8
action: .word   signal
        .word   0x4c000004              @ siginfo, onstack, nodefer, restorer
        .word   restorer
        .quad   0
altstack:
        .word   room
        .word   0
        .word   0x10000
        .bss
        .balign 64
vars:   .skip   64                      @ left, in, out, stack
byte:   .skip   8
        .balign 64
room:   .skip   0x10000
