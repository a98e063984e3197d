/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As x86/label.s. */
    .include "common.inc"

main:
    adr x0, ready_text
    bl put_text
    address x19, got
    mov x21, #0
next:
    yield                               /* QEMU looks up from the guest here; nothing else makes it */
    mov x9, #UART
    ldr w10, [x9, #UART_FLAGS]
    tbnz w10, #4, next                  /* receive FIFO empty */
    ldr w20, [x9]
    strb w20, [x19, x21]
    add x21, x21, #1
    cmp x21, #3
    b.lo next
    ldrb w1, [x19, #1]
    strb w1, [x19, #8]                  /* copy */
    ldrb w1, [x19]
    ldrb w2, [x19, #2]
    eor w1, w1, w2
    strb w1, [x19, #16]                 /* mixed */

    add x22, x19, #24                   /* buffer */
    mov w5, #0x3344
    mov w6, #0x7788
    str w5, [x22]
    str w6, [x22, #4]                   /* what is stored before has no part in it */
    mov w0, #0x4941                     /* formats/hypercall.h */
    movk w0, #0x554c, lsl #16
    mov x1, #3
    add x2, x22, #2
    mov x3, #4
    hint #127
    ldr x5, [x22]
    str x5, [x22, #8]                   /* taken */
    mov x1, #4                          /* which labels has it? */
    add x2, x22, #8
    mov x3, #8
    hint #127
    str wzr, [x22]                      /* and these two bytes have lost theirs */
    b finish

ready_text: .asciz "ready\n"

    .data
    .balign 8
got:        .skip 8
copy:       .skip 8
mixed:      .skip 8
buffer:     .skip 8
taken:      .skip 8
    .text
