/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two address spaces, EL0, and the ways in and out of it: see spaces.facts. The two differ in what
 * lies behind the window's page 0; its page 1 is the user's code.
 */
    .include "common.inc"
    .include "window.inc"
    .include "second.inc"

    .set ROUNDS, 5

main:
    bl build_window
    set_page 0, PAGE_USER, 0
    set_page 1, PAGE_USER_CODE, 2
    set_page 0, PAGE_USER, 1, second_table
    set_page 1, PAGE_USER_CODE, 2, second_table
    build_second
    adrp x9, window_memory
    mov w10, #100
    str w10, [x9]
    add x9, x9, #4096
    mov w10, #200
    str w10, [x9]
    add x9, x9, #4096               /* the user's code into the window's memory */
    adr x10, user
    adr x11, user_end
1:  ldr w12, [x10], #4
    str w12, [x9]
    dc cvau, x9
    dsb ish
    ic ivau, x9
    add x9, x9, #4
    cmp x10, x11
    b.ne 1b
    address x9, vectors
    msr vbar_el1, x9
    mov x20, #0
    adrp x2, page_map
    orr x2, x2, #1 << 48            /* ASID 1 */
    adrp x3, second_map
    orr x3, x3, #2 << 48            /* ASID 2 */
    msr ttbr0_el1, x2
    dsb ish
    isb
    b begin

begin:
    mov w9, #ROUNDS                 /* 3 */
    mov x1, #WINDOW
    mov w0, #0
round:                              /* 10 a round */
    msr ttbr0_el1, x3
    isb
    ldr w4, [x1]
    add w0, w0, w4                  /* 200 */
    msr ttbr0_el1, x2
    isb
    ldr w4, [x1]
    add w0, w0, w4                  /* 100 */
    subs w9, w9, #1
    b.ne round
    msr ttbr0_el1, x2               /* 4; the space stays the same */
    isb
    mov w21, w0
    mov w8, #2
enter_user:                         /* 5 each of the 2 times */
    add x5, x1, #1, lsl #12
    msr elr_el1, x5
    mov x6, #0x3c0                  /* EL0, interrupts masked */
    msr spsr_el1, x6
    eret
left_user:
    msr ttbr0_el1, x2               /* 2 */
    isb
end:
    address x9, counts
    str x21, [x9]
    str x0, [x9, #8]
    str x20, [x9, #16]
    report "kernel-sum", counts
    report "user-sum", counts + 8
    report "system-calls", counts + 16
    b finish

user:                               /* 3 + 3 * 3 + 1, at EL0, in the window */
    ldr w4, [x1]
    add w0, w0, w4
    mov w7, #3
1:  svc #1
    subs w7, w7, #1
    b.ne 1b
    svc #2
user_end:

from_user:                          /* svc #1: the vector's 1, and 4 */
    mrs x10, esr_el1
    tbnz w10, #1, leave_user
    add x20, x20, #1
    eret
leave_user:                         /* svc #2: 1, 2, and 5, then enter_user or left_user */
    msr ttbr0_el1, x3               /* to the second space, the first time */
    isb
    subs w8, w8, #1
    b.ne enter_user
    b left_user

    .balign 2048
vectors:
    .rept 8
    vector unexpected
    .endr
    vector from_user
    .rept 7
    vector unexpected
    .endr

    .data
    .balign 8
counts:
    .skip 24
    .text
