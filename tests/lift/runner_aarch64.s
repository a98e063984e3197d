// SPDX-License-Identifier: GPL-2.0-or-later
// As runner_x86_64.s, for AArch64. Where no register is free, tpidr_el0 keeps one.
        .include "runner.inc"

        .macro  const reg, value
        movz    \reg, #((\value) & 0xffff)
        movk    \reg, #((\value) >> 16), lsl #16
        .endm
        .macro  window                  // from x1 to x2
        .irp    at, 0, 128, 256, 384
        ldp     q0, q1, [x1, #\at]
        ldp     q2, q3, [x1, #\at + 32]
        ldp     q4, q5, [x1, #\at + 64]
        ldp     q6, q7, [x1, #\at + 96]
        stp     q0, q1, [x2, #\at]
        stp     q2, q3, [x2, #\at + 32]
        stp     q4, q5, [x2, #\at + 64]
        stp     q6, q7, [x2, #\at + 96]
        .endr
        .endm
        .macro  each_x what, base
        \what   x2, x3, [\base, #16]
        .irp    n, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
        pair    \what, \n, \base
        .endr
        .endm
        .altmacro
        .macro  pair what, n, base
        pair_of \what, \n, %(\n + 1), \base
        .endm
        .macro  pair_of what, n, m, base
        \what   x\n, x\m, [\base, #8 * \n]
        .endm
        .macro  each_q what, base
        .irp    n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
        pair_q  \what, \n, \base
        .endr
        .endm
        .macro  pair_q what, n, base
        pair_qof \what, \n, %(\n + 1), \base
        .endm
        .macro  pair_qof what, n, m, base
        \what   q\n, q\m, [\base, #AT_VECTOR + 16 * \n]
        .endm

        .text
        .globl  _start
_start:
        const   x0, SHARED
        const   x1, SHARED_SIZE
        mov     x2, #3                  // read, write
        mov     x3, #0x11               // shared, fixed
        mov     x4, #3
        bl      map
        const   x0, DATA_PAGE
        mov     x1, #0x1000
        mov     x3, #0x32               // private, fixed, anonymous
        mov     x4, #-1
        bl      map
        const   x0, CODE_PAGE
        mov     x2, #7
        bl      map
        mov     x8, #132                // sigaltstack
        ldr     x0, =altstack
        mov     x1, #0
        svc     #0
        .irp    signal, 4, 5, 7, 8, 11
        mov     x8, #134                // rt_sigaction
        mov     x0, #\signal
        ldr     x1, =action
        mov     x2, #0
        mov     x3, #8
        svc     #0
        .endr
        const   x0, SHARED
        ldr     x1, =after
        str     x1, [x0, #8]

batch:  mov     x8, #63                 // read
        mov     x0, #0
        ldr     x1, =byte
        mov     x2, #1
        svc     #0
        cmp     x0, #1
        b.ne    end
        const   x4, SHARED
        ldr     w0, [x4, #4]
        tbz     w0, #0, 2f
        const   x1, SHARED_CODE
        const   x2, CODE_PAGE
        mov     x3, #8
1:      window
        add     x1, x1, #512
        add     x2, x2, #512
        subs    x3, x3, #1
        b.ne    1b
        const   x2, CODE                // as QEMU needs it not, but a processor
        dc      cvau, x2
        dsb     ish
        ic      ivau, x2
        dsb     ish
        isb
2:      ldr     x5, =vars
        ldr     w0, [x4]
        const   x1, SLOTS_IN
        const   x2, SLOTS_OUT
        str     x0, [x5]
        stp     x1, x2, [x5, #8]
        mov     x0, sp
        str     x0, [x5, #24]

job:    ldr     x5, =vars
        ldr     x0, [x5]
        subs    x0, x0, #1
        b.mi    done
        str     x0, [x5]
        ldr     x30, [x5, #8]
        add     x1, x30, #AT_WINDOW
        const   x2, WINDOW
        window
        each_q  ldp, x30
        ldr     x0, [x30, #AT_FPCR]
        msr     fpcr, x0
        ldr     x0, [x30, #AT_FPSR]
        msr     fpsr, x0
        ldr     x0, [x30, #AT_FLAGS]
        msr     nzcv, x0
        ldr     x0, [x30, #248]
        mov     sp, x0
        clrex
        each_x  ldp, x30
        ldp     x0, x1, [x30]
        ldr     x30, [x30, #240]
        b       code                    // an address that the linker is told: CODE

after:  msr     tpidr_el0, x30          // the instruction's code goes on here
        ldr     x30, =vars
        ldr     x30, [x30, #16]
        stp     x0, x1, [x30]
        each_x  stp, x30
        mrs     x0, tpidr_el0
        mov     x1, sp
        stp     x0, x1, [x30, #240]
        mrs     x0, nzcv
        str     x0, [x30, #AT_FLAGS]
        str     xzr, [x30, #AT_PC]
        str     xzr, [x30, #AT_SIGNAL]
        mrs     x0, fpcr
        str     x0, [x30, #AT_FPCR]
        mrs     x0, fpsr
        str     x0, [x30, #AT_FPSR]
        each_q  stp, x30
        ldr     x5, =vars
        ldr     x0, [x5, #24]
        mov     sp, x0
next:   const   x1, WINDOW
        add     x2, x30, #AT_WINDOW
        window
        ldp     x0, x1, [x5, #8]
        add     x0, x0, #SLOT_SIZE
        add     x1, x1, #SLOT_SIZE
        stp     x0, x1, [x5, #8]
        b       job

done:   mov     x8, #64                 // write
        mov     x0, #1
        ldr     x1, =byte
        mov     x2, #1
        svc     #0
        b       batch

end:    mov     x0, #0
        b       out
map:    mov     x8, #222                // mmap
        mov     x5, #0
        mov     x6, x0
        svc     #0
        cmp     x0, x6
        b.ne    bad
        ret
bad:    mov     x0, #3
out:    mov     x8, #93
        svc     #0

// x0: signal, x2: context
signal: ldr     x5, =vars
        ldr     x30, [x5, #16]
        str     x0, [x30, #AT_SIGNAL]
        add     x3, x2, #184            // x0 .. x30, sp, pc, pstate
        mov     x4, x30
        mov     x6, #32
1:      ldr     x7, [x3], #8
        str     x7, [x4], #8
        subs    x6, x6, #1
        b.ne    1b
        ldp     x7, x8, [x3]
        str     x7, [x30, #AT_PC]
        str     x8, [x30, #AT_FLAGS]
        ldr     x0, [x5, #24]
        mov     sp, x0
        b       next

        .data
        .balign 8
action: .quad   signal
        .quad   0x48000004              // siginfo, onstack, nodefer
        .quad   0
        .quad   0
altstack:
        .quad   room
        .quad   0
        .quad   0x10000
        .bss
        .balign 64
vars:   .skip   64                      // left, in, out, stack
byte:   .skip   8
        .balign 64
room:   .skip   0x10000
