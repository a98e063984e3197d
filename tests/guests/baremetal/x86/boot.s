/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk to boot from: the first sector of the image, started by the firmware in real mode. It
 * reads eight sectors behind it through the firmware, prints their sum, writes them back with all
 * bits turned, reads them again and prints that sum. 16-bit code. No facts but its output, which
 * follows from the image: the sums of its 32-bit words.
 */
    .set COM1, 0x3f8
    .set SECTORS, 8
    .set BUFFER, 0x8000

    .code16
    .text
    .globl start
start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $start, %sp
    sti
    mov %dl, drive
    call read
    call print_sum
    mov $(SECTORS * 128), %cx
    mov $BUFFER, %di
1:  notl (%di)
    add $4, %di
    loop 1b
    mov $0x4300, %ax            /* write */
    call transfer
    mov $(SECTORS * 128), %cx
    mov $BUFFER, %di
    xor %eax, %eax
    rep stosl
    call read
    call print_sum
finish:
    mov $0x604, %dx             /* PIIX4 power management: soft off */
    mov $0x2000, %ax
    out %ax, %dx
1:  hlt
    jmp 1b

read:
    mov $0x4200, %ax
/* Ask the firmware to move the sectors; %ax: which way. */
transfer:
    mov $packet, %si
    mov drive, %dl
    int $0x13
    jc finish                   /* the lines that are missing say it */
    ret

print_sum:
    mov $(SECTORS * 128), %cx
    mov $BUFFER, %si
    xor %ebx, %ebx
1:  lodsl
    add %eax, %ebx
    loop 1b
    mov $8, %cx
2:  rol $4, %ebx
    mov %bl, %al
    and $15, %al
    add $'0', %al
    cmp $'9', %al
    jbe 3f
    add $'a' - '9' - 1, %al
3:  call put_char
    loop 2b
    mov $'\n', %al
put_char:
    push %ax
    mov $COM1 + 5, %dx
1:  inb %dx, %al
    test $0x20, %al             /* transmitter empty */
    jz 1b
    pop %ax
    mov $COM1, %dx
    outb %al, %dx
    ret

    .balign 4
packet:
    .byte 16, 0
    .word SECTORS, BUFFER, 0
    .quad 1                     /* the first sector behind this one */
drive:
    .byte 0

    .org 510
    .word 0xaa55
    /* What it reads. */
    .set n, 0
    .rept SECTORS * 128
    .long (n * 0x01000193 + 0x811c) & 0xffffffff
    .set n, n + 1
    .endr
    /* The image has whole MiB. */
    .org 1 << 20
