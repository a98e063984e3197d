/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions in the middle of straight code, whose handler mends the cause and tries again, or
 * steps over the instruction: see faults.facts.
 */
    .include "common.inc"
    .include "window.inc"

main:
    bl build_window
    set_page 1, PAGE_READ_ONLY, 1
    set_page 2, PAGE, 2
    adrp x9, window_memory
    mov w10, #35
    str w10, [x9]
    ldr w10, ret_instruction
    adrp x9, window_memory + 4096 * 4
    str w10, [x9]
    dc cvau, x9
    dsb ish
    ic ivau, x9
    dsb ish
    isb
    address x9, vectors
    msr vbar_el1, x9
    isb
    mov x20, #0
    mov x21, #0
    mov x22, #0
    mov x23, #0
    b begin
ret_instruction:
    ret

/* The number behind an instruction is that of the instructions completed before it. An
 * instruction that aborts does not complete; svc, brk and udf count as QEMU counts them: done. */
begin:
    mov x1, #WINDOW                 /* 0 */
    mov w0, #7                      /* 1 */
load_faults:
    ldr w2, [x1]                    /* 2: abort, 24 in the handler, again at 26 */
    add w0, w0, w2                  /* 27 */
store_faults:
    str w0, [x1, #4096 + 4092]      /* 28: abort, read-only; again at 52 */
    add x3, x1, #3, lsl #12         /* 53 */
    sub x3, x3, #8                  /* 54 */
pair_faults:
    stp x4, x5, [x3]                /* 55: its second half aborts; again at 79 */
    add x6, x1, #4, lsl #12         /* 80 */
    blr x6                          /* 81; 82: abort at the fetch of its target; ret at 106 */
    nop                             /* 107 */
call_traps:
    svc #0                          /* 108; handler 109 to 120 */
    nop                             /* 121 */
breakpoint_traps:
    brk #0                          /* 122; 18 in the handler, 123 to 140, which steps over it */
    nop                             /* 141 */
undefined_traps:
    udf #0                          /* 142; 19 in the handler, 143 to 161, stepped over */
    nop                             /* 162 */
end:                                /* 163 instructions from begin to here */
    address x9, counts
    str x0, [x9]
    str x20, [x9, #8]
    str x21, [x9, #16]
    str x22, [x9, #24]
    str x23, [x9, #32]
    report "sum", counts
    report "aborts", counts + 8
    report "system-calls", counts + 16
    report "breakpoints", counts + 24
    report "undefined", counts + 32
    b finish

synchronous:                        /* from the vector: 1 */
    stp x10, x11, [sp, #-16]!       /* 6 to the first branch, included */
    stp x12, x13, [sp, #-16]!
    mrs x10, esr_el1
    lsr x10, x10, #26               /* exception class */
    cmp x10, #0x15
    b.eq 1f
    cmp x10, #0x3c                  /* 2 */
    b.eq 2f
    cbz x10, 3f                     /* 1 */
    add x20, x20, #1                /* an abort: 11, and 3 to return */
    mrs x11, far_el1
    ubfx x11, x11, #12, #9
    adrp x12, window_table
    ldr x13, [x12, x11, lsl #3]
    orr x13, x13, #1                /* valid */
    and x13, x13, #~0x80            /* writable */
    str x13, [x12, x11, lsl #3]
    tlbi vmalle1
    dsb ish
    isb
resume:
    ldp x12, x13, [sp], #16
    ldp x10, x11, [sp], #16
    eret
1:  add x21, x21, #1                /* svc: 2 and 3 */
    b resume
2:  add x22, x22, #1                /* brk: 2, 4 and 3 */
    b step_over
3:  add x23, x23, #1                /* udf: the same */
    b step_over
step_over:
    mrs x10, elr_el1
    add x10, x10, #4
    msr elr_el1, x10
    b resume

    .balign 2048
vectors:
    .rept 4
    vector unexpected
    .endr
    vector synchronous
    .rept 11
    vector unexpected
    .endr

    .data
    .balign 8
counts:
    .skip 40
