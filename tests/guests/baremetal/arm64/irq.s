/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timer interrupts, device registers in the middle of straight code, wfi: see irq.facts.
 */
    .include "common.inc"

    .set DISTRIBUTOR, 0x08000000    /* GIC, version 2 */
    .set CPU_INTERFACE, 0x08010000
    .set VIRTUAL_TIMER, 27          /* its interrupt */
    .set PERIOD, 62500              /* of its ticks: a millisecond */
    .set TICKS, 20

main:
    mov x19, #0                     /* ticks */
    mov x20, #0                     /* halts */
    mov x1, #DISTRIBUTOR
    mov x2, #CPU_INTERFACE
    mov w9, #1
    str w9, [x1]                    /* enable */
    mov w9, #1 << VIRTUAL_TIMER
    str w9, [x1, #0x100]            /* enable that interrupt */
    mov w9, #0xf0
    str w9, [x2, #4]                /* let all priorities pass */
    mov w9, #1
    str w9, [x2]
    address x9, vectors
    msr vbar_el1, x9
    mov x3, #UART
    mov w11, #PERIOD & 0xffff
    b begin

begin:
    /* Straight code with accesses to devices at its start and in its middle, run three times: the
     * emulator, which must stop at such an access, meets it untranslated and translated. */
    mov w9, #3                      /* 2 + 3 * 9 */
    mov x0, #0
mmio_round:
    ldr w4, [x1, #8]                /* the distributor's identification: a constant */
    add x5, x5, #1
mmio_middle:
    ldr w6, [x1, #8]
    sub x5, x5, #1
    eor w4, w4, w6
    add x0, x0, x4                  /* adds nothing */
    ldr w7, [x3, #UART_FLAGS]
    subs w9, w9, #1
    b.ne mmio_round
counted_end:                        /* 29 instructions from begin to here */

    /* Interrupts while running: until TICKS / 2 were seen. */
    msr cntv_tval_el0, x11
    mov w9, #1
    msr cntv_ctl_el0, x9
    isb
    msr daifclr, #2
1:  cmp x19, #TICKS / 2
    b.lo 1b
    msr daifset, #2
    /* Interrupts while halted, until all were seen: wfi wakes for a masked interrupt, which is
     * taken when it is let through. */
2:  cmp x19, #TICKS
    b.hs 3f
halt:
    wfi
    add x20, x20, #1
    msr daifclr, #2
    isb
    msr daifset, #2
    b 2b
3:  msr cntv_ctl_el0, xzr
end:
    address x9, counts
    str x19, [x9]
    str x20, [x9, #8]
    str x0, [x9, #16]
    report "ticks", counts
    report "halts", counts + 8
    report "mmio-difference", counts + 16
    b finish

tick:                               /* the vector's 1, and 5 */
    ldr w12, [x2, #12]              /* acknowledge */
    add x19, x19, #1
    msr cntv_tval_el0, x11          /* the next one */
    str w12, [x2, #16]              /* end of interrupt */
    eret

    .balign 2048
vectors:
    .rept 5
    vector unexpected
    .endr
    vector tick
    .rept 10
    vector unexpected
    .endr

    .data
    .balign 8
counts:
    .skip 24
