/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where pages are, and how that changes: ways to say so to the processor, accesses that reach into
 * another page, a device. See pages.facts.
 */
    .include "common.inc"
    .include "window.inc"
    .include "second.inc"

main:
    bl build_window
    set_page 0, PAGE, 0
    set_page 1, PAGE, 1
    set_page 0, PAGE, 4, second_table
    set_page 1, PAGE, 5, second_table
    build_second
    dsb ish
    isb
    adrp x9, window_memory
    mov w10, #1
1:  str w10, [x9]
    add x9, x9, #4096
    lsl w10, w10, #1
    cmp w10, #64
    b.ne 1b
    mov x20, #0
    adrp x22, page_map
    adrp x2, second_map
    orr x2, x2, #1 << 48            /* ASID 1 */
    mov x3, #UART
    b begin

begin:
    mov x1, #WINDOW                 /* 3 */
    add x5, x1, #4094
    mov w21, #2
round:                              /* twice: the second time no code is new */
    set_page 0, PAGE, 0             /* 16, and 5 of look each time */
    set_page 1, PAGE, 1
    msr ttbr0_el1, x22
    dsb ish
    tlbi vmalle1
    dsb ish
    isb
    bl look
    set_page 0, PAGE, 2             /* 11 */
    dsb ish
    lsr x9, x1, #12
    tlbi vae1, x9
    dsb ish
    isb
    bl look
    set_page 0, PAGE, 3             /* 10 */
    dsb ish
    tlbi vmalle1
    dsb ish
    isb
    bl look
    set_page 1, PAGE, 5             /* 12: the second page only */
    dsb ish
    add x9, x1, #4096
    lsr x9, x9, #12
    tlbi vaae1is, x9
    dsb ish
    isb
    bl look
    msr ttbr0_el1, x2               /* 3 */
    isb
    bl look
of_device:
    ldr w4, [x3, #UART_FLAGS]       /* 3 */
    subs w21, w21, #1
    b.ne round
end:
    address x9, sum
    str x20, [x9]
    report "sum", sum
    b finish

look:
    ldr w4, [x1]
    add w20, w20, w4
reads_across:
    ldr w6, [x5]
writes_across:
    str w6, [x5]
    ret

    .data
    .balign 8
sum:
    .skip 8
    .text
