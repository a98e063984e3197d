/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two address spaces, ring 3, and the ways in and out of it: see spaces.facts. The two differ in
 * what lies behind the window's page 0. 64-bit code.
 */
    .include "common.inc"
    .include "long.inc"
    .include "window.inc"

    .set ROUNDS, 5
    .set STAR, 0xc0000081
    .set LSTAR, 0xc0000082
    .set SFMASK, 0xc0000084

    .code32
main:
    open_window
    movl $window_memory + 4096 * 0 + 7, window_table + 8 * 0
    movl $100, window_memory
    movl $200, window_memory + 4096
    call second_space
    call task_state
    gate64 0x80, system_gate, 3
    gate64 0x81, leave_user, 3
    enter_long
    mov $TSS, %eax
    ltr %ax
    mov $STAR, %ecx
    xor %eax, %eax
    mov $((USER32 | 3) << 16 | CODE64), %edx
    wrmsr
    mov $LSTAR, %ecx
    mov $system_call, %eax
    xor %edx, %edx
    wrmsr
    mov $SFMASK, %ecx
    mov $0x200, %eax
    wrmsr
    jmp begin

begin:
    mov $ROUNDS, %ecx               /* 5 */
    mov $page_map, %esi
    mov $second_map, %edi
    mov $WINDOW, %ebx
    xor %eax, %eax
round:                              /* 6 a round */
    mov %rdi, %cr3
    add (%rbx), %eax                /* 200 */
    mov %rsi, %cr3
    add (%rbx), %eax                /* 100 */
    dec %ecx
    jnz round
    mov %rsi, %cr3                  /* 3; the space stays the same */
    mov %eax, kernel_sum(%rip)
    mov $2, %r12d
enter_user:                         /* 8 each of the 2 times */
    push $(USERDATA | 3)
    mov $user_stack_top, %edx
    push %rdx
    push $2                         /* flags: interrupts off */
    push $(USER64 | 3)
    mov $user, %edx
    push %rdx
    iretq
left_user:
    mov %eax, user_sum(%rip)        /* 2 */
    mov %rsi, %cr3
end:
    leave_long
    report "kernel-sum", kernel_sum
    report "user-sum", user_sum
    report "system-calls", system_calls
    report "system-gates", system_gates
    jmp finish

    .code64
user:                               /* 2 + 3 * 3 + 2, in ring 3 */
    add (%rbx), %eax
    mov $3, %edx
1:  syscall
    dec %edx
    jnz 1b
    int $0x80
    int $0x81

system_call:                        /* 2 */
    incl system_calls(%rip)
    sysretq
system_gate:                        /* 2 */
    incl system_gates(%rip)
    iretq
leave_user:                         /* 4, then enter_user or left_user */
    add $40, %rsp
    mov %rdi, %cr3                  /* to the second space, the first time */
    dec %r12d
    jnz enter_user
    jmp left_user

    .code32
/* The second space: as the first, but page 1 of the window's memory behind its page 0. */
second_space:
    movl $second_pointers + 7, second_map
    movl $page_directory + 7, second_pointers
    movl $second_directory + 7, second_pointers + 8
    movl $second_table + 7, second_directory
    movl $window_memory + 4096 * 1 + 7, second_table
    ret

/* A task state segment that holds nothing but the stack to use in ring 0. */
task_state:
    movl $interrupt_stack_top, task_segment + 4
    mov $task_segment, %eax
    movw $103, gdt + TSS
    mov %ax, gdt + TSS + 2
    shr $16, %eax
    mov %al, gdt + TSS + 4
    movb $0x89, gdt + TSS + 5       /* present, available 64-bit task state */
    mov %ah, gdt + TSS + 7
    ret

    .data
kernel_sum:
    .long 0
user_sum:
    .long 0
system_calls:
    .long 0
system_gates:
    .long 0

    .bss
    .balign 4096
second_map:
    .skip 4096
second_pointers:
    .skip 4096
second_directory:
    .skip 4096
second_table:
    .skip 4096
task_segment:
    .skip 104
    .balign 16
    .skip 1024
interrupt_stack_top:
    .skip 1024
user_stack_top:
    .text
