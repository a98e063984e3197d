/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor that executes one instruction on a given state and says what the state is then: a
 * small program (runner_*.s) under QEMU's user mode, so that results do not depend on this
 * machine's processor. States come and go through shared memory, many at a time.
 */
#ifndef AIL_TESTS_LIFT_MACHINE_H
#define AIL_TESTS_LIFT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzers/lift/lift.h"

/* As in runner.inc. */
enum {
    SLOT_SIZE = 2048,
    SLOT_MAX = 1024, /* of a batch */
    AT_FLAGS = 256,  /* rflags, nzcv */
    AT_PC = 264,
    AT_SIGNAL = 272,
    AT_FPCR = 280,
    AT_FPSR = 288,
    AT_VECTOR = 320,
    AT_FPU = 832,
    AT_WINDOW = 1536,
    WINDOW_SIZE = 512,
    CODE_PAGE = 0x31230000,
    CODE_PAGE_SIZE = 4096,
    CODE = CODE_PAGE + 0x800,
    WINDOW = 0x20000700,
};

/* The state before an instruction, or after it: as the runners know it. */
typedef struct Slot {
    uint8_t byte[SLOT_SIZE];
} Slot;

/* A register: where it lies in a slot. */
typedef struct SlotReg {
    const char *name; /* as ail_lift_find knows it */
    uint16_t at, size;
    uint8_t bit; /* of a flag, size 0: bit of AT_FLAGS */
    bool fpu;    /* only where the x87 is looked at */
} SlotReg;

typedef struct Processor {
    const char *name; /* "x86_64" */
    AilArch arch;
    AilMode mode;
    const char *qemu;    /* "qemu-x86_64" */
    const char *runner;  /* "runner_x86_64" */
    const SlotReg *regs; /* ends with a NULL name */
} Processor;

/* NULL: there is none of that name. */
const Processor *processor_find(const char *name);

typedef struct Machine Machine;

/* Start the runner of that name in the folder `runners`; native: without QEMU. NULL: it does not
 * start, and why is on stderr. */
Machine *machine_new(const Processor *p, const char *runners, bool native);
void machine_free(Machine *m);

/* The instruction that is executed from now on. flow: it may go elsewhere; then it ends with a
 * signal wherever it goes, AT_PC says where, and of registers only the general ones and flags are
 * in the slot. */
void machine_code(Machine *m, const uint8_t *bytes, unsigned size, bool flow, bool fpu);
/* The code page, as the runner has it. */
const uint8_t *machine_code_page(const Machine *m);

/* Slots 0 .. SLOT_MAX - 1, to be filled, and results. */
Slot *machine_in(Machine *m);
const Slot *machine_out(const Machine *m);
/* Execute on slots 0 .. n - 1. false: the runner has ended, or does not end: QEMU has failed, or
 * the instruction goes to itself. */
bool machine_run(Machine *m, unsigned n);
/* After that: start it again. false: it does not. */
bool machine_restart(Machine *m);

/* Whether it was done and did not fault: where it went is in *pc. */
bool slot_done(const Machine *m, const Slot *out, uint64_t *pc);

static inline uint64_t slot_u64(const Slot *s, unsigned at)
{
    uint64_t v;
    __builtin_memcpy(&v, s->byte + at, 8);
    return v;
}

static inline void slot_set_u64(Slot *s, unsigned at, uint64_t v)
{
    __builtin_memcpy(s->byte + at, &v, 8);
}

#endif
