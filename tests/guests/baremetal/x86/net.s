/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network card (rtl8139) at work: asks who has 10.0.2.2, the host's address in QEMU's user
 * network, prints the answer's hardware address, pings it and prints the sum of the payload that
 * comes back. 32-bit code, no paging, no interrupts: it polls. Its answers come from outside, so a
 * replay must get them from the log. It has no facts but its output.
 */
    .include "common.inc"

    /* Registers of the card, from its I/O base. */
    .set MAC, 0x00
    .set TX_STATUS, 0x10
    .set TX_START, 0x20
    .set RX_START, 0x30
    .set COMMAND, 0x37          /* 1: nothing received; 4: send; 8: receive; 16: reset */
    .set RX_READ, 0x38          /* where the driver is in the ring, minus 16 */
    .set RX_CONFIG, 0x44
    .set CONFIG1, 0x52

    .set GATEWAY, 0x0202000a    /* 10.0.2.2 in memory */
    .set ECHO_LEN, 14 + 20 + 8 + 64

/* Run an I/O instruction on a register of the card. */
    .macro card_out register, value
    mov io_base, %edx
    add $\register, %edx
    out \value, %dx
    .endm

main:
    call find_card
    call start_card
    mov $arp, %esi
    mov $60, %ecx
    call send
await_arp:
    call receive                /* %esi: the frame */
    cmpw $0x0608, 12(%esi)      /* ARP, */
    jne await_arp
    cmpw $0x0200, 20(%esi)      /* an answer */
    jne await_arp
    mov 22(%esi), %eax          /* its sender's hardware address */
    mov %eax, echo
    mov 26(%esi), %ax
    mov %ax, echo + 4
    movzbl 22(%esi), %eax
    mov %eax, value
    movzbl 27(%esi), %ebx
    report "first-byte", value
    mov %ebx, value
    report "last-byte", value

    mov $echo, %esi
    mov $ECHO_LEN, %ecx
    call send
await_echo:
    call receive
    cmpw $0x0008, 12(%esi)      /* IP, */
    jne await_echo
    cmpb $1, 23(%esi)           /* ICMP, */
    jne await_echo
    cmpb $0, 34(%esi)           /* an echo's answer */
    jne await_echo
    xor %eax, %eax
    mov $64, %ecx
1:  movzbl 14 + 20 + 8 - 1(%esi,%ecx), %ebx
    add %ebx, %eax
    loop 1b
    mov %eax, value
    report "echo", value
    jmp finish

/* Find the card on bus 0, let it use I/O ports and memory. */
find_card:
    mov $0x80000000, %ebx       /* configuration address: device 0, register 0 */
1:  mov %ebx, %eax
    call read_pci
    cmp $0x813910ec, %eax
    je 2f
    add $0x800, %ebx
    jmp 1b
2:  lea 0x10(%ebx), %eax        /* its I/O ports */
    call read_pci
    and $~3, %eax
    mov %eax, io_base
    lea 4(%ebx), %eax           /* command: I/O ports, memory access */
    call read_pci
    or $5, %eax
    out %eax, %dx
    ret

/* %eax: address -> value; leaves the data port in %edx. */
read_pci:
    mov $0xcf8, %edx
    out %eax, %dx
    mov $0xcfc, %edx
    in %dx, %eax
    ret

start_card:
    xor %eax, %eax
    card_out CONFIG1, %al
    mov $16, %al
    card_out COMMAND, %al
1:  in %dx, %al
    test $16, %al
    jnz 1b
    mov $ring, %eax
    card_out RX_START, %eax
    mov $12, %al
    card_out COMMAND, %al
    mov $0x8a, %eax             /* for us or for all; a frame never wraps around in the ring */
    card_out RX_CONFIG, %eax
    /* Our hardware address goes where packets need it. */
    mov io_base, %edx
    in %dx, %eax
    mov %eax, arp + 6
    mov %eax, arp + 22
    mov %eax, echo + 6
    add $4, %edx
    in %dx, %ax
    mov %ax, arp + 10
    mov %ax, arp + 26
    mov %ax, echo + 10
    ret

/* Send the frame of %ecx bytes at %esi. The card has four descriptors and takes them in turn; there
 * are fewer frames. */
send:
    mov %esi, %eax
    mov io_base, %edx
    add $TX_START, %edx
    add tx_next, %edx
    out %eax, %dx
    mov %ecx, %eax
    sub $TX_START - TX_STATUS, %edx
    out %eax, %dx
    addl $4, tx_next
    ret

/* Wait for a frame; %esi = where it is. The ring holds them all. */
receive:
    mov io_base, %edx
    add $COMMAND, %edx
1:  in %dx, %al
    test $1, %al
    jnz 1b
    mov ring_at, %ebx
    lea ring + 4(%ebx), %esi
    movzwl ring + 2(%ebx), %eax /* its length, behind 2 bytes of status */
    lea 4 + 3(%ebx,%eax), %ebx
    and $~3, %ebx
    mov %ebx, ring_at
    lea -16(%ebx), %eax
    card_out RX_READ, %ax
    ret

    .data
io_base:
    .long 0
ring_at:
    .long 0
tx_next:
    .long 0
value:
    .long 0
    .balign 4
arp:
    .byte 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0x08, 0x06
    .byte 0, 1, 0x08, 0, 6, 4, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 2, 15
    .byte 0, 0, 0, 0, 0, 0, 10, 0, 2, 2
    .skip 18
    .balign 4
echo:
    .byte 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0
    /* IP: 92 bytes in all, ICMP, from 10.0.2.15 to 10.0.2.2 */
    .byte 0x45, 0, 0, 92, 0, 1, 0, 0, 64, 1, 0x62, 0x90, 10, 0, 2, 15, 10, 0, 2, 2
    /* ICMP: echo, number 1 of 1; the payload is the bytes 0 to 63 */
    .byte 8, 0, 0x13, 0xfa, 0, 1, 0, 1
    .set n, 0
    .rept 64
    .byte n
    .set n, n + 1
    .endr

    .bss
    .balign 4
ring:
    .skip 8192 + 16 + 2048
    .text
