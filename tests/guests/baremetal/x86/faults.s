/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions in the middle of straight code, whose handler mends the cause and tries again, or
 * steps over the instruction: see faults.facts. 64-bit code in ring 0.
 */
    .include "common.inc"
    .include "long.inc"
    .include "window.inc"

    .code32
main:
    open_window
    movl $window_memory + 4096 * 1 + 1, window_table + 8 * 1   /* page 1: read-only */
    movl $window_memory + 4096 * 2 + 3, window_table + 8 * 2   /* page 2: present */
    movl $35, window_memory
    movb $0xc3, window_memory + 4096 * 4                        /* ret */
    gate64 0, divide_error
    gate64 3, breakpoint
    gate64 6, invalid_opcode
    gate64 13, general_protection
    gate64 14, page_fault
    gate64 0x30, software
    enter_long
    jmp begin

/* The number behind an instruction is that of the instructions completed before it. An
 * instruction that faults does not complete; ud2, int3 and int count as QEMU counts them: done. */
begin:
    mov $WINDOW, %ebx               /* 0 */
    mov $7, %eax                    /* 1 */
load_faults:
    add (%rbx), %eax                /* 2: page fault, 10 in the handler, again at 12 */
    mov %eax, sum(%rip)             /* 13 */
    inc %eax                        /* 14 */
store_faults:
    mov %eax, 4096 + 4092(%rbx)     /* 15: page fault, read-only; again at 25 */
    mov $source, %esi               /* 26 */
    lea 4096 * 3 - 8(%rbx), %rdi    /* 27 */
    mov $16, %ecx                   /* 28 */
repeat_faults:
    rep movsb                       /* 29; its 9th byte at 37: page fault; again at 47 to 55 */
    lea 4096 * 4(%rbx), %rdx        /* 56 */
    call *%rdx                      /* 57; 58: page fault at the fetch of its target; ret at 68 */
    xor %ecx, %ecx                  /* 69 */
    nop                             /* 70 */
divide_faults:
    div %ecx                        /* 71: divide error, 3 in the handler, which steps over it */
    nop                             /* 74 */
opcode_faults:
    ud2                             /* 75; handler 76 to 78 */
    nop                             /* 79 */
breakpoint_traps:
    int3                            /* 80; handler 81, 82 */
    nop                             /* 83 */
software_interrupt:
    int $0x30                       /* 84; handler 85, 86 */
    mov $1, %eax                    /* 87 */
    shl $63, %rax                   /* 88 */
address_faults:
    mov (%rax), %dl                 /* 89: general protection, 4 in the handler, stepped over */
    nop                             /* 93 */
end:
    leave_long                      /* 94 instructions from begin to here */
    report "sum", sum
    report "page-faults", page_faults
    report "divide-errors", divide_errors
    report "invalid-opcodes", invalid_opcodes
    report "breakpoints", breakpoints
    report "software-interrupts", software_interrupts
    report "general-protections", general_protections
    jmp finish

    .code64
page_fault:                         /* 10 */
    push %rax
    mov %cr2, %rax
    invlpg (%rax)
    shr $12, %eax
    and $0x1ff, %eax
    orl $3, window_table(, %eax, 8)
    incl page_faults(%rip)
    pop %rax
    add $8, %rsp                    /* error code */
    iretq
divide_error:                       /* 3 */
    incl divide_errors(%rip)
    addq $2, (%rsp)
    iretq
invalid_opcode:                     /* 3 */
    incl invalid_opcodes(%rip)
    addq $2, (%rsp)
    iretq
breakpoint:                         /* 2 */
    incl breakpoints(%rip)
    iretq
software:                           /* 2 */
    incl software_interrupts(%rip)
    iretq
general_protection:                 /* 4 */
    incl general_protections(%rip)
    add $8, %rsp
    addq $2, (%rsp)
    iretq

    .data
sum:
    .long 0
page_faults:
    .long 0
divide_errors:
    .long 0
invalid_opcodes:
    .long 0
breakpoints:
    .long 0
software_interrupts:
    .long 0
general_protections:
    .long 0
source:
    .ascii "sixteen letters!"
