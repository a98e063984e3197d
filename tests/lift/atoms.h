/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smallest pieces of a state that taint knows: bytes of registers and of the window, flags. */
#ifndef AIL_TESTS_LIFT_ATOMS_H
#define AIL_TESTS_LIFT_ATOMS_H

#include "tests/lift/machine.h"

enum { ATOMS_MAX = 1536, UNITS_MAX = 256, NO_CELL = 0xffff };

typedef struct Atom {
    uint16_t at;   /* byte of the slot */
    uint8_t mask;  /* bits of it */
    uint16_t cell; /* byte of the state; NO_CELL: in memory */
    uint16_t unit;
} Atom;

/* Atoms that come together: a register, eight bytes of the window. */
typedef struct Unit {
    const char *name;
    uint16_t first, n;
    bool fpu, vector;
} Unit;

typedef struct Atoms {
    Atom atom[ATOMS_MAX];
    Unit unit[UNITS_MAX];
    unsigned n_atoms, n_units;
    unsigned first_window; /* atoms from here on: the window's bytes, in order */
    /* The atoms of a byte of a slot are first_of[at] .. first_of[at + 1] - 1 of by_byte. */
    uint16_t first_of[SLOT_SIZE + 1], by_byte[ATOMS_MAX];
} Atoms;

/* false: a register is not in the state; said on stderr. */
bool atoms_init(Atoms *a, const Processor *p);

/* "rax[3]", "cf", "memory[0x10]", into buf; returns buf. */
char *atom_name(const Atoms *a, unsigned atom, char *buf, size_t size);

static inline bool atom_differs(const Atom *a, const Slot *x, const Slot *y)
{
    return (x->byte[a->at] ^ y->byte[a->at]) & a->mask;
}

#endif
