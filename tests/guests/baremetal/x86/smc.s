/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that writes into itself: see smc.facts. x86 executes what was written from the next
 * instruction on, also within what an emulator translated as one block. 32-bit code, paging off.
 */
    .include "common.inc"

main:
    jmp begin

begin:
    /* The store changes the next instruction, in the same block: adds 5, not 1. */
    mov $0, %eax                    /* 5 instructions to the jump, included */
patch_next:
    movb $5, patched_next + 2
patched_next:
    add $1, %eax
    mov %eax, next_result
    jmp 1f
1:
    /* The store changes what ran before it in its block: the second round runs it. 1 + 10. */
    mov $2, %ecx                    /* 2 + 5 + 3 + 2 */
    mov $0, %eax
patched_own:
    add $1, %eax
    dec %ecx
    jz 1f
patch_own:
    movb $10, patched_own + 2
    jmp patched_own
1:  mov %eax, own_result
    jmp 1f
1:
    /* The call is the last instruction of its block and pushes its return address into the first:
     * %ebx is 17 in the first round, the address in the second, whose call changes nothing. */
    mov %esp, %ebp                  /* 2 + 2 * (3 + 3) + 5 */
    mov $2, %ecx
patched_by_call:
    mov $17, %ebx
    mov $patched_by_call + 5, %esp
patch_by_call:
    call 1f
pushed_address:
1:  nop
    dec %ecx
    jnz patched_by_call
    mov %ebp, %esp
    sub $pushed_address, %ebx
    inc %ebx                        /* 1 when all went well */
    mov %ebx, call_result
    jmp 1f
1:
    /* A loop that writes its operand anew in each round: 1 + 2 + ... + 10. */
    mov $10, %ecx                   /* 3 + 10 * 5 + 2 */
    mov $0, %eax
    mov $1, %edx
patch_loop:
    mov %dl, patched_loop + 2
patched_loop:
    add $0, %eax
    inc %edx
    dec %ecx
    jnz patch_loop
    mov %eax, loop_result
    jmp 1f
1:
    /* A repeated store over the code right behind it: four times inc %eax become nop. */
    mov $0x90, %eax                 /* 3 + 5 + 4 + 1 */
    mov $patched_by_repeat, %edi
    mov $4, %ecx
patch_by_repeat:
    rep stosb
patched_by_repeat:
    inc %eax
    inc %eax
    inc %eax
    inc %eax
    mov %eax, repeat_result
    /* Code made in data, called, changed, called again: 3 + 4. */
    movb $0xb8, made                /* 3, call, 2, 2, call, 2, 1: mov $3, %eax; ret */
    movl $3, made + 1
    movb $0xc3, made + 5
    call made
    mov %eax, made_result
    incb made + 1
    call made
    add %eax, made_result
end:
    report "next", next_result
    report "own", own_result
    report "call", call_result
    report "loop", loop_result
    report "repeat", repeat_result
    report "made", made_result
    jmp finish

    .data
next_result:
    .long 0
own_result:
    .long 0
call_result:
    .long 0
loop_result:
    .long 0
repeat_result:
    .long 0
made_result:
    .long 0
    .balign 64
made:
    .skip 64
