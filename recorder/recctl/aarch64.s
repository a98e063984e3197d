// SPDX-License-Identifier: GPL-2.0-or-later
// recctl for AArch64 Linux: see README.md. Static, without a library.
        .globl  _start
        .text
_start: ldr     x19, [sp]               // argc
        ldp     x20, x21, [sp, #16]     // argv[1], argv[2]
        cmp     x19, #2
        b.lo    usage
        adr     x1, end
        mov     x0, x20
        bl      same
        cbz     x0, 1f
        cmp     x19, #2
        b.ne    usage
        mov     x1, #2
        bl      hypercall
        b       done
1:      adr     x1, begin
        mov     x0, x20
        bl      same
        cbz     x0, usage
        cmp     x19, #3
        b.ne    usage
        mov     x2, x21
        mov     x3, #0
2:      ldrb    w4, [x2, x3]
        cbz     w4, 3f
        add     x3, x3, #1
        b       2b
3:      mov     x1, #1
        bl      hypercall
        // The recorder stops the machine when it has heard; give it time to.
        adr     x0, pause
        mov     x1, #0
        mov     x8, #101                // nanosleep
        svc     #0
done:   mov     x0, #0
exit:   mov     x8, #93
        svc     #0
usage:  mov     x0, #2
        adr     x1, text
        mov     x2, #text_size
        mov     x8, #64                 // write
        svc     #0
        mov     x0, #2
        b       exit
hypercall:
        mov     w0, #0x4941
        movk    w0, #0x554c, lsl #16
        hint    #127
        ret
// Whether the strings at x0 and x1 are the same.
same:   ldrb    w4, [x0], #1
        ldrb    w5, [x1], #1
        cmp     w4, w5
        b.ne    differ
        cbnz    w4, same
        mov     x0, #1
        ret
differ: mov     x0, #0
        ret
        .balign 8
pause:  .quad   0, 100000000            // seconds, nanoseconds
begin:  .asciz  "begin"
end:    .asciz  "end"
text:   .ascii  "usage: recctl begin NAME | recctl end\n"
        .set    text_size, . - text
