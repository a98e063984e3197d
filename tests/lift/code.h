/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions, and states that they can be executed on. */
#ifndef AIL_TESTS_LIFT_CODE_H
#define AIL_TESTS_LIFT_CODE_H

#include <capstone/capstone.h>

#include "tests/lift/machine.h"
#include "tests/lift/random.h"

/* An instruction to be tried. */
typedef struct Code {
    uint8_t bytes[16];
    unsigned size;
    bool flow; /* goes elsewhere, perhaps */
    bool fpu;  /* x86: x87 or MMX */
    bool mmx;
    char mnemonic[CS_MNEMONIC_SIZE];
    char text[200];
    cs_insn *
        insn; /* as the disassembler has it, with details; the maker's. NULL: it does not know it */
} Code;

typedef struct Maker {
    const Processor *processor;
    const struct Ways *ways; /* the processor's functions below */
    csh handle;
    Random *random;
    cs_insn *insn;
} Maker;

/* false: the disassembler does not know the processor; said on stderr. */
bool maker_init(Maker *m, const Processor *p, Random *random);
void maker_clear(Maker *m);

/* The next instruction. It is one that an unprivileged program may execute, and leaves alone what
 * the runner needs. */
void maker_next(Maker *m, Code *out);
/* This one. false: it does not decode, or it is not to be executed. */
bool maker_take(Maker *m, const uint8_t *bytes, unsigned size, Code *out);
/* A random state to execute it on, with addresses in the window. */
void maker_state(Maker *m, const Code *code, Slot *out);

/* --- for one processor --- */

/* Random bytes that may be an instruction: how many. */
unsigned x86_bytes(Maker *m, uint8_t *bytes);
unsigned aarch64_bytes(Maker *m, uint8_t *bytes);
unsigned arm_bytes(Maker *m, uint8_t *bytes);
/* m->insn decoded from code->bytes: false if it is not to be executed; may alter its bytes, where
 * they say an address. */
bool x86_suits(Maker *m, Code *code);
bool aarch64_suits(Maker *m, Code *code);
bool arm_suits(Maker *m, Code *code);
/* Whether QEMU errs with that state. */
bool x86_errs(const Code *code, const Slot *in);
/* Direct its addresses to the window. */
void x86_aim(Maker *m, const Code *code, Slot *slot);
void aarch64_aim(Maker *m, const Code *code, Slot *slot);
void arm_aim(Maker *m, const Code *code, Slot *slot);

/* An address in the window for an access of at most 64 bytes. */
uint64_t window_address(Random *r);

#endif
