/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift/atoms.h"

#include <stdio.h>
#include <string.h>

static void add(Atoms *a, unsigned at, unsigned mask, unsigned cell)
{
    a->atom[a->n_atoms++] = (Atom){.at = (uint16_t)at,
                                   .mask = (uint8_t)mask,
                                   .cell = (uint16_t)cell,
                                   .unit = (uint16_t)(a->n_units - 1)};
    a->unit[a->n_units - 1].n++;
}

static void begin_unit(Atoms *a, const char *name, bool fpu, bool vector)
{
    a->unit[a->n_units++] =
        (Unit){.name = name, .first = (uint16_t)a->n_atoms, .fpu = fpu, .vector = vector};
}

static bool add_register(Atoms *a, const Processor *p, const SlotReg *reg)
{
    AilVar v = ail_lift_find(p->arch, reg->name);
    if (v.kind == AIL_VAR_NONE || v.size < reg->size) {
        fprintf(stderr, "lift: the state of %s has no register %s\n", p->name, reg->name);
        return false;
    }
    begin_unit(a, reg->name, reg->fpu, reg->at >= AT_VECTOR);
    if (!reg->size)
        add(a, AT_FLAGS + reg->bit / 8u, 1u << reg->bit % 8, v.at);
    for (unsigned i = 0; i < reg->size; i++)
        add(a, reg->at + i, 0xff, v.at + i);
    return true;
}

static void sort_by_byte(Atoms *a)
{
    unsigned n = 0;
    for (unsigned at = 0; at < SLOT_SIZE; at++) {
        a->first_of[at] = (uint16_t)n;
        for (unsigned i = 0; i < a->n_atoms; i++)
            if (a->atom[i].at == at)
                a->by_byte[n++] = (uint16_t)i;
    }
    a->first_of[SLOT_SIZE] = (uint16_t)n;
}

bool atoms_init(Atoms *a, const Processor *p)
{
    memset(a, 0, sizeof *a);
    for (const SlotReg *reg = p->regs; reg->name; reg++)
        if (!add_register(a, p, reg))
            return false;
    a->first_window = a->n_atoms;
    for (unsigned i = 0; i < WINDOW_SIZE; i++) {
        if (i % 8 == 0)
            begin_unit(a, "memory", false, false);
        add(a, AT_WINDOW + i, 0xff, NO_CELL);
    }
    sort_by_byte(a);
    return true;
}

char *atom_name(const Atoms *a, unsigned atom, char *buf, size_t size)
{
    const Atom *of = &a->atom[atom];
    const Unit *unit = &a->unit[of->unit];
    if (of->cell == NO_CELL)
        snprintf(buf, size, "memory[0x%x]", WINDOW + of->at - AT_WINDOW);
    else if (unit->n == 1)
        snprintf(buf, size, "%s", unit->name);
    else
        snprintf(buf, size, "%s[%u]", unit->name, atom - unit->first);
    return buf;
}
