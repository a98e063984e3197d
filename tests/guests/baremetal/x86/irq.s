/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timer interrupts, device registers in the middle of straight code, port accesses, hlt: see
 * irq.facts. 32-bit code, paging off.
 */
    .include "common.inc"

    .set PIC1, 0x20
    .set PIC2, 0xa0
    .set PIT_CHANNEL_0, 0x40
    .set PIT_COMMAND, 0x43
    .set TICKS, 20
    .set VGA, 0xa0000
    .set APIC_VERSION, 0xfee00030

    .macro out_port port, value
    mov $\value, %al
    outb %al, $\port
    .endm

main:
    gate32 0x20, tick
    lidt idt_pointer
    out_port PIC1, 0x11             /* initialise: edge, cascade, with a fourth word */
    out_port PIC1 + 1, 0x20         /* its interrupts become vectors 0x20 to 0x27 */
    out_port PIC1 + 1, 4
    out_port PIC1 + 1, 1
    out_port PIC1 + 1, 0xfe         /* all masked but the timer */
    out_port PIC2 + 1, 0xff
    out_port PIT_COMMAND, 0x34      /* channel 0, both bytes, rate generator */
    out_port PIT_CHANNEL_0, 1193 & 0xff
    out_port PIT_CHANNEL_0, 1193 >> 8   /* a thousand a second */
    jmp begin

begin:
    /* Straight code with accesses to a device at its start and in its middle, run three times: the
     * emulator, which must stop at such an access, meets it untranslated and translated. */
    mov $3, %ecx                    /* 1 + 3 * 8 */
mmio_round:
    mov APIC_VERSION, %eax
    add $1, %ebx
mmio_middle:
    mov APIC_VERSION, %edx
    sub $1, %ebx
    xor %eax, %edx
    add %edx, mmio_difference       /* two reads of a constant: adds nothing */
    dec %ecx
    jnz mmio_round
    /* Text memory of the graphics card, planar: an access is handled by the device. */
    movb $'A', VGA                  /* 3 */
    mov VGA, %al
    movzbl %al, %eax
    /* Ports: channel 2's gate on and off again. */
    inb $0x61, %al                  /* 6 */
    mov %al, %ah
    or $1, %al
    outb %al, $0x61
    mov %ah, %al
    outb %al, $0x61
counted_end:                        /* 34 instructions from begin to here */

    /* Interrupts while running: until TICKS / 2 were seen. */
    sti
1:  cmpl $TICKS / 2, ticks
    jb 1b
    /* Interrupts while halted: until all were seen. sti's shadow covers hlt, so none is lost. */
2:  cli
    cmpl $TICKS, ticks
    jae 3f
    sti
halt:
    hlt
    incl halts
    jmp 2b
3:  out_port PIC1 + 1, 0xff
end:
    report "ticks", ticks
    report "halts", halts
    report "mmio-difference", mmio_difference
    jmp finish

tick:                               /* 5 */
    incl ticks
    push %eax
    out_port PIC1, 0x20             /* end of interrupt: 2 */
    pop %eax
    iret

    .data
ticks:
    .long 0
halts:
    .long 0
mmio_difference:
    .long 0
