/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses to a device in the middle of straight code, then interrupts of the decrementer, while
 * running and while halted: see irq.facts.
 */
    .include "common.inc"

    .set PERIOD, 2000
    .set TICKS, 20
    .set DEC, 22
    .set HID0, 1008

main:
    vector 0x900, tick
    li 19, 0                            /* ticks */
    li 11, PERIOD
    lis 20, SERIAL@ha
    addi 20, 20, SERIAL@l
    b begin

begin:
    /* Straight code with accesses to a device at its start and in its middle, run three times: the
     * emulator, which must stop at such an access, meets it untranslated and translated. */
    li 9, 3                             /* 2 + 3 * 9 */
    li 3, 0
mmio_round:
    lbz 4, 0(20)                        /* the serial port's state: a constant */
    addi 5, 5, 1
mmio_middle:
    lbz 6, 0(20)
    addi 5, 5, -1
    subf 4, 4, 6
    add 3, 3, 4                         /* adds nothing */
    lbz 7, 0(20)
    addic. 9, 9, -1
    bne mmio_round
counted_end:                            /* 29 instructions from begin to here */

    /* Interrupts while running: until TICKS / 2 were seen. */
    mtspr DEC, 11
    ori 8, 8, 0x8000                    /* external interrupts */
    mtmsr 8
1:  cmpwi 19, TICKS / 2
    blt 1b
    /* Interrupts while halted, until all were seen. */
    lis 6, 0x80                         /* doze */
    mtspr HID0, 6
    lis 7, 4                            /* power down */
    ori 7, 7, 0x8000
2:  cmpwi 19, TICKS
    bge 3f
halt:
    sync
    mtmsr 7
    isync
    b 2b
3:  li 8, 0
    mtmsr 8
end:
    lis 4, counts@ha
    addi 4, 4, counts@l
    stw 19, 0(4)
    stw 3, 4(4)
    report "ticks", counts
    report "mmio-difference", counts + 4
    b finish

tick:                                   /* the vector's 1, and 3 */
    addi 19, 19, 1
    mtspr DEC, 11                       /* the next one */
    rfi

    .data
    .balign 4
counts:
    .skip 8
