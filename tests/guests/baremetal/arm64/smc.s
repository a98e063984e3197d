/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that writes into itself, with the cache maintenance that the architecture asks for: see
 * smc.facts.
 */
    .include "common.inc"

/* Store instruction word w1 at x0 and make it be executed: 6 instructions. */
    .macro patch
    str w1, [x0]
    dc cvau, x0
    dsb ish
    ic ivau, x0
    dsb ish
    isb
    .endm

main:
    address x20, results
    b begin

begin:
    /* The next instruction: adds 5, not 1. */
    adr x0, patched_next            /* 3 + 6 + 3 */
    ldr w1, add_5
    mov x2, #0
    patch
patched_next:
    add x2, x2, #1
    str x2, [x20]
    b 1f
1:
    /* The instruction that ran before, in the same block: the second round runs it. 1 + 5. */
    adr x0, patched_own             /* 4 + 10 + 3 + 2 */
    ldr w1, add_5
    mov w3, #2
    mov x2, #0
patched_own:
    add x2, x2, #1
    subs w3, w3, #1
    b.eq 1f
    patch
    b patched_own
1:  str x2, [x20, #8]
    b 1f
1:
    /* A loop that writes its operand anew in each round: 1 + 2 + ... + 10. */
    adr x0, patched_loop            /* 5 + 10 * 10 + 2 */
    ldr w1, add_1
    mov w4, #1 << 10                /* one more in the operand of add */
    mov w3, #10
    mov x2, #0
patch_loop:
    patch
patched_loop:
    add x2, x2, #0
    add w1, w1, w4
    subs w3, w3, #1
    b.ne patch_loop
    str x2, [x20, #16]
    b 1f
1:
    /* Code made in data, called, changed, called again: 3 + 4. */
    address x0, made                /* 3 + 6 + 3 + 6 */
    ldr w1, set_3
    patch
    add x0, x0, #4
    ldr w1, return
    nop
    patch
    address x5, made                /* 3, its 2, 1 */
    blr x5
    mov x6, x2
    address x0, made                /* 4 + 6 */
    ldr w1, set_3
    add w1, w1, #1 << 5
    patch
    blr x5                          /* 1, its 2, 2 */
    add x6, x6, x2
    str x6, [x20, #24]
end:
    report "next", results
    report "own", results + 8
    report "loop", results + 16
    report "made", results + 24
    b finish

add_1:
    add x2, x2, #1
add_5:
    add x2, x2, #5
set_3:
    mov x2, #3
return:
    ret

    .data
    .balign 64
results:
    .skip 32
    .balign 64
made:
    .skip 64
