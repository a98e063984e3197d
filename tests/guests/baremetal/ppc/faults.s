/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions in the middle of straight code, whose handler mends the cause and tries again, or
 * steps over the instruction: see faults.facts. With translation on: blocks map the first 256 MiB
 * to themselves, and what is at WINDOW and CODE_WINDOW only after a fault.
 */
    .include "common.inc"

    .set WINDOW, 0x40000000
    .set CODE_WINDOW, 0x50000000
    .set IBAT, 528                      /* upper and lower of each of the four */
    .set DBAT, 536
    .set BLOCK_128K, 2                  /* for the supervisor */
    .set WRITABLE, 2

main:
    vector 0x300, data_fault
    vector 0x400, fetch_fault
    vector 0x700, program
    vector 0xc00, system_call
    li 4, 0
    lis 5, SERIAL@h                     /* segments of devices and windows need no tables */
    li 3, 0x1ffe                        /* 256 MiB, for the supervisor */
    li 4, WRITABLE
    mtspr IBAT + 1, 4
    mtspr IBAT, 3
    mtspr DBAT + 1, 4
    mtspr DBAT, 3
    lis 3, MACIO@h                      /* and the serial port */
    ori 3, 3, 0x1ffe
    lis 4, MACIO@h
    ori 4, 4, 0x2a
    mtspr DBAT + 3, 4
    mtspr DBAT + 2, 3
    lis 3, 0x10                         /* page tables at 1 MiB + 64 KiB, all zeros */
    addis 3, 3, 1
    mtspr 25, 3                         /* SDR1 */
    li 3, 35
    lis 4, window_memory@ha
    stw 3, window_memory@l(4)
    lis 3, 0x4e80                       /* blr */
    ori 3, 3, 0x20
    stw 3, (window_memory + 64)@l(4)
    li 19, 0
    li 21, 0
    li 22, 0
    li 3, 0x30                          /* translation on */
    mtmsr 3
    isync
    b begin

/* The number behind an instruction is that of the instructions completed before it. An
 * instruction that faults does not complete; sc, trap and those that do not exist count as QEMU
 * counts them: done. */
begin:
    lis 4, WINDOW@h                     /* 0 */
    li 3, 7                             /* 1 */
load_faults:
    lwz 5, 0(4)                         /* 2: 12 in the handler, again at 14 */
    add 3, 3, 5                         /* 15 */
    stw 3, 4(4)                         /* 16 */
    lis 6, CODE_WINDOW@h                /* 17 */
    ori 6, 6, 64                        /* 18 */
    mtctr 6                             /* 19 */
    bctrl                               /* 20; 21: fault at its target, 12; blr at 33 */
    nop                                 /* 34 */
call_traps:
    sc                                  /* 35; handler 36 to 38 */
    nop                                 /* 39 */
trap_traps:
    trap                                /* 40; 6 in the handler, which steps over it: 41 to 46 */
    nop                                 /* 47 */
undefined_traps:
    .long 0                             /* 48; 49 to 54 */
    nop                                 /* 55 */
end:                                    /* 56 instructions from begin to here */
    lis 4, counts@ha
    addi 4, 4, counts@l
    stw 3, 0(4)
    stw 19, 4(4)
    stw 21, 8(4)
    stw 22, 12(4)
    report "sum", counts
    report "faults", counts + 4
    report "system-calls", counts + 8
    report "programs", counts + 12
    b finish

data_fault:                             /* from the vector: 1, and 11 */
    addi 19, 19, 1
    lis 10, window_memory@h
    ori 10, 10, window_memory@l
    ori 10, 10, WRITABLE
    mtspr DBAT + 5, 10
    lis 10, WINDOW@h
    ori 10, 10, BLOCK_128K
    mtspr DBAT + 4, 10
    isync
    nop
    rfi
fetch_fault:                            /* the same */
    addi 19, 19, 1
    lis 10, window_memory@h
    ori 10, 10, window_memory@l
    ori 10, 10, WRITABLE
    mtspr IBAT + 5, 10
    lis 10, CODE_WINDOW@h
    ori 10, 10, BLOCK_128K
    mtspr IBAT + 4, 10
    isync
    nop
    rfi
system_call:                            /* 1, and 2 */
    addi 21, 21, 1
    rfi
program:                                /* 1, and 5 */
    addi 22, 22, 1
    mfspr 10, SRR0
    addi 10, 10, 4
    mtspr SRR0, 10
    rfi

    .data
    .balign 4
counts:
    .skip 16
    .bss
    .balign 0x20000
window_memory:
    .skip 0x20000
    .text
